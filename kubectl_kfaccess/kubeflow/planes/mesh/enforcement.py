"""Who enforces the policies of a namespace: sidecars, ztunnel, a waypoint, or nobody; its labels say so."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    HEADER_PREFIX,
    HOST,
    METHOD,
    PATH,
    Action,
    PolicyRules,
    Rule,
    Scope,
    Term,
    Terms,
)
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.snapshot import Snapshot


class Enforcement(enum.Enum):
    """How the policies of a namespace are enforced, as far as its labels say it."""

    SIDECARS = enum.auto()
    AMBIENT = enum.auto()  # without a waypoint that the namespace names; single services can have one
    WAYPOINT = enum.auto()
    UNLABELLED = enum.auto()  # single pods can still have a sidecar
    UNREAD = enum.auto()


class Layer(enum.Enum):
    """What compares a request with the policies."""

    PROXY = enum.auto()  # a sidecar, which knows HTTP
    ZTUNNEL = enum.auto()  # connections alone; principals count as they are written (istio/ztunnel#1260)
    ZTUNNEL_WITH_ALIASES = enum.auto()  # as Istio means them: the release that runs is not known
    NOTHING = enum.auto()


ZTUNNELS = (Layer.ZTUNNEL, Layer.ZTUNNEL_WITH_ALIASES)
LAYERS = {
    Enforcement.SIDECARS: (Layer.PROXY,),
    Enforcement.AMBIENT: (Layer.PROXY, *ZTUNNELS),
    Enforcement.UNLABELLED: (Layer.PROXY, Layer.NOTHING),
    Enforcement.UNREAD: (Layer.PROXY, *ZTUNNELS, Layer.NOTHING),
}
"""What can compare a request, for each way except WAYPOINT: which services use one is not read."""


def enforcement(snapshot: Snapshot, namespace: str) -> Enforcement:
    """Return who enforces the policies of the namespace."""
    known = snapshot.namespaces.get(("", namespace))
    if known:
        return _by_labels(known)
    is_unread = snapshot.gap("namespaces", namespace) is not None
    # the profile controller makes the namespace of a profile with the label for sidecars
    is_made = ("", namespace) in snapshot.profiles and not is_unread
    return Enforcement.SIDECARS if is_made else Enforcement.UNREAD


def _by_labels(namespace: Namespace) -> Enforcement:
    labels = namespace.metadata.labels
    if labels.get("istio.io/use-waypoint", "none") not in ("", "none"):
        return Enforcement.WAYPOINT
    if labels.get("istio.io/dataplane-mode") == "ambient":
        return Enforcement.AMBIENT
    injection = labels.get("istio-injection", "")
    if injection == "enabled" or ("istio.io/rev" in labels and not injection):
        return Enforcement.SIDECARS
    return Enforcement.UNLABELLED


def for_connections(policies: Iterable[PolicyRules]) -> tuple[PolicyRules, ...]:
    """
    Return the policies as ztunnel enforces them (convertAuthorizationPolicy of pilot's ambient registry).

    It leaves out the rules of ALLOW policies that need HTTP, and widens those of DENY policies.
    """
    enforced = (Action.ALLOW, Action.DENY)
    return tuple(
        _for_connections(policy)
        for policy in policies
        if policy.scope is not Scope.TARGETS and (policy.action in enforced or policy.action is None)
    )


def widened(policy: PolicyRules) -> PolicyRules:
    """Return a DENY policy as it is enforced on ports that are not HTTP: without what needs HTTP."""
    rules = None if policy.rules is None else tuple(map(_widened, policy.rules))
    return replace(policy, rules=rules)


def _for_connections(policy: PolicyRules) -> PolicyRules:
    if policy.rules is None or policy.action is Action.DENY:
        return widened(policy)
    return replace(
        policy, rules=tuple(rule for rule in policy.rules if not any(map(_needs_http, _all(rule))))
    )


def _widened(rule: Rule) -> Rule:
    return replace(
        rule,
        sources=tuple(map(_without_http, rule.sources)),
        operations=tuple(map(_without_http, rule.operations)),
        conditions=_without_http(rule.conditions),
    )


def _without_http(terms: Terms) -> Terms:
    return tuple(term for term in terms if not _needs_http(term))


def _all(rule: Rule) -> Terms:
    alternatives = (*rule.sources, *rule.operations)
    return (*(term for terms in alternatives for term in terms), *rule.conditions)


def _needs_http(term: Term) -> bool:
    return term.attribute in (METHOD, HOST, PATH) or term.attribute.startswith(
        (HEADER_PREFIX, "request.auth.")
    )
