"""
Whether requests of a subject reach the workloads of a namespace, by Istio's AuthorizationPolicies.

Mirrors pilot/pkg/security/authz and pilot/pkg/model/policyattachment.go of istio/istio. The mesh knows
neither verbs nor resources: it sees the account that a connection comes from, and headers. A user comes
through the ingress gateway, which has put the name into a header; a service account comes from its own pod,
without that header (what a pod could pretend is not counted). What is said here are the policies' words:
a pod without a sidecar enforces none of them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh_patterns import glob_matches, matches
from kubectl_kfaccess.kubeflow.untyped_data import value_at, yes_or_no
from kubectl_kfaccess.rbac.known_subjects import Who
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed

T = TypeVar("T")

POLICIES = "authorizationpolicies"
ROOT_NAMESPACE = "istio-system"
USER_ID = "request.headers[kubeflow-userid]"
GATEWAY = ("istio-system", "istio-ingressgateway-service-account")


class Reach(enum.Enum):
    """The answer: no policies at all is one of its own, for then there may be no mesh."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_INSTALLED = "-"


class MeshCause(enum.Enum):
    """Why the mesh answers so, mostly of the policy that makes the answer."""

    NO_POLICIES = enum.auto()
    DENIED = enum.auto()
    UNREAD = enum.auto()
    ALLOWED = enum.auto()
    NOBODY_LIMITED = enum.auto()
    GROUP = enum.auto()
    CERTAIN_PATHS = enum.auto()
    NOT_ALLOWED = enum.auto()
    NOT_UNDERSTOOD = enum.auto()
    EXTENSION = enum.auto()
    MORE_THAN_IDENTITY = enum.auto()
    SOME_WORKLOADS = enum.auto()


class MeshAnswer(Struct, frozen=True):
    """
    The answer and why, and the policy that makes it: None when it is made by there being none.

    *unread* are policies that could not be read.
    """

    reach: Reach
    cause: MeshCause
    policy: AuthorizationPolicy | None = None
    unread: Gap | None = None


def reaches(who: Who, namespace: str, snapshot: Snapshot, root_namespace: str = ROOT_NAMESPACE) -> MeshAnswer:
    """
    Return whether a request of *who* may reach every workload of *namespace*; see `Mesh` for many questions.

    A rule that admits only some paths, methods, ports or hosts (`to`) is no yes: probes and metrics are open
    to everybody, which is not what people ask. Likewise one that denies some of them is no no. A rule that
    only leaves some out (`notPaths`) is about the ordinary requests, so it counts like one without `to`.
    What differs from workload to workload is unknown. Policies of the root namespace that select a gateway
    are about logging in, not about tenants, and count only for the root namespace itself.
    """
    return Mesh(snapshot, root_namespace).reaches(who, namespace)


class Mesh:
    """The policies of a snapshot, sorted by namespace once."""

    def __init__(self, snapshot: Snapshot, root_namespace: str = ROOT_NAMESPACE) -> None:
        self._snapshot = snapshot
        self._root = root_namespace
        self._gateway = _gateway(snapshot)
        self._policies: dict[str, list[AuthorizationPolicy]] = {}
        for key in sorted(snapshot.authorization_policies):
            self._policies.setdefault(key[0], []).append(snapshot.authorization_policies[key])
        self._everywhere = [
            policy
            for policy in self._policies.get(root_namespace, ())
            if not _is_for_gateways(policy.spec) and not _is_without_effect(policy)
        ]

    def reaches(self, who: Who, namespace: str) -> MeshAnswer:
        """Return whether a request of *who* may reach every workload of *namespace*."""
        if not self._policies and POLICIES not in {gap.resource for gap in self._snapshot.gaps}:
            return MeshAnswer(Reach.NOT_INSTALLED, MeshCause.NO_POLICIES)
        caller = _caller(who, self._gateway)
        effects = [_effect(policy, caller) for policy in self._in_force(namespace)]
        # AuthorizationPolicies are judged in this order: CUSTOM, DENY, ALLOW. A DENY that surely matches
        # is final all the same, for nothing that comes before it could let the request through.
        denial = next((one for one in effects if one.action == "DENY" and one.surely), None)
        if denial:
            return MeshAnswer(Reach.NO, MeshCause.DENIED, denial.policy)
        return self._hidden(namespace) or _allowed(effects, caller)

    def _in_force(self, namespace: str) -> Iterator[AuthorizationPolicy]:
        """The policies that some workload of the namespace may be under, its own ones first."""
        own = (policy for policy in self._policies.get(namespace, ()) if not _is_without_effect(policy))
        yield from own
        yield from self._everywhere if namespace != self._root else ()

    def _hidden(self, namespace: str) -> MeshAnswer | None:
        """Unknown, when there may be policies that could not be read."""
        # Rules only add in RBAC, not here: a hidden ALLOW would turn a no into a yes, and a hidden DENY or
        # CUSTOM a yes into a no. So both are unknown; what a visible DENY refuses was answered before.
        for place in (namespace, self._root):
            if gap := self._snapshot.gap(POLICIES, place):
                unread = Gap(POLICIES, place, gap.reason)
                return MeshAnswer(Reach.UNKNOWN, MeshCause.UNREAD, unread=unread)
        return None


