"""Roles that let tenants write what the mesh and its gateways are configured by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.role_findings import allowed, role_finding
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.tenant_roles import TENANTS
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request

TYPE = FindingType(
    id="isolation-mesh-writable",
    severity=Severity.WARNING,
    what=(
        "A role lets tenants write kinds that configure Istio or the Gateway API. It is a note if a release "
        "of Kubeflow ships the role so."
    ),
    why=(
        "Istio applies a VirtualService, a ServiceEntry, a DestinationRule or a Gateway of any namespace to "
        "the whole mesh, unless it is set up otherwise: a tenant can redirect and read the requests of "
        "others. Policies, filters and Sidecars change the tenant's own namespace: they can open it to "
        "everybody, and undo what the profile controller has written."
    ),
    fix=(
        "Take the verbs that write out of the role. Notebooks and model servers need none of it, because "
        "their controllers write these objects."
    ),
    references=("ISTIO-SECURITY-2026-002",),
)

_VERBS = ("create", "update", "patch")
_NETWORKING, _GATEWAY = "networking.istio.io", "gateway.networking.k8s.io"
# What Istio applies beyond the namespace that the object is in; it applies the others to that namespace alone
_OF_OTHERS = (
    *((_NETWORKING, kind) for kind in ("virtualservices", "serviceentries", "destinationrules", "gateways")),
    *((_GATEWAY, f"{kind}routes") for kind in ("grpc", "http", "tcp", "tls", "udp")),
)
_OF_ITS_OWN = (
    *((_NETWORKING, kind) for kind in ("envoyfilters", "sidecars", "proxyconfigs", "workloadentries")),
    *((_NETWORKING, kind) for kind in ("workloadgroups",)),
    *(
        ("security.istio.io", kind)
        for kind in ("authorizationpolicies", "peerauthentications", "requestauthentications")
    ),
    ("telemetry.istio.io", "telemetries"),
    ("extensions.istio.io", "wasmplugins"),
    *((_GATEWAY, kind) for kind in ("gateways", "referencegrants", "backendtlspolicies")),
)


def _requests(kinds: Iterable[tuple[str, str]]) -> tuple[Request, ...]:
    return tuple(Request(verb, group, kind) for group, kind in kinds for verb in _VERBS)


_WRITES_OF_OTHERS, _WRITES_OF_ITS_OWN = _requests(_OF_OTHERS), _requests(_OF_ITS_OWN)
_WRITES = (*_WRITES_OF_OTHERS, *_WRITES_OF_ITS_OWN)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role in which such a rule is written."""
    for source in view.roles.sources:
        can = _can(source.rules)
        if can and not source.allows_everything and (held := source.held(*TENANTS)):
            is_shipped = not allowed(source.unshipped, _WRITES, any_name=True)
            yield role_finding(TYPE, source, held, can, is_shipped=is_shipped)


def _can(rules: tuple[PolicyRule, ...]) -> str:
    """Return what *rules* let tenants change, for a message; "" if it is nothing of the mesh."""
    of_others = allowed(rules, _WRITES_OF_OTHERS, any_name=True)
    own = allowed(rules, _WRITES_OF_ITS_OWN, any_name=True)
    if not of_others:
        return f"write {_names(own)}" if own else ""
    also = f", and write {_names(own)}" if own else ""
    return f"change the traffic of others by {_names(of_others)}{also}"


def _names(requests: Iterable[Request]) -> str:
    return few({request.resource for request in requests})
