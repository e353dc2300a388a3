"""A cluster's objects as a value: layers of objects, bindings, roles and gaps."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import RoleRef, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot, by_key, principals_of
from kubectl_kfaccess.rbac.subjects import Principal
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    namespace,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
)

GET, LIST = rule("get", "pods"), rule("list", "pods")
ALICE = Principal("User", "alice")

BELOW = snapshot(
    cluster_role("shared", GET),
    cluster_role("below", GET),
    role_binding("team-a", "shared", "shared", "user:alice"),
    namespace("team-a", owner="below"),
    gaps=[gap("roles")],
)
ABOVE = snapshot(
    cluster_role("shared", LIST),
    cluster_role_binding("above", "shared", "user:bob"),
    role("team-a/shared", LIST),
    role_binding("team-b", "shared", "shared", "user:alice"),
    service_account("team-a/robot"),
    gaps=[gap("rolebindings", "team-c")],
)
TOP = snapshot(cluster_role("shared"), role("team-a/shared", GET), gaps=[gap("clusterroles")])


# --- the laws of `over` ---


@pytest.mark.parametrize("known", [BELOW, ABOVE, TOP, Snapshot()], ids=["below", "above", "top", "empty"])
def test_the_empty_snapshot_changes_nothing(known: Snapshot) -> None:
    """A snapshot stays the same with an empty one over it or under it."""
    assert known == Snapshot().over(known)
    assert known == known.over(Snapshot())


def test_over_is_associative() -> None:
    """Three layers give the same snapshot, whichever two are put together first."""
    assert TOP.over(ABOVE.over(BELOW)) == TOP.over(ABOVE).over(BELOW)


def test_an_object_above_replaces_the_object_with_the_same_key() -> None:
    """Two objects are the same if kind, namespace and name are the same."""
    combined = ABOVE.over(BELOW)

    assert cluster_role("shared", LIST) == combined.cluster_roles["", "shared"]


def test_objects_with_different_keys_all_stay() -> None:
    """Objects differ if their name, their namespace or their kind differs."""
    combined = ABOVE.over(BELOW)

    assert {("", "shared"), ("", "below")} == set(combined.cluster_roles)
    assert {("", "above")} == set(combined.cluster_role_bindings)
    assert {("team-a", "shared")} == set(combined.roles)
    assert {("team-a", "shared"), ("team-b", "shared")} == set(combined.role_bindings)
    assert {("", "team-a")} == set(combined.namespaces)
    assert {("team-a", "robot")} == set(combined.service_accounts)


def test_over_changes_neither_side() -> None:
    """A snapshot is a value, so `over` returns a new one."""
    below = snapshot(cluster_role("shared", GET))
    above = snapshot(cluster_role("shared", LIST))

    above.over(below)

    assert snapshot(cluster_role("shared", GET)) == below
    assert snapshot(cluster_role("shared", LIST)) == above


def test_laying_a_snapshot_over_itself_changes_no_object() -> None:
    """The gaps are the same as well."""
    combined = ABOVE.over(ABOVE)

    assert ABOVE.cluster_roles == combined.cluster_roles
    assert ABOVE.role_bindings == combined.role_bindings
    assert set(ABOVE.gaps) == set(combined.gaps)


def test_gaps_of_both_sides_count() -> None:
    """A list that either side could not read is still a gap."""
    assert {gap("roles"), gap("rolebindings", "team-c")} == set(ABOVE.over(BELOW).gaps)


def test_a_later_object_with_the_same_key_counts() -> None:
    """If a list has two objects with one key, the last one is kept."""
    roles = by_key([role("team-a/x", GET), role("team-b/x", GET), role("team-a/x", LIST)])

    assert {("team-a", "x"): role("team-a/x", LIST), ("team-b", "x"): role("team-b/x", GET)} == roles


# --- roles ---


def test_a_cluster_role_is_found_from_any_namespace() -> None:
    """A ClusterRole is in no namespace."""
    known = snapshot(cluster_role("reader", GET))

    assert cluster_role("reader", GET) == known.role(RoleRef("ClusterRole", "reader"), "team-a")
    assert cluster_role("reader", GET) == known.role(RoleRef("ClusterRole", "reader"), "")


def test_a_role_is_found_only_in_the_bindings_namespace() -> None:
    """A Role with the same name in another namespace is a different role."""
    known = snapshot(role("team-a/reader", GET))

    assert role("team-a/reader", GET) == known.role(RoleRef("Role", "reader"), "team-a")
    assert None is known.role(RoleRef("Role", "reader"), "team-b")


def test_there_is_no_fallback_between_roles_and_cluster_roles() -> None:
    """A roleRef names one kind, and only that kind is searched."""
    known = snapshot(cluster_role("cluster", GET), role("team-a/local", GET))

    assert None is known.role(RoleRef("Role", "cluster"), "team-a")
    assert None is known.role(RoleRef("ClusterRole", "local"), "team-a")


@pytest.mark.parametrize("kind", ["clusterrole", "", "Group"])
def test_a_role_ref_of_another_kind_finds_nothing(kind: str) -> None:
    """Only `Role` and `ClusterRole` are known, and upper and lower case matter."""
    known = snapshot(cluster_role("reader", GET), role("team-a/reader", GET))

    assert None is known.role(RoleRef(kind, "reader"), "team-a")


def test_a_cluster_role_binding_finds_no_role() -> None:
    """It has no namespace, so it does not even find a Role whose file names no namespace."""
    known = snapshot(role("/reader", GET))

    assert None is known.role(RoleRef("Role", "reader"), "")


def test_a_namespace_on_a_cluster_scoped_object_is_ignored() -> None:
    """Tools such as kustomize can write one into the file."""
    written = cluster_role("reader", GET)
    placed = type(written)(metadata=type(written.metadata)("reader", "team-a"), rules=written.rules)

    assert ("", "reader") == placed.key


# --- bindings ---

BINDINGS = snapshot(
    role_binding("team-b", "b", "x", "user:alice"),
    role_binding("team-a", "z", "x", "user:alice"),
    role_binding("team-a", "a", "x", "group:dev"),
    cluster_role_binding("z", "x", "user:alice"),
    cluster_role_binding("a", "x", "group:dev"),
)


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param((), [("", "a"), ("", "z")], id="without a namespace"),
        pytest.param(("team-b",), [("", "a"), ("", "z"), ("team-b", "b")], id="in one namespace"),
        pytest.param(("*",), [("", "a"), ("", "z")], id="star is an ordinary name"),
        pytest.param(
            None,
            [("", "a"), ("", "z"), ("team-a", "a"), ("team-a", "z"), ("team-b", "b")],
            id="in all namespaces",
        ),
    ],
)
def test_cluster_wide_bindings_come_before_those_of_namespaces(
    namespaces: tuple[str, ...] | None, expected: list[tuple[str, str]]
) -> None:
    """Both are in order of their names, so that the same cluster gives the same answer."""
    assert expected == [binding.key for binding in BINDINGS.bindings(namespaces)]


def test_bindings_are_found_by_principal() -> None:
    """Cluster-wide bindings are listed apart from the bindings of each namespace."""
    assert ["z"] == [binding.name for binding in BINDINGS.bound[""][ALICE]]
    assert ["z"] == [binding.name for binding in BINDINGS.bound["team-a"][ALICE]]
    assert ["b"] == [binding.name for binding in BINDINGS.bound["team-b"][ALICE]]


def test_a_binding_has_each_principal_once_in_its_own_order() -> None:
    """An account and the user with its user name are the same principal."""
    robot = "system:serviceaccount:team-a:robot"
    binding = role_binding("team-a", "x", "x", "group:dev", "sa:robot", f"user:{robot}", "user:alice")

    assert [Principal("Group", "dev"), Principal("User", robot), ALICE] == list(principals_of(binding))


def test_a_binding_without_subjects_matches_nobody() -> None:
    """A binding whose only subject has an unknown kind matches nobody either."""
    written = role_binding("team-a", "x", "x")
    odd = type(written)(written.metadata, written.role_ref, (Subject("Robot", "x"),))

    assert {} == principals_of(written)
    assert {} == principals_of(odd)


# --- gaps ---


def test_a_gap_in_all_namespaces_counts_in_each_namespace() -> None:
    """A list that was refused for the whole cluster may hide objects in every namespace."""
    known = snapshot(gaps=[gap("roles")])

    assert gap("roles") == known.gap("roles", "team-a")
    assert None is known.gap("rolebindings", "team-a")


def test_a_gap_in_one_namespace_counts_only_there() -> None:
    """The lists of the other namespaces were read."""
    known = snapshot(gaps=[gap("roles", "team-a")])

    assert gap("roles", "team-a") == known.gap("roles", "team-a")
    assert None is known.gap("roles", "team-b")
    assert None is known.gap("roles", "")


def test_the_gap_that_hides_a_role_is_a_gap_in_its_kind() -> None:
    """ClusterRoles and Roles are separate lists."""
    known = snapshot(gaps=[gap("clusterroles"), gap("roles", "team-a")])

    assert gap("clusterroles") == known.gap_for_role(RoleRef("ClusterRole", "x"), "team-b")
    assert gap("roles", "team-a") == known.gap_for_role(RoleRef("Role", "x"), "team-a")
    assert None is known.gap_for_role(RoleRef("Role", "x"), "team-b")
