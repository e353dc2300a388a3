"""
The rules of an AuthorizationPolicy, as lists of terms that each compare one attribute of a request.

Mirrors pilot/pkg/security/authz/model/model.go of istio/istio: one source, one operation and all conditions
of a rule have to match. Attributes have the names of Istio's conditions; methods, hosts and paths have none
there, so those of the operation are used.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.untyped_data import go_bool, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy

T = TypeVar("T")
Labels = frozenset[tuple[str, str]]
"""The labels of a workload, as (key, value) pairs."""

PRINCIPAL, NAMESPACE = "source.principal", "source.namespace"
SERVICE_ACCOUNT, TRUST_DOMAIN = "source.serviceAccount", "source.trustDomain"
HEADER_PREFIX = "request.headers"
SOURCE_IP = "source.ip"
METHOD, HOST, PORT, PATH = "methods", "hosts", "destination.port", "paths"
SOURCE_FIELDS = {
    "principals": PRINCIPAL,
    "namespaces": NAMESPACE,
    "serviceAccounts": SERVICE_ACCOUNT,
    "trustDomains": TRUST_DOMAIN,
    "requestPrincipals": "request.auth.principal",
    "ipBlocks": SOURCE_IP,
    "remoteIpBlocks": "remote.ip",
}
OPERATION_FIELDS = {"methods": METHOD, "hosts": HOST, "ports": PORT, "paths": PATH}


class Action(enum.Enum):
    """What a policy does with the requests that a rule of it matches."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    CUSTOM = "CUSTOM"
    AUDIT = "AUDIT"


class Scope(enum.Enum):
    """Which workloads of a namespace a policy is for."""

    ALL = enum.auto()
    SOME = enum.auto()
    TARGETS = enum.auto()  # gateways and waypoints, which `targetRefs` name


class Term(Struct, frozen=True, cache_hash=True):
    """Whether an attribute matches one of *values*, or if it is *negative* none of them."""

    attribute: str
    values: tuple[str, ...]
    negative: bool = False


Terms = tuple[Term, ...]


class Rule(Struct, frozen=True):
    """
    A rule, by its *number* in the policy from 1.

    Each of *sources* and *operations* is an alternative; none at all are no limit.
    """

    number: int
    sources: tuple[Terms, ...] = ()
    operations: tuple[Terms, ...] = ()
    conditions: Terms = ()


class PolicyRules(Struct, frozen=True):
    """
    A policy in the form in which it is compared.

    *action* is None and *rules* are None if they are not understood. *home* is the policy's namespace.
    """

    policy: AuthorizationPolicy
    action: Action | None
    scope: Scope
    rules: tuple[Rule, ...] | None

    @property
    def home(self) -> str:
        return self.policy.namespace

    @property
    def is_unclear(self) -> bool:
        """Whether the action or the rules are not understood."""
        return self.action is None or self.rules is None


def policy_rules(policy: AuthorizationPolicy) -> PolicyRules:
    """Return the policy's rules. A policy without a spec allows nothing, as the empty spec does."""
    spec = policy.spec or {}  # null is read as empty
    action = _ACTIONS.get(str(value_at(spec, "action") or "ALLOW")) if isinstance(spec, dict) else None
    try:
        rules = tuple(_rule(at, rule) for at, rule in enumerate(_value(spec, "rules", list), 1))
    except _MalformedError:
        return PolicyRules(policy, action, _scope(spec), None)
    return PolicyRules(policy, action, _scope(spec), rules)


_ACTIONS = {action.value: action for action in Action}


def is_without_effect(policy: AuthorizationPolicy) -> bool:
    """Whether the policy never blocks a request, because it only audits or is a dry run."""
    action = value_at(policy.spec, "action")
    is_dry_run = go_bool(policy.metadata.annotations.get("istio.io/dry-run")) is True
    # builder.go: a CUSTOM policy in a dry run still calls the extension, and denies what its rules match
    return bool(action == "AUDIT" or (is_dry_run and action != "CUSTOM"))


def target_refs(spec: Any) -> Any:
    """Return the `targetRefs`, or the single `targetRef` of older versions as a list."""
    legacy = value_at(spec, "targetRef")
    return value_at(spec, "targetRefs") or ([legacy] if legacy else [])


