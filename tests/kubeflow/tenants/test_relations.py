"""What a subject is to a namespace by one binding."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.tenants.relations import Relation, Relations
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity, Principal
from tests.builders import (
    cluster_role_binding,
    gap,
    identity,
    namespace,
    profile,
    role_binding,
    snapshot,
    subject,
)
from tests.kubeflow.tenants.profile_objects import annotated, contributor, world

ALICE = "user:alice@example.com"


def in_team_a(who: str, name: str = "b", *, dashboard: bool = False) -> Binding:
    """Return a binding in team-a, with the annotations that the dashboard reads or without any."""
    binding = role_binding("team-a", name, "kubeflow-edit", who)
    return annotated(binding, user="somebody", role="edit") if dashboard else binding


@pytest.mark.parametrize(
    ("expected", "binding"),
    [
        pytest.param("owner", in_team_a(ALICE, "namespaceAdmin", dashboard=True), id="the owner's binding"),
        pytest.param("owner", in_team_a(ALICE), id="the owner, by another binding"),
        pytest.param("contributor", in_team_a(ALICE, dashboard=True), id="the owner, as a contributor"),
        pytest.param(
            "contributor",
            in_team_a("user:old", "namespaceAdmin", dashboard=True),
            id="another owner's binding",
        ),
        pytest.param("other", in_team_a("user:old", "namespaceAdmin"), id="another owner, not annotated"),
        pytest.param("group", in_team_a("group:old", "namespaceAdmin"), id="a group in the owner's binding"),
        pytest.param("foreign", in_team_a("sa:team-b/x", "namespaceAdmin"), id="an account in the owner's"),
        pytest.param("contributor", in_team_a("user:dave", dashboard=True), id="a user on the dashboard"),
        pytest.param("contributor", in_team_a("group:ml", dashboard=True), id="a group on the dashboard"),
        pytest.param("other", in_team_a("user:dave"), id="a user, not annotated"),
        pytest.param("group", in_team_a("group:ml"), id="a group, not annotated"),
        pytest.param("group", in_team_a("group:system:authenticated"), id="everybody who is logged in"),
        pytest.param("other", in_team_a("user:system:anonymous"), id="everybody else"),
        pytest.param("own account", in_team_a("sa:team-a/x"), id="an account"),
        pytest.param("own account", in_team_a("sa:x"), id="an account without a namespace"),
        pytest.param("own account", in_team_a("sa:team-a/x", dashboard=True), id="an annotated account"),
        pytest.param(
            "own account", in_team_a("user:system:serviceaccount:team-a:x"), id="an account as a user"
        ),
        pytest.param("own account", in_team_a("group:system:serviceaccounts:team-a"), id="all its accounts"),
        pytest.param("foreign", in_team_a("sa:team-b/x"), id="another tenant's account"),
        pytest.param("foreign", in_team_a("sa:monitoring/x"), id="an account from no profile"),
        pytest.param("foreign", in_team_a("sa:team-b/x", dashboard=True), id="an annotated foreign account"),
        pytest.param(
            "foreign", in_team_a("user:system:serviceaccount:team-b:x"), id="a foreign account as a user"
        ),
        pytest.param(
            "foreign", in_team_a("group:system:serviceaccounts:team-b"), id="another tenant's accounts"
        ),
        pytest.param("foreign", in_team_a("group:system:serviceaccounts"), id="all accounts"),
        pytest.param(
            "other", in_team_a("sa:kubeflow/ml-pipeline"), id="an account of the platform's namespace"
        ),
        pytest.param(
            "other", in_team_a("group:system:serviceaccounts:kube-system"), id="all of kube-system's"
        ),
        pytest.param("other", in_team_a("user:system:serviceaccount:team-a"), id="no complete account name"),
        pytest.param("everywhere", cluster_role_binding("b", "view", "user:audrey"), id="cluster-wide"),
        pytest.param("everywhere", cluster_role_binding("b", "view", ALICE), id="an owner, cluster-wide"),
        pytest.param(
            "everywhere", cluster_role_binding("b", "view", "sa:team-a/x"), id="an account, cluster-wide"
        ),
        pytest.param("own account", role_binding("mon", "b", "view", "sa:mon/x"), id="in no profile"),
        pytest.param("foreign", role_binding("kubeflow", "b", "view", "sa:team-b/x"), id="in kubeflow"),
        pytest.param(
            "other", role_binding("mon", "namespaceAdmin", "view", "user:x"), id="no profile, no owner"
        ),
    ],
)
def test_each_subject_of_a_binding_has_one_relation(expected: str, binding: Binding) -> None:
    """Accounts come before annotations, which anybody who writes bindings can write."""
    known = world(binding, profile("team-b", "user:bob"), namespace("mon"))

    assert expected == Relations(known).relation(binding.subjects[0], binding).value


def test_the_account_that_owns_a_profile_is_its_owner() -> None:
    """Not a foreign one, and not one of its own accounts."""
    for account in ("sa:ops/ci", "sa:team-a/ci"):
        binding = in_team_a(account, "namespaceAdmin")
        known = world(binding, owner=account)

        assert Relation.OWNER is Relations(known).relation(subject(account), binding)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(snapshot(in_team_a(ALICE, "namespaceAdmin")), "owner", id="neither was read"),
        pytest.param(
            snapshot(in_team_a(ALICE, "namespaceAdmin"), namespace("team-a"), gaps=[gap("profiles")]),
            "owner",
            id="profiles were not read",
        ),
        pytest.param(
            snapshot(in_team_a(ALICE, "namespaceAdmin"), namespace("team-a")), "other", id="it is no profile"
        ),
    ],
)
def test_without_the_profile_its_binding_names_the_owner(known: Snapshot, expected: str) -> None:
    """Unless it is known that the namespace is no profile: anybody can give a binding that name."""
    binding = known.role_bindings["team-a", "namespaceAdmin"]

    assert expected == Relations(known).relation(subject(ALICE), binding).value


@pytest.mark.parametrize(
    ("expected", "who"),
    [
        pytest.param(
            Relation.OWNER, identity("alice@example.com", "ml"), id="owner, contributor, and in a group"
        ),
        pytest.param(
            Relation.CONTRIBUTOR, identity("dave@example.com", "ml"), id="contributor, and in a group"
        ),
        pytest.param(Relation.GROUP, identity("nora", "ml"), id="in a group, and cluster-wide"),
        pytest.param(Relation.EVERYWHERE, identity("nora"), id="cluster-wide alone"),
        pytest.param(None, identity("zoe", "others"), id="nothing"),
    ],
)
def test_the_nearest_relation_of_a_caller(expected: Relation | None, who: Identity) -> None:
    """One word stands for all the bindings that name the caller, or a group of theirs."""
    known = world(
        *contributor("dave@example.com"),
        *contributor("alice@example.com"),
        in_team_a("group:ml"),
        cluster_role_binding("b", "view", "user:nora"),
    )

    assert expected is Relations(known).nearest(who.principals, "team-a")


def test_the_first_relation_of_several_bindings() -> None:
    """A row for a subject has one word: the owner's, although they are a contributor as well."""
    known = world(*contributor("alice@example.com"))
    bindings = known.role_bindings_by_namespace["team-a"]
    alice = [binding for binding in bindings if subject(ALICE) in binding.subjects]
    relations = Relations(known)

    assert len(alice) == 2
    assert Relation.OWNER is relations.by_bindings(Principal("User", "alice@example.com"), alice)
    assert relations.by_bindings(Principal("User", "alice@example.com"), ()) is None


def test_the_words_of_machine_formats() -> None:
    """Each is one word."""
    assert [
        "owner", "contributor", "group", "foreign", "other", "ownAccount", "everywhere",
    ] == [relation.key for relation in Relation]  # fmt: skip