class _Match(enum.IntEnum):
    """How much of a caller's requests a rule is about, as far as is known; the order is of being sure."""

    NOTHING = 0
    PART = 1  # some paths, methods, ports or hosts at most
    PERHAPS = 2
    EVERYTHING = 3


class _Effect(Struct, frozen=True):
    """What a policy does to a caller; *everywhere*: for all workloads. The action is "" when unreadable."""

    policy: AuthorizationPolicy
    action: str
    match: _Match
    everywhere: bool

    @property
    def surely(self) -> bool:
        return self.everywhere and self.match is _Match.EVERYTHING

    @property
    def perhaps(self) -> bool:
        return self.match >= _Match.PERHAPS


class _Caller(Struct, frozen=True):
    """The account that a request comes from, perhaps a guess, and the user in its header; a group: none."""

    account: tuple[str, str] | None = None
    user: str | None = None
    guessed: bool = False


def _gateway(snapshot: Snapshot) -> tuple[str, str] | None:
    """Return the gateway's account; None when no account that was read looks like it."""
    if GATEWAY in snapshot.service_accounts:
        return GATEWAY
    tenants = frozenset(profile_namespaces(snapshot))  # they name accounts as they like
    known = sorted(snapshot.service_accounts)
    return next((key for key in known if "ingressgateway" in key[1] and key[0] not in tenants), None)


def _caller(who: Who, gateway: tuple[str, str] | None) -> _Caller:
    subject = displayed(Principal(USER, who.user)) if who.subject.kind == USER else who.subject
    if subject.kind == SERVICE_ACCOUNT:
        return _Caller((subject.namespace or "", subject.name))
    if subject.kind == GROUP:
        return _Caller()
    return _Caller(gateway or GATEWAY, who.user, guessed=gateway is None)


def _allowed(effects: list[_Effect], caller: _Caller) -> MeshAnswer:
    """Return the answer that the ALLOW policies give, unless others make it unknown."""
    allowing = [one for one in effects if one.action == "ALLOW"]
    by = next((one for one in allowing if one.surely), None)
    if by or not any(one.everywhere for one in allowing):
        # without a policy that allows, everything is; so a workload with one of its own may differ
        differing = () if by else (one for one in allowing if one.match is not _Match.EVERYTHING)
        refusing = (one for one in effects if one.action != "ALLOW" and one.perhaps)
        return _unknown((*refusing, *differing)) or _yes(by)
    partly = next((one for one in allowing if one.match is _Match.PART), None)
    admitting = (one for one in effects if one.action in ("ALLOW", "") and one.perhaps)
    return _unknown(admitting) or _no(partly, caller)


def _yes(by: _Effect | None) -> MeshAnswer:
    if by is None:
        return MeshAnswer(Reach.YES, MeshCause.NOBODY_LIMITED)
    return MeshAnswer(Reach.YES, MeshCause.ALLOWED, by.policy)


def _no(partly: _Effect | None, caller: _Caller) -> MeshAnswer:
    if caller.account is None:
        return MeshAnswer(Reach.NO, MeshCause.GROUP)
    if partly:
        return MeshAnswer(Reach.NO, MeshCause.CERTAIN_PATHS, partly.policy)
    return MeshAnswer(Reach.NO, MeshCause.NOT_ALLOWED)


