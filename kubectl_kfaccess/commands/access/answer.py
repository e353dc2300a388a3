"""`access [SUBJECT]`: what a subject may do with Kubeflow's resources, namespace by namespace."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.commands.access.report import Row
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.kubeflow.tenants.references import Mention
    from kubectl_kfaccess.rbac.access_grid import Cell, Topic
    from kubectl_kfaccess.rbac.evaluator import Evaluator
    from kubectl_kfaccess.rbac.known_subjects import Via, Who
    from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
    from kubectl_kfaccess.resolve.namespaces import Survey
    from kubectl_kfaccess.sources.source import Source
    from kubectl_kfaccess.verify.server_verdicts import Checked

KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return what the subject may do."""
    from kubectl_kfaccess.resolve.namespaces import surveyed
    from kubectl_kfaccess.resolve.subject import needs_accounts, whom

    check_areas(args.area)
    flags.check_verify(args)
    source = flags.source(args, env)
    kinds = (*KINDS, *(("serviceaccounts",) if needs_accounts(args.subject) else ()))
    if args.bindings or args.output == "wide":
        kinds = (*kinds, "authorizationpolicies", *(("profiles",) if args.bindings else ()))
    survey = surveyed(args, source, tuple(dict.fromkeys(kinds)), everywhere=args.bindings)
    who = whom(args, source, survey.snapshot)
    if args.bindings:
        return _bindings(survey, who)
    return _access(args, env, source, survey, who)


def _access(args: argparse.Namespace, env: Environment, source: Source, survey: Survey, who: Who) -> Answer:
    from kubectl_kfaccess.commands.access.report import Access
    from kubectl_kfaccess.kubeflow.catalogue.levels import area_level, level
    from kubectl_kfaccess.output.gaps import lines
    from kubectl_kfaccess.rbac.access_grid import CLUSTER, access
    from kubectl_kfaccess.rbac.evaluator import Evaluator
    from kubectl_kfaccess.resolve.subject import stranger
    from kubectl_kfaccess.verify.server_verdicts import checked, completed

    evaluator = Evaluator(survey.snapshot)
    topics, topic_notes = _topics(args, source, survey.snapshot)
    places = (CLUSTER, *survey.namespaces)
    one = _is_one(args)
    cells = [
        cell
        for row in access(evaluator, who, topics, places)
        for cell in row
        if cell.namespace or not one or not cell.topic.namespaced
    ]
    cells, filled = completed(source.reviewer, who, cells)
    proof = None
    if args.verify and source.reviewer:
        proof = checked(source.reviewer, who, cells, args.verify, env.stderr.write)
    rows = _rows(cells, places, survey, who, args, proof)
    gaps = tuple(sorted({g for place in places for g in evaluator.gaps((place,) if place else ())}))
    open_cells = any(cell.unknown for cell in cells)
    notes = (
        *stranger(who, survey.snapshot),
        *topic_notes,
        *_group_notes(evaluator, who, topics, survey.namespaces),
        *_notes(who, topics, cells, filled),
        *(proof.notes if proof else ()),
        *survey.snapshot.notes,
    )
    found = Access(
        who, topics, rows, gaps if open_cells else (), notes, level, area_level,
        by_resource=one or bool(args.resource), fold=not args.no_fold, hide_empty=args.hide_empty,
        verified=proof.by_topic if proof else None,
    )  # fmt: skip
    alike = found.as_everywhere()
    incomplete = open_cells or survey.partial or (proof and proof.failed)
    return Answer(
        found.report(),
        remarks=(
            *survey.remarks,
            *(
                (f"{alike:,} namespaces grant what the row `<all>` grants, and nothing else",)
                if alike
                else ()
            ),
            *(f"disagreement: {line}" for line in (proof.disagreements if proof else ())),
            *lines(gaps if open_cells else ()),
            *(f"note: {note}" for note in notes),
        ),
        status=ExitStatus.CANNOT_ANSWER if incomplete else ExitStatus.OK,
    )


def _is_one(args: argparse.Namespace) -> bool:
    """Whether it is about one namespace: what holds in the whole cluster holds there as well."""
    return bool(flags.flag(args, "namespace") and not args.all_namespaces)


def check_areas(text: str) -> None:
    """Refuse the name of an area that the catalogue lacks."""
    from kubectl_kfaccess.kubeflow.catalogue.selection import areas
    from kubectl_kfaccess.spelling import nearest

    for word in flags.words(text):
        if word not in areas():
            near = nearest(word, frozenset(areas()))
            hint = f"did you mean `{near}`?" if near else f"one of {', '.join(areas())}"
            raise UsageError(f"`{word}` is not an area", hint=hint)


def _topics(
    args: argparse.Namespace, source: Source, snapshot: Snapshot
) -> tuple[tuple[Topic, ...], tuple[str, ...]]:
    """What to ask about, and what to say of how the words were taken."""
    from msgspec.structs import replace

    from kubectl_kfaccess.kubeflow.catalogue.selection import chosen_entries, served, topics

    via = flags.via(args)
    notes: list[str] = []
    if args.resource:
        found = tuple(
            one
            for text in flags.words(",".join(args.resource))
            for one in _named_topics(text, source, snapshot, via, notes)
        )
    else:
        entries = chosen_entries(flags.words(args.area), everything=args.all_resources)
        cluster = served(source.resource_types(), snapshot)
        found = topics(entries, cluster, via)
        if not cluster.definitions and not source.live:
            notes.append("no custom resource is defined in the files: those that roles name are shown")
        if not found:
            raise UsageError("the cluster has none of these resources", hint="`resources` lists what it has")
    verbs = flags.words(args.verb)
    if verbs:
        asked = tuple(replace(one, verbs=tuple(v for v in verbs if v in one.verbs)) for one in found)
        missing = [verb for verb in verbs if not any(verb in one.verbs for one in asked)]
        if missing:  # any word may be a verb of a rule: it is asked about, and the doubt is said
            asked = tuple(replace(one, verbs=(*one.verbs, *missing)) for one in asked)
            notes += [f"no resource here is known to have the verb `{verb}`" for verb in missing]
        found = tuple(one for one in asked if one.verbs)
    return tuple(dict.fromkeys(found)), tuple(notes)


