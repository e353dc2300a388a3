"""
What to apply so that whoever runs pipelines has what it needs: what Kubeflow makes, then what is lacking.

Nothing that is there is taken away: of an object that exists all is kept, and a binding whose roleRef cannot
be changed is left alone, another one is made beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from msgspec import Struct

from kubectl_kfaccess.findings.pipelines.view import has_account, is_bound
from kubectl_kfaccess.kubeflow.catalogue.names import AGGREGATION
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedJudge, NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import lacking
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
    Objects to apply in their order, and the cluster with them.

    *widened* is the role by which contributors of all profiles gain it as well, "" when none does.
    """

    objects: tuple[KubernetesObject, ...]
    after: Snapshot
    widened: str = ""


def repair(
    snapshot: Snapshot,
    found: Pipelines,
    runners: Sequence[Runner],
    purposes: Iterable[str],
    *,
    everywhere: bool,
) -> Repair:
    """
    Return what closes the gaps of *runners*, for all that they do at their core and for *purposes*.

    With many users and *everywhere*, what all of them lack is granted by one ClusterRole that joins
    `kubeflow-edit`; what only some lack is granted to them, in their namespaces.
    """
    made = tuple(one for runner in runners for one in _made_by_kubeflow(snapshot, found, runner))
    bound = _with(made, snapshot)
    judge = NeedJudge(Evaluator(bound), found.version, purposes)
    lacks = [(runner, *_lack(judge.verdicts(runner))) for runner in runners]
    shared = _shared(bound, found, [rules for _, rules, _ in lacks]) if everywhere else ()
    more = shared or tuple(
        granted for runner, rules, _ in lacks if rules for granted in _granted(bound, runner, rules)
    )
    cluster = tuple(_cluster_wide(bound, [(runner, rules) for runner, _, rules in lacks if rules]))
    objects = (*made, *more, *cluster)
    return Repair(objects, _with(objects, snapshot), ROLES["edit"] if shared else "")


def _with(objects: Sequence[KubernetesObject], snapshot: Snapshot) -> Snapshot:
    return overlay(snapshot, map(manifest_of, objects)).snapshot


def _made_by_kubeflow(snapshot: Snapshot, found: Pipelines, runner: Runner) -> Iterator[KubernetesObject]:
    """Yield the account, the role and the binding that Kubeflow makes, as far as they are not there."""
    account = runner.account
    if account and has_account(snapshot, account) is False:
        yield ServiceAccount(ObjectMeta(account.name, account.namespace))
    expected = runner.expected
    if expected is None or is_bound(snapshot, runner, expected):
        return
    role = snapshot.role(expected.role, runner.namespace)
    if role is None and expected.role.kind == "Role":
        yield Role(ObjectMeta(expected.role.name, runner.namespace), _shipped(found))
    if role or expected.role.kind == "Role":
        yield _binding(snapshot, runner, expected)


def _shipped(found: Pipelines) -> tuple[PolicyRule, ...]:
    """The rules of pipeline-runner in the release that runs, of the newest when it is not known."""
    known = found.version
    releases = PIPELINE_RUNNER.releases
    return next((one.rules for one in releases if known and one.versions.has(known)), releases[-1].rules)


def _binding(snapshot: Snapshot, runner: Runner, expected: Expected) -> RoleBinding:
    """The binding that Kubeflow makes; one of that name keeps its subjects, or another role."""
    there = snapshot.role_bindings.get((runner.namespace, expected.binding))
    whom = runner.who.subject
    if there and there.role_ref == expected.role:
        others = tuple(one for one in there.subjects if one != whom)
        return RoleBinding(_metadata(there), expected.role, (*others, whom))
    name = f"{expected.binding}-{expected.role.name}" if there else expected.binding
    return RoleBinding(ObjectMeta(name, runner.namespace), expected.role, (whom,))


