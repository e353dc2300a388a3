"""What a subject can do with Kubeflow's resources in each namespace; with `--bindings`, what names it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from kubectl_kfaccess.commands.access.access import Access, Place
from kubectl_kfaccess.commands.access.arguments import Options
from kubectl_kfaccess.commands.access.comparison import compared
from kubectl_kfaccess.commands.access.groups import groups_that_matter
from kubectl_kfaccess.commands.access.indirect import has_more_by_steps, indirect_of
from kubectl_kfaccess.commands.access.references import references_answer
from kubectl_kfaccess.commands.access.selection import selected_resources
from kubectl_kfaccess.commands.access.table_answer import table_answer
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED, settings_gaps
from kubectl_kfaccess.kubeflow.tenants.standings import Standing, standings
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.output.formats.registry import FOR_PEOPLE
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridResource, access
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS
from kubectl_kfaccess.resolve.areas import check_areas
from kubectl_kfaccess.resolve.escalation import READS
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope
from kubectl_kfaccess.resolve.personas import PlacedSubject, Places, laid_over
from kubectl_kfaccess.resolve.subject import (
    bound_namespaces,
    kinds_for_subject,
    resolve_subject,
    unnamed_subject_note,
)
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.terminal.words import counted
from kubectl_kfaccess.verify.choice import Verification
from kubectl_kfaccess.verify.own_grants import with_own_bindings
from kubectl_kfaccess.verify.server_verdicts import VerificationResult, fill_unknown, verify

KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")
MOST_GROUPS = 5
MOST_NAMESPACES = 3
MOST_CHECKS = 3


def answer(options: Options, source: Source) -> Answer:
    """
    Return what the subject can do; with `--compare` beside another one, with `--bindings` what names it, and
    with `--all-subjects` what all subjects can do.

    Raises UsageError if a word is no area, subject or resource, CannotAnswer if the cluster cannot be asked.
    """
    check_areas(options.areas)
    scope = read_scope(options.scope, source, _kinds(options), everywhere=options.references)
    if options.everybody:
        return table_answer(options, source, scope)
    places = Places(scope.namespaces, is_chosen=options.scope.is_narrowed)
    placed = resolve_subject(options.subject, source, scope.snapshot, places)
    if options.compared:
        other = resolve_subject(options.compared, source, scope.snapshot, places)
        return _comparison(options, source, scope, (placed, other))
    scope = replace(scope, namespaces=placed.namespaces, remarks=(*scope.remarks, *placed.remarks))
    if options.references:  # what is laid over the snapshot for a persona is not there to be deleted
        return references_answer(scope, placed.who)
    return _access(options, source, replace(scope, snapshot=placed.snapshot), placed.who)


def _comparison(
    options: Options, source: Source, scope: Scope, subjects: tuple[PlacedSubject, PlacedSubject]
) -> Answer:
    """Return what two subjects can do in the namespaces of both."""
    first, second = subjects
    shared = tuple(name for name in first.namespaces if name in second.namespaces)
    scope = replace(
        scope,
        snapshot=laid_over(scope.snapshot, (*first.laid, *second.laid), is_live=source.live),
        namespaces=shared or tuple(dict.fromkeys((*first.namespaces, *second.namespaces))),
        remarks=(*scope.remarks, *first.remarks, *second.remarks),
    )
    return compared(*(_access(options, source, scope, subject.who) for subject in subjects))


def _kinds(options: Options) -> tuple[str, ...]:
    """Return the resources to read."""
    return tuple(
        dict.fromkeys(
            (
                *KINDS,
                *kinds_for_subject(options.subject.text),
                *kinds_for_subject(options.compared.text if options.compared else None),
                *(("authorizationpolicies", "profiles") if options.references else ()),
                *(MESH_NEEDED if _shows_mesh(options) else ()),
                *(READS if options.indirect else ()),
            )
        )
    )


def _shows_mesh(options: Options) -> bool:
    return options.output.format == "wide" and not options.references


def _access(options: Options, source: Source, scope: Scope, who: KnownSubject) -> Answer:
    evaluator = Evaluator(scope.snapshot)
    selection = selected_resources(options, source, scope.snapshot)
    places = (CLUSTER, *scope.namespaces)
    computed = _cells(evaluator, who, selection.resources, places, options)
    filled = fill_unknown(source.reviewer, who, computed)
    result = _verified(source, who, filled.cells, options.verification)
    indirect = indirect_of(source, scope.snapshot, who, filled.cells) if options.indirect else None
    doubts = tuple(each for each in indirect.escalation.doubts if isinstance(each, Gap)) if indirect else ()
    is_open = any(cell.unknown for cell in filled.cells)
    mesh = Mesh(scope.snapshot) if _shows_mesh(options) else None
    return Answer(
        Access(
            who,
            selection.resources,
            _places(filled.cells, places),
            {name: mesh.reaches(who.at(name), name).reach for name in scope.namespaces} if mesh else {},
            mesh.settings if mesh and mesh.is_installed else None,
            result,
            _standings(source, scope.snapshot, who, filled.cells),
            scope.tried,
            indirect,
            _has_more_by_steps(options, source, scope, who, filled.cells),
        ),
        _status(
            incomplete=is_open
            or scope.partial
            or bool(selection.gaps or doubts)
            or bool(result and result.failed)
        ),
        remarks=scope.remarks,
        disagreements=result.disagreements if result else (),
        gaps=tuple(dict.fromkeys((*selection.gaps, *doubts, *(_gaps(evaluator, places) if is_open else ())))),
        minor_gaps=settings_gaps(scope.snapshot),
        notes=(
            *tried_lines(scope.tried),
            *unnamed_subject_note(who, scope.snapshot),
            *selection.notes,
            *_elsewhere_notes(options, scope, who),
            *_group_notes(evaluator, who, selection.resources, scope.namespaces),
            *filled.notes,
            *_subject_notes(who, selection.resources),
            *_name_notes(filled.cells),
            *(result.notes if result else ()),
            *scope.snapshot.notes,
        ),
    )


def _has_more_by_steps(
    options: Options, source: Source, scope: Scope, who: KnownSubject, cells: Sequence[Cell]
) -> bool:
    """Return whether to point to `--indirect`. Machine formats do not."""
    if options.indirect or options.output.format not in FOR_PEOPLE or not scope.snapshot.is_complete:
        return False
    return has_more_by_steps(source, scope.snapshot, who, cells)


def _cells(
    evaluator: Evaluator,
    who: KnownSubject,
    resources: tuple[GridResource, ...],
    places: tuple[str, ...],
    options: Options,
) -> list[Cell]:
    """
    Return the cells of all places.

    If `-n` names one namespace, its cells include what holds in the whole cluster, so the cluster's own cells
    of namespaced resources are left out.
    """
    rows = access(evaluator, who, resources, places)
    cells = [cell for row in rows for cell in row]
    if not options.names_one_namespace:
        return cells
    return [cell for cell in cells if cell.namespace or not cell.resource.namespaced]


def _standings(
    source: Source, snapshot: Snapshot, who: KnownSubject, cells: Sequence[Cell]
) -> Mapping[str, Standing]:
    """Return what the subject is to each place where anything is granted, for the caller by the server."""
    places = tuple(_granted_places(cells))
    if source.reviewer and who.is_caller:
        snapshot = with_own_bindings(source.reviewer, who, snapshot, places)
    return standings(snapshot, who, places)


def _granted_places(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield each namespace in which anything namespaced is granted; "" for the whole cluster."""
    granted = (cell for cell in cells if cell.resource.namespaced and (cell.allowed or cell.names))
    return iter(dict.fromkeys(cell.namespace for cell in granted))


