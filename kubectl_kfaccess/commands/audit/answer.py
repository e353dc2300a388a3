"""Whether anything crosses from one tenant into another, and what else is wrong with their isolation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.audit.arguments import Options
from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.audit.baseline import Baseline, from_json, is_answer
from kubectl_kfaccess.commands.audit.collected import AUDITED, collected, every_group
from kubectl_kfaccess.commands.audit.fix import has_fix
from kubectl_kfaccess.commands.audit.verification import verified
from kubectl_kfaccess.errors import ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.findings.acceptance import finding_notes, with_accepted
from kubectl_kfaccess.findings.accepted import AcceptList
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.globs import fits_text
from kubectl_kfaccess.findings.isolation.verdicts import Verdict, is_way, verdicts
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.registry import Group, every_id
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED
from kubectl_kfaccess.kubeflow.tenants.profiles import NEEDED, ProfileIndex
from kubectl_kfaccess.output.shapes import fingerprint
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.isolation import READS, crossings_of
from kubectl_kfaccess.resolve.mesh_policies import read_with_root
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope, with_named_namespaces
from kubectl_kfaccess.resolve.people import people_in
from kubectl_kfaccess.resolve.pipelines import gaps_of, pipelines_read
from kubectl_kfaccess.resolve.places import places_of
from kubectl_kfaccess.resolve.profiles import no_profile
from kubectl_kfaccess.sources.accepted import accepted_in
from kubectl_kfaccess.sources.opened import open_source
from kubectl_kfaccess.sources.snapshots.opening import is_snapshot_file
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.sources.source_choice import SourceChoice
from kubectl_kfaccess.spelling import nearest

KINDS = (*dict.fromkeys((*READS, *NEEDED, *MESH_NEEDED)),)


def answer(options: Options, source: Source) -> Answer:
    """
    Return the verdicts, the ways and the findings.

    Raises UsageError if a name is no profile's, CannotAnswer if the cluster cannot be asked.
    """
    accept = accepted_in(options.accept, source.env)
    _check_patterns(options.finding)
    scope = _scope(options, source)
    snapshot = with_named_namespaces(source, scope.snapshot, scope.namespaces)
    view = cluster_view(options, source, snapshot, accept)
    audit = audit_of(options, view, source, accept)
    verification = verified(options.verification, audit, source)
    audit = verification.audit
    gaps = _gaps(snapshot)
    return Answer(
        audit,
        _status(options, audit, is_complete=not gaps and not verification.disagreements),
        remarks=scope.remarks,
        disagreements=verification.disagreements,
        gaps=gaps,
        minor_gaps=tuple(gap for gap in _read_gaps(snapshot, view) if gap not in gaps),
        notes=(
            *tried_lines(scope.tried, others="audit NAME"),
            *(view.profiles.directory.notes if view.profiles.directory else ()),
            *finding_notes(accept, None if gaps or options.profiles else audit.findings, *_groups(options)),
            *verification.notes,
            *(() if options.verification.is_wanted else _cloud_notes(source)),
            *snapshot.notes,
        ),
    )


def _scope(options: Options, source: Source) -> Scope:
    """Return what can be read: of a caller who cannot list namespaces, the profiles that they name."""
    scope = read_scope(ScopeChoice(), source, KINDS)
    named = tuple(name for name in options.profiles if name not in scope.namespaces)
    if not (named and scope.partial):
        return scope
    names = (*options.profiles, *(each for each in scope.namespaces if each not in options.profiles))
    snapshot = read_with_root(source, Wanted(KINDS, names))
    return Scope(snapshot, names, scope.remarks, scope.partial)


def _cloud_notes(source: Source) -> Iterator[str]:
    """Yield that a cloud's IAM may grant more, on servers whose version names such a cloud."""
    version = source.facts(with_uid=False).version.lower()
    for mark, cloud in _CLOUDS.items():
        if mark in version:
            yield f"this server is {cloud}'s, where IAM may grant more than RBAC: `--verify` asks the server"


_CLOUDS = {"-eks-": "EKS", "-gke.": "GKE"}
"""What the versions of servers contain whose cloud has an authorizer of its own."""


def cluster_view(options: Options, source: Source, snapshot: Snapshot, accept: AcceptList) -> ClusterView:
    """Return what all findings look at. Raises UsageError if a name is no profile's."""
    people = people_in(options.people, source.env)
    profiles = ProfileIndex(snapshot, people, options.label)
    names = _names(options, snapshot)
    pipelines = pipelines_read(source, snapshot)
    crossings = crossings_of(source, snapshot, profiles.tenants, pipelines=pipelines, people=people)
    types = tuple(source.resource_types())
    return ClusterView(profiles, crossings.escalation, crossings, names, types, pipelines, accept)


