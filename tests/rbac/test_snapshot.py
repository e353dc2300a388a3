"""A cluster's objects as a value: laying one over another, bindings, roles, gaps."""

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
PARENTS = snapshot(
    cluster_role("shared", LIST),
    cluster_role_binding("above", "shared", "user:bob"),
    role("team-a/shared", LIST),
    role_binding("team-b", "shared", "shared", "user:alice"),
    service_account("team-a/robot"),
    gaps=[gap("rolebindings", "team-c")],
)
TOP = snapshot(cluster_role("shared"), role("team-a/shared", GET), gaps=[gap("clusterroles")])


# --- the laws of `over` ---


@pytest.mark.parametrize("known", [BELOW, PARENTS, TOP, Snapshot()], ids=["below", "above", "top", "empty"])
def test_the_empty_snapshot_changes_nothing(known: Snapshot) -> None:
    """Laid over another or under it, it leaves the other as it is."""
    assert known == Snapshot().over(known)
    assert known == known.over(Snapshot())


def test_over_is_associative() -> None:
    """Three layers are the same however they are put together."""
    assert TOP.over(PARENTS.over(BELOW)) == TOP.over(PARENTS).over(BELOW)


def test_an_object_above_replaces_the_one_of_the_same_name() -> None:
    """Kind, namespace and name make it the same object."""
    laid = PARENTS.over(BELOW)

    assert cluster_role("shared", LIST) == laid.cluster_roles["", "shared"]


def test_everything_else_of_both_stays() -> None:
    """Another name, namespace or kind is another object."""
    laid = PARENTS.over(BELOW)

    assert {("", "shared"), ("", "below")} == set(laid.cluster_roles)
    assert {("", "above")} == set(laid.cluster_role_bindings)
    assert {("team-a", "shared")} == set(laid.roles)
    assert {("team-a", "shared"), ("team-b", "shared")} == set(laid.role_bindings)
    assert {("", "team-a")} == set(laid.namespaces)
    assert {("team-a", "robot")} == set(laid.service_accounts)


def test_over_changes_neither_side() -> None:
    """A snapshot is a value."""
    below = snapshot(cluster_role("shared", GET))
    above = snapshot(cluster_role("shared", LIST))

    above.over(below)

    assert snapshot(cluster_role("shared", GET)) == below
    assert snapshot(cluster_role("shared", LIST)) == above


def test_laying_a_snapshot_over_itself_changes_no_object() -> None:
    """The gaps are still the same ones."""
    laid = PARENTS.over(PARENTS)

    assert PARENTS.cluster_roles == laid.cluster_roles
    assert PARENTS.role_bindings == laid.role_bindings
    assert set(PARENTS.gaps) == set(laid.gaps)


def test_gaps_of_both_sides_count() -> None:
    """What neither could read is not known."""
    assert {gap("roles"), gap("rolebindings", "team-c")} == set(PARENTS.over(BELOW).gaps)


def test_a_later_object_of_the_same_name_stays() -> None:
    """Of two in one list the last one counts."""
    found = by_key([role("team-a/x", GET), role("team-b/x", GET), role("team-a/x", LIST)])

    assert {("team-a", "x"): role("team-a/x", LIST), ("team-b", "x"): role("team-b/x", GET)} == found


# --- roles ---


def test_a_cluster_role_is_found_from_any_namespace() -> None:
    """It belongs to none."""
    known = snapshot(cluster_role("reader", GET))

    assert cluster_role("reader", GET) == known.role(RoleRef("ClusterRole", "reader"), "team-a")
    assert cluster_role("reader", GET) == known.role(RoleRef("ClusterRole", "reader"), "")


def test_a_role_is_found_in_the_bindings_namespace_only() -> None:
    """The same name elsewhere is another role."""
    known = snapshot(role("team-a/reader", GET))

    assert role("team-a/reader", GET) == known.role(RoleRef("Role", "reader"), "team-a")
    assert None is known.role(RoleRef("Role", "reader"), "team-b")


