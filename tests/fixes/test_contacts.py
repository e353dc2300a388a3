"""Who can help: the owner, or if there is none, subjects that can grant access."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.fixes.contacts import MOST, Contact, contacts, dashboard_can_grant
from kubectl_kfaccess.output.fix_words import contact_text
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import (
    KubernetesObject,
    Namespace,
    ObjectMeta,
    PolicyRule,
    Profile,
    ProfileSpec,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.files import demo
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    namespace,
    profile,
    request,
    role_binding,
    rule,
    snapshot,
    spelled,
    subject,
    urls,
)

CREATE_NOTEBOOKS = request("create", "notebooks.kubeflow.org", "team-a")
CREATE = rule("create", "rolebindings.rbac.authorization.k8s.io")
GRANTER = cluster_role("granter", CREATE, rule("create", "notebooks.kubeflow.org"))
ADMIN = cluster_role("cluster-admin", rule("*", "*.*"), urls("*", "*"))


def contact_names(
    *objects: KubernetesObject, wanted: Request = CREATE_NOTEBOOKS, asking: str = ""
) -> list[str]:
    """Return the contacts, as people type them."""
    return [spelled(contact.subject) for contact in contacts_of(snapshot(*objects), wanted, asking)]


def reasons(*objects: KubernetesObject, wanted: Request = CREATE_NOTEBOOKS) -> list[str]:
    """Return the reasons of the contacts."""
    return [contact_text(contact) for contact in contacts_of(snapshot(*objects), wanted)]


def contacts_of(known: Snapshot, wanted: Request, asking: str = "") -> list[Contact]:
    """Return the contacts for the subject *asking*; "" is nobody in particular."""
    return list(contacts(Evaluator(known), wanted, subject(asking) if asking else None))


def annotated(owner: str) -> Namespace:
    """Return the namespace team-a as the profile controller annotates it."""
    return Namespace(metadata=ObjectMeta("team-a", annotations={"owner": owner}))


def owner_binding(*subjects: str) -> RoleBinding:
    """Return the binding that the profile controller creates in team-a."""
    return role_binding("team-a", "namespaceAdmin", "kubeflow-admin", *subjects)


# --- the owner ---


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        pytest.param("user:alice", "can add contributors in the dashboard", id="a user"),
        pytest.param("group:dev", "in the dashboard nobody can act for a group", id="a group"),
    ],
)
def test_the_owner_of_the_profile_is_the_contact(owner: str, words: str) -> None:
    """Nobody else is needed; only users can use the dashboard."""
    objects = (
        profile("team-a", owner),
        annotated("old"),
        owner_binding("user:old"),
        GRANTER,
        cluster_role_binding("admins", "granter", "user:admin"),
    )

    assert [owner] == contact_names(*objects)
    assert [True] == [why.startswith("owns the profile `team-a`") for why in reasons(*objects)]
    assert words in reasons(*objects)[0]


def test_an_owner_that_is_an_account_is_no_contact() -> None:
    """Nobody can write to an account; the subjects that can bind roles there follow."""
    binding = role_binding("team-a", "granters", "granter", "user:carol", "sa:robot")

    assert ["user:carol"] == contact_names(profile("team-a", "sa:robot"), GRANTER, binding)


def test_the_owner_of_another_profile_is_no_contact() -> None:
    """Each profile has its own namespace."""
    assert [] == contact_names(profile("team-b", "user:bob"))


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(None, id="nobody"),
        pytest.param(Subject("User", ""), id="a user without a name"),
        pytest.param(Subject("Robot", "r2"), id="a kind that does not exist"),
    ],
)
def test_a_profile_without_a_usable_owner_is_skipped(owner: Subject | None) -> None:
    """The namespace's annotation can still name an owner."""
    odd = Profile(metadata=ObjectMeta("team-a"), spec=ProfileSpec(owner))

    assert ["user:alice"] == contact_names(odd, annotated("alice"))


def test_without_a_profile_the_annotation_names_the_owner() -> None:
    """A tenant can read the namespace but not the profile. Subjects that can grant access come after."""
    objects = (
        annotated("alice"),
        owner_binding("user:bob"),
        GRANTER,
        role_binding("team-a", "granters", "granter", "user:carol"),
    )

    assert ["user:alice", "user:carol"] == contact_names(*objects)
    assert "annotated" in reasons(*objects)[0]


