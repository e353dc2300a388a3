"""
What the mesh lets into the namespace of a tenant although it belongs to nobody there.

Four callers are tried, who all belong to no profile: a pod, somebody who has logged in, a pod that forges the
header with a user's name, and whatever of another tenant the policies name. A rule that is limited to some
paths, methods or workloads counts as an opening of its own, because `Mesh` answers for all of them together.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.isolation.closed_policies import PROBES, ClosedPolicies
from kubectl_kfaccess.kubeflow.planes.mesh.admissions import Admission, admissions
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.callers import Caller
from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Enforcement, enforcement
from kubectl_kfaccess.kubeflow.planes.mesh.matching import Question, rule_match
from kubectl_kfaccess.kubeflow.planes.mesh.patterns import glob_matches, matches
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.mesh.requests import Request
from kubectl_kfaccess.kubeflow.planes.mesh.rules import (
    PATH,
    Action,
    PolicyRules,
    Rule,
    Scope,
)
from kubectl_kfaccess.kubeflow.planes.mesh.settings import CLUSTER_LOCAL, Account, account_of
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import Header
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.subjects import USER

NOBODY = "~"
"""A name that nobody can have, neither a namespace nor a user: what is let in then lets everybody in."""

_EDITOR = "default-editor"  # the account that notebooks and pipelines of every tenant run as

POD = Caller((NOBODY, _EDITOR))
"""A pod of the mesh that belongs to no profile, as those of all tenants do to all others."""

FORGER = Caller((NOBODY, _EDITOR), has_header=True)
"""Such a pod that sends a header with the name of any user."""


class Who(enum.Enum):
    """Who an opening lets in."""

    PODS = enum.auto()
    LOGGED_IN = enum.auto()
    FORGERS = enum.auto()  # pods that name one user in the header
    TENANT = enum.auto()  # accounts of another tenant
    PATTERN = enum.auto()  # users whose names fit a pattern


class Opening(Struct, frozen=True):
    """
    A *policy* that lets *who* into the workloads of *namespace*; without a policy, none limits anybody.

    *limited*: to some paths, methods, hosts, ports or workloads. *name* is that of the user in the header, or
    the pattern of names, and *from_tenant* the tenant whose accounts or owners are let in, "" if they are of
    any tenant.
    """

    namespace: str
    who: Who
    policy: AuthorizationPolicy | None
    limited: bool = False
    name: str = ""
    from_tenant: str = ""


class _Attempt(Struct, frozen=True):
    """A *caller* who belongs to no profile there, and what an opening for them is."""

    caller: Caller
    who: Who
    name: str = ""
    from_tenant: str = ""


class MeshOpenings:
    """The openings of the namespaces of *profiles*."""

    def __init__(self, profiles: ProfileIndex) -> None:
        self._snapshot = profiles.snapshot
        self._mesh: Mesh = profiles.mesh
        self._tenants: Tenants = profiles.tenants
        self._header: Header = profiles.header
        self._closed = ClosedPolicies(self._tenants.namespaces, self._mesh.settings.gateway.value)
        self._known: dict[str, tuple[Opening, ...]] = {}
        self._namespaces = sorted(self._tenants.namespaces)

    def of(self, namespace: str) -> tuple[Opening, ...]:
        """Return the openings of *namespace*, one for each policy: the one for the most callers."""
        if namespace not in self._known:
            self._known[namespace] = self._of(namespace)
        return self._known[namespace]

    def _of(self, namespace: str) -> tuple[Opening, ...]:
        by = enforcement(self._snapshot, namespace)
        if by not in (Enforcement.SIDECARS, Enforcement.UNREAD):
            return ()  # whether anything compares requests with policies is another question
        is_shut = self._closed.shut(self._mesh.in_force(namespace), namespace)
        return () if is_shut else self.compared(namespace)

    def compared(self, namespace: str) -> tuple[Opening, ...]:
        """Return the openings of *namespace* by comparing callers with all policies, whatever their form."""
        by_policy: dict[tuple[str, str] | None, Opening] = {}
        for attempt in self._attempts(namespace):
            for opening in self._openings(attempt, namespace):
                known = by_policy.setdefault(opening.policy.key if opening.policy else None, opening)
                if known is opening and not opening.limited and opening.who is Who.PODS:
                    return (opening,)  # everything else is let in as well
        return tuple(by_policy.values())

    def lets_in(self, namespace: str, account: Account) -> bool:
        """Whether the policies of *namespace* let requests of *account* in that other pods cannot send."""
        return any(
            opening.policy is not None
            for opening in self._openings(_Attempt(Caller(account), Who.TENANT), namespace)
        ) and not any(opening.who is Who.PODS for opening in self.of(namespace))

    def _attempts(self, namespace: str) -> Iterator[_Attempt]:
        yield _Attempt(POD, Who.PODS)
        gateway = self._mesh.settings.gateway.value
        if gateway:
            yield _Attempt(Caller(gateway, has_header=True, user=NOBODY), Who.LOGGED_IN)
        entries = admissions(self._mesh, namespace, self._header)
        for user in dict.fromkeys(user for each in entries for user in self._forgeable(each)):
            yield _Attempt(replace(FORGER, user=user), Who.FORGERS, user)
        own = self._tenants.tenant(namespace)
        yield from dict.fromkeys(attempt for each in entries for attempt in self._by_name(each, own))
        yield from self._by_pattern(entries, own, gateway)

    def _forgeable(self, entry: Admission) -> Iterator[str]:
        """Yield the users that the rule admits by the header alone, whatever sends it."""
        if not entry.accounts and not entry.namespaces:
            yield from (user for user in entry.users if "*" not in user)

    def _by_name(self, entry: Admission, own: str) -> Iterator[_Attempt]:
        """Yield what accounts of other tenants that the rule names can send, with a user it names as well."""
        for account in self._accounts(entry, own):
            tenant = self._tenants.tenant(account[0])
            if tenant and tenant != own:
                user = next(iter(entry.users), None)
                caller = Caller(account, has_header=user is not None, user=user)
                yield _Attempt(caller, Who.TENANT, from_tenant=tenant)

    def _accounts(self, entry: Admission, own: str) -> Iterator[Account]:
        """Yield the accounts that the rule names; of namespaces, and of a pattern, the first that fits."""
        for text in entry.accounts:
            namespace, slash, name = text.partition("/")
            if "*" in text:
                yield from self._first_fitting(own, text, "{domain}/ns/{namespace}/sa/{name}")
            elif account := account_of(text):
                yield account
            elif slash and "/" not in name:
                yield namespace, name
        for text in entry.namespaces:
            yield from self._first_fitting(own, text, "{namespace}")

    def _first_fitting(self, own: str, pattern: str, form: str) -> Iterator[Account]:
        """Yield the account that all tenants have, of the first other tenant where *form* fits *pattern*."""
        domain = (self._mesh.settings.trust_domains.value or (CLUSTER_LOCAL,))[0]
        named = (pattern,) if pattern in self._tenants.namespaces else ()
        for namespace in self._namespaces if "*" in pattern else named:
            written = form.format(domain=domain, namespace=namespace, name=_EDITOR)
            fits = namespace == pattern or glob_matches(pattern, written)
            if fits and self._tenants.tenant(namespace) != own:
                yield namespace, _EDITOR
                return

    def _by_pattern(
        self, entries: tuple[Admission, ...], own: str, gateway: Account | None
    ) -> Iterator[_Attempt]:
        """Yield the first owner of another tenant whose name fits each pattern of users' names."""
        patterns = dict.fromkeys(user for each in entries for user in each.users if "*" in user)
        for pattern in patterns if gateway else ():
            fitting = (
                (user, tenant) for user, tenant in self._owners if tenant != own and matches(pattern, user)
            )
            for user, tenant in list(fitting)[:1]:
                caller = Caller(gateway, has_header=True, user=user)
                yield _Attempt(caller, Who.PATTERN, pattern, tenant)

    @cached_property
    def _owners(self) -> tuple[tuple[str, str], ...]:
        """The users who own profiles, each with the tenant, sorted."""
        pairs = (
            (owner.name, self._tenants.tenant(namespace))
            for namespace in self._tenants.namespaces
            for owner in self._tenants.owners(namespace)
            if owner.kind == USER
        )
        return tuple(sorted(set(pairs)))

    def _openings(self, attempt: _Attempt, namespace: str) -> Iterator[Opening]:
        answer = self._mesh.admits(attempt.caller, namespace)
        if answer.reach is Reach.YES:
            yield _opening(attempt, namespace, answer.policy)
        elif answer.cause not in (MeshCause.DENIED, MeshCause.UNREAD, MeshCause.NO_POLICIES):
            for policy in self._mesh.rules(namespace):
                if self._lets_in(policy, attempt.caller):
                    yield replace(_opening(attempt, namespace, policy.policy), limited=True)

    def _lets_in(self, policy: PolicyRules, caller: Caller) -> bool:
        """Whether a rule of the ALLOW policy surely matches some requests of *caller*, beyond probes."""
        if policy.action is not Action.ALLOW or policy.scope is Scope.TARGETS:
            return False
        question = Question(caller, Request(), self._mesh.settings, {})
        return any(
            rule_match(replace(rule, operations=()), question, policy.home).holds
            for rule in policy.rules or ()
            if not _is_for_probes(rule)
        )


def _opening(attempt: _Attempt, namespace: str, policy: AuthorizationPolicy | None) -> Opening:
    return Opening(namespace, attempt.who, policy, name=attempt.name, from_tenant=attempt.from_tenant)


def _is_for_probes(rule: Rule) -> bool:
    """Whether the rule opens nothing but the paths that are open in every profile."""
    return bool(rule.operations) and all(
        any(
            term.attribute == PATH and not term.negative and PROBES.issuperset(term.values)
            for term in operation
        )
        for operation in rule.operations
    )
