"""Findings about ways into tenants: whose they are, where they lead, and the binding that opens them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.escalation.gains import own_principals
from kubectl_kfaccess.findings.finding import Finding, FindingType, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.subjects import spelled
from kubectl_kfaccess.terminal.words import counted

CAN = {
    TenantLevel.ADMIN: "is an admin",
    TenantLevel.EDIT: "can edit",
    TenantLevel.VIEW: "can view",
    TenantLevel.SOME: "has some access",
}
"""What somebody with that level can do, as a verb without a place."""


def direct_findings(kind: FindingType, ways: Iterable[Way]) -> Iterator[Finding]:
    """Yield a finding of *kind* about the first binding of each of *ways*, which need no step."""
    for way in ways:
        yield direct_finding(kind, way)


def direct_finding(kind: FindingType, way: Way) -> Finding:
    """Return a finding of *kind* about the first binding of *way*, which needs no step."""
    place = f"in `{way.into}`" if way.into else "in every namespace"
    message = f"`{spelled(way.subject)}` {CAN[way.level]} {place}"
    finding = about(way.bindings[0], kind, message, subject=way.subject)
    return replace(finding, tenant=way.into, from_tenant=way.from_tenant)


def step_finding(kind: FindingType, way: Way, view: ClusterView) -> Finding:
    """Return a finding of *kind* about the binding that lets *way* in, which needs steps."""
    who = few(spelled(subject) for subject in way.subjects)
    verb = "gets" if len(way.subjects) == 1 else "get"
    place = f"into `{way.into}`" if way.into else "into all tenants"
    number = view.escalation.number_of_steps(way.reached) if way.reached else 0
    message = f"{who} {verb} {place} by {counted(number, 'step')}"
    finding = Finding(kind, *_opening(way, view), message, subject=way.subject, reached=way.reached)
    return replace(finding, tenant=way.into, from_tenant=way.from_tenant)


def _opening(way: Way, view: ClusterView) -> ObjectKey:
    """Return the binding that lets *way* in: of what is reached, or of the last step; else the namespace."""
    node = way.reached.node if way.reached else None
    bound = view.snapshot.bound.get(way.into, {})
    names = own_principals(node.identity) if node and node.is_somebody else ()
    bindings = [binding for who in names for binding in bound.get(who, ())]
    if way.reached and not bindings:
        steps = view.escalation.steps(way.reached)
        bindings = [grant.binding for step in reversed(steps) for grant in step.grants]
    if bindings:
        return (bindings[0].kind, bindings[0].namespace, bindings[0].name)
    return ("Namespace", "", way.into)
