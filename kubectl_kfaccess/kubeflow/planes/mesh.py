"""
Whether a subject's requests reach the workloads of a namespace, according to Istio's AuthorizationPolicies.

Mirrors pilot/pkg/security/authz and pilot/pkg/model/policyattachment.go of istio/istio. The mesh knows
neither verbs nor resources: it sees headers, and the service account that a connection comes from. A user
comes through the ingress gateway, which puts the user's name into a header. A service account comes from its
own pod, without that header; a pod that forges the header is not considered. The answers describe the
policies: a pod without a sidecar enforces none of them.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

from msgspec import Struct

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh_patterns import glob_matches, matches
from kubectl_kfaccess.kubeflow.untyped_data import go_bool, value_at
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed

T = TypeVar("T")

POLICIES = "authorizationpolicies"
ROOT_NAMESPACE = "istio-system"
USER_ID = "request.headers[kubeflow-userid]"
GATEWAY = ("istio-system", "istio-ingressgateway-service-account")


class Reach(enum.Enum):
    """The answer of the mesh. Without any policies it is NOT_INSTALLED, because there may be no mesh."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"
    NOT_INSTALLED = "-"


class MeshCause(enum.Enum):
    """Why the mesh gives an answer. Most causes are about the policy that decides it."""

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
    The answer, its cause, and the policy that decides it: None if the lack of a policy decides.

    *unread* is the gap if policies could not be read.
    """

    reach: Reach
    cause: MeshCause
    policy: AuthorizationPolicy | None = None
    unread: Gap | None = None


def reaches(
    who: KnownSubject, namespace: str, snapshot: Snapshot, root_namespace: str = ROOT_NAMESPACE
) -> MeshAnswer:
    """
    Return whether a request of *who* reaches every workload in *namespace*. Use `Mesh` to ask many questions.

    A rule that allows only some paths, methods, ports or hosts (`to`) does not make the answer "yes", because
    probes and metrics are open to everyone, and people do not ask about those. Likewise, a rule that denies
    only some does not make it "no". A rule that only excludes some (`notPaths`) covers the ordinary requests,
    so it counts like a rule without `to`. The answer is unknown if it differs between workloads. Policies of
    the root namespace that select a gateway control logging in, so they count only for the root namespace
    itself.
    """
    return Mesh(snapshot, root_namespace).reaches(who, namespace)


class Mesh:
    """The policies of a snapshot, grouped by namespace once for all questions."""

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

    def reaches(self, who: KnownSubject, namespace: str) -> MeshAnswer:
        """Return whether a request of *who* reaches every workload in *namespace*."""
        if not self._policies and POLICIES not in {gap.resource for gap in self._snapshot.gaps}:
            return MeshAnswer(Reach.NOT_INSTALLED, MeshCause.NO_POLICIES)
        caller = _caller(who, self._gateway)
        effects = [_effect(policy, caller) for policy in self.in_force(namespace)]
        # Istio evaluates CUSTOM policies first, then DENY, then ALLOW. A DENY that surely matches is still
        # final, because a CUSTOM policy cannot let the request skip it.
        denial = next((effect for effect in effects if effect.action == "DENY" and effect.surely), None)
        if denial:
            return MeshAnswer(Reach.NO, MeshCause.DENIED, denial.policy)
        return self._unread(namespace) or _allowed(effects, caller)

    def in_force(self, namespace: str) -> Iterator[AuthorizationPolicy]:
        """Yield the policies that may apply to a workload in the namespace, the namespace's own first."""
        own = (policy for policy in self._policies.get(namespace, ()) if not _is_without_effect(policy))
        yield from own
        yield from self._everywhere if namespace != self._root else ()

    def _unread(self, namespace: str) -> MeshAnswer | None:
        """Return the answer "unknown" if some policies could not be read, else None."""
        # Unlike in RBAC, rules do not only add here: an unread ALLOW would turn "no" into "yes", and an
        # unread DENY or CUSTOM would turn "yes" into "no". So both are unknown, except for what a known DENY
        # refuses.
        for policy_namespace in (namespace, self._root):
            if gap := self._snapshot.gap(POLICIES, policy_namespace):
                unread = Gap(POLICIES, policy_namespace, gap.reason)
                return MeshAnswer(Reach.UNKNOWN, MeshCause.UNREAD, unread=unread)
        return None


class _Match(enum.IntEnum):
    """How many of a caller's requests a rule matches, from surely none to surely all."""

    NOTHING = 0
    PART = 1  # at most some paths, methods, ports or hosts
    PERHAPS = 2
    EVERYTHING = 3


class _Effect(Struct, frozen=True):
    """What a policy does to a caller. *action* is "" if unreadable; *everywhere*: to all workloads."""

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
    """The *account* of a request (perhaps *guessed*), and the *user* in its header. A group has neither."""

    account: tuple[str, str] | None = None
    user: str | None = None
    guessed: bool = False


