"""A profile whose namespace is outside the mesh, while others are in it."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import TenantView
from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Enforcement, enforcement

TYPE = FindingType(
    id="isolation-mesh-absent",
    severity=Severity.WARNING,
    what=(
        "The namespace of a profile has no label that gives its pods a sidecar or puts them into ambient "
        "mode, although those of other profiles have. It is an error if a label keeps sidecars away."
    ),
    why=(
        "AuthorizationPolicies are compared by the mesh. Without it, every pod of the cluster reaches the "
        "notebooks and model servers there, unless a NetworkPolicy keeps it out."
    ),
    fix=(
        "Run `kubectl label namespace PROFILE istio-injection=enabled --overwrite`, and restart the pods "
        "there. If single pods have a sidecar by a label of their own, accept this finding with `--accept`."
    ),
)

_INJECTION = "istio-injection"
_DATAPLANE = "istio.io/dataplane-mode"


def find(view: TenantView) -> Iterator[Finding]:
    """Yield at most one finding, about the namespace."""
    namespace = view.tenant.namespace
    if namespace is None or not view.cluster.profiles.mesh.is_installed:
        return
    is_outside = enforcement(view.snapshot, view.name) is Enforcement.UNLABELLED
    if not is_outside or not view.cluster.namespaces_in_mesh:
        return
    labels = namespace.metadata.labels
    if labels.get(_INJECTION) == "disabled":
        message, severity = f"its label `{_INJECTION}` keeps sidecars away", Severity.ERROR
    elif labels.get(_DATAPLANE) == "none":
        message, severity = f"its label `{_DATAPLANE}` keeps it out of the mesh", Severity.ERROR
    else:
        message, severity = "it has no label that puts it into the mesh, as other profiles have", None
    finding = Finding(TYPE, "Namespace", "", view.name, message, own_severity=severity)
    yield replace(finding, tenant=view.name)
