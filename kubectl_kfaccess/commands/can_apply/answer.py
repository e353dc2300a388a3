"""Whether a subject can apply a bundle: by the rules, by the server, and with what would let it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.can_apply.arguments import Options
from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.notes import bundle_notes
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.fixes.bundle_fix import bundle_fix
from kubectl_kfaccess.rbac.bundle import outcomes
from kubectl_kfaccess.rbac.bundle_cluster import BundleCluster, with_objects
from kubectl_kfaccess.rbac.bundle_judge import RulesJudge
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.ways import Way
from kubectl_kfaccess.resolve.bundles import Bundle, resolve_bundle
from kubectl_kfaccess.resolve.personas import PlacedSubject, Places
from kubectl_kfaccess.resolve.subject import kinds_for_subject, resolve_subject, unnamed_subject_note
from kubectl_kfaccess.sources.files.bundle import read_bundle
from kubectl_kfaccess.sources.kinds import CLUSTER_WIDE, IN_NAMESPACES
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.verify.bundle_judge import ServerJudge
from kubectl_kfaccess.verify.impersonation import can_impersonate


def answer(options: Options, source: Source) -> Answer:
    """
    Return what becomes of each object, as CanApply.

    Raises UsageError if a file cannot be read or the subject is not understood, CannotAnswer if the cluster
    cannot be asked.
    """
    documents = read_bundle(options.files, source.env, recursive=options.recursive)
    bundle = resolve_bundle(documents, source, options.namespace)
    placed = _placed(options, source, bundle)
    cluster = _cluster(placed.snapshot, bundle)
    way = Way(options.way)
    judge = _judge(RulesJudge(placed.who), source, bundle, cluster, way)
    results = outcomes(bundle.objects, cluster, judge, way)
    fix = bundle_fix(bundle.objects, cluster, judge, way, placed.who.subject) if _wants_fix(options) else None
    value = CanApply(placed.who, way, results, fix)
    return Answer(
        value,
        ExitStatus.OK if options.output.format == "fix" and value.fix else _STATUSES[value.verdict],
        remarks=placed.remarks,
        gaps=_gaps(cluster, bundle) if value.of(Verdict.UNKNOWN) else (),
        notes=(
            *bundle_notes(value),
            *unnamed_subject_note(placed.who, placed.snapshot),
            *_review_notes(judge, source, value),
            *placed.snapshot.notes,
        ),
    )


_STATUSES = {
    Verdict.ALLOWED: ExitStatus.OK,
    Verdict.DENIED: ExitStatus.NO,
    Verdict.UNKNOWN: ExitStatus.CANNOT_ANSWER,
}


def _placed(options: Options, source: Source, bundle: Bundle) -> PlacedSubject:
    """Return the subject, with the bindings that count in the namespaces of the bundle."""
    spaces = (each.name for each in bundle.objects if each.type and each.type.key == ("", "namespaces"))
    names = tuple(dict.fromkeys((*bundle.namespaces, *filter(None, spaces))))
    kinds = (*CLUSTER_WIDE, *IN_NAMESPACES, *kinds_for_subject(options.subject.text))
    snapshot = source.read(Wanted(tuple(dict.fromkeys(kinds)), names))
    return resolve_subject(options.subject, source, snapshot, Places(names, is_chosen=True))


def _cluster(snapshot: Snapshot, bundle: Bundle) -> BundleCluster:
    """Return the cluster before the bundle, with objects of it that were read one by one."""
    read = ((bundle.objects[number], content) for number, content in bundle.contents.items())
    return BundleCluster(with_objects(snapshot, read), bundle.namespaces, bundle.unserved)


def _judge(
    rules: RulesJudge, source: Source, bundle: Bundle, cluster: BundleCluster, way: Way
) -> RulesJudge | ServerJudge:
    """Return who decides: the rules, with the server's answers to what they leave open."""
    by_rules = outcomes(bundle.objects, cluster, rules, way)
    if source.reviewer is None or all(each.verdict is not Verdict.UNKNOWN for each in by_rules):
        return rules
    judge = ServerJudge(rules, source.reviewer)
    judge.prepare(by_rules)
    return judge


def _wants_fix(options: Options) -> bool:
    """Return whether the format shows a fix, or that there is one."""
    return options.output.format in ("table", "wide", "markdown", "fix")


def _gaps(cluster: BundleCluster, bundle: Bundle) -> tuple[Gap, ...]:
    return cluster.evaluator.gaps(tuple(bundle.namespaces))


def _review_notes(judge: RulesJudge | ServerJudge, source: Source, value: CanApply) -> Iterator[str]:
    """Yield why the server did not answer, and what else to try."""
    if not isinstance(judge, ServerJudge) or not judge.problems:
        return
    yield from (f"not asked: {problem}" for problem in judge.problems if problem)
    if can_impersonate(source.reviewer, value.who):
        yield f"you can impersonate it, so ask as it: `--as {quote(value.who.user)}`, without `--subject`"