def test_without_an_annotation_the_owners_binding_names_them() -> None:
    """The binding is what gives the owner their access."""
    objects = (namespace("team-a"), owner_binding("user:alice", "sa:robot"))

    assert ["user:alice"] == contact_names(*objects)
    assert "by RoleBinding `namespaceAdmin`" in reasons(*objects)[0]


def test_the_owners_binding_of_another_namespace_names_nobody() -> None:
    """Only the binding in the namespace of the request counts."""
    binding = owner_binding("user:alice")

    assert [] == contact_names(binding, wanted=replace(CREATE_NOTEBOOKS, namespace="team-b"))
    assert [] == contact_names(binding, wanted=replace(CREATE_NOTEBOOKS, namespace=""))


def test_an_owners_binding_without_a_namespace_names_nobody() -> None:
    """It belongs to no namespace, and does not mean the whole cluster."""
    binding = role_binding("", "namespaceAdmin", "kubeflow-admin", "user:alice")

    assert [] == contact_names(binding, wanted=request("get", "nodes"))


# --- the subject that asks ---


def test_an_owner_who_asks_gets_other_contacts() -> None:
    """Nobody is sent to themselves, whichever object names them."""
    objects = (
        profile("team-a", "user:alice"),
        annotated("alice"),
        owner_binding("user:alice"),
        GRANTER,
        role_binding("team-a", "granters", "granter", "user:alice", "user:bob"),
    )

    assert ["user:bob"] == contact_names(*objects, asking="user:alice")
    assert ["user:alice"] == contact_names(*objects, asking="user:bob")


def test_an_account_that_asks_is_recognised_by_its_user_name() -> None:
    """A binding can name an account either way."""
    binding = role_binding(
        "team-a", "granters", "granter", "user:system:serviceaccount:team-a:robot", "user:bob"
    )

    assert ["user:bob"] == contact_names(GRANTER, binding, asking="sa:team-a/robot")
    assert ["user:bob"] == contact_names(GRANTER, binding)


OWNED = (profile("team-a", "user:Bob@Example.com"), annotated("Bob@Example.com"))
UPDATER = cluster_role("updater", rule("patch", "profiles.kubeflow.org"))


def test_an_owner_in_another_spelling_is_marked() -> None:
    """Nobody can log in as that owner, so those who can bind or correct the Profile follow."""
    objects = (
        *OWNED,
        owner_binding("user:Bob@Example.com"),
        GRANTER,
        UPDATER,
        ADMIN,
        role_binding("team-a", "granters", "granter", "user:Bob@Example.com", "user:carol"),
        cluster_role_binding("updaters", "updater", "user:dave"),
        cluster_role_binding("admins", "cluster-admin", "user:eve"),
    )

    shown_contacts = contacts_of(snapshot(*objects), CREATE_NOTEBOOKS, "user:bob@example.com")

    assert [
        (
            "user:Bob@Example.com",
            "owns the profile `team-a`, but is locked out by the same spelling as `bob@example.com`",
        ),
        ("user:carol", "can create RoleBindings in `team-a`, by RoleBinding `granters`"),
        (
            "user:eve",
            "can create RoleBindings in `team-a`, by ClusterRoleBinding `admins`; can update the Profile too",
        ),
        ("user:dave", "can update Profile `team-a`, by ClusterRoleBinding `updaters`"),
    ] == [(spelled(contact.subject), contact_text(contact)) for contact in shown_contacts]


def test_the_platform_is_a_contact_if_the_only_person_asks_in_another_spelling() -> None:
    """An account that can update everything is not somebody to write to."""
    objects = (
        *OWNED,
        ADMIN,
        GRANTER,
        UPDATER,
        role_binding("team-a", "granters", "granter", "user:Bob@Example.com"),
        cluster_role_binding("admins", "cluster-admin", "group:system:masters"),
        cluster_role_binding("collectors", "updater", "sa:kube-system/collector"),
    )

    assert ["user:Bob@Example.com", "group:system:masters"] == contact_names(
        *objects, asking="user:bob@example.com"
    )