def _named_topics(
    text: str, source: Source, snapshot: Snapshot, via: Via | None, notes: list[str]
) -> tuple[Topic, ...]:
    from kubectl_kfaccess.kubeflow.catalogue.selection import topics_of
    from kubectl_kfaccess.rbac.queries import parse_target
    from kubectl_kfaccess.rbac.resources import ResourceType
    from kubectl_kfaccess.resolve.resource_words import naming

    kind, _, subresource = text.partition("/")
    if not kind or "/" in subresource:
        raise UsageError(f"`{text}` is no resource", hint="write TYPE, TYPE.GROUP or TYPE.GROUP/SUBRESOURCE")
    words = naming("get", parse_target(kind, subresource=subresource), source)
    asked = words.questions(None, snapshot)
    # with its group a type is meant as it is written; a word alone that nobody knows is a slip
    for said in () if "." in kind or snapshot.gaps else words.unknown(snapshot):
        raise UsageError(
            said, hint="`resources` lists what this tool knows, `kubectl api-resources` the rest"
        )
    notes += words.notes(asked, snapshot, chose=False)
    types = (q.type or ResourceType(q.request.group, q.request.resource) for q in asked)
    return tuple(topic for found in types for topic in topics_of(found, subresource, via))


def _rows(
    cells: list[Cell],
    places: tuple[str, ...],
    survey: Survey,
    who: Who,
    args: argparse.Namespace,
    proof: Checked | None,
) -> tuple[Row, ...]:
    from kubectl_kfaccess.commands.access.report import Row, verified_mark

    by_place: dict[str, list[Cell]] = {place: [] for place in places}
    for cell in cells:
        by_place[cell.namespace].append(cell)
    mesh = _mesh(survey, who) if args.output == "wide" else {}
    return tuple(
        Row(
            place,
            tuple(found),
            mesh.get(place, ""),
            verified_mark(proof.by_namespace.get(place)) if proof else "",
        )
        for place, found in by_place.items()
        if found
    )


def _mesh(survey: Survey, who: Who) -> dict[str, str]:
    from kubectl_kfaccess.kubeflow.planes.mesh import Mesh

    mesh = Mesh(survey.snapshot)
    return {name: mesh.reaches(who, name).reach.value for name in survey.namespaces}


def _notes(who: Who, topics: tuple[Topic, ...], cells: list[Cell], filled: tuple[str, ...]) -> list[str]:
    from kubectl_kfaccess.rbac.known_subjects import Via
    from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS

    notes = list(filled)
    virtual = any(topic.via is Via.KUBEFLOW for topic in topics)
    if virtual and who.subject.kind == GROUP:
        notes.append(
            "Kubeflow's own services ask about users alone: what a group grants does not count there"
        )
    elif virtual and any(group not in who.implied for group in who.groups):
        notes.append("Kubeflow's own services ask about the user's name alone: groups do not count there")
    if who.implied:
        notes.append(f"implied groups: {', '.join(f'`{group}`' for group in who.implied)}")
    if MASTERS in who.groups:
        notes.append("members of `system:masters` may do everything with kubectl, whatever RBAC says")
    if any(cell.names for cell in cells):
        notes.append("`n`: only objects of certain names, which `-n NAMESPACE` shows")
    return notes


def _group_notes(
    evaluator: Evaluator, who: Who, topics: tuple[Topic, ...], namespaces: tuple[str, ...]
) -> list[str]:
    """Which groups would change the answer, if the subject is in them: the cluster does not know that."""
    from kubectl_kfaccess.resolve.subject import groups_that_matter

    found = groups_that_matter(evaluator, who, topics, namespaces)
    if not found:
        return []
    named = ", ".join(f"`{group}`" for group in found[:5]) + (
        f" and {len(found) - 5} more" if len(found) > 5 else ""
    )
    return [f"members of {named} may do more here: add `--group` for those that the user is in"]


def _bindings(survey: Survey, who: Who) -> Answer:
    from kubectl_kfaccess.commands.access.references_report import Bindings
    from kubectl_kfaccess.kubeflow.tenants.references import mentions
    from kubectl_kfaccess.output.gaps import lines

    found: tuple[Mention, ...] = mentions(survey.snapshot, who, survey.namespaces)
    gaps: tuple[Gap, ...] = survey.snapshot.gaps
    bindings = Bindings(who, found, gaps, survey.snapshot.notes)
    unread = any(gap.resource in ("rolebindings", "clusterrolebindings") for gap in gaps)
    return Answer(
        bindings.report(),
        remarks=(
            *survey.remarks,
            *bindings.remarks(),
            *lines(gaps),
            *(f"note: {note}" for note in survey.snapshot.notes),
        ),
        status=ExitStatus.CANNOT_ANSWER if unread else ExitStatus.OK,
    )