def _unknown(effects: Iterable[_Effect]) -> MeshAnswer | None:
    """Unknown, because of the first of *effects*."""
    effect = next(iter(effects), None)
    return MeshAnswer(Reach.UNKNOWN, _doubt(effect), effect.policy) if effect else None


def _doubt(effect: _Effect) -> MeshCause:
    if not effect.action:
        return MeshCause.NOT_UNDERSTOOD
    if effect.action == "CUSTOM":
        return MeshCause.EXTENSION
    perhaps = effect.match is _Match.PERHAPS
    return MeshCause.MORE_THAN_IDENTITY if perhaps else MeshCause.SOME_WORKLOADS


_ACTIONS = ("ALLOW", "DENY", "AUDIT", "CUSTOM")
_NO_LABELS: dict[str, Any] = {"matchLabels": {}}


def _is_without_effect(policy: AuthorizationPolicy) -> bool:
    """Whether the policy only watches: it audits, or is run dry."""
    action = value_at(policy.spec, "action")
    dry = yes_or_no(policy.metadata.annotations.get("istio.io/dry-run")) is True
    # builder.go: the extension of a CUSTOM policy is called even then
    return bool(action == "AUDIT" or (dry and action != "CUSTOM"))


def _is_for_gateways(spec: Any) -> bool:
    """Whether a policy of the root namespace is for gateways, so that it concerns no tenant's workload."""
    # ShouldAttachPolicy: only a GatewayClass reaches beyond the policy's own namespace
    targets = _targets(spec)
    if isinstance(targets, list) and targets:
        return all(value_at(one, "kind") in ("Gateway", "Service", "ServiceEntry") for one in targets)
    labels = value_at(value_at(spec, "selector"), "matchLabels")
    # `app: istio-ingressgateway`, `istio: ingressgateway`, `app: cluster-local-gateway`, …: tenants could
    # give pods these labels, but would change only who reaches their own
    values = [value_at(labels, key) for key in ("app", "istio")]
    return any(isinstance(value, str) and value.endswith("gateway") for value in values)


def _effect(policy: AuthorizationPolicy, caller: _Caller) -> _Effect:
    spec = policy.spec
    action = value_at(spec, "action") or "ALLOW"
    if not isinstance(spec, dict) or action not in _ACTIONS:
        return _Effect(policy, "", _Match.PERHAPS, True)
    selector = value_at(spec, "selector")
    everywhere = not _targets(spec) and (not selector or selector in ({"matchLabels": None}, _NO_LABELS))
    return _Effect(policy, action, _rules(spec, caller, policy.namespace), everywhere)


def _targets(spec: Any) -> Any:
    """The `targetRefs`, of which there was once one only."""
    legacy = value_at(spec, "targetRef")
    return value_at(spec, "targetRefs") or ([legacy] if legacy else [])


def _rules(spec: Any, caller: _Caller, home: str) -> _Match:
    """How much the rules are about: without any, a policy matches nothing."""
    try:
        return max((_rule(one, caller, home) for one in _taken(spec, "rules", list)), default=_Match.NOTHING)
    except _MalformedError:
        return _Match.PERHAPS


def _rule(rule: Any, caller: _Caller, home: str) -> _Match:
    """How much one rule is about: one source, one operation and all conditions have to match."""
    sources = [_source(_taken(one, "source", dict), caller, home) for one in _taken(rule, "from", list)]
    conditions = [_condition(one, caller, home) for one in _taken(rule, "when", list)]
    operations = [_operation(_taken(one, "operation", dict)) for one in _taken(rule, "to", list)]
    holds = _all((_any(sources) if sources else True, *conditions))
    identity = {True: _Match.EVERYTHING, False: _Match.NOTHING, None: _Match.PERHAPS}[holds]
    return min(identity, max(operations, default=_Match.EVERYTHING))


_FIELDS = {
    "principals": "source.principal",
    "namespaces": "source.namespace",
    "serviceAccounts": "source.serviceAccount",
}
_IDENTITY = (*_FIELDS.values(), USER_ID)