def _gateway(snapshot: Snapshot) -> tuple[str, str] | None:
    """Return the (namespace, name) of the gateway's account, None if no account looks like it."""
    if GATEWAY in snapshot.service_accounts:
        return GATEWAY
    tenants = frozenset(profile_namespaces(snapshot))  # tenants can choose any name for their accounts
    accounts = sorted(snapshot.service_accounts)
    return next((key for key in accounts if "ingressgateway" in key[1] and key[0] not in tenants), None)


def _caller(who: KnownSubject, gateway: tuple[str, str] | None) -> _Caller:
    subject = displayed(Principal(USER, who.user)) if who.subject.kind == USER else who.subject
    if subject.kind == SERVICE_ACCOUNT:
        return _Caller((subject.namespace or "", subject.name))
    if subject.kind == GROUP:
        return _Caller()
    return _Caller(gateway or GATEWAY, who.user, guessed=gateway is None)


def _allowed(effects: list[_Effect], caller: _Caller) -> MeshAnswer:
    """Return the answer that the ALLOW policies give, or "unknown" if other policies may change it."""
    allowing = [effect for effect in effects if effect.action == "ALLOW"]
    permission = next((effect for effect in allowing if effect.surely), None)
    if permission or not any(effect.everywhere for effect in allowing):
        # A workload to which no ALLOW policy applies allows everything, so one with its own policy may differ
        limited = (effect for effect in allowing if effect.match is not _Match.EVERYTHING)
        refusing = (effect for effect in effects if effect.action != "ALLOW" and effect.perhaps)
        return _unknown((*refusing, *(() if permission else limited))) or _yes(permission)
    partial = next((effect for effect in allowing if effect.match is _Match.PART), None)
    admitting = (effect for effect in effects if effect.action in ("ALLOW", "") and effect.perhaps)
    return _unknown(admitting) or _no(partial, caller)


def _yes(permission: _Effect | None) -> MeshAnswer:
    if permission is None:
        return MeshAnswer(Reach.YES, MeshCause.NOBODY_LIMITED)
    return MeshAnswer(Reach.YES, MeshCause.ALLOWED, permission.policy)


def _no(partial: _Effect | None, caller: _Caller) -> MeshAnswer:
    if caller.account is None:
        return MeshAnswer(Reach.NO, MeshCause.GROUP)
    if partial:
        return MeshAnswer(Reach.NO, MeshCause.CERTAIN_PATHS, partial.policy)
    return MeshAnswer(Reach.NO, MeshCause.NOT_ALLOWED)


def _unknown(effects: Iterable[_Effect]) -> MeshAnswer | None:
    """Return the answer "unknown" because of the first of *effects*, None if there is none."""
    effect = next(iter(effects), None)
    return MeshAnswer(Reach.UNKNOWN, _unknown_cause(effect), effect.policy) if effect else None


def _unknown_cause(effect: _Effect) -> MeshCause:
    if not effect.action:
        return MeshCause.NOT_UNDERSTOOD
    if effect.action == "CUSTOM":
        return MeshCause.EXTENSION
    perhaps = effect.match is _Match.PERHAPS
    return MeshCause.MORE_THAN_IDENTITY if perhaps else MeshCause.SOME_WORKLOADS


_ACTIONS = ("ALLOW", "DENY", "AUDIT", "CUSTOM")
_NO_LABELS: dict[str, Any] = {"matchLabels": {}}


def _is_without_effect(policy: AuthorizationPolicy) -> bool:
    """Whether the policy never blocks a request, because it only audits or is a dry run."""
    action = value_at(policy.spec, "action")
    is_dry_run = go_bool(policy.metadata.annotations.get("istio.io/dry-run")) is True
    # builder.go: the extension of a CUSTOM policy is called even in a dry run
    return bool(action == "AUDIT" or (is_dry_run and action != "CUSTOM"))


def _is_for_gateways(spec: Any) -> bool:
    """Whether a policy of the root namespace applies only to gateways, and so to no tenant's workload."""
    # ShouldAttachPolicy: only a GatewayClass target reaches beyond the policy's own namespace
    targets = _targets(spec)
    if isinstance(targets, list) and targets:
        return all(value_at(target, "kind") in ("Gateway", "Service", "ServiceEntry") for target in targets)
    labels = value_at(value_at(spec, "selector"), "matchLabels")
    # `app: istio-ingressgateway`, `istio: ingressgateway`, `app: cluster-local-gateway`, …: tenants can give
    # their pods these labels, but that only changes who reaches those pods
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
    """Return the `targetRefs`, or the single `targetRef` of older versions as a list."""
    legacy = value_at(spec, "targetRef")
    return value_at(spec, "targetRefs") or ([legacy] if legacy else [])


