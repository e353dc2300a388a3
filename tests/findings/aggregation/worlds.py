"""ClusterRoles that are, or should be, aggregated, and the findings about them."""

from __future__ import annotations

from collections.abc import Collection

from msgspec.structs import replace

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.registry import aggregation_findings
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    KubernetesObject,
    PolicyRule,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from tests.builders import cluster_role, rule, snapshot

Summary = list[tuple[str, str]]

KUBEFLOW = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-"
KUBERNETES = "rbac.authorization.k8s.io/aggregate-to-"
TO_EDIT = {f"{KUBEFLOW}edit": "true"}

GET = rule("get", "notebooks.kubeflow.org")
LIST = rule("list", "notebooks.kubeflow.org")
CREATE = rule("create", "notebooks.kubeflow.org")

# As discovery lists them, from the core group, Kubeflow's and KServe's
TYPES_SERVED = (
    ResourceType("", "pods", subresources=("exec", "log", "status")),
    ResourceType("", "nodes", namespaced=False, subresources=("proxy", "status")),
    ResourceType("", "secrets"),
    ResourceType("apps", "deployments", subresources=("scale", "status")),
    ResourceType("kubeflow.org", "notebooks"),
    ResourceType("serving.kserve.io", "llminferenceserviceconfigs"),
)
KSERVE = ResourceType("serving.kserve.io", "inferenceservices", subresources=("status",))

NOT_RECONCILED = ("aggregation-not-reconciled", "tenants-edit")
NEAR = ("aggregation-label-near-miss", "part")
UNSELECTED = ("aggregation-label-unselected", "part")
OVERWRITTEN = ("aggregation-own-rules-overwritten", "tenants-edit")
CYCLE = ("aggregation-cycle", "a")
INVALID = ("aggregation-selector-invalid", "tenants-edit")
UNSERVED = ("aggregation-unserved-resource", "part")
NOTHING = ("aggregation-selects-nothing", "tenants-edit")


def edit(*rules: PolicyRule, stored: bool = False, **more: str) -> ClusterRole:
    """Return an aggregated role like Kubeflow's `kubeflow-edit`, with a name that no component uses."""
    return cluster_role("tenants-edit", *rules, labels=more, aggregate=TO_EDIT, stored=stored)


def selected(name: str, *rules: PolicyRule, stored: bool = False) -> ClusterRole:
    """Return a role that the aggregated one selects."""
    return cluster_role(name, *rules, labels=TO_EDIT, stored=stored)


def labelled(name: str, key: str, value: str = "true", **more: str) -> ClusterRole:
    """Return a role with the label to check."""
    return cluster_role(name, GET, labels={key: value, **more})


def bootstrapped(role: ClusterRole) -> ClusterRole:
    """Return the role as if the API server had created it."""
    labels = {**role.metadata.labels, "kubernetes.io/bootstrapping": "rbac-defaults"}
    return replace(role, metadata=replace(role.metadata, labels=labels))


def findings(
    *objects: KubernetesObject,
    types: tuple[ResourceType, ...] = TYPES_SERVED,
    roles: Collection[str] | None = None,
) -> list[Finding]:
    """Return the findings about these objects, all of them or those that concern one of *roles*."""
    all_findings = aggregation_findings(AggregationView(snapshot(*objects), types))
    return [finding for finding in all_findings if roles is None or finding.concerns(roles)]


def summary(findings: list[Finding]) -> Summary:
    """Return (id, name of the role) for each finding."""
    return [(finding.type.id, finding.name) for finding in findings]
