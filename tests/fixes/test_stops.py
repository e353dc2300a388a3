"""What stops a way: proposed only if a fresh search without it finds none."""

from __future__ import annotations

from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.fixes.stops import MOST_REMOVALS, Stops, without
from kubectl_kfaccess.isolation.way import Way, WayKind
from tests.findings.isolation.worlds import cluster_role_binding, role_binding, view

EDITOR_C = "sa:team-c/default-editor"


def way_of(cluster: ClusterView, into: str, from_tenant: str, kind: WayKind) -> Way:
    """Return the only way of that kind between two tenants."""
    (way,) = [
        way
        for way in cluster.crossings.ways
        if (way.into, way.from_tenant, way.kind) == (into, from_tenant, kind) and way.is_proved
    ]
    return way


def chains(number: int) -> str:
    """Return bindings that let team-c into team-a through *number* namespaces, each a way of its own."""
    names = [f"lab-{each}" for each in range(number)]
    spaces = "".join(f"---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n" for name in names)
    accounts = "".join(
        f"---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: robot, namespace: {name}}}\n"
        for name in names
    )
    first = "".join(role_binding(name, "guests", "edit", EDITOR_C) for name in names)
    second = "".join(role_binding("team-a", f"of-{name}", "edit", f"sa:{name}/robot") for name in names)
    return spaces + accounts + first + second


def test_every_parallel_way_has_a_removal_of_its_own() -> None:
    """One deletion would leave the other way open."""
    cluster = view(chains(2))
    stops = Stops(cluster).of(way_of(cluster, "team-a", "team-c", WayKind.INDIRECT))

    assert {("RoleBinding", "team-a", "of-lab-0"), ("RoleBinding", "team-a", "of-lab-1")} == {
        removal.key for removal in stops
    }
    after = without(cluster.snapshot, stops)
    assert not {("team-a", "of-lab-0"), ("team-a", "of-lab-1")} & after.role_bindings.keys()


def test_too_many_ways_have_no_simple_end() -> None:
    """Then nothing is proposed, rather than something that is not enough."""
    cluster = view(chains(MOST_REMOVALS + 1))

    assert () == Stops(cluster).of(way_of(cluster, "team-a", "team-c", WayKind.INDIRECT))


def test_what_kubernetes_gives_everybody_is_never_removed() -> None:
    """The rights to ask about oneself and to discover are in no namespace, so they open no way."""
    cluster = view(cluster_role_binding("open", "kubeflow-view", "group:system:authenticated"))
    (way,) = [each for each in cluster.crossings.direct if each.crosses and not each.into]

    assert [("ClusterRoleBinding", "", "open")] == [removal.key for removal in Stops(cluster).of(way)]
    assert ["open"] == [binding.name for binding in way.bindings]


def test_a_group_beside_a_person_is_not_taken_for_theirs() -> None:
    """Nobody says that the owner of team-b is in that group, so only the owner is taken out."""
    manifest = role_binding("team-a", "both", "kubeflow-edit", "user:bob@example.com")
    both = manifest.rstrip()[:-1] + ", {kind: Group, name: ops, apiGroup: rbac.authorization.k8s.io}]\n"
    cluster = view(both)

    (removal,) = Stops(cluster).of(way_of(cluster, "team-a", "team-b", WayKind.FOREIGN))

    assert removal.subject is not None
    assert ("User", "bob@example.com") == (removal.subject.kind, removal.subject.name)


def test_a_binding_keeps_its_other_subjects() -> None:
    """The subject of the other tenant is taken out of it."""
    manifest = role_binding("team-a", "both", "kubeflow-edit", "sa:team-b/default-editor")
    both = manifest.rstrip()[:-1] + ", {kind: ServiceAccount, name: default-editor, namespace: team-a}]\n"
    cluster = view(both)

    (removal,) = Stops(cluster).of(way_of(cluster, "team-a", "team-b", WayKind.FOREIGN))

    assert removal.subject is not None
    assert "team-b" == removal.subject.namespace
    kept = without(cluster.snapshot, (removal,)).role_bindings["team-a", "both"]
    assert ["team-a"] == [subject.namespace for subject in kept.subjects]