def is_for_gateways(spec: Any) -> bool:
    """Whether a policy of the root namespace applies only to gateways, and so to no tenant's workload."""
    # ShouldAttachPolicy: only a GatewayClass target reaches beyond the policy's own namespace
    targets = target_refs(spec)
    if isinstance(targets, list) and targets:
        return all(value_at(target, "kind") in ("Gateway", "Service", "ServiceEntry") for target in targets)
    labels = value_at(value_at(spec, "selector"), "matchLabels")
    # `app: istio-ingressgateway`, `istio: ingressgateway`, `app: cluster-local-gateway`, …: tenants can give
    # their pods these labels, but that only changes who reaches those pods
    values = [value_at(labels, key) for key in ("app", "istio")]
    return any(isinstance(value, str) and value.endswith("gateway") for value in values)


def for_workload(policies: Iterable[PolicyRules], labels: Labels) -> tuple[PolicyRules, ...]:
    """Return the policies for one workload with *labels*: what selects it applies to it for certain."""
    return tuple(_selecting(policies, labels))


def _selecting(policies: Iterable[PolicyRules], labels: Labels) -> Iterator[PolicyRules]:
    for each in policies:
        selector = value_at(each.policy.spec, "selector")
        if each.scope is not Scope.SOME or _is_for_everything(selector):
            yield each  # without a selector, SOME says that it is not known whether the policy applies
        elif _wanted(selector) <= labels:
            yield replace(each, scope=Scope.ALL)


def _wanted(selector: Any) -> Labels:
    wanted = value_at(selector, "matchLabels")
    pairs = wanted.items() if isinstance(wanted, dict) else ()
    return frozenset((str(key), str(value)) for key, value in pairs)


def _scope(spec: Any) -> Scope:
    if target_refs(spec):
        return Scope.TARGETS
    return Scope.ALL if _is_for_everything(value_at(spec, "selector")) else Scope.SOME


def _is_for_everything(selector: Any) -> bool:
    return not selector or selector in ({"matchLabels": None}, _NO_LABELS)


_NO_LABELS: dict[str, Any] = {"matchLabels": {}}


def _rule(number: int, rule: Any) -> Rule:
    sources = (_value(entry, "source", dict) for entry in _value(rule, "from", list))
    operations = (_value(entry, "operation", dict) for entry in _value(rule, "to", list))
    return Rule(
        number,
        tuple(_terms(source, SOURCE_FIELDS) for source in sources),
        tuple(_terms(operation, OPERATION_FIELDS) for operation in operations),
        tuple(term for condition in _value(rule, "when", list) for term in _condition(condition)),
    )


def _terms(fields: dict[str, Any], attributes: dict[str, str]) -> Terms:
    """Return the terms of a source or an operation, `notPrincipals` and the like included."""
    return tuple(_term(name, _texts(fields, name), attributes) for name in fields if _texts(fields, name))


def _term(name: str, values: tuple[str, ...], attributes: dict[str, str]) -> Term:
    is_negative = name.startswith("not")
    field = name[3:4].lower() + name[4:] if is_negative else name
    return Term(attributes.get(field, field), values, is_negative)


def _condition(condition: Any) -> Iterator[Term]:
    key = value_at(condition, "key")
    values, excluded = _texts(condition, "values"), _texts(condition, "notValues")
    if not isinstance(key, str) or not (values or excluded):
        raise _MalformedError
    attribute = key.lower() if key.startswith(HEADER_PREFIX) else key  # names of headers ignore case
    if values:
        yield Term(attribute, values)
    if excluded:
        yield Term(attribute, excluded, negative=True)


class _MalformedError(Exception):
    """A policy's data is not what Istio accepts."""


def _texts(data: Any, key: Any) -> tuple[str, ...]:
    values = _value(data, key, list)
    if not all(isinstance(value, str) for value in values):
        raise _MalformedError
    return tuple(values)


def _value(data: Any, key: Any, kind: type[T]) -> T:
    """Return the value at *key*, an empty one if there is none; raises _MalformedError if it is no *kind*."""
    if not isinstance(data, dict) or not isinstance(key, str):
        raise _MalformedError
    value = kind() if data.get(key) is None else data[key]
    if not isinstance(value, kind):
        raise _MalformedError
    return value