def test_there_is_no_fallback_between_roles_and_cluster_roles() -> None:
    """A reference is to one kind."""
    known = snapshot(cluster_role("cluster", GET), role("team-a/local", GET))

    assert None is known.role(RoleRef("Role", "cluster"), "team-a")
    assert None is known.role(RoleRef("ClusterRole", "local"), "team-a")


@pytest.mark.parametrize("kind", ["clusterrole", "", "Group"])
def test_a_reference_of_another_kind_finds_nothing(kind: str) -> None:
    """Kinds are case-sensitive."""
    known = snapshot(cluster_role("reader", GET), role("team-a/reader", GET))

    assert None is known.role(RoleRef(kind, "reader"), "team-a")


def test_a_cluster_role_binding_finds_no_role() -> None:
    """Outside any namespace there are no Roles, not even one whose file names no namespace."""
    known = snapshot(role("/reader", GET))

    assert None is known.role(RoleRef("Role", "reader"), "")


def test_a_namespace_on_a_cluster_scoped_object_is_ignored() -> None:
    """kustomize puts one there."""
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
        pytest.param((), [("", "a"), ("", "z")], id="outside of any namespace"),
        pytest.param(("team-b",), [("", "a"), ("", "z"), ("team-b", "b")], id="in one"),
        pytest.param(("*",), [("", "a"), ("", "z")], id="star is an ordinary name"),
        pytest.param(
            None,
            [("", "a"), ("", "z"), ("team-a", "a"), ("team-a", "z"), ("team-b", "b")],
            id="in all of them",
        ),
    ],
)
def test_bindings_of_the_cluster_come_first_and_then_those_of_the_namespaces(
    namespaces: tuple[str, ...] | None, expected: list[tuple[str, str]]
) -> None:
    """Each in the order of names, so that the same cluster gives the same answer."""
    assert expected == [binding.key for binding in BINDINGS.bindings(namespaces)]


def test_bindings_are_found_by_principal() -> None:
    """The cluster-wide ones stand apart from each namespace's."""
    assert ["z"] == [binding.name for binding in BINDINGS.bound[""][ALICE]]
    assert ["z"] == [binding.name for binding in BINDINGS.bound["team-a"][ALICE]]
    assert ["b"] == [binding.name for binding in BINDINGS.bound["team-b"][ALICE]]


def test_a_binding_means_its_subjects_each_once_in_its_own_order() -> None:
    """An account and the user of that name are one; a subject of no known kind is nobody."""
    robot = "system:serviceaccount:team-a:robot"
    binding = role_binding("team-a", "x", "x", "group:dev", "sa:robot", f"user:{robot}", "user:alice")

    assert [Principal("Group", "dev"), Principal("User", robot), ALICE] == list(principals_of(binding))


def test_a_binding_without_subjects_means_nobody() -> None:
    """Nor does one whose only subject is of another kind."""
    written = role_binding("team-a", "x", "x")
    odd = type(written)(written.metadata, written.role_ref, (Subject("Robot", "x"),))

    assert {} == principals_of(written)
    assert {} == principals_of(odd)


# --- gaps ---


def test_a_gap_everywhere_is_one_in_each_namespace() -> None:
    """A list that was refused for the whole cluster may hide objects anywhere."""
    known = snapshot(gaps=[gap("roles")])

    assert gap("roles") == known.gap("roles", "team-a")
    assert None is known.gap("rolebindings", "team-a")


def test_a_gap_in_one_namespace_is_none_elsewhere() -> None:
    """The other namespaces were read."""
    known = snapshot(gaps=[gap("roles", "team-a")])

    assert gap("roles", "team-a") == known.gap("roles", "team-a")
    assert None is known.gap("roles", "team-b")
    assert None is known.gap("roles", "")


def test_the_gap_that_hides_a_role_is_of_its_kind() -> None:
    """ClusterRoles are listed apart from the Roles of a namespace."""
    known = snapshot(gaps=[gap("clusterroles"), gap("roles", "team-a")])

    assert gap("clusterroles") == known.gap_for_role(RoleRef("ClusterRole", "x"), "team-b")
    assert gap("roles", "team-a") == known.gap_for_role(RoleRef("Role", "x"), "team-a")
    assert None is known.gap_for_role(RoleRef("Role", "x"), "team-b")
