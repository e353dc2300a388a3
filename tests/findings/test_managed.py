"""Findings say who manages their object, whatever its kind and whichever detector made them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.managed import with_manager
from kubectl_kfaccess.kubeflow.managers import Manager, Tool
from kubectl_kfaccess.rbac.model import KubernetesObject, OwnerReference
from tests.builders import cluster_role, profile, role, role_binding, service_account, snapshot

TYPE = FindingType("thing-odd", Severity.WARNING, "It is odd.", "It puzzles.", "Fix it.")
OBJECTS = (
    cluster_role("kubeflow-edit"),
    role("team-a/r"),
    role_binding("team-a", "b", "edit", "user:u"),
    service_account("team-a/a"),
    profile("team-a", "user:u"),
)


@pytest.mark.parametrize("value", OBJECTS, ids=lambda value: value.kind)
def test_the_object_is_looked_up_by_its_name(value: KubernetesObject) -> None:
    """Also where a detector only knows the name."""
    owner = OwnerReference("example.com/v1", "Thing", "t", controller=True)
    owned = replace(value, metadata=replace(value.metadata, owner_references=(owner,)))
    finding = Finding(TYPE, value.kind, value.namespace, value.name, "it is odd")

    managed = with_manager(finding, snapshot(owned))

    assert managed == replace(finding, manager=Manager(Tool.CONTROLLER, "t", "", "Thing"))
    assert with_manager(finding, snapshot(value)) == finding


@pytest.mark.parametrize("kind", ["RoleBinding", "Pod", "…"])
def test_nobody_manages_what_does_not_exist(kind: str) -> None:
    """Some findings are about an object that is missing."""
    finding = Finding(TYPE, kind, "team-a", "no-such", "it is odd")

    assert with_manager(finding, snapshot(*OBJECTS)) == finding
