"""Objects that name a user in another spelling, and what they look like after the correction."""

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


def corrections(*objects: KubernetesObject, name: str = NAME, proven: bool = False) -> list[Respelling]:
    """Return the corrections for that name in team-a."""
    return list(respellings(snapshot(*objects), name, "team-a", proven=proven))


def only_correction(*objects: KubernetesObject, **kwargs: Any) -> Respelling:
    """Return the only correction."""
    (correction,) = corrections(*objects, **kwargs)
    return correction


def title(fix: Respelling) -> str:
    """Return what the fix corrects, in words."""
    return action_text(fix.action)


def notes(fix: Respelling) -> list[str]:
    """Return the notes of the fix, in words."""
    return [note_text(note) for note in fix.notes]


def kinds(*objects: KubernetesObject, **kwargs: Any) -> list[str]:
    """Return the kinds of the objects that the only correction changes, in order."""
    return [manifest["kind"] for manifest in only_correction(*objects, **kwargs).objects]


def meta(name: str, namespace: str = "", version: str = "7", **annotations: str) -> ObjectMeta:
    """Return metadata as a server returns it."""
    return ObjectMeta(name, namespace, {"team": "a"}, annotations, version)


def owned(owner: str = WRITTEN, version: str = "7", **annotations: str) -> Profile:
    """Return the profile team-a with every field that a Profile can have."""
    spec = ProfileSpec(Subject("User", owner), [{"kind": "P"}], {"hard": {"cpu": "4"}})
    return Profile(metadata=meta("team-a", "", version, **annotations), spec=spec)


def space(owner: str = WRITTEN, version: str = "7", **annotations: str) -> Namespace:
    """Return the namespace team-a."""
    return Namespace(metadata=meta("team-a", "", version, owner=owner, **annotations))


def bound(name: str, role: str, *names: str, user: str = WRITTEN) -> RoleBinding:
    """Return a binding of users in team-a, annotated as Kubeflow does."""
    subjects = tuple(Subject("User", name) for name in names or (user,))
    ref = RoleRef("ClusterRole", f"kubeflow-{role}")
    return RoleBinding(meta(name, "team-a", user=user, role=role), ref, subjects)


def policy(name: str, *values: str, key: str = USER_ID, user: str = WRITTEN) -> AuthorizationPolicy:
    """Return a policy of team-a that lets in the users named in the header, and everybody to one path."""
    rules = [{"when": [{"key": key, "values": list(values)}]}, {"to": [{"operation": {"paths": ["/ok"]}}]}]
    return AuthorizationPolicy(meta(name, "team-a", user=user, role="admin"), {"rules": rules})


OWNERS = (bound("namespaceAdmin", "admin"), policy("ns-owner-access-istio", WRITTEN))
CONTRIBUTOR = "user-bob-example-com-clusterrole-edit"


# --- the owner ---


def test_an_owner_is_corrected_in_the_order_that_the_profile_controller_needs() -> None:
    """The namespace's annotation comes first; fields that nobody has applied are not written."""
    fix = only_correction(space(), owned(), *OWNERS)

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
        pytest.param("", {"note": "x"}, id="read from a file, which may have been applied"),
    ],
)
def test_what_apply_would_remove_is_written_again(version: str, annotations: dict[str, str]) -> None:
    """`apply` removes what an earlier one wrote and this one leaves out: quotas, plugins, labels."""
    objects = (space(version=version, **annotations), owned(version=version, **annotations), *OWNERS)

    first, second, *_ = only_correction(*objects).objects

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
def test_what_is_already_right_is_left_alone(
    objects: tuple[KubernetesObject, ...], expected: list[str]
) -> None:
    """Somebody may already have corrected a part of it."""
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
    """The controller would write back the user that the Profile names."""
    assert [] == corrections(*objects)


# --- others ---


def test_a_contributor_is_corrected_in_binding_and_policy() -> None:
    """Binding and policy keep their object names, which are the same for every spelling."""
    fix = only_correction(owned("alice"), bound(CONTRIBUTOR, "edit"), policy(CONTRIBUTOR, WRITTEN))

    assert "correct contributor `Bob@Example.com` of profile `team-a` to `bob@example.com`" == action_text(
        fix.action
    )
    assert [
        ("RoleBinding", CONTRIBUTOR, {"user": NAME}),
        ("AuthorizationPolicy", CONTRIBUTOR, {"user": NAME}),
    ] == [(made["kind"], made["metadata"]["name"], made["metadata"]["annotations"]) for made in fix.objects]
    assert [NAME] == [bound_subject["name"] for bound_subject in fix.objects[0]["subjects"]]
    assert [NAME] == fix.objects[1]["spec"]["rules"][0]["when"][0]["values"]


