"""What Kubeflow's controllers make for a persona, and who a persona is."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.tenants.personas import any_profile, made_of_profile, members
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import authorization_policy, namespace, profile, role_binding, snapshot

OWNED = snapshot(namespace("team-a"), profile("team-a", "user:ann"))


def roles(manifests: tuple[dict[str, object], ...]) -> dict[str, str]:
    """Return the ClusterRole of each RoleBinding, by the binding's name."""
    bindings = [each for each in manifests if each["kind"] == "RoleBinding"]
    return {each["metadata"]["name"]: each["roleRef"]["name"] for each in bindings}  # type: ignore[index]


def test_the_profile_controller_binds_two_accounts_and_the_owner() -> None:
    """profile_controller.go: updateServiceAccount, updateRoleBinding."""
    made = made_of_profile("team-b", Subject("User", "zoe"), Snapshot())

    assert {
        "namespaceAdmin": "kubeflow-admin",
        "default-editor": "kubeflow-edit",
        "default-viewer": "kubeflow-view",
    } == roles(made)
    assert {"Namespace", "ServiceAccount", "RoleBinding"} == {each["kind"] for each in made}


def test_there_are_policies_only_where_the_mesh_has_some() -> None:
    """A cluster without Istio has no such kind."""
    meshed = snapshot(authorization_policy("istio-system/any"))

    made = made_of_profile("team-b", Subject("User", "zoe"), meshed)

    assert ["ns-owner-access-istio"] == [
        each["metadata"]["name"] for each in made if each["kind"] == "AuthorizationPolicy"
    ]


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("contributor-admin", "kubeflow-admin"),
        ("contributor-edit", "kubeflow-edit"),
        ("contributor-view", "kubeflow-view"),
    ],
)
def test_a_contributor_is_a_user_whom_nobody_else_binds(word: str, role: str) -> None:
    """With the binding that KFAM makes; a user of that name has others."""
    taken = snapshot(namespace("team-a"), role_binding("team-a", "b", "ClusterRole/edit", f"user:{word}"))

    result = members(word, "", taken, ("team-a",))

    assert f"{word}-2" == result.by_namespace["team-a"].user
    assert [role] == list(roles(result.manifests).values())


def test_the_owner_is_the_one_that_the_cluster_names() -> None:
    """Nothing has to be made for them; without an owner there is a stand-in."""
    named, unnamed = (
        members("profile-owner", "", each, ("team-a",)) for each in (OWNED, snapshot(namespace("team-a")))
    )

    assert ("ann", ()) == (named.by_namespace["team-a"].user, named.manifests)
    assert ("profile-owner", {"namespaceAdmin": "kubeflow-admin"}) == (
        unnamed.by_namespace["team-a"].user,
        roles(unnamed.manifests),
    )


def test_an_account_is_the_profiles_own() -> None:
    """Called as the installation calls it."""
    result = members("pipeline-runner", "default-editor", OWNED, ("team-a", "team-b"))

    assert [f"system:serviceaccount:{place}:default-editor" for place in ("team-a", "team-b")] == [
        who.user for who in result.by_namespace.values()
    ]
    assert () == result.manifests


def test_any_profile_has_a_name_that_no_namespace_has() -> None:
    """With a number if it is taken, and the next number if that is taken as well."""
    one, two = namespace("any-profile"), namespace("any-profile-2")

    assert ["any-profile", "any-profile-2", "any-profile-3"] == [
        any_profile(snapshot(*taken)) for taken in ((), (one,), (one, two))
    ]
