"""A saved snapshot as a source: what it has, and what it never had."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.sources.snapshots.document import SavedGap
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import cluster_role, namespace, role_binding, rule
from tests.sources.saved_clusters import saved_cluster

OLD = role_binding("team-a", "old", "ClusterRole/edit", "user:bob")
FORBIDDEN = SavedGap("rolebindings", "", "forbidden")
OF_A_TENANT = saved_cluster(
    OLD,
    gaps=[FORBIDDEN, SavedGap("rolebindings", "team-c", "forbidden there")],
    lists={"rolebindings": ("team-a", "empty")},
)


@pytest.mark.parametrize(
    ("place", "names", "reasons"),
    [
        ("team-a", ["old"], []),
        ("empty", [], []),
        ("team-b", [], ["not in the snapshot: forbidden"]),
        ("team-c", [], ["forbidden there"]),
    ],
    ids=["read", "read and empty", "never tried", "refused"],
)
def test_only_a_list_that_was_read_is_complete(place: str, names: list[str], reasons: list[str]) -> None:
    """Without it nobody knows what is in the namespace."""
    snapshot = OF_A_TENANT.read(Wanted(("rolebindings",), (place,)))

    assert names == [name for _, name in snapshot.role_bindings]
    assert reasons == [gap.reason for gap in snapshot.gaps]


def test_the_whole_list_is_a_gap_although_some_namespaces_were_read() -> None:
    """It could have more in the others."""
    snapshot = OF_A_TENANT.read(Wanted(("rolebindings",)))

    assert [("", "forbidden")] == [(gap.namespace, gap.reason) for gap in snapshot.gaps]


def test_every_namespace_of_a_whole_list_is_complete() -> None:
    """What an administrator reads has no gap anywhere."""
    whole = saved_cluster(OLD)

    assert () == whole.read(Wanted(("rolebindings",), ("team-b",))).gaps
    assert [("team-a", "old")] == list(
        whole.read(Wanted(("rolebindings",), ("team-a", "team-b"))).role_bindings
    )


def test_an_object_by_its_name_is_there_missing_or_unread() -> None:
    """A gap anywhere hides it, unless it is in the snapshot."""
    assert [("team-a", "old")] == list(OF_A_TENANT.read_object("rolebindings", "team-a", "old").role_bindings)
    assert OF_A_TENANT.read_object("rolebindings", "team-b", "x").gaps
    assert () == saved_cluster(OLD).read_object("rolebindings", "team-b", "x").gaps


def test_namespaces_exist_or_not_or_nobody_knows() -> None:
    """What cannot be the name of a namespace exists nowhere."""
    whole, part = (
        saved_cluster(namespace("a"), gaps=gaps) for gaps in ((), [SavedGap("namespaces", "", "no")])
    )

    assert [True, False, False] == [whole.namespace_exists(name) for name in ("a", "b", "B B")]
    assert [True, None, False] == [part.namespace_exists(name) for name in ("a", "b", "B B")]


def test_roles_of_a_server_stand_as_they_are_stored() -> None:
    """No defaults are added, and nothing is aggregated anew."""
    stored = cluster_role("edit", rule("get", "pods"), aggregate={"to": "edit"}, stored=True)

    snapshot = saved_cluster(stored, cluster_role("part", rule("list", "pods"), labels={"to": "edit"})).read(
        Wanted(("clusterroles",))
    )

    assert {"edit", "part"} == {name for _, name in snapshot.cluster_roles}
    edit = snapshot.cluster_roles["", "edit"]
    assert isinstance(edit, ClusterRole)
    assert (rule("get", "pods"),) == snapshot.aggregation.rules("edit")
