"""Roles that let tenants write endpoints, and so reach the pods of others through a Service."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.role_findings import allowed, role_finding
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.tenant_roles import TENANTS
from kubectl_kfaccess.rbac.rules import Request

TYPE = FindingType(
    id="isolation-endpoints",
    severity=Severity.WARNING,
    what=(
        "A role lets tenants write Endpoints or EndpointSlices. It is a note if a release of Kubeflow ships "
        "the role so."
    ),
    why=(
        "Endpoints can have addresses of pods in any namespace. A load balancer or an Ingress that sends to "
        "the Service reaches them, although a network policy shuts the tenant itself out. Kubernetes took "
        "this right out of its own role `edit` in 1.22."
    ),
    fix=(
        "Take the resources out of the role: controllers write Endpoints for Services that have a selector. "
        "Of a role that a release ships, change the manifest, or the next upgrade brings them back."
    ),
    references=("CVE-2021-25740", "KSV-0056"),
)

_WRITES = tuple(
    Request(verb, group, resource)
    for group, resource in (("", "endpoints"), ("discovery.k8s.io", "endpointslices"))
    for verb in ("create", "update", "patch")
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role in which such a rule is written."""
    for source in view.roles.sources:
        writes = allowed(source.rules, _WRITES, any_name=True)
        if writes and not source.allows_everything and (held := source.held(*TENANTS)):
            # no bundled release of Kubernetes grants it, so there the role was never brought up to date
            is_own = source.kubernetes_own or bool(allowed(source.unshipped, _WRITES, any_name=True))
            names = few({request.resource for request in writes})
            yield role_finding(TYPE, source, held, f"write {names}", is_shipped=not is_own)