def audit_of(options: Options, view: ClusterView, source: Source, accept: AcceptList) -> Audit:
    """Return the audit of the profiles that *view* names."""
    baseline = _baseline(options, source)
    findings = with_accepted(baseline.marked(collected(view, _groups(options))), accept)
    tenants = view.crossings.tenants
    against = tenants.tenant(options.against)
    kept = sorted((each for each in findings if _is_kept(each, options)), key=_ways_first)
    if against:
        kept = [each for each in kept if each.from_tenant == against]
    return Audit(
        view,
        verdicts(view.crossings, view.names, findings, against),
        tuple(_ways(view, against)),
        tuple(findings),
        tuple(kept),
        against,
        places_of(source, view.snapshot, _objects(view, kept, options)),
        _cluster(options, source),
    )


def _objects(view: ClusterView, findings: Iterable[Finding], options: Options) -> Iterator[ObjectKey]:
    """Yield what *findings* are about, and for code scanning the bindings that their steps need."""
    for finding in findings:
        yield (finding.kind, finding.namespace, finding.name)
        if finding.reached and options.output.format == "sarif":
            for step in view.escalation.steps(finding.reached):
                yield from ((each.binding.kind, *each.binding.key) for each in step.grants)


def _cluster(options: Options, source: Source) -> str:
    """Return the cluster's name for formats that keep the answers of several clusters apart."""
    if options.source.demo:
        return "demo"
    return source.facts(with_uid=False).context if options.output.format == "sarif" else ""


def _baseline(options: Options, source: Source) -> Baseline:
    """Return the findings of the file of `--baseline`; of a snapshot, what an audit of it finds."""
    path, env = options.baseline, source.env
    if not path:
        return Baseline()
    if is_answer(path, env) or not is_snapshot_file(path, env):
        return from_json(path, env)
    before = open_source(SourceChoice((path,)), env)
    without = options._replace(baseline="", profiles=(), against="")
    view = cluster_view(without, before, read_scope(ScopeChoice(), before, KINDS).snapshot, AcceptList())
    findings = collected(view, _groups(options))
    return Baseline(path, frozenset(map(fingerprint, findings)))


def _ways(view: ClusterView, against: str) -> Iterator[Way]:
    """Yield the ways into the profiles asked about, and those out of tenants into no tenant."""
    tenants = view.crossings.tenants
    chosen = frozenset(view.names)
    for way in view.crossings.ways:
        is_about = not way.into or way.into in chosen or (chosen == tenants.namespaces)
        if is_about and (not against or way.from_tenant == against):
            yield way


def _ways_first(finding: Finding) -> tuple[bool, bool, bool]:
    return (finding.accepted is not None, not is_way(finding), finding.reached is not None)


def _is_kept(finding: Finding, options: Options) -> bool:
    if options.no_accepted and finding.accepted:
        return False
    return not options.finding or any(fits_text(pattern, finding.type.id) for pattern in options.finding)


def _groups(options: Options) -> Sequence[Group]:
    return every_group() if options.finding else AUDITED


def _check_patterns(patterns: Iterable[str]) -> None:
    """Raise UsageError for a pattern of `--finding` that fits no finding."""
    ids = every_id()
    for pattern in patterns:
        if not any(fits_text(pattern, name) for name in ids):
            near = nearest(pattern, ids)
            hint = f"did you mean `{near}`?" if near else "`explain FINDING-ID` explains one"
            raise UsageError(f"there is no finding `{pattern}`", hint=hint, code=ErrorCode.UNKNOWN_NAME)


def _names(options: Options, snapshot: Snapshot) -> tuple[str, ...]:
    """Return the profiles asked about. Raises UsageError for a name that certainly is no profile's."""
    known = profile_namespaces(snapshot)
    for name in (*options.profiles, *filter(None, (options.against,))):
        if name not in known and not snapshot.gap("profiles", ""):
            raise no_profile(name, snapshot, known)
    return options.profiles or known


def _gaps(snapshot: Snapshot) -> tuple[Gap, ...]:
    """Return what could not be read and can hide a way."""
    return tuple(gap for gap in snapshot.gaps if gap.resource in READS)


def _read_gaps(snapshot: Snapshot, view: ClusterView) -> Iterable[Gap]:
    """Return everything that could not be read, each once."""
    of_pipelines = gaps_of(view.pipelines) if view.pipelines else ()
    return dict.fromkeys((*snapshot.gaps, *of_pipelines))


def _status(options: Options, audit: Audit, *, is_complete: bool) -> ExitStatus:
    if options.output.format == "fix" and has_fix(audit):
        return ExitStatus.OK
    crosses = bool(audit.with_verdict(Verdict.CROSSES))
    if options.fail_on != "never" and (crosses or flags.fails(options.fail_on, audit.kept)):
        return ExitStatus.NO
    is_known = is_complete and not audit.with_verdict(Verdict.UNKNOWN)
    return ExitStatus.OK if is_known else ExitStatus.CANNOT_ANSWER
