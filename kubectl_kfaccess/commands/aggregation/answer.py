"""`aggregation [CLUSTERROLE]`: where the rules of aggregated roles come from, and whether that works."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.aggregation.arguments import _check_findings
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kubectl_kfaccess.commands.aggregation.report import Aggregation
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.findings.aggregation.view import Concern
    from kubectl_kfaccess.findings.finding import Finding
    from kubectl_kfaccess.rbac.resources import ResourceType
    from kubectl_kfaccess.rbac.snapshot import Snapshot
    from kubectl_kfaccess.sources.source import Source

LIVE_KINDS = ("clusterroles",)
FILE_KINDS = ("clusterroles", "serviceaccounts")  # in files accounts cost nothing, and tell what is installed


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the trees, and what is worth mending about them."""
    _check_findings(args)
    source = flags.source(args, env)
    types = source.resource_types()
    snapshot = _read(source)
    if args.role:
        _check_role(args.role, snapshot)
    found = _concerns(source, snapshot, types)
    answer = _aggregation(args, source, snapshot, types, found)
    return Answer(
        answer.report(),
        remarks=(*_nothing(answer), *(f"note: {note}" for note in answer.notes)),
        status=ExitStatus.NO if flags.fails(args, answer.findings) else ExitStatus.OK,
    )


def _read(source: Source) -> Snapshot:
    """The snapshot; without the list of ClusterRoles nothing can be said of any."""
    from kubectl_kfaccess.rbac.evaluator import described
    from kubectl_kfaccess.sources.source import Wanted

    snapshot = source.read(Wanted(LIVE_KINDS if source.live else FILE_KINDS))
    gap = snapshot.gap("clusterroles", "")
    if gap:
        raise CannotAnswer(
            described(gap),
            hint="whoever asks must be allowed to list clusterroles: `whoami` shows what you may",
        )
    return snapshot


def _check_role(name: str, snapshot: Snapshot) -> None:
    """Refuse the name of a role that there is not, and say which one may be meant."""
    from kubectl_kfaccess.spelling import nearest

    known = frozenset(name for _, name in snapshot.cluster_roles)
    if name in known:
        return
    longer = sorted((one for one in known if name and name.lower() in one), key=lambda one: (len(one), one))
    near = longer[0] if longer else nearest(name, known)
    hint = f"did you mean `{near}`?" if near else "`aggregation` without a name shows all trees"
    raise UsageError(f"there is no ClusterRole `{name}`", hint=hint)


def _concerns(source: Source, snapshot: Snapshot, types: tuple[ResourceType, ...]) -> tuple[Concern, ...]:
    """What is worth mending; what a kept list of resources speaks for is asked of the server again."""
    from kubectl_kfaccess.findings.aggregation.component_roles import MISSING
    from kubectl_kfaccess.findings.aggregation.unserved_resource import UNSERVED
    from kubectl_kfaccess.findings.aggregation.view import concerns

    found = concerns(snapshot, types)
    if source.live and any(one.finding.type in (UNSERVED, MISSING) for one in found):
        return concerns(snapshot, source.resource_types(again=True))
    return found


def _aggregation(
    args: argparse.Namespace,
    source: Source,
    snapshot: Snapshot,
    types: tuple[ResourceType, ...],
    concerns: tuple[Concern, ...],
) -> Aggregation:
    """Everything that the report says."""
    from functools import partial

    from kubectl_kfaccess.commands.aggregation.report import Aggregation
    from kubectl_kfaccess.findings.aggregation.view import reconciled
    from kubectl_kfaccess.kubeflow.aggregation.roles import tree_roots
    from kubectl_kfaccess.rbac.aggregation_tree import all_nodes, folded, goes_into, members, part

    known = snapshot.aggregation
    roots = (args.role,) if args.role else tree_roots(snapshot)
    return Aggregation(
        trees=tuple(tuple(folded(known, root)) for root in roots),
        nodes=partial(all_nodes, known, roots),
        parts={name: part(snapshot, name) for name in _shown(snapshot, roots)},
        into=partial(goes_into, known),
        selected=known.selected,
        reconciled=reconciled(snapshot, members(known, roots)),
        findings=_findings(args, snapshot, roots, concerns),
        gaps=snapshot.gaps,
        notes=(*_notes(source, types), *snapshot.notes),
        one=args.role,
        rules=args.rules,
        findings_alone=args.findings,
    )


def _shown(snapshot: Snapshot, roots: tuple[str, ...]) -> list[str]:
    """The roles of the trees, and those that a single one goes into."""
    from kubectl_kfaccess.rbac.aggregation_tree import goes_into, members

    above = (name for root in roots for names in goes_into(snapshot.aggregation, root) for name in names)
    return sorted({*members(snapshot.aggregation, roots), *above})


def _findings(
    args: argparse.Namespace, snapshot: Snapshot, roots: tuple[str, ...], concerns: tuple[Concern, ...]
) -> tuple[Finding, ...]:
    """What matters to the roles of the trees; to all roles, when none was named."""
    from kubectl_kfaccess.findings.aggregation.view import findings
    from kubectl_kfaccess.rbac.aggregation_tree import members

    return findings(concerns, members(snapshot.aggregation, roots) if args.role else None)


def _notes(source: Source, types: tuple[ResourceType, ...]) -> Iterator[str]:
    """What was not judged, and why."""
    from kubectl_kfaccess.kubeflow.aggregation.components import COMPONENTS

    own = {key for component in COMPONENTS for key in component.served}
    if not source.live and not any(one.key in own for one in types):
        yield (
            "the files define none of Kubeflow's custom resources: what rules name was judged for "
            "Kubernetes' own resources and for those of the pipelines API"
        )


def _nothing(answer: Aggregation) -> Iterator[str]:
    if not answer.trees:
        yield "there is no aggregated ClusterRole"