def _verified(
    source: Source, who: KnownSubject, cells: Sequence[Cell], verification: Verification
) -> VerificationResult | None:
    if not verification.is_wanted or source.reviewer is None:
        return None
    return verify(source.reviewer, who, cells, verification)


def _places(cells: Sequence[Cell], namespaces: tuple[str, ...]) -> tuple[Place, ...]:
    """Return the cells by namespace, without namespaces that have none."""
    by_namespace: dict[str, list[Cell]] = {namespace: [] for namespace in namespaces}
    for cell in cells:
        by_namespace[cell.namespace].append(cell)
    return tuple(Place(namespace, tuple(inside)) for namespace, inside in by_namespace.items() if inside)


def _gaps(evaluator: Evaluator, places: tuple[str, ...]) -> tuple[Gap, ...]:
    """Return the gaps that can change the cells of one of the places."""
    return tuple(sorted({gap for place in places for gap in evaluator.gaps((place,) if place else ())}))


def _elsewhere_notes(options: Options, scope: Scope, who: KnownSubject) -> Iterator[str]:
    """Yield a note on the namespaces that the default leaves out and in which a binding names the subject."""
    if options.scope.is_narrowed or options.scope.everywhere:
        return
    names = bound_namespaces(who, scope.snapshot) - set(scope.namespaces)
    if names:
        examples = ", ".join(f"`{name}`" for name in sorted(names)[:MOST_NAMESPACES])
        more = ", …" if len(names) > MOST_NAMESPACES else ""
        yield f"also bound in {counted(len(names), 'other namespace')}, {examples}{more}: `-A` shows all"