@pytest.mark.parametrize(
    "asking",
    [
        pytest.param("user:bobby@example.com", id="another name"),
        pytest.param("group:bob@example.com", id="a group of that name"),
        pytest.param("sa:team-a/bob@example.com", id="an account of that name"),
    ],
)
def test_another_subject_gets_only_the_owner(asking: str) -> None:
    """Only another spelling of the owner's own name matters."""
    objects = (*OWNED, GRANTER, role_binding("team-a", "granters", "granter", "user:carol"))

    assert ["user:Bob@Example.com"] == contact_names(*objects, asking=asking)


def test_a_granter_in_another_spelling_of_the_asking_user_is_no_contact() -> None:
    """It is the user who asks."""
    binding = role_binding("team-a", "granters", "granter", "user:Bob", "user:carol")

    assert ["user:carol"] == contact_names(GRANTER, binding, asking="user:bob")


# --- subjects that can grant access ---


def test_users_come_before_groups_and_accounts_are_left_out() -> None:
    """At most MOST contacts, sorted by name."""
    names = (
        "sa:team-a/robot", "group:dev", "user:zoe", "user:bob", "group:ops",
        "group:system:serviceaccounts:team-a", "group:sre", "group:web",
    )  # fmt: skip

    shown_contacts = contact_names(GRANTER, role_binding("team-a", "granters", "granter", *names))

    assert ["user:bob", "user:zoe", "group:dev", "group:ops", "group:sre"] == shown_contacts
    assert MOST == len(shown_contacts)


def test_granters_in_the_namespace_come_before_cluster_wide_ones() -> None:
    """A subject that is both is named once, with the binding in the namespace."""
    objects = (
        GRANTER,
        cluster_role_binding("admins", "granter", "user:alice", "user:bob"),
        role_binding("team-a", "granters", "granter", "user:bob"),
    )

    assert ["user:bob", "user:alice"] == contact_names(*objects)
    assert [
        "can create RoleBindings in `team-a`, by RoleBinding `granters`",
        "can create RoleBindings in `team-a`, by ClusterRoleBinding `admins`",
    ] == reasons(*objects)


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param(role_binding("team-b", "granters", "granter", "user:bob"), id="in another namespace"),
        pytest.param(role_binding("team-a", "reader", "reader", "user:bob"), id="to another role"),
        pytest.param(role_binding("team-a", "named", "named", "user:bob"), id="for one name only"),
    ],
)
def test_a_subject_that_cannot_create_bindings_here_is_no_contact(binding: RoleBinding) -> None:
    """Granting elsewhere, or creating a single binding of a known name, does not help."""
    reader = cluster_role("reader", rule("get", "rolebindings.rbac.authorization.k8s.io"))
    named = cluster_role("named", rule("create", "rolebindings.rbac.authorization.k8s.io", names=("one",)))

    assert [] == contact_names(GRANTER, reader, named, binding)


def test_the_platform_is_a_contact_only_if_there_is_nobody_else() -> None:
    """Nobody can write to a controller, or to Kubernetes' own groups."""
    platform = (
        ADMIN,
        cluster_role_binding(
            "admins", "cluster-admin", "group:system:masters", "sa:kubeflow/ml-pipeline",
            "group:system:serviceaccounts:team-a",
        ),
    )  # fmt: skip

    assert ["user:bob"] == contact_names(*platform, cluster_role_binding("more", "cluster-admin", "user:bob"))
    assert ["group:system:masters"] == contact_names(*platform)


def test_the_platform_is_a_contact_if_the_only_person_is_the_one_who_asks() -> None:
    """The user who asks is not their own contact."""
    binding = cluster_role_binding("admins", "cluster-admin", "group:system:masters", "user:bob")

    assert ["group:system:masters"] == contact_names(ADMIN, binding, asking="user:bob")


def test_a_subject_that_is_not_certainly_allowed_is_no_contact() -> None:
    """A cycle of aggregated roles can keep or drop these rules."""
    create = rule("create", "rolebindings.rbac.authorization.k8s.io")
    first = cluster_role("one", create, labels={"x": "one"}, aggregate={"x": "two"})
    second = cluster_role("two", labels={"x": "two"}, aggregate={"x": "one"})

    assert [] == contact_names(first, second, role_binding("team-a", "granters", "two", "user:bob"))


