"""Whom to ask: the owner, and where there is none whoever can hand out rights."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.fixes.contacts import MOST, Contact, contacts
from kubectl_kfaccess.output.fix_words import contact_text
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import (
    KubernetesObject,
    Namespace,
    ObjectMeta,
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
    namespace,
    profile,
    request,
    role_binding,
    rule,
    snapshot,
    spelled,
    subject,
)

ASKED = request("create", "notebooks.kubeflow.org", "team-a")
GRANTER = cluster_role("granter", rule("create", "rolebindings.rbac.authorization.k8s.io"))
ADMIN = cluster_role("cluster-admin", rule("*", "*.*"))


def whom(*objects: KubernetesObject, asked: Request = ASKED, asking: str = "") -> list[str]:
    """The subjects to ask, as people type them."""
    return [spelled(one.subject) for one in told(snapshot(*objects), asked, asking)]


def whys(*objects: KubernetesObject, asked: Request = ASKED) -> list[str]:
    """The reasons alone."""
    return [contact_text(one) for one in told(snapshot(*objects), asked)]


def told(known: Snapshot, asked: Request, asking: str = "") -> list[Contact]:
    """What comes back, for somebody who asks or for nobody in particular."""
    return list(contacts(Evaluator(known), asked, subject(asking) if asking else None))


def annotated(owner: str) -> Namespace:
    """The namespace team-a as the profile controller annotates it."""
    return Namespace(metadata=ObjectMeta("team-a", annotations={"owner": owner}))


def owner_binding(*subjects: str) -> RoleBinding:
    """The binding that the profile controller makes, in team-a."""
    return role_binding("team-a", "namespaceAdmin", "kubeflow-admin", *subjects)


# --- the owner ---


@pytest.mark.parametrize(
    ("owner", "words"),
    [
        pytest.param("user:alice", "can add contributors in the dashboard", id="a user"),
        pytest.param("group:dev", "in the dashboard nobody can act for a group", id="a group"),
        pytest.param("sa:team-a/robot", "in the dashboard nobody can act for an account", id="an account"),
    ],
)
def test_the_owner_of_the_profile_is_asked(owner: str, words: str) -> None:
    """Nobody else is needed; the dashboard is for users alone."""
    objects = (
        profile("team-a", owner),
        annotated("old"),
        owner_binding("user:old"),
        GRANTER,
        cluster_role_binding("admins", "granter", "user:admin"),
    )

    assert [owner] == whom(*objects)
    assert ["owns the profile `team-a`: "] == [why.partition(": ")[0] + ": " for why in whys(*objects)]
    assert words in whys(*objects)[0]


def test_an_owners_account_without_a_namespace_is_one_of_the_profile() -> None:
    """That is whom the owner's binding means there."""
    assert ["sa:team-a/robot"] == whom(profile("team-a", "sa:robot"))


def test_the_owner_of_another_profile_is_not_asked() -> None:
    """A profile is its own namespace."""
    assert [] == whom(profile("team-b", "user:bob"))


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param(None, id="nobody"),
        pytest.param(Subject("User", ""), id="a user without a name"),
        pytest.param(Subject("Robot", "r2"), id="a kind that there is not"),
    ],
)
def test_a_profile_without_a_proper_owner_is_passed_over(owner: Subject | None) -> None:
    """The namespace may name somebody still."""
    odd = Profile(metadata=ObjectMeta("team-a"), spec=ProfileSpec(owner))

    assert ["user:alice"] == whom(odd, annotated("alice"))


def test_without_a_profile_the_annotation_names_the_owner() -> None:
    """A tenant may read the namespace and not the profile; who can grant comes after."""
    objects = (
        annotated("alice"),
        owner_binding("user:bob"),
        GRANTER,
        role_binding("team-a", "granters", "granter", "user:carol"),
    )

    assert ["user:alice", "user:carol"] == whom(*objects)
    assert "annotated" in whys(*objects)[0]


def test_without_an_annotation_the_owners_binding_names_them() -> None:
    """It is the binding that makes the owner one."""
    objects = (namespace("team-a"), owner_binding("user:alice", "sa:robot"))

    assert ["user:alice", "sa:team-a/robot"] == whom(*objects)
    assert "by RoleBinding `namespaceAdmin`" in whys(*objects)[0]


def test_the_owners_binding_of_another_namespace_names_nobody() -> None:
    """It is looked up where the request is."""
    binding = owner_binding("user:alice")

    assert [] == whom(binding, asked=replace(ASKED, namespace="team-b"))
    assert [] == whom(binding, asked=replace(ASKED, namespace=""))


def test_an_owners_binding_without_a_namespace_names_nobody() -> None:
    """It is nobody's, and not the whole cluster's."""
    binding = role_binding("", "namespaceAdmin", "kubeflow-admin", "user:alice")

    assert [] == whom(binding, asked=request("get", "nodes"))


