"""
What the server checks before a role or a binding is written, beside the permission to write it.

Mirrors pkg/registry/rbac/*/policybased/storage.go: nobody can grant more than they have. Who can
`escalate` roles, or `bind` the role of a binding, is exempt. Deleting is not checked, and neither is a write
that changes nothing (IsOnlyMutatingGCFields).
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.escalation import rules_for, uncovered
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    ObjectMeta,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
)
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity

FULL_AUTHORITY = (PolicyRule(("*",), ("*",), ("*",)), PolicyRule(("*",), non_resource_urls=("*",)))
"""The rules that are needed to write a ClusterRole with an aggregationRule (upstream: fullAuthority)."""
RESOURCES = {
    kind.kind: f"{kind.kind.lower()}s" for kind in (Role, ClusterRole, RoleBinding, ClusterRoleBinding)
}
"""The plural names of the kinds of RBAC."""


class EscalationCheck(Struct, frozen=True):
    """
    The subject needs *exemption*, or all of *rules* in *namespace* ("": in the whole cluster).

    *aggregates*: the role has an aggregationRule, so *rules* end with `FULL_AUTHORITY`. *absent* is the role
    of a binding if it does not exist, and *is_open* if that is not known: only the exemption helps then.
    """

    exemption: Request
    rules: tuple[PolicyRule, ...]
    namespace: str
    aggregates: bool = False
    absent: RoleRef | None = None
    is_open: bool = False


class Escalation(Struct, frozen=True):
    """The result of a check, with the rules that are *missing*, in parts with one verb and one resource."""

    check: EscalationCheck
    verdict: Verdict
    missing: tuple[PolicyRule, ...] = ()


def check_of_write(
    before: KubernetesObject | None,
    after: KubernetesObject,
    snapshot: Snapshot,
    *,
    named: bool,
    is_whole: bool,
) -> EscalationCheck | None:
    """
    Return the check of a write that makes *after* of *before*; None if there is none.

    *snapshot* is the cluster before the write. *named*: the request has the object's name, so it is no POST.
    Unless *after* *is_whole*, it lacks metadata that the server has stored, so it differs in any case.
    """
    if is_whole and before is not None and _is_same(before, after):
        return None
    if isinstance(after, (Role, ClusterRole)):
        return _check_of_role(before, after, named=named)
    if isinstance(after, (RoleBinding, ClusterRoleBinding)):
        return _check_of_binding(after.role_ref, after.namespace, snapshot)
    return None


def escalation(check: EscalationCheck, evaluator: Evaluator, identity: Identity) -> Escalation:
    """Return whether *identity* passes *check* by the rules of RBAC alone."""
    exempt = evaluator.decide(identity, check.exemption).verdict
    if exempt is Verdict.ALLOWED:
        return Escalation(check, exempt)
    if check.absent:
        return Escalation(check, Verdict.UNKNOWN if check.is_open else exempt)
    snapshot, namespace = evaluator.snapshot, check.namespace
    missing = uncovered(rules_for(snapshot, identity, namespace), check.rules)
    if not missing and not check.is_open:
        return Escalation(check, Verdict.ALLOWED)
    # a gap that can hide the exemption can hide the rules as well
    possible = uncovered(rules_for(snapshot, identity, namespace, uncertain=True), check.rules)
    is_open = check.is_open or exempt is Verdict.UNKNOWN or not possible
    return Escalation(check, Verdict.UNKNOWN if is_open else Verdict.DENIED, missing)


def _check_of_role(
    before: KubernetesObject | None, after: Role | ClusterRole, *, named: bool
) -> EscalationCheck:
    # RoleEscalationAuthorized: a request to create an object has no name
    name = after.name if named else ""
    exemption = Request("escalate", RBAC_GROUP, RESOURCES[after.kind], "", name, after.namespace)
    aggregates = any(isinstance(role, ClusterRole) and role.selectors for role in (before, after))
    rules = (*after.rules, *(FULL_AUTHORITY if aggregates else ()))
    return EscalationCheck(exemption, rules, after.namespace, aggregates)


def _check_of_binding(ref: RoleRef, namespace: str, snapshot: Snapshot) -> EscalationCheck:
    # BindingAuthorized: the server asks in the binding's namespace, for roles of either kind
    exemption = Request("bind", RBAC_GROUP, RESOURCES[ref.kind], "", ref.name, namespace)
    role = snapshot.role(ref, namespace)
    is_open = snapshot.doubt_on_role(ref, namespace) is not None
    absent = ref if role is None else None
    return EscalationCheck(exemption, snapshot.rules_of(role), namespace, absent=absent, is_open=is_open)


def _is_same(before: KubernetesObject, after: KubernetesObject) -> bool:
    """Whether nothing differs but who owns fields or objects."""
    return _comparable(before) == _comparable(after)


def _comparable(value: KubernetesObject) -> KubernetesObject:
    meta = value.metadata
    plain = ObjectMeta(meta.name, meta.namespace, meta.labels, meta.annotations)
    return replace(value, metadata=plain)