def _group_notes(
    evaluator: Evaluator, who: KnownSubject, resources: tuple[GridResource, ...], namespaces: tuple[str, ...]
) -> Iterator[str]:
    """Yield a note on the groups that would allow more: the cluster does not know who is in a group."""
    groups = groups_that_matter(evaluator, who, resources, namespaces)
    if groups:
        names = ", ".join(f"`{group}`" for group in groups[:MOST_GROUPS])
        more = f" and {len(groups) - MOST_GROUPS} more" if len(groups) > MOST_GROUPS else ""
        yield f"members of {names}{more} can do more here: add `--group` for those that the user is in"


def _subject_notes(who: KnownSubject, resources: tuple[GridResource, ...]) -> Iterator[Note]:
    """Yield notes on which of the subject's groups count, and where."""
    on_kubeflow = any(resource.via is Plane.KUBEFLOW for resource in resources)
    if on_kubeflow and who.subject.kind == GROUP:
        yield "Kubeflow's own services ask about users alone: what a group grants does not count there"
    elif on_kubeflow and any(group not in who.implied for group in who.groups):
        yield "Kubeflow's own services ask about the user's name alone: groups do not count there"
    if who.implied:
        yield StandingNote(f"implied groups: {', '.join(f'`{group}`' for group in who.implied)}")
    if MASTERS in who.groups:
        yield "members of `system:masters` can do everything with kubectl, whatever RBAC says"


def _name_notes(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield notes on grants for objects of certain names, and on those that count for no review."""
    if any(cell.names for cell in cells):
        yield "`n`: only objects of certain names, which `-n NAMESPACE` shows"
    unsent = {
        f"`{verb} {cell.resource.full_name}`"
        for cell in cells
        for verb, _ in cell.unsent
        if cell.resource.via is Plane.KUBEFLOW
    }
    if unsent:
        few, more = sorted(unsent)[:MOST_CHECKS], len(unsent) - MOST_CHECKS
        rest = f" and {more} more" if more > 0 else ""
        without_name = f"Kubeflow's services ask for {', '.join(few)}{rest} without a name"
        yield f"{without_name}: rules for certain names do not count there"


def _status(*, incomplete: bool) -> ExitStatus:
    return ExitStatus.CANNOT_ANSWER if incomplete else ExitStatus.OK