def test_the_prefix_of_names_stays_in_a_policy() -> None:
    """The profile controller is configured with it, and writes it before every name."""
    objects = (
        owned("alice"),
        policy("ns-owner-access-istio", "accounts:alice", user="alice"),
        bound(CONTRIBUTOR, "edit"),
        policy(CONTRIBUTOR, f"accounts:{WRITTEN}"),
    )

    corrected = only_correction(*objects).objects[1]

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
def test_a_policy_without_that_spelling_is_left_alone(spec: Any) -> None:
    """Whatever else it contains."""
    policy_with_users = replace(policy(CONTRIBUTOR), spec=spec)

    assert ["RoleBinding"] == kinds(owned("alice"), bound(CONTRIBUTOR, "edit"), policy_with_users)


def test_a_policy_keeps_the_other_users_that_it_names() -> None:
    """It names no user twice."""
    policy_with_users = policy(CONTRIBUTOR, "carol", WRITTEN, NAME)

    corrected = only_correction(owned("alice"), bound(CONTRIBUTOR, "edit"), policy_with_users).objects[1]

    assert ["carol", NAME] == corrected["spec"]["rules"][0]["when"][0]["values"]


def test_a_binding_keeps_its_other_subjects() -> None:
    """They keep their positions."""
    binding = role_binding("team-a", "shared", "view", "sa:ci/robot", f"user:{WRITTEN}", "group:staff")

    fix = only_correction(binding)

    assert "correct `Bob@Example.com` to `bob@example.com` in RoleBinding `shared` in namespace `team-a`" == (
        title(fix)
    )
    assert [
        {"kind": "ServiceAccount", "name": "robot", "namespace": "ci"},
        {"kind": "User", "apiGroup": RBAC, "name": NAME},
        {"kind": "Group", "apiGroup": RBAC, "name": "staff"},
    ] == fix.objects[0]["subjects"]


def test_a_cluster_wide_grant_is_corrected() -> None:
    """It counts in every namespace."""
    fix = only_correction(cluster_role_binding("admins", "cluster-admin", f"user:{WRITTEN}"))

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
def test_a_binding_without_another_spelling_in_this_namespace_is_not_corrected(binding: RoleBinding) -> None:
    """It is not a mistake, or does not matter for this namespace."""
    assert [] == corrections(binding)


def test_an_object_that_is_only_assumed_is_not_corrected() -> None:
    """Nobody knows whether the cluster has it."""
    known = snapshot(role_binding("team-a", "b", "view", f"user:{WRITTEN}"))
    known = Snapshot(role_bindings=known.role_bindings, assumed={("RoleBinding", "team-a", "b"): None})

    assert [] == list(respellings(known, NAME, "team-a", proven=True))


# --- which of the two spellings is wrong ---


@pytest.mark.parametrize(
    ("written", "name", "proven", "expected"),
    [
        pytest.param(WRITTEN, NAME, False, True, id="capitals in an address are odd"),
        pytest.param(NAME, WRITTEN, False, False, id="lower case in an address is not"),
        pytest.param(NAME, WRITTEN, True, True, id="but a name that somebody has logged in with is right"),
    ],
)
def test_only_an_odd_spelling_is_corrected_unless_a_login_proves_the_name(
    written: str, name: str, proven: bool, expected: bool
) -> None:
    """The mistake may be in the question."""
    binding = role_binding("team-a", "b", "view", f"user:{written}")

    assert expected == bool(corrections(binding, name=name, proven=proven))


def test_a_correction_to_an_unproven_name_states_its_condition() -> None:
    """A note says when the correction is right."""
    binding = role_binding("team-a", "b", "view", f"user:{WRITTEN}")

    assert ["right only if the login spells the name `bob@example.com`"] == notes(only_correction(binding))
    assert [] == notes(only_correction(binding, proven=True))


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
            id="a contributor that the dashboard knows in the right spelling",
        ),
        pytest.param((bound(CONTRIBUTOR, "edit"),), "", id="somebody outside of profiles"),
    ],
)
def test_a_correction_names_the_finding_of_profiles(
    objects: tuple[KubernetesObject, ...], expected: str
) -> None:
    """If `profiles` reports the name."""
    fix = only_correction(*objects, proven=True)

    assert expected == fix.finding
    assert bool(expected) == (f"`profiles` reports it as `{expected}`" in notes(fix))


def test_unread_policies_are_left_to_the_profile_controller() -> None:
    """The controller corrects the owner's policy after the Profile has changed."""
    known = snapshot(space(), owned(), OWNERS[0], gaps=[gap("authorizationpolicies")])

    (fix,) = respellings(known, NAME, "team-a", proven=False)

    assert ["Namespace", "Profile", "RoleBinding"] == [manifest["kind"] for manifest in fix.objects]
