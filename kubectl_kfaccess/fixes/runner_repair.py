"""
What to apply so that the accounts that run pipelines have what they need.

First come the objects that Kubeflow creates, then the missing permissions. Nothing is taken away: existing
objects keep all that they have. If a binding has another roleRef, which cannot be changed, a second binding
is created.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from kubectl_kfaccess.findings.pipelines.view import has_account, is_bound
from kubectl_kfaccess.kubeflow.aggregation.lost_roles import lost_roles
from kubectl_kfaccess.kubeflow.catalogue.names import AGGREGATION
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge, NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import missing_rules
from kubectl_kfaccess.kubeflow.pipelines.runners import Expected, Runner
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.rbac.changes import roles_losing_rules
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.labels import selects
from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    ObjectMeta,
    PolicyRule,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
    Subject,
)
from kubectl_kfaccess.rbac.overlay import overlay
from kubectl_kfaccess.rbac.snapshot import Snapshot

AGGREGATE = f"{AGGREGATION}aggregate-to-kubeflow-edit"
STEPS = "kubeflow-pipeline-steps"


class Repair(Struct, frozen=True):
    """
    Objects to apply in their order, and the cluster *after* that.

    *widened* is the role through which contributors of all profiles get the same permissions, "" if none do.
    """

    objects: tuple[KubernetesObject, ...]
    after: Snapshot
    widened: str = ""


def repair(
    snapshot: Snapshot,
    pipelines: Pipelines,
    runners: Sequence[Runner],
    purposes: Iterable[str],
    *,
    everywhere: bool,
) -> Repair:
    """
    Return what gives *runners* the permissions that they lack, for what they always do and for *purposes*.

    With many users and *everywhere*, labels that shipped roles have lost are put back, and one ClusterRole
    that joins `kubeflow-edit` grants what all of them still lack. What only some of them lack is granted to
    these, in their namespaces.
    """
    made = tuple(new for runner in runners for new in _made_by_kubeflow(snapshot, pipelines, runner))
    if everywhere:
        judge = NeedJudge(Evaluator(_with(made, snapshot)), pipelines.version, purposes)
        lacked = [rule for runner in runners for rules in _lack(judge.verdicts(runner)) for rule in rules]
        made = (*made, *_relabelled(snapshot, lacked))
    bound = _with(made, snapshot)
    judge = NeedJudge(Evaluator(bound), pipelines.version, purposes)
    lacks = [(runner, *_lack(judge.verdicts(runner))) for runner in runners]
    shared = _shared(bound, pipelines, [rules for _, rules, _ in lacks]) if everywhere else ()
    more = shared or tuple(
        granted for runner, rules, _ in lacks if rules for granted in _granted(bound, runner, rules)
    )
    cluster = tuple(_cluster_wide(bound, [(runner, rules) for runner, _, rules in lacks if rules]))
    objects = (*made, *more, *cluster)
    return Repair(objects, _with(objects, snapshot), ROLES["edit"] if shared else "")


def _relabelled(snapshot: Snapshot, lacked: Iterable[PolicyRule]) -> Iterator[ClusterRole]:
    """Yield the roles that have lost their label and have a rule that is *lacked*, with the label."""
    wanted = tuple(lacked)
    for lost in lost_roles(snapshot):
        held = snapshot.rules_of(lost.role)
        restored = lost.restored()
        if any(not missing_rules(held, {rule: None}) for rule in wanted) and not roles_losing_rules(
            snapshot, _with((restored,), snapshot)
        ):
            yield restored


def _with(objects: Sequence[KubernetesObject], snapshot: Snapshot) -> Snapshot:
    return overlay(snapshot, map(manifest_of, objects)).snapshot


def _made_by_kubeflow(snapshot: Snapshot, pipelines: Pipelines, runner: Runner) -> Iterator[KubernetesObject]:
    """Yield those of the account, the role and the binding that Kubeflow creates which do not exist."""
    account = runner.account
    if account and has_account(snapshot, account) is False:
        yield ServiceAccount(ObjectMeta(account.name, account.namespace))
    expected = runner.expected
    if expected is None or is_bound(snapshot, runner, expected):
        return
    role = snapshot.role(expected.role, runner.namespace)
    if role is None and expected.role.kind == "Role":
        yield Role(ObjectMeta(expected.role.name, runner.namespace), _shipped(pipelines))
    if role or expected.role.kind == "Role":
        yield _binding(snapshot, runner, expected)


def _shipped(pipelines: Pipelines) -> tuple[PolicyRule, ...]:
    """Return the rules of pipeline-runner in the installed release, or in the newest if it is unknown."""
    version = pipelines.version
    releases = PIPELINE_RUNNER.releases
    return next((r.rules for r in releases if version and r.versions.has(version)), releases[-1].rules)


def _binding(snapshot: Snapshot, runner: Runner, expected: Expected) -> RoleBinding:
    """Return the binding that Kubeflow creates; an existing one keeps its other subjects, or its role."""
    existing = snapshot.role_bindings.get((runner.namespace, expected.binding))
    account = runner.who.subject
    if existing and existing.role_ref == expected.role:
        others = tuple(subject for subject in existing.subjects if subject != account)
        return RoleBinding(_metadata(existing), expected.role, (*others, account))
    name = f"{expected.binding}-{expected.role.name}" if existing else expected.binding
    return RoleBinding(ObjectMeta(name, runner.namespace), expected.role, (account,))


def _lack(verdicts: Iterable[NeedVerdict]) -> tuple[tuple[PolicyRule, ...], tuple[PolicyRule, ...]]:
    """Return the missing rules for the needs that decide: those for the namespace, and cluster-wide ones."""
    denied = [need for need in verdicts if need.decides and need.verdict is Verdict.DENIED]
    rules = [(need.need.namespaced, need.rule()) for need in denied if need.missing]
    within = tuple(rule for namespaced, rule in rules if namespaced)
    return within, tuple(rule for namespaced, rule in rules if not namespaced)


def _shared(
    snapshot: Snapshot, pipelines: Pipelines, lacks: Sequence[tuple[PolicyRule, ...]]
) -> tuple[KubernetesObject, ...]:
    """Return the ClusterRole that gives all runners what they all lack, none if it would take rules away."""
    role = snapshot.cluster_roles.get(("", ROLES["edit"]))
    joins = role and any(selects(selector, {AGGREGATE: "true"}) for selector in role.selectors)
    alike = len(lacks) > 1 and len(set(lacks)) == 1 and bool(lacks[0])
    if not joins or not alike or pipelines.mode is not Mode.MULTI_USER:
        return ()
    joining = _joining(snapshot, lacks[0])
    # a first contributor would overwrite the rules that somebody wrote into kubeflow-edit itself
    return () if roles_losing_rules(snapshot, _with((joining,), snapshot)) else (joining,)


def _joining(snapshot: Snapshot, rules: tuple[PolicyRule, ...]) -> ClusterRole:
    existing = snapshot.cluster_roles.get(("", STEPS))
    labels = {**(existing.metadata.labels if existing else {}), AGGREGATE: "true"}
    return ClusterRole(ObjectMeta(STEPS, labels=labels), _and_more(snapshot.rules_of(existing), rules))


def _granted(snapshot: Snapshot, runner: Runner, rules: tuple[PolicyRule, ...]) -> Iterator[KubernetesObject]:
    """Yield a Role with *rules*, and the binding that grants it to this runner."""
    name, namespace = f"{_stem(runner.who.subject)}-steps", runner.namespace
    ref = RoleRef("Role", name)
    existing = snapshot.roles.get((namespace, name))
    binding = snapshot.role_bindings.get((namespace, name))
    more = _and_more(existing.rules if existing else (), rules)
    yield Role(_metadata(existing) if existing else ObjectMeta(name, namespace), more)
    others = binding.subjects if binding and binding.role_ref == ref else ()
    name = name if not binding or binding.role_ref == ref else f"{name}-kfaccess"
    yield RoleBinding(ObjectMeta(name, namespace), ref, tuple(dict.fromkeys((*others, runner.who.subject))))


def _cluster_wide(
    snapshot: Snapshot, lacks: Sequence[tuple[Runner, tuple[PolicyRule, ...]]]
) -> Iterator[KubernetesObject]:
    """Yield a ClusterRole with the cluster-wide rules, and its binding to all runners that lack one."""
    if not lacks:
        return
    name = f"{STEPS}-cluster"
    existing, binding = snapshot.cluster_roles.get(("", name)), snapshot.cluster_role_bindings.get(("", name))
    rules = tuple(rule for _, missing in lacks for rule in missing)
    yield ClusterRole(ObjectMeta(name), _and_more(existing.rules if existing else (), rules))
    subjects = (*(binding.subjects if binding else ()), *(runner.who.subject for runner, _ in lacks))
    yield ClusterRoleBinding(ObjectMeta(name), RoleRef("ClusterRole", name), tuple(dict.fromkeys(subjects)))


def _and_more(held: tuple[PolicyRule, ...], rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    return (*held, *missing_rules(held, dict.fromkeys(rules)))


def _metadata(existing: KubernetesObject) -> ObjectMeta:
    """Return the metadata to apply to an existing object: its name, namespace, labels and annotations."""
    old = existing.metadata
    return ObjectMeta(old.name, existing.namespace, old.labels, old.annotations)


def _stem(subject: Subject) -> str:
    """Return the beginning of the names of objects created for *subject*; no two subjects share one."""
    plain = re.sub(r"[^a-z0-9.]+", "-", subject.name.lower()).strip("-.")[:200]
    if plain == subject.name:
        return plain
    return f"{plain or 'subject'}-{sha256(subject.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