# --- who asks ---


def test_the_owner_who_asks_is_sent_to_others() -> None:
    """Nobody is told to ask themselves, by whatever they are known."""
    objects = (
        profile("team-a", "user:alice"),
        annotated("alice"),
        owner_binding("user:alice"),
        GRANTER,
        role_binding("team-a", "granters", "granter", "user:alice", "user:bob"),
    )

    assert ["user:bob"] == whom(*objects, asking="user:alice")
    assert ["user:alice"] == whom(*objects, asking="user:bob")


def test_an_account_that_asks_is_known_by_its_users_name() -> None:
    """A binding may write it either way."""
    binding = role_binding(
        "team-a", "granters", "granter", "user:system:serviceaccount:team-a:robot", "user:bob"
    )

    assert ["user:bob"] == whom(GRANTER, binding, asking="sa:team-a/robot")
    assert ["user:bob", "sa:team-a/robot"] == whom(GRANTER, binding)


OWNED = (profile("team-a", "user:Bob@Example.com"), annotated("Bob@Example.com"))
UPDATER = cluster_role("updater", rule("patch", "profiles.kubeflow.org"))


def test_an_owner_who_asks_in_another_spelling_is_told_so() -> None:
    """Nobody can log in as that owner, so others are named as well: who may bind, and who may correct it."""
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

    found = told(snapshot(*objects), ASKED, "user:bob@example.com")

    assert [
        (
            "user:Bob@Example.com",
            "owns the profile `team-a`, but is `bob@example.com` in another spelling: cannot help as that",
        ),
        ("user:carol", "may create RoleBindings in `team-a`, by RoleBinding `granters`"),
        (
            "user:eve",
            "may create RoleBindings in `team-a`, by ClusterRoleBinding `admins`; may update the Profile too",
        ),
        ("user:dave", "may update Profile `team-a`, by ClusterRoleBinding `updaters`"),
    ] == [(spelled(one.subject), contact_text(one)) for one in found]


def test_the_platform_is_asked_when_the_only_person_is_the_one_who_asks_otherwise_spelled() -> None:
    """An account that updates all there is answers no mail."""
    objects = (
        *OWNED,
        ADMIN,
        GRANTER,
        UPDATER,
        role_binding("team-a", "granters", "granter", "user:Bob@Example.com"),
        cluster_role_binding("admins", "cluster-admin", "group:system:masters"),
        cluster_role_binding("collectors", "updater", "sa:kube-system/collector"),
    )

    assert ["user:Bob@Example.com", "group:system:masters"] == whom(*objects, asking="user:bob@example.com")


@pytest.mark.parametrize(
    "asking",
    [
        pytest.param("user:bobby@example.com", id="another name"),
        pytest.param("group:bob@example.com", id="a group of that name"),
        pytest.param("sa:team-a/bob@example.com", id="an account of that name"),
    ],
)
def test_somebody_else_asks_the_owner_alone(asking: str) -> None:
    """Only another spelling of the owner's own name is in question."""
    objects = (*OWNED, GRANTER, role_binding("team-a", "granters", "granter", "user:carol"))

    assert ["user:Bob@Example.com"] == whom(*objects, asking=asking)


def test_who_may_grant_in_another_spelling_is_nobody_to_ask() -> None:
    """It is the one who asks."""
    binding = role_binding("team-a", "granters", "granter", "user:Bob", "user:carol")

    assert ["user:carol"] == whom(GRANTER, binding, asking="user:bob")


# --- who can grant ---


def test_people_come_before_groups_and_accounts() -> None:
    """At most MOST of them, by name."""
    names = ("sa:team-a/robot", "group:dev", "user:zoe", "user:bob", "group:ops", "sa:team-a/other")

    found = whom(GRANTER, role_binding("team-a", "granters", "granter", *names))

    assert ["user:bob", "user:zoe", "group:dev", "group:ops", "sa:team-a/other"] == found
    assert MOST == len(found)


def test_those_of_the_namespace_come_before_those_of_the_cluster() -> None:
    """They are nearer; somebody who is both is named once, by the nearer binding."""
    objects = (
        GRANTER,
        cluster_role_binding("admins", "granter", "user:alice", "user:bob"),
        role_binding("team-a", "granters", "granter", "user:bob"),
    )

    assert ["user:bob", "user:alice"] == whom(*objects)
    assert [
        "may create RoleBindings in `team-a`, by RoleBinding `granters`",
        "may create RoleBindings in `team-a`, by ClusterRoleBinding `admins`",
    ] == whys(*objects)


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param(role_binding("team-b", "granters", "granter", "user:bob"), id="another namespace's"),
        pytest.param(role_binding("team-a", "reader", "reader", "user:bob"), id="another role's"),
        pytest.param(role_binding("team-a", "named", "named", "user:bob"), id="for one name only"),
    ],
)
def test_who_cannot_write_bindings_here_is_not_asked(binding: RoleBinding) -> None:
    """To grant elsewhere, or to write one binding of a known name, is no help."""
    reader = cluster_role("reader", rule("get", "rolebindings.rbac.authorization.k8s.io"))
    named = cluster_role("named", rule("create", "rolebindings.rbac.authorization.k8s.io", names=("one",)))

    assert [] == whom(GRANTER, reader, named, binding)