def _source(source: dict[str, Any], caller: _Caller, home: str) -> bool | None:
    """Whether every field of a source holds, `notPrincipals` and the like included; None: not known."""
    found = []
    for name in source:
        listed: list[Any] = _taken(source, name, list)
        negative = name.startswith("not")
        plain = name[3:4].lower() + name[4:] if negative else name
        found.append(not listed or _compared(_FIELDS.get(plain, plain), listed, negative, caller, home))
    return _all(found)


def _condition(condition: Any, caller: _Caller, home: str) -> bool | None:
    key = value_at(condition, "key")
    values, excluded = _taken(condition, "values", list), _taken(condition, "notValues", list)
    if not isinstance(key, str) or not (values or excluded):
        raise _MalformedError
    attribute = key.lower() if key.startswith("request.headers") else key  # headers have no case
    is_one = not values or _compared(attribute, values, False, caller, home)
    is_none = not excluded or _compared(attribute, excluded, True, caller, home)
    return _all((is_one, is_none))


def _compared(attribute: str, listed: list[Any], negative: bool, caller: _Caller, home: str) -> bool | None:
    """Whether the caller's attribute is one of those listed, or for a *negative* list is not."""
    if attribute not in _IDENTITY:
        return None
    if caller.account is None:
        return False  # of a group's members nothing is known that would let them in, or keep them out
    found = _any(_is(attribute, value, caller, home) for value in listed)
    return found if found is None or not negative else not found


def _is(attribute: str, value: Any, caller: _Caller, home: str) -> bool | None:
    if not isinstance(value, str) or caller.account is None:
        raise _MalformedError
    if attribute == USER_ID:
        return _is_user(value, caller.user)
    namespace, account = caller.account
    # trustdomain.Bundle: `cluster.local` stands for the mesh's own trust domain, whatever that is
    principal = f"cluster.local/ns/{namespace}/sa/{account}"
    if attribute == "source.principal":
        return matches(value, principal) or _perhaps_principal(value, principal, caller.guessed)
    if attribute == "source.namespace":
        return glob_matches(f"*/ns/{value}/*", principal)
    # serviceAccountRegex: without a namespace it is one of the policy's
    return (value if "/" in value else f"{home}/{value}") == f"{namespace}/{account}"


def _is_user(value: str, user: str | None) -> bool | None:
    if user is None:
        return False  # `*` is a header that is there
    if value == "*" or matches(value, user):
        return True
    return None if value.endswith(f":{user}") else False  # the gateway may put a prefix before the names


def _perhaps_principal(value: str, principal: str, guessed: bool) -> bool | None:
    """Not known when it is the same account in a domain that may be the mesh's, or may be the gateway's."""
    same = value.partition("/")[2] == principal.partition("/")[2]
    account = value.rpartition("/")[2]  # that of a local gateway lets no user in
    return None if same or (guessed and "gateway" in account and "local" not in account) else False


def _operation(operation: dict[str, Any]) -> _Match:
    """How much of the ordinary requests an operation is about."""
    limits = ((name, _taken(operation, name, list)) for name in operation)
    return min((_limit(name, listed) for name, listed in limits if listed), default=_Match.EVERYTHING)


def _limit(name: str, listed: list[Any]) -> _Match:
    every = any(one in ("*", "/*", "/{**}") for one in listed)
    if name.startswith("not"):
        return _Match.NOTHING if every else _Match.EVERYTHING
    return _Match.EVERYTHING if every else _Match.PART


class _MalformedError(Exception):
    """The data are not what Istio takes."""


def _taken(data: Any, key: Any, kind: type[T]) -> T:
    """Return what is there, empty when nothing is."""
    if not isinstance(data, dict) or not isinstance(key, str):
        raise _MalformedError
    found = kind() if data.get(key) is None else data[key]
    if not isinstance(found, kind):
        raise _MalformedError
    return found


def _all(found: Iterable[bool | None]) -> bool | None:
    values = tuple(found)
    return False if False in values else None if None in values else True


def _any(found: Iterable[bool | None]) -> bool | None:
    values = tuple(found)
    return True if True in values else None if None in values else False
