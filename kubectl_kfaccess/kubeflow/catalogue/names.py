"""Names that Kubeflow uses: for the objects in every profile, and for the labels of aggregated roles."""

from __future__ import annotations

EDITOR = "default-editor"
"""The service account that notebooks and pipelines run as."""

VIEWER = "default-viewer"

RUNNER = "pipeline-runner"
"""The service account that steps run as when pipelines serve one team."""

OWNERS_BINDING = "namespaceAdmin"
"""The RoleBinding that the profile controller creates for the owner."""

OWNERS_POLICY = "ns-owner-access-istio"
"""The AuthorizationPolicy that the profile controller creates for the owner."""

AGGREGATION = "rbac.authorization.kubeflow.org/"
"""The prefix of the labels that add a component's rules to Kubeflow's aggregated roles."""

_GROUPS = frozenset(("kubeflow.org", "serving.kserve.io", "sparkoperator.k8s.io"))


def is_kubeflow_group(group: str) -> bool:
    """Whether a project of Kubeflow defines the API group; Argo, Istio and Knative are not Kubeflow's."""
    return group in _GROUPS or group.endswith(".kubeflow.org")


RENAMED = {("kubeflow.org", "podpresets"): "poddefaults"}
"""Resources that have another name today: components/admission-webhook of kubeflow/kubeflow."""
