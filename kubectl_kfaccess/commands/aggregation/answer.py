"""Where the rules of aggregated ClusterRoles come from, and whether the aggregation is healthy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.aggregation.arguments import Options
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.findings.acceptance import finding_notes, with_accepted
from kubectl_kfaccess.findings.aggregation import (
    component_role_missing,
    resource_not_granted,
    unserved_resource,
)
from kubectl_kfaccess.findings.aggregation.view import AggregationView, Reconciled, reconciled
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.registry import AGGREGATION, aggregation_findings
from kubectl_kfaccess.kubeflow.aggregation.components import COMPONENTS
from kubectl_kfaccess.kubeflow.aggregation.roles import tree_roots
from kubectl_kfaccess.rbac.aggregation import Aggregation
from kubectl_kfaccess.rbac.aggregation_tree import Part, goes_into, members, part
from kubectl_kfaccess.rbac.computed_roles import computed_role
from kubectl_kfaccess.rbac.evaluator import gap_text
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.accepted import accepted_in
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.spelling import nearest

LIVE_KINDS = ("clusterroles",)
# Accounts show what is installed. Reading them from files is cheap
FILE_KINDS = ("clusterroles", "serviceaccounts")


class AggregationTrees(Struct, frozen=True):
    """
    The trees below *roots*, in this order.

    *selections* says which role selects which; *parts* has, by name, the roles of the trees and the roles
    that select a root.
    """

    roots: tuple[str, ...]
    selections: Aggregation
    parts: Mapping[str, Part]
    reconciled: Reconciled
    findings: tuple[Finding, ...]


def answer(options: Options, source: Source) -> Answer:
    """
    Return the trees, and the findings about their roles; or the ComputedRole.

    Raises UsageError if there is no such role, CannotAnswer if ClusterRoles cannot be listed.
    """
    return _computed(options.role, source) if options.computed else _trees(options, source)


def _computed(name: str, source: Source) -> Answer:
    snapshot = _read(source)
    _check_role(name, snapshot)
    role = computed_role(snapshot, name)
    status = ExitStatus.CANNOT_ANSWER if role.doubt or snapshot.gaps else ExitStatus.OK
    return Answer(role, status, gaps=snapshot.gaps, notes=snapshot.notes)


def _trees(options: Options, source: Source) -> Answer:
    accept = accepted_in(options.accept, source.env)
    types = source.resource_types()
    snapshot = _read(source)
    if options.role:
        _check_role(options.role, snapshot)
    roots = (options.role,) if options.role else tree_roots(snapshot)
    selections = snapshot.aggregation
    findings = with_accepted(_findings(options, source, snapshot, types), accept)
    is_whole = not options.role and not snapshot.gaps
    trees = AggregationTrees(
        roots,
        selections,
        {name: part(snapshot, name) for name in _names(selections, roots)},
        reconciled(snapshot, members(selections, roots)),
        findings,
    )
    return Answer(
        trees,
        _status(options, findings, is_complete=not snapshot.gaps),
        gaps=snapshot.gaps,
        notes=(
            *_notes(source, types),
            *finding_notes(accept, findings if is_whole else None, AGGREGATION),
            *snapshot.notes,
        ),
    )


def _status(options: Options, findings: tuple[Finding, ...], *, is_complete: bool) -> ExitStatus:
    if flags.fails(options.fail_on, findings):
        return ExitStatus.NO
    return ExitStatus.OK if is_complete else ExitStatus.CANNOT_ANSWER


def _read(source: Source) -> Snapshot:
    """Return the snapshot. Raises CannotAnswer if ClusterRoles cannot be listed: every tree needs them."""
    snapshot = source.read(Wanted(LIVE_KINDS if source.live else FILE_KINDS))
    gap = snapshot.gap("clusterroles", "")
    if gap and not gap.is_of_files:
        raise CannotAnswer(
            gap_text(gap),
            hint="you need permission to list clusterroles: `whoami` shows what you can read",
            code=ErrorCode.FORBIDDEN,
        )
    return snapshot


def _check_role(name: str, snapshot: Snapshot) -> None:
    """Raise UsageError if the role does not exist; the hint suggests a similar name."""
    known = frozenset(role for _, role in snapshot.cluster_roles)
    if name in known:
        return
    longer = sorted((role for role in known if name.lower() in role), key=lambda role: (len(role), role))
    near = longer[0] if longer else nearest(name, known)
    hint = f"did you mean `{near}`?" if near else "`aggregation` without a name shows all trees"
    raise UsageError(f"there is no ClusterRole `{name}`", hint=hint, code=ErrorCode.UNKNOWN_NAME)


def _names(selections: Aggregation, roots: tuple[str, ...]) -> list[str]:
    """Return the roles of the trees, and those that select a root directly or through others."""
    above = (name for root in roots for names in goes_into(selections, root) for name in names)
    return sorted({*members(selections, roots), *above})


def _findings(
    options: Options, source: Source, snapshot: Snapshot, types: tuple[ResourceType, ...]
) -> tuple[Finding, ...]:
    """
    Return the findings about the tree of the named role, or about all trees.

    If a finding depends on the cached list of resources, the server is asked for that list again.
    """
    findings = aggregation_findings(AggregationView(snapshot, types))
    by_list = (component_role_missing.TYPE, resource_not_granted.TYPE, unserved_resource.TYPE)
    if source.live and any(finding.type in by_list for finding in findings):
        findings = aggregation_findings(AggregationView(snapshot, source.resource_types(again=True)))
    if not options.role:
        return findings
    roles = members(snapshot.aggregation, (options.role,))
    return tuple(finding for finding in findings if finding.concerns(roles))


def _notes(source: Source, types: tuple[ResourceType, ...]) -> Iterator[str]:
    """Yield a note on what was not checked, and why."""
    own = {key for component in COMPONENTS for key in component.served}
    if not source.live and not any(kind.key in own for kind in types):
        yield (
            "there are no CRDs of Kubeflow in the files: only the names of Kubernetes' own resources and of "
            "those of the pipelines API were checked"
        )