def _rules(spec: Any, caller: _Caller, home: str) -> _Match:
    """Return how many requests the rules match. A policy without rules matches nothing."""
    try:
        rules = _value(spec, "rules", list)
        return max((_rule(rule, caller, home) for rule in rules), default=_Match.NOTHING)
    except _MalformedError:
        return _Match.PERHAPS


def _rule(rule: Any, caller: _Caller, home: str) -> _Match:
    """Return how many requests a rule matches: one source, one operation and all conditions have to match."""
    sources = [_source(_value(entry, "source", dict), caller, home) for entry in _value(rule, "from", list)]
    conditions = [_condition(condition, caller, home) for condition in _value(rule, "when", list)]
    operations = [_operation(_value(entry, "operation", dict)) for entry in _value(rule, "to", list)]
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
    """Whether every field of a source matches, including `notPrincipals` and the like; None if unknown."""
    matching = []
    for name in source:
        listed: list[Any] = _value(source, name, list)
        negative = name.startswith("not")
        field = name[3:4].lower() + name[4:] if negative else name
        matching.append(not listed or _compared(_FIELDS.get(field, field), listed, negative, caller, home))
    return _all(matching)


def _condition(condition: Any, caller: _Caller, home: str) -> bool | None:
    key = value_at(condition, "key")
    values, excluded = _value(condition, "values", list), _value(condition, "notValues", list)
    if not isinstance(key, str) or not (values or excluded):
        raise _MalformedError
    attribute = key.lower() if key.startswith("request.headers") else key  # names of headers ignore case
    is_listed = not values or _compared(attribute, values, False, caller, home)
    is_not_excluded = not excluded or _compared(attribute, excluded, True, caller, home)
    return _all((is_listed, is_not_excluded))


def _compared(attribute: str, listed: list[Any], negative: bool, caller: _Caller, home: str) -> bool | None:
    """Whether the caller's attribute is *listed*, or is not if the list is *negative*; None if unknown."""
    if attribute not in _IDENTITY:
        return None
    if caller.account is None:
        return False  # nothing is known about a group's members that policies could match
    is_listed = _any(_is(attribute, value, caller, home) for value in listed)
    return is_listed if is_listed is None or not negative else not is_listed


def _is(attribute: str, value: Any, caller: _Caller, home: str) -> bool | None:
    if not isinstance(value, str) or caller.account is None:
        raise _MalformedError
    if attribute == USER_ID:
        return _is_user(value, caller.user)
    namespace, account = caller.account
    # trustdomain.Bundle: `cluster.local` matches the mesh's own trust domain, whatever its name is
    principal = f"cluster.local/ns/{namespace}/sa/{account}"
    if attribute == "source.principal":
        return matches(value, principal) or _perhaps_principal(value, principal, caller.guessed)
    if attribute == "source.namespace":
        return glob_matches(f"*/ns/{value}/*", principal)
    # serviceAccountRegex: a name without a namespace is an account in the policy's own namespace
    return (value if "/" in value else f"{home}/{value}") == f"{namespace}/{account}"


def _is_user(value: str, user: str | None) -> bool | None:
    if user is None:
        return False  # `*` too needs a header
    if value == "*" or matches(value, user):
        return True
    return None if value.endswith(f":{user}") else False  # the gateway may add a prefix to names


def _perhaps_principal(value: str, principal: str, guessed: bool) -> bool | None:
    """Return None (unknown) if *value* may be the same account in the mesh's domain, or the gateway's."""
    same = value.partition("/")[2] == principal.partition("/")[2]
    account = value.rpartition("/")[2]  # no user comes through a local gateway
    return None if same or (guessed and "gateway" in account and "local" not in account) else False


def _operation(operation: dict[str, Any]) -> _Match:
    """Return how many of the ordinary requests an operation matches."""
    limits = ((name, _value(operation, name, list)) for name in operation)
    return min((_limit(name, listed) for name, listed in limits if listed), default=_Match.EVERYTHING)


def _limit(name: str, listed: list[Any]) -> _Match:
    every = any(pattern in ("*", "/*", "/{**}") for pattern in listed)
    if name.startswith("not"):
        return _Match.NOTHING if every else _Match.EVERYTHING
    return _Match.EVERYTHING if every else _Match.PART


class _MalformedError(Exception):
    """A policy's data is not what Istio accepts."""


def _value(data: Any, key: Any, kind: type[T]) -> T:
    """Return the value at *key*, an empty one if there is none; raises _MalformedError if it is no *kind*."""
    if not isinstance(data, dict) or not isinstance(key, str):
        raise _MalformedError
    value = kind() if data.get(key) is None else data[key]
    if not isinstance(value, kind):
        raise _MalformedError
    return value


def _all(answers: Iterable[bool | None]) -> bool | None:
    """Return the conjunction of *answers* in three-valued logic: None is unknown."""
    values = tuple(answers)
    return False if False in values else None if None in values else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Return the disjunction of *answers* in three-valued logic: None is unknown."""
    values = tuple(answers)
    return True if True in values else None if None in values else False
