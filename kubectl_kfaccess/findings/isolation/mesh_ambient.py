"""A profile in ambient mode without a waypoint, where nothing reads the header with the user's name."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import TenantView
from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Enforcement, enforcement
from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX, PolicyRules
from kubectl_kfaccess.terminal.words import counted

TYPE = FindingType(
    id="isolation-mesh-ambient",
    severity=Severity.WARNING,
    what=(
        "The namespace of a profile is in Istio's ambient mode, names no waypoint, and has "
        "AuthorizationPolicies that name users in a request header."
    ),
    why=(
        "Without a waypoint, ztunnel alone compares connections with policies, and it reads no headers: "
        "rules of ALLOW policies that name a user let nobody in, and of DENY policies only what is not about "
        "requests is left. So the policies do not mean what they say."
    ),
    fix=(
        "Create a waypoint, and name it with the label `istio.io/use-waypoint` of the namespace. Policies "
        "that it has to enforce need `targetRefs`. If single services have a waypoint already, accept this "
        "finding with `--accept`."
    ),
)


def find(view: TenantView) -> Iterator[Finding]:
    """Yield at most one finding, about the namespace."""
    if enforcement(view.snapshot, view.name) is not Enforcement.AMBIENT:
        return
    count = sum(map(_reads_headers, view.cluster.profiles.mesh.rules(view.name)))
    if count:
        message = f"it is in ambient mode and names no waypoint, and {counted(count, 'policy', 'policies')}"
        verb = "names" if count == 1 else "name"
        finding = Finding(TYPE, "Namespace", "", view.name, f"{message} {verb} users in a header")
        yield replace(finding, tenant=view.name)


def _reads_headers(policy: PolicyRules) -> bool:
    return any(
        term.attribute.startswith(HEADER_PREFIX) for rule in policy.rules or () for term in rule.conditions
    )
