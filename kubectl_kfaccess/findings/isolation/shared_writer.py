"""Tenants' subjects that can write what belongs to no namespace and changes the workloads of others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from kubectl_kfaccess.escalation.powers import EVERYTHING
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.role_findings import allowed, is_person
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.rbac.model import Binding, PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Principal, displayed, spelled
from kubectl_kfaccess.terminal.words import counted

TYPE = FindingType(
    id="isolation-shared-writer",
    severity=Severity.ERROR,
    what=(
        "A ClusterRoleBinding lets accounts of a tenant, or everybody, write objects that belong to no "
        "namespace and that decide how the workloads of all tenants run. If it names the owner of a profile, "
        "it is a warning."
    ),
    why=(
        "Somebody who writes a node, a priority class or the cache of a model changes what runs for others, "
        "who do not see it. Owners of profiles can be platform admins as well, so look whether this one is."
    ),
    fix=(
        "Delete the ClusterRoleBinding, or take the verbs that write out of its role. Platform admins should "
        "use a group of their own, which no profile belongs to."
    ),
)

Kind = tuple[str, str]
_ADMISSION, _KSERVE, _KUEUE = "admissionregistration.k8s.io", "serving.kserve.io", "kueue.x-k8s.io"
_PROFILE_KINDS: frozenset[Kind] = frozenset((("", "namespaces"), ("kubeflow.org", "profiles")))
# Ways by steps, which are other findings, cover none of these
_SHARED: tuple[Kind, ...] = (
    *sorted(_PROFILE_KINDS),
    ("", "nodes"),
    (_ADMISSION, "validatingadmissionpolicies"),
    (_ADMISSION, "validatingadmissionpolicybindings"),
    ("certificates.k8s.io", "clustertrustbundles"),
    (_KSERVE, "clusterlocalmodelcaches"),
    (_KSERVE, "localmodelcaches"),
    (_KSERVE, "localmodelnodegroups"),
    (_KUEUE, "clusterqueues"),
    (_KUEUE, "resourceflavors"),
    ("networking.k8s.io", "ingressclasses"),
    ("node.k8s.io", "runtimeclasses"),
    ("scheduling.k8s.io", "priorityclasses"),
    ("storage.k8s.io", "storageclasses"),
)
# Ways by steps cover these, but not from people, whose rights in the whole cluster are not their tenant's
_SHARED_BY_STEPS: tuple[Kind, ...] = (
    (_ADMISSION, "mutatingadmissionpolicies"),
    ("apiextensions.k8s.io", "customresourcedefinitions"),
    ("apiregistration.k8s.io", "apiservices"),
    ("argoproj.io", "clusterworkflowtemplates"),
    ("kubeflow.org", "workspacekinds"),
    (_KSERVE, "clusterservingruntimes"),
    (_KSERVE, "clusterstoragecontainers"),
    ("trainer.kubeflow.org", "clustertrainingruntimes"),
)
_CHANGES = ("update", "patch", "delete")


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each ClusterRoleBinding of a tenant's subject, or of everybody."""
    by_binding: dict[str, tuple[Binding, list[Principal]]] = {}
    for who, binding in view.roles.cluster_grants():
        by_binding.setdefault(binding.name, (binding, []))[1].append(who)
    for _, (binding, subjects) in sorted(by_binding.items()):
        yield from _of_binding(view, binding, subjects)


def _of_binding(view: ClusterView, binding: Binding, subjects: Iterable[Principal]) -> Iterator[Finding]:
    people = [who for who in subjects if is_person(who)]
    others = [who for who in subjects if not is_person(who)]
    rules = view.snapshot.rules_of(view.snapshot.role(binding.role_ref, ""))
    if allowed(rules, (EVERYTHING,)):
        return  # other findings are about that
    if others and (kinds := _written(rules, _SHARED)):
        yield from _finding(view, binding, others, kinds, TYPE.severity)
    elif people and (kinds := _written(rules, (*_SHARED, *_SHARED_BY_STEPS))):
        yield from _finding(view, binding, people, kinds, Severity.WARNING)


def _finding(
    view: ClusterView, binding: Binding, subjects: list[Principal], kinds: list[Kind], severity: Severity
) -> Iterator[Finding]:
    """Yield the finding about *binding*, with the first of *subjects*."""
    first = min(subjects)
    more = f" and {counted(len(subjects) - 1, 'other subject')}" if len(subjects) > 1 else ""
    names = few(name for _, name in kinds)
    message = f"`{spelled(displayed(first))}`{more} can write {names} for all tenants"
    finding = about(binding, TYPE, message, subject=displayed(first))
    tenant = next(iter(view.crossings.tenants.tenants(first)), "")
    yield replace(finding, own_severity=severity, from_tenant=tenant)


def _written(rules: Iterable[PolicyRule], kinds: Iterable[Kind]) -> list[Kind]:
    """Return those of *kinds* that *rules* let write; a profile that can be taken is a way by steps."""
    known = tuple(rules)
    written = [kind for kind in kinds if _writes(known, kind)]
    return [kind for kind in written if not (kind in _PROFILE_KINDS and set(written) >= _PROFILE_KINDS)]


def _writes(rules: Iterable[PolicyRule], kind: Kind) -> bool:
    verbs = _CHANGES if kind in _PROFILE_KINDS else ("create", *_CHANGES)
    return bool(allowed(rules, (Request(verb, *kind) for verb in verbs), any_name=True))
