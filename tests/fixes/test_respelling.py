"""Objects that name a user in another spelling, and how they are with it corrected."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.fixes.respelling import Respelling, respellings
from kubectl_kfaccess.output.fix_words import action_text, note_text
from kubectl_kfaccess.rbac.model import (
    AuthorizationPolicy,
    KubernetesObject,
    Namespace,
    ObjectMeta,
    Profile,
    ProfileSpec,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import cluster_role_binding, gap, profile, role_binding, snapshot

RBAC = "rbac.authorization.k8s.io"
WRITTEN, NAME = "Bob@Example.com", "bob@example.com"
USER_ID = "request.headers[kubeflow-userid]"
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def found(*objects: KubernetesObject, name: str = NAME, proven: bool = False) -> list[Respelling]:
    """The corrections for that name in team-a."""
    return list(respellings(snapshot(*objects), name, "team-a", proven=proven))


def the_one(*objects: KubernetesObject, **kwargs: Any) -> Respelling:
    """The only correction."""
    (one,) = found(*objects, **kwargs)
    return one


def title(fix: Respelling) -> str:
    """What it corrects, in words."""
    return action_text(fix.action)


def notes(fix: Respelling) -> list[str]:
    """What else is said of it."""
    return [note_text(note) for note in fix.notes]


def kinds(*objects: KubernetesObject, **kwargs: Any) -> list[str]:
    """What is changed by the only correction, in order."""
    return [one["kind"] for one in the_one(*objects, **kwargs).objects]


def meta(name: str, namespace: str = "", version: str = "7", **annotations: str) -> ObjectMeta:
    """Metadata as a server has handed it out."""
    return ObjectMeta(name, namespace, {"team": "a"}, annotations, version)


def owned(owner: str = WRITTEN, version: str = "7", **annotations: str) -> Profile:
    """The profile team-a with everything that a Profile may say."""
    spec = ProfileSpec(Subject("User", owner), [{"kind": "P"}], {"hard": {"cpu": "4"}})
    return Profile(metadata=meta("team-a", "", version, **annotations), spec=spec)


def space(owner: str = WRITTEN, version: str = "7", **annotations: str) -> Namespace:
    """The namespace team-a."""
    return Namespace(metadata=meta("team-a", "", version, owner=owner, **annotations))


def bound(name: str, role: str, *names: str, user: str = WRITTEN) -> RoleBinding:
    """A binding of users in team-a, annotated as Kubeflow does."""
    subjects = tuple(Subject("User", one) for one in names or (user,))
    ref = RoleRef("ClusterRole", f"kubeflow-{role}")
    return RoleBinding(meta(name, "team-a", user=user, role=role), ref, subjects)


def policy(name: str, *values: str, key: str = USER_ID, user: str = WRITTEN) -> AuthorizationPolicy:
    """A policy of team-a that lets in whom the header names, and everybody to one path."""
    rules = [{"when": [{"key": key, "values": list(values)}]}, {"to": [{"operation": {"paths": ["/ok"]}}]}]
    return AuthorizationPolicy(meta(name, "team-a", user=user, role="admin"), {"rules": rules})


OWNERS = (bound("namespaceAdmin", "admin"), policy("ns-owner-access-istio", WRITTEN))
CONTRIBUTOR = "user-bob-example-com-clusterrole-edit"


# --- the owner ---


def test_an_owner_is_corrected_in_the_order_that_the_profile_controller_needs() -> None:
    """The namespace's annotation comes first; nothing is written that a server has of nobody's `apply`."""
    fix = the_one(space(), owned(), *OWNERS)

    assert "correct the owner of profile `team-a` from `Bob@Example.com` to `bob@example.com`" == action_text(
        fix.action
    )
    assert WRITTEN == fix.written
    assert (
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "team-a", "annotations": {"owner": NAME}},
        },
        {
            "apiVersion": "kubeflow.org/v1",
            "kind": "Profile",
            "metadata": {"name": "team-a"},
            "spec": {"owner": {"kind": "User", "apiGroup": RBAC, "name": NAME}},
        },
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "namespaceAdmin", "namespace": "team-a", "annotations": {"user": NAME}},
            "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "kubeflow-admin"},
            "subjects": [{"kind": "User", "apiGroup": RBAC, "name": NAME}],
        },
        {
            "apiVersion": "security.istio.io/v1beta1",
            "kind": "AuthorizationPolicy",
            "metadata": {
                "name": "ns-owner-access-istio",
                "namespace": "team-a",
                "annotations": {"user": NAME},
            },
            "spec": {
                "rules": [
                    {"when": [{"key": USER_ID, "values": [NAME]}]},
                    {"to": [{"operation": {"paths": ["/ok"]}}]},
                ]
            },
        },
    ) == fix.objects


@pytest.mark.parametrize(
    ("version", "annotations"),
    [
        pytest.param("7", {LAST_APPLIED: "{}", "note": "x"}, id="applied before"),
        pytest.param("", {"note": "x"}, id="of a file, which may have been applied"),
    ],
)
def test_what_apply_would_take_away_is_written_again(version: str, annotations: dict[str, str]) -> None:
    """It removes what an earlier one has written and this one leaves out: quotas, plugins, labels."""
    objects = (space(version=version, **annotations), owned(version=version, **annotations), *OWNERS)

    first, second, *_ = the_one(*objects).objects

    labels = {"team": "a"}
    assert {"name": "team-a", "labels": labels, "annotations": {"owner": NAME, "note": "x"}} == first[
        "metadata"
    ]
    assert {"name": "team-a", "labels": labels, "annotations": {"note": "x"}} == second["metadata"]
    assert {
        "owner": {"kind": "User", "apiGroup": RBAC, "name": NAME},
        "plugins": [{"kind": "P"}],
        "resourceQuotaSpec": {"hard": {"cpu": "4"}},
    } == second["spec"]


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param((space(NAME), owned(NAME), *OWNERS), ["RoleBinding", "AuthorizationPolicy"], id="both"),
        pytest.param(
            (space(), owned(NAME), OWNERS[0]), ["Namespace", "RoleBinding"], id="the Profile, and no policy"
        ),
        pytest.param(
            (space(NAME), owned(), OWNERS[0], policy("ns-owner-access-istio", "carol")),
            ["Profile", "RoleBinding"],
            id="the annotation, and a policy for somebody else",
        ),
        pytest.param((owned(), OWNERS[0]), ["Namespace", "Profile", "RoleBinding"], id="an unread namespace"),
    ],
)
def test_what_is_right_already_is_left_alone(
    objects: tuple[KubernetesObject, ...], expected: list[str]
) -> None:
    """Somebody may have begun to correct it, at the wrong end."""
    assert expected == kinds(*objects)


@pytest.mark.parametrize(
    "objects",
    [
        pytest.param((space(), *OWNERS), id="no Profile was read"),
        pytest.param((space(), owned("carol"), *OWNERS), id="somebody else"),
        pytest.param((space(), profile("team-a", f"group:{WRITTEN}"), *OWNERS), id="a group of that name"),
        pytest.param((space(), Profile(metadata=ObjectMeta("team-a")), *OWNERS), id="nobody"),
    ],
)
def test_the_owners_binding_is_left_to_the_profile_controller(objects: tuple[KubernetesObject, ...]) -> None:
    """It would write back whom the Profile names."""
    assert [] == found(*objects)


# --- others ---


def test_a_contributor_is_corrected_in_binding_and_policy() -> None:
    """Both keep their names, which are the same for every spelling."""
    fix = the_one(owned("alice"), bound(CONTRIBUTOR, "edit"), policy(CONTRIBUTOR, WRITTEN))

    assert "correct contributor `Bob@Example.com` of profile `team-a` to `bob@example.com`" == action_text(
        fix.action
    )
    assert [
        ("RoleBinding", CONTRIBUTOR, {"user": NAME}),
        ("AuthorizationPolicy", CONTRIBUTOR, {"user": NAME}),
    ] == [(one["kind"], one["metadata"]["name"], one["metadata"]["annotations"]) for one in fix.objects]
    assert [NAME] == [one["name"] for one in fix.objects[0]["subjects"]]
    assert [NAME] == fix.objects[1]["spec"]["rules"][0]["when"][0]["values"]


def test_the_prefix_of_names_stays_in_a_policy() -> None:
    """The profile controller is told it, and writes it before every name."""
    objects = (
        owned("alice"),
        policy("ns-owner-access-istio", "accounts:alice", user="alice"),
        bound(CONTRIBUTOR, "edit"),
        policy(CONTRIBUTOR, f"accounts:{WRITTEN}"),
    )

    corrected = the_one(*objects).objects[1]

    assert [f"accounts:{NAME}"] == corrected["spec"]["rules"][0]["when"][0]["values"]


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param(None, id="no spec"),
        pytest.param({"rules": "all"}, id="rules that are no list"),
        pytest.param({"rules": [None, {"when": "always"}, {"when": [7]}]}, id="rules of an odd shape"),
        pytest.param({"rules": [{"when": [{"key": 7, "values": [WRITTEN]}]}]}, id="a key that is no text"),
        pytest.param({"rules": [{"when": [{"key": "source.ip", "values": [WRITTEN]}]}]}, id="another key"),
    ],
)
def test_a_policy_that_names_nobody_so_is_left_alone(spec: Any) -> None:
    """Whatever stands in it."""
    going = replace(policy(CONTRIBUTOR), spec=spec)

    assert ["RoleBinding"] == kinds(owned("alice"), bound(CONTRIBUTOR, "edit"), going)


def test_a_policy_keeps_whom_else_it_names() -> None:
    """And names nobody twice."""
    going = policy(CONTRIBUTOR, "carol", WRITTEN, NAME)

    corrected = the_one(owned("alice"), bound(CONTRIBUTOR, "edit"), going).objects[1]

    assert ["carol", NAME] == corrected["spec"]["rules"][0]["when"][0]["values"]


def test_a_binding_keeps_its_other_subjects() -> None:
    """In their places."""
    binding = role_binding("team-a", "shared", "view", "sa:ci/robot", f"user:{WRITTEN}", "group:staff")

    fix = the_one(binding)

    assert "correct `Bob@Example.com` to `bob@example.com` in RoleBinding `shared` in namespace `team-a`" == (
        title(fix)
    )
    assert [
        {"kind": "ServiceAccount", "name": "robot", "namespace": "ci"},
        {"kind": "User", "apiGroup": RBAC, "name": NAME},
        {"kind": "Group", "apiGroup": RBAC, "name": "staff"},
    ] == fix.objects[0]["subjects"]


def test_a_grant_in_the_whole_cluster_is_corrected() -> None:
    """It counts in every namespace."""
    fix = the_one(cluster_role_binding("admins", "cluster-admin", f"user:{WRITTEN}"))

    assert "correct `Bob@Example.com` to `bob@example.com` in ClusterRoleBinding `admins`" == action_text(
        fix.action
    )
    assert {"name": "admins"} == fix.objects[0]["metadata"]


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param(role_binding("team-b", "b", "view", f"user:{WRITTEN}"), id="another namespace"),
        pytest.param(role_binding("team-a", "b", "view", f"group:{WRITTEN}"), id="a group"),
        pytest.param(role_binding("team-a", "b", "view", "user:bobby@example.com"), id="another name"),
        pytest.param(role_binding("team-a", "b", "view", f"user:{NAME}"), id="the same spelling"),
    ],
)
def test_what_names_no_other_spelling_here_is_not_corrected(binding: RoleBinding) -> None:
    """It is no slip, or not in the way."""
    assert [] == found(binding)


def test_what_kubernetes_itself_is_assumed_to_have_is_not_corrected() -> None:
    """Nobody knows whether it is there."""
    known = snapshot(role_binding("team-a", "b", "view", f"user:{WRITTEN}"))
    known = Snapshot(role_bindings=known.role_bindings, assumed={("RoleBinding", "team-a", "b"): None})

    assert [] == list(respellings(known, NAME, "team-a", proven=True))


# --- which of the two is wrong ---


@pytest.mark.parametrize(
    ("written", "name", "proven", "expected"),
    [
        pytest.param(WRITTEN, NAME, False, True, id="capitals in an address are odd"),
        pytest.param(NAME, WRITTEN, False, False, id="an address without is not"),
        pytest.param(NAME, WRITTEN, True, True, id="but who has logged in so is right"),
    ],
)
def test_only_what_looks_odd_is_corrected_unless_a_login_proves_the_name(
    written: str, name: str, proven: bool, expected: bool
) -> None:
    """The question may hold the slip."""
    binding = role_binding("team-a", "b", "view", f"user:{written}")

    assert expected == bool(found(binding, name=name, proven=proven))


def test_a_name_that_nothing_proves_is_right_on_a_condition() -> None:
    """It is said which."""
    binding = role_binding("team-a", "b", "view", f"user:{WRITTEN}")

    assert ["right only where the identity provider spells the name `bob@example.com`"] == notes(
        the_one(binding)
    )
    assert [] == notes(the_one(binding, proven=True))


# --- findings ---


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param((space(), owned(), *OWNERS), "profile-owner-spelling", id="an owner"),
        pytest.param((space(NAME), owned(), *OWNERS), "profile-owner-differs", id="an owner half corrected"),
        pytest.param(
            (owned("alice"), bound(CONTRIBUTOR, "edit")), "profile-owner-spelling", id="a contributor"
        ),
        pytest.param(
            (owned("alice"), bound(CONTRIBUTOR, "edit", WRITTEN, user=NAME)),
            "profile-annotation-user-differs",
            id="a contributor whom the dashboard knows in the right spelling",
        ),
        pytest.param((bound(CONTRIBUTOR, "edit"),), "", id="somebody outside of profiles"),
    ],
)
def test_the_finding_of_profiles_is_named(objects: tuple[KubernetesObject, ...], expected: str) -> None:
    """Where it reports the name at all."""
    fix = the_one(*objects, proven=True)

    assert expected == fix.finding
    assert bool(expected) == (f"`profiles` reports it as `{expected}`" in notes(fix))


def test_unread_policies_are_left_to_the_profile_controller() -> None:
    """It mends the owner's, when the Profile has changed."""
    known = snapshot(space(), owned(), OWNERS[0], gaps=[gap("authorizationpolicies")])

    (fix,) = respellings(known, NAME, "team-a", proven=False)

    assert ["Namespace", "Profile", "RoleBinding"] == [one["kind"] for one in fix.objects]