# --- the escalation check ---

BINDS = "clusterroles.rbac.authorization.k8s.io"
NOTEBOOKS = cluster_role("notebooks", rule("create", "notebooks.kubeflow.org"))


@pytest.mark.parametrize(
    ("rules", "helps"),
    [
        pytest.param([], False, id="only creates bindings"),
        pytest.param([rule("*", "notebooks.kubeflow.org")], True, id="holds the permission"),
        pytest.param(
            [rule("create", "notebooks.kubeflow.org", names=["a"])], False, id="holds it for a name"
        ),
        pytest.param([rule("bind", BINDS)], True, id="binds every role"),
        pytest.param([rule("bind", BINDS, names=["notebooks"])], True, id="binds a role that grants it"),
        pytest.param([rule("bind", BINDS, names=["view"])], False, id="binds another role"),
    ],
)
def test_nobody_is_a_contact_whose_binding_the_server_would_refuse(
    rules: list[PolicyRule], helps: bool
) -> None:
    """The server lets people bind only what they hold, or a role for which they have `bind`."""
    someone = cluster_role("someone", CREATE, *rules)
    binding = role_binding("team-a", "someone", "someone", "user:bob")

    assert (["user:bob"] if helps else []) == contact_names(someone, NOTEBOOKS, binding)


def test_nobody_is_left_out_if_their_rules_could_not_be_read() -> None:
    """They may hold the permission by what was not read."""
    someone = cluster_role("someone", CREATE)
    binding = role_binding("team-a", "someone", "someone", "user:bob")
    known = snapshot(someone, binding, gaps=[gap("clusterrolebindings")])

    assert ["user:bob"] == [spelled(contact.subject) for contact in contacts_of(known, CREATE_NOTEBOOKS)]


@pytest.mark.parametrize(
    ("asking", "expected"),
    [
        pytest.param("user:dave", "user:alice", id="a user that the dashboard can add"),
        pytest.param("sa:team-a/robot", "user:admin", id="an account, which it cannot add"),
        pytest.param("group:dev", "user:admin", id="a group, which it cannot add"),
    ],
)
def test_an_owner_who_cannot_bind_it_helps_users_alone(asking: str, expected: str) -> None:
    """The dashboard writes with rights of its own, and adds nobody but users."""
    objects = (
        profile("team-a", "user:alice"),
        cluster_role("kubeflow-edit", rule("create", "notebooks.kubeflow.org")),
        cluster_role("reader", rule("get", "pods")),
        role_binding("team-a", "namespaceAdmin", "reader", "user:alice"),
        ADMIN,
        cluster_role_binding("admins", "cluster-admin", "user:admin"),
    )

    assert expected in contact_names(*objects, asking=asking)
    assert ("user:alice" in contact_names(*objects, asking=asking)) == (expected == "user:alice")


OWNED_BY_A_GROUP = (
    profile("team-a", "group:dev"),
    cluster_role("kubeflow-edit", rule("create", "notebooks.kubeflow.org")),
    ADMIN,
    cluster_role_binding("admins", "cluster-admin", "user:admin"),
)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        pytest.param([rule("get", "pods")], "user:admin", id="holds nothing of it"),
        pytest.param([rule("create", "notebooks.kubeflow.org")], "user:admin", id="creates no bindings"),
        pytest.param([rule("create", "notebooks.kubeflow.org"), CREATE], "group:dev", id="both"),
    ],
)
def test_a_group_that_owns_the_profile_needs_the_rights_itself(
    rules: list[PolicyRule], expected: str
) -> None:
    """Nobody can act for a group in the dashboard, so its members write the binding with kubectl."""
    objects = (
        *OWNED_BY_A_GROUP,
        cluster_role("members", *rules),
        role_binding("team-a", "namespaceAdmin", "members", "group:dev"),
    )

    assert [expected] == contact_names(*objects, asking="user:dave")


def test_an_annotation_can_name_an_account() -> None:
    """It has the account's user name then, and nobody can write to an account."""
    account = annotated("system:serviceaccount:ci:robot")
    granters = role_binding("team-a", "granters", "granter", "user:carol")

    assert ["user:carol"] == contact_names(account, GRANTER, granters)


