"""What a type of finding means, and where it is on this cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.explain.arguments import FindingQuestion, Options
from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, in_order
from kubectl_kfaccess.findings.isolation.view import ClusterView, TenantView
from kubectl_kfaccess.findings.pipelines.collected import pipelines_findings
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.findings.registry import (
    BY_COMMAND,
    aggregation_findings,
    hygiene_findings,
    isolation_findings,
    profile_findings,
    tenant_isolation_findings,
    types,
)
from kubectl_kfaccess.kubeflow.catalogue.names import RUNNER
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED
from kubectl_kfaccess.kubeflow.tenants.profiles import NEEDED, ProfileIndex
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.isolation import crossings_of
from kubectl_kfaccess.resolve.namespaces import read_scope
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.resolve.pipelines_scope import profiles_in, read_pipelines_scope
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.spelling import nearest

_ROLES = ("clusterroles", "roles", "clusterrolebindings")
KINDS = (*dict.fromkeys((*NEEDED, *MESH_NEEDED)), *_ROLES)


class FindingExplanation(Struct, frozen=True):
    """
    A *type* of finding, and the *command* that looks for it.

    *findings* are those on the cluster; None if no cluster was named.
    """

    type: FindingType
    command: str
    findings: tuple[Finding, ...] | None = None


def finding_answer(question: FindingQuestion, options: Options, source: Source) -> Answer:
    """Return what the finding means. Raises UsageError if there is no such finding."""
    command, kind = _type(question.id)
    find = _FINDERS[command]
    if not (options.scope.is_narrowed or options.scope.everywhere or not source.live):
        return Answer(FindingExplanation(kind, command))
    findings, gaps = find(options, source)
    own = tuple(finding for finding in findings if finding.type.id == kind.id)
    return Answer(FindingExplanation(kind, command, own), gaps=gaps)


def _type(name: str) -> tuple[str, FindingType]:
    """Return the type of finding with that id, and its command. Raises UsageError if there is none."""
    known = {
        kind.id: (command, kind)
        for command, groups in BY_COMMAND.items()
        for group in groups
        for kind in types(group)
    }
    if name not in known:
        near = nearest(name, frozenset(known))
        hint = f"did you mean `{near}`?" if near else "write `explain alice@example.com create notebooks`"
        raise UsageError(f"there is no finding `{name}`", hint=hint, code=ErrorCode.UNKNOWN_NAME)
    return known[name]


Found = tuple[Iterable[Finding], tuple[Gap, ...]]


def _of_profiles(options: Options, source: Source) -> Found:
    scope = read_scope(options.scope, source, KINDS)
    index = ProfileIndex(scope.snapshot)
    names = [name for name in profile_namespaces(scope.snapshot) if name in scope.namespaces]
    findings = (
        finding for name in names for finding in profile_findings(ProfileView(index, index.tenant(name)))
    )
    return in_order(findings), _gaps(scope.snapshot)


def _of_aggregation(options: Options, source: Source) -> Found:
    scope = read_scope(options.scope, source, ("clusterroles", "serviceaccounts"))
    view = AggregationView(scope.snapshot, source.resource_types())
    return aggregation_findings(view), _gaps(scope.snapshot)


def _of_pipelines(options: Options, source: Source) -> Found:
    """Return the findings about the accounts that run steps, their roles, and the installation."""
    scope = read_pipelines_scope(options.scope, RUNNER, source)
    snapshot = scope.snapshot
    namespaces = scope.namespaces if options.scope.is_narrowed else None
    findings = pipelines_findings(snapshot, pipelines_read(source, snapshot), profiles_in(scope), namespaces)
    return in_order(findings), _gaps(snapshot)


def _gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    return tuple(gap for gap in snapshot.gaps if not gap.is_of_settings)


def _of_isolation(options: Options, source: Source) -> Found:
    """Return the findings about isolation and hygiene."""
    scope = read_scope(options.scope, source, KINDS)
    snapshot = scope.snapshot
    profiles = ProfileIndex(snapshot)
    pipelines = pipelines_read(source, snapshot)
    crossings = crossings_of(source, snapshot, profiles.tenants, pipelines=pipelines)
    names = tuple(name for name in profile_namespaces(snapshot) if name in scope.namespaces)
    types_read = tuple(source.resource_types())
    view = ClusterView(profiles, crossings.escalation, crossings, names, types_read, pipelines)
    findings = [*isolation_findings(view), *hygiene_findings(view)]
    for name in names:
        findings += tenant_isolation_findings(TenantView(view, profiles.tenant(name)))
    return in_order(findings), _gaps(snapshot)


_FINDERS: dict[str, Callable[[Options, Source], Found]] = {
    "check": _of_pipelines,
    "profiles": _of_profiles,
    "aggregation": _of_aggregation,
    "audit": _of_isolation,
}