def test_the_platform_is_asked_only_where_there_is_nobody_else() -> None:
    """Controllers answer no mail, and Kubernetes' own groups are no addresses."""
    platform = (
        ADMIN,
        cluster_role_binding(
            "admins", "cluster-admin", "group:system:masters", "sa:kubeflow/ml-pipeline",
            "group:system:serviceaccounts:team-a",
        ),
    )  # fmt: skip

    assert ["user:bob"] == whom(*platform, cluster_role_binding("more", "cluster-admin", "user:bob"))
    assert ["group:system:masters", "group:system:serviceaccounts:team-a", "sa:kubeflow/ml-pipeline"] == whom(
        *platform
    )


def test_the_platform_is_asked_when_the_only_person_is_the_one_who_asks() -> None:
    """The one who asks is nobody to ask."""
    binding = cluster_role_binding("admins", "cluster-admin", "group:system:masters", "user:bob")

    assert ["group:system:masters"] == whom(ADMIN, binding, asking="user:bob")


def test_who_is_only_perhaps_allowed_is_not_asked() -> None:
    """What a cycle of aggregated roles may keep or drop is no promise."""
    create = rule("create", "rolebindings.rbac.authorization.k8s.io")
    one = cluster_role("one", create, labels={"x": "one"}, aggregate={"x": "two"})
    two = cluster_role("two", labels={"x": "two"}, aggregate={"x": "one"})

    assert [] == whom(one, two, role_binding("team-a", "granters", "two", "user:bob"))


def test_a_tenant_cannot_pass_for_the_platform() -> None:
    """An account in a profile's namespace is somebody's, whatever the profile is called."""
    objects = (
        profile("istio-system", "user:mallory"),
        GRANTER,
        role_binding("team-a", "granters", "granter", "sa:istio-system/robot"),
        role_binding("team-a", "others", "granter", "sa:kube-system/controller"),
    )

    assert ["sa:istio-system/robot"] == whom(*objects)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request("get", "nodes"), id="cluster-scoped"),
        pytest.param(request("get", "/metrics"), id="a URL"),
        pytest.param(replace(request("get", "/metrics"), namespace="team-a"), id="a URL with a namespace"),
    ],
)
def test_outside_of_namespaces_it_takes_a_cluster_role_binding(asked: Request) -> None:
    """No owner can help, nor who may write RoleBindings alone."""
    objects = (
        profile("team-a", "user:alice"),
        GRANTER,
        ADMIN,
        cluster_role_binding("granters", "granter", "user:bob"),
        role_binding("team-a", "local", "cluster-admin", "user:carol"),
        cluster_role_binding("admins", "cluster-admin", "user:dave"),
    )

    assert ["user:dave"] == whom(*objects, asked=asked)
    assert ["may create ClusterRoleBindings, by ClusterRoleBinding `admins`"] == whys(*objects, asked=asked)


# --- whatever the cluster holds ---


def test_odd_subjects_are_passed_over() -> None:
    """Who has no name, no proper kind or no namespace cannot be asked."""
    odd = (Subject(), Subject("User", ""), Subject("Robot", "r2"), Subject("ServiceAccount", "", None))
    meta = ObjectMeta("namespaceAdmin", "team-a")
    binding = RoleBinding(metadata=meta, role_ref=RoleRef("ClusterRole", "granter"), subjects=odd)

    assert [] == whom(GRANTER, binding, annotated(""))


def test_an_empty_cluster_knows_nobody() -> None:
    """There is nobody to ask, in a namespace and outside."""
    assert [] == whom()
    assert [] == whom(asked=request("get", "nodes"))


# --- the demo cluster ---


@pytest.mark.parametrize(("where", "owner"), [("team-a", "alice"), ("team-b", "bob"), ("team-c", "carol")])
def test_the_demos_owners_are_asked(where: str, owner: str) -> None:
    """Each profile has one, and each is a user."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    shown = demo(env).read(Wanted(("rolebindings", "profiles")))

    found = told(shown, replace(ASKED, namespace=where))

    assert [f"user:{owner}@example.com"] == [spelled(one.subject) for one in found]