def _lack(verdicts: Iterable[NeedVerdict]) -> tuple[tuple[PolicyRule, ...], tuple[PolicyRule, ...]]:
    """The rules that are lacking for what decides, those of the namespace and cluster-wide ones."""
    denied = [one for one in verdicts if one.decides and one.verdict is Verdict.DENIED]
    rules = [(one.need.namespaced, one.rule()) for one in denied if one.missing]
    within = tuple(rule for namespaced, rule in rules if namespaced)
    return within, tuple(rule for namespaced, rule in rules if not namespaced)


def _shared(
    snapshot: Snapshot, found: Pipelines, lacks: Sequence[tuple[PolicyRule, ...]]
) -> tuple[KubernetesObject, ...]:
    """Return the ClusterRole that gives all runners what they all lack, none if it would take rules away."""
    role = snapshot.cluster_roles.get(("", ROLES["edit"]))
    joins = role and any(selects(selector, {AGGREGATE: "true"}) for selector in role.selectors)
    alike = len(lacks) > 1 and len(set(lacks)) == 1 and bool(lacks[0])
    if not joins or not alike or found.mode is not Mode.MULTI_USER:
        return ()
    joining = _joining(snapshot, lacks[0])
    # a first contributor would overwrite the rules that somebody wrote into kubeflow-edit itself
    return () if roles_losing_rules(snapshot, _with((joining,), snapshot)) else (joining,)


def _joining(snapshot: Snapshot, rules: tuple[PolicyRule, ...]) -> ClusterRole:
    there = snapshot.cluster_roles.get(("", STEPS))
    labels = {**(there.metadata.labels if there else {}), AGGREGATE: "true"}
    return ClusterRole(ObjectMeta(STEPS, labels=labels), _and_more(snapshot.rules_of(there), rules))


def _granted(snapshot: Snapshot, runner: Runner, rules: tuple[PolicyRule, ...]) -> Iterator[KubernetesObject]:
    """Yield a Role with *rules*, and the binding that gives it to the runner alone."""
    name, namespace = f"{_stem(runner.who.subject)}-steps", runner.namespace
    ref = RoleRef("Role", name)
    there = snapshot.roles.get((namespace, name))
    bound = snapshot.role_bindings.get((namespace, name))
    more = _and_more(there.rules if there else (), rules)
    yield Role(_metadata(there) if there else ObjectMeta(name, namespace), more)
    others = bound.subjects if bound and bound.role_ref == ref else ()
    name = name if not bound or bound.role_ref == ref else f"{name}-kfaccess"
    yield RoleBinding(ObjectMeta(name, namespace), ref, tuple(dict.fromkeys((*others, runner.who.subject))))


def _cluster_wide(
    snapshot: Snapshot, lacks: Sequence[tuple[Runner, tuple[PolicyRule, ...]]]
) -> Iterator[KubernetesObject]:
    """Yield a ClusterRole with what only the whole cluster can grant, and its binding to all who lack it."""
    if not lacks:
        return
    name = f"{STEPS}-cluster"
    there, bound = snapshot.cluster_roles.get(("", name)), snapshot.cluster_role_bindings.get(("", name))
    rules = tuple(rule for _, lacking_rules in lacks for rule in lacking_rules)
    yield ClusterRole(ObjectMeta(name), _and_more(there.rules if there else (), rules))
    subjects = (*(bound.subjects if bound else ()), *(runner.who.subject for runner, _ in lacks))
    yield ClusterRoleBinding(ObjectMeta(name), RoleRef("ClusterRole", name), tuple(dict.fromkeys(subjects)))


def _and_more(held: tuple[PolicyRule, ...], rules: Iterable[PolicyRule]) -> tuple[PolicyRule, ...]:
    return (*held, *lacking(held, dict.fromkeys(rules)))


def _metadata(found: KubernetesObject) -> ObjectMeta:
    """What is applied of an object that is there: its name and what people wrote on it."""
    old = found.metadata
    return ObjectMeta(old.name, found.namespace, old.labels, old.annotations)


def _stem(subject: Subject) -> str:
    """The beginning of a name for what is made for *subject*; no two subjects share one."""
    plain = re.sub(r"[^a-z0-9.]+", "-", subject.name.lower()).strip("-.")[:200]
    if plain == subject.name:
        return plain
    return f"{plain or 'subject'}-{sha256(subject.name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
