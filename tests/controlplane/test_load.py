"""Objects that are loaded into a control plane and removed again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.controlplane.__main__ import objects_from
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, crds_from_list, load, wait_for_aggregation

pytestmark = pytest.mark.server

RBAC = "rbac.authorization.k8s.io/v1"
ROLES = f"/apis/{RBAC}/clusterroles"
READ_PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


@pytest.fixture
def empty(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the control plane, which is cleared after the test."""
    yield plane
    clear(plane)


def cluster_role(name: str, **fields: Any) -> dict[str, Any]:
    """Return a ClusterRole, with labels if given."""
    labels = fields.pop("labels", {})
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": name, "labels": labels}, **fields}


def aggregated(name: str, of: str) -> dict[str, Any]:
    """Return a ClusterRole that aggregates roles by a label, and has its own name as a label."""
    rule = {"clusterRoleSelectors": [{"matchLabels": {"part-of": of}}]}
    return cluster_role(name, labels={"part-of": name}, aggregationRule=rule)


def role(namespace: str, name: str = "reader") -> dict[str, Any]:
    """Return a Role that allows reading pods."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": RBAC, "kind": "Role", "metadata": metadata, "rules": [READ_PODS]}


def names(plane: ControlPlane, path: str) -> set[str]:
    """Return the names in a list."""
    return {item["metadata"]["name"] for item in plane.request("GET", path)[1]["items"]}


def test_missing_namespaces_are_created(empty: ControlPlane) -> None:
    """A Role in a namespace that was not loaded is loaded anyway."""
    refused = load(empty, [role("made-for-it")])

    assert [] == refused
    assert {"reader"} == names(empty, f"/apis/{RBAC}/namespaces/made-for-it/roles")


def test_a_namespace_on_a_cluster_scoped_object_is_ignored(empty: ControlPlane) -> None:
    """kustomize gives ClusterRoles a namespace: they are loaded, and the namespace is not created."""
    object_ = cluster_role("with-namespace", rules=[READ_PODS])
    object_["metadata"]["namespace"] = "from-kustomize"

    refused = load(empty, [object_])

    assert [] == refused
    assert "with-namespace" in names(empty, ROLES)
    assert "from-kustomize" not in names(empty, "/api/v1/namespaces")


def test_refusals_are_returned(empty: ControlPlane) -> None:
    """Objects that the server refuses are returned with its answer, in order, and the rest is loaded."""
    unknown = {"apiVersion": "nowhere.example.com/v1", "kind": "Thing", "metadata": {"name": "x"}}
    invalid = cluster_role("invalid", rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": []}])

    refused = load(empty, [unknown, role("team-a"), invalid])

    assert [(unknown, 404), (invalid, 422)] == [(each.object, each.status) for each in refused]
    assert "rules[0].verbs: Required value" in refused[1].message
    assert {"reader"} == names(empty, f"/apis/{RBAC}/namespaces/team-a/roles")


def test_an_existing_object_is_refused_unless_replaced(empty: ControlPlane) -> None:
    """The second object with a name is refused, or replaces the first one on request."""
    first, second = cluster_role("twice", rules=[]), cluster_role("twice", rules=[READ_PODS])
    load(empty, [first])

    refused = load(empty, [second])
    replaced = load(empty, [second], replace=True)

    assert [409] == [each.status for each in refused]
    assert [] == replaced
    assert [READ_PODS] == empty.request("GET", f"{ROLES}/twice")[1]["rules"]


def test_clear_removes_what_was_loaded_and_restores_what_was_replaced(plane: ControlPlane) -> None:
    """After `clear`, the server has the same ClusterRoles, rules and namespaces as before."""
    crds = [custom_resource("widgets.test.example.com", "Widget")]
    widget = {
        "apiVersion": "test.example.com/v1",
        "kind": "Widget",
        "metadata": {"name": "w", "namespace": "a"},
    }
    widget["metadata"]["finalizers"] = ["test.example.com/never-removed"]  # type: ignore[index]  # a dict of dicts
    wait_for_aggregation(plane)
    before = state(plane)
    objects = [*crds, widget, role("a"), cluster_role("cluster-admin", rules=[READ_PODS])]
    objects += [
        cluster_role("part", labels={"part-of": "base"}, rules=[READ_PODS]),
        aggregated("whole", "base"),
    ]
    refused = load(plane, objects, replace=True)
    wait_for_aggregation(plane)
    loaded = state(plane)

    clear(plane)

    assert [] == refused
    assert before != loaded
    assert before == state(plane)


def test_a_namespace_can_be_loaded_again_at_once(empty: ControlPlane) -> None:
    """Objects that `clear` has removed can be loaded again without waiting."""
    objects = [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "again"}}, role("again")]
    first = load(empty, objects)
    clear(empty)

    second = load(empty, objects)

    assert ([], []) == (first, second)


@pytest.mark.parametrize("depth", [1, 6])
def test_aggregation_is_filled_after_waiting(empty: ControlPlane, depth: int) -> None:
    """A role at the end of a chain has the rules of its start, even if the start is loaded last."""
    chain = [aggregated(f"level-{level}", f"level-{level - 1}") for level in range(depth, 0, -1)]
    start = cluster_role("level-0", labels={"part-of": "level-0"}, rules=[READ_PODS])

    refused = load(empty, [*chain, start])
    wait_for_aggregation(empty)

    assert [] == refused
    assert [READ_PODS] == empty.request("GET", f"{ROLES}/level-{depth}")[1]["rules"]


def test_waiting_for_aggregation_leaves_nothing(empty: ControlPlane) -> None:
    """The roles that are created for waiting are removed again."""
    before = names(empty, ROLES)

    wait_for_aggregation(empty)

    assert before == names(empty, ROLES)


def test_reduced_lists_become_definitions(empty: ControlPlane, tmp_path: Path) -> None:
    """A list of names and versions is served with short names, categories, scope and subresources."""
    path = tmp_path / "crds.yaml"
    path.write_text(REDUCED, encoding="utf-8")

    refused = load(empty, crds_from_list(path))

    _, answer = empty.request("GET", "/apis/x.k8s.io/v1")
    served = {entry["name"]: entry for entry in answer["resources"]}
    assert [] == refused
    assert {"gadgets", "gadgets/status", "gadgets/scale"} == set(served)
    gadgets = served["gadgets"]
    actual = (gadgets["shortNames"], gadgets["categories"], gadgets["singularName"], gadgets["namespaced"])
    assert (["gd"], ["all"], "gadget", False) == actual


@pytest.mark.parametrize("release", ["kubeflow-v1.10", "kubeflow-v1.9.1", "kfp-standalone-2.17.0"])
def test_a_whole_release_is_loaded(empty: ControlPlane, corpus: Path, release: str) -> None:
    """The server accepts every object of a rendered release, including its definitions."""
    objects = [each for part in ("crds", "rbac") for each in objects_from(corpus / f"{release}-{part}.yaml")]

    assert [] == load(empty, objects)


def test_a_release_with_profiles_is_aggregated(empty: ControlPlane, corpus: Path) -> None:
    """After loading a release and its profiles, kubeflow-admin has rules and the profiles exist."""
    files = ("kubeflow-v1.10-crds", "kubeflow-v1.10-rbac", "profiles-v1.10")
    refused = [refusal for name in files for refusal in load(empty, objects_from(corpus / f"{name}.yaml"))]
    wait_for_aggregation(empty)

    _, admin = empty.request("GET", f"{ROLES}/kubeflow-admin")
    assert [] == refused
    assert {"alice", "bob", "ml-team", "robot"} <= names(empty, "/apis/kubeflow.org/v1/profiles")
    assert any("notebooks" in rule.get("resources", []) for rule in admin["rules"])


def state(plane: ControlPlane) -> dict[str, Any]:
    """Return what tests can leave behind: ClusterRoles with their rules, namespaces, definitions."""
    _, answer = plane.request("GET", ROLES)
    roles = {item["metadata"]["name"]: item.get("rules") for item in answer["items"]}
    crds = names(plane, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
    return {"roles": roles, "namespaces": names(plane, "/api/v1/namespaces"), "crds": crds}


def custom_resource(name: str, kind: str) -> dict[str, Any]:
    """Return a namespaced CustomResourceDefinition that accepts any field."""
    plural, _, group = name.partition(".")
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    version = {"name": "v1", "served": True, "storage": True, "schema": schema}
    names = {"plural": plural, "kind": kind}
    spec = {"group": group, "names": names, "scope": "Namespaced", "versions": [version]}
    metadata = {"name": name}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": spec,
    }


REDUCED = """
- group: x.k8s.io
  plural: gadgets
  singular: gadget
  kind: Gadget
  shortNames: [gd]
  categories: [all]
  scope: Cluster
  versions:
  - {name: v1, served: true, storage: true, subresources: [scale, status]}
  - {name: v1beta1, served: false, storage: false, subresources: []}
"""