@pytest.mark.parametrize(
    ("asking", "words"),
    [
        pytest.param("user:dave", "can add contributors in the dashboard", id="a user"),
        pytest.param("sa:team-a/robot", "can bind it with kubectl", id="an account"),
    ],
)
def test_an_owner_helps_an_account_with_kubectl(asking: str, words: str) -> None:
    """The dashboard adds users only."""
    objects = (
        profile("team-a", "user:alice"),
        cluster_role("kubeflow-edit", rule("create", "notebooks.kubeflow.org")),
        GRANTER,
        role_binding("team-a", "namespaceAdmin", "granter", "user:alice"),
    )

    (contact,) = contacts_of(snapshot(*objects), CREATE_NOTEBOOKS, asking)

    assert f"owns the profile `team-a` and {words}" == contact_text(contact)


@pytest.mark.parametrize(
    ("wanted", "asking", "expected"),
    [
        pytest.param(CREATE_NOTEBOOKS, "user:dave", True, id="a role of the dashboard has it"),
        pytest.param(request("delete", "pods", "team-a"), "user:dave", False, id="none has it"),
        pytest.param(CREATE_NOTEBOOKS, "group:dev", False, id="a group"),
        pytest.param(request("get", "nodes"), "user:dave", False, id="no namespace"),
    ],
)
def test_the_dashboard_grants_its_roles_to_users(wanted: Request, asking: str, expected: bool) -> None:
    """If its roles cannot be read, it perhaps does."""
    known = snapshot(cluster_role("kubeflow-edit", rule("create", "notebooks.kubeflow.org")))

    assert expected == dashboard_can_grant(known, wanted, subject(asking))
    assert dashboard_can_grant(snapshot(), CREATE_NOTEBOOKS, subject("user:dave"))


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(request("get", "nodes"), id="cluster-scoped"),
        pytest.param(request("get", "/metrics"), id="a URL"),
        pytest.param(replace(request("get", "/metrics"), namespace="team-a"), id="a URL with a namespace"),
    ],
)
def test_a_cluster_scoped_request_needs_a_cluster_role_binding(wanted: Request) -> None:
    """Neither an owner nor a subject that can only create RoleBindings can help."""
    objects = (
        profile("team-a", "user:alice"),
        GRANTER,
        ADMIN,
        cluster_role_binding("granters", "granter", "user:bob"),
        role_binding("team-a", "local", "cluster-admin", "user:carol"),
        cluster_role_binding("admins", "cluster-admin", "user:dave"),
    )

    assert ["user:dave"] == contact_names(*objects, wanted=wanted)
    assert ["can create ClusterRoleBindings, by ClusterRoleBinding `admins`"] == reasons(
        *objects, wanted=wanted
    )


# --- odd objects ---


def test_odd_subjects_are_skipped() -> None:
    """A subject without a name, a valid kind or a namespace is no contact."""
    odd = (Subject(), Subject("User", ""), Subject("Robot", "r2"), Subject("ServiceAccount", "", None))
    meta = ObjectMeta("namespaceAdmin", "team-a")
    binding = RoleBinding(metadata=meta, role_ref=RoleRef("ClusterRole", "granter"), subjects=odd)

    assert [] == contact_names(GRANTER, binding, annotated(""))


def test_an_empty_cluster_has_no_contacts() -> None:
    """In a namespace and cluster-wide."""
    assert [] == contact_names()
    assert [] == contact_names(wanted=request("get", "nodes"))


# --- the demo cluster ---


@pytest.mark.parametrize(("where", "owner"), [("team-a", "alice"), ("team-b", "bob"), ("team-c", "carol")])
def test_the_demos_owners_are_contacts(where: str, owner: str) -> None:
    """Each profile has an owner, and each owner is a user."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    shown = demo(env).read(Wanted(("rolebindings", "profiles")))

    shown_contacts = contacts_of(shown, replace(CREATE_NOTEBOOKS, namespace=where))

    assert [f"user:{owner}@example.com"] == [spelled(contact.subject) for contact in shown_contacts]
