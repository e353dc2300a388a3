"""Asking the server itself: what could not be computed, and whether what was computed is so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.access_grid import Cell, Point, Topic, points, settled, unknown_points, verdict
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.server_reasons import named
from kubectl_kfaccess.rbac.subjects import GROUP, spelled
from kubectl_kfaccess.sources.cluster.access_reviews import Asked, Reply, Reviewer


class Said(Struct, frozen=True):
    """
    What the server says of one question; *allowed* is None when it could not be asked, which *problem* tells.
    """

    allowed: bool | None
    reason: str = ""
    problem: str = ""


def said(reviewer: Reviewer, who: Who, asked: Sequence[tuple[Via, Request]]) -> list[Said]:
    """
    Return what the server says of *who* and each request, asked as that plane asks.

    Kubeflow's plane is asked about with the user's name alone. Who may not ask that about himself asks what
    he may do with his groups: a "no" holds without them as well, and a "yes" when its reason is his name.
    """
    found = [_said(reply) for reply in reviewer.ask([_asked(who, via, request) for via, request in asked])]
    if who.myself:
        left = [at for at, (via, _) in enumerate(asked) if found[at].allowed is None and via is Via.KUBEFLOW]
        own = reviewer.ask([Asked(asked[at][1], None) for at in left])
        for at, reply in zip(left, own, strict=True):
            found[at] = _without_groups(reply)
    return found


def _said_of_points(reviewer: Reviewer, who: Who, asked: Sequence[Point]) -> dict[Point, Said]:
    return dict(zip(asked, said(reviewer, who, [(one.topic.via, one.request) for one in asked]), strict=True))


def by_rules(
    reviewer: Reviewer, cells: Sequence[Cell]
) -> tuple[dict[Point, bool | None], dict[str, tuple[PolicyRule, ...]]]:
    """
    Return what SelfSubjectRulesReviews tell of the open questions of *cells*, and the rules by namespace.

    They are about the caller with his groups: for Kubeflow's plane only their "no" counts.
    """
    namespaces = sorted({cell.namespace for cell in cells if cell.unknown and cell.namespace})
    replies = dict(zip(namespaces, reviewer.rules(namespaces), strict=True))
    answers: dict[Point, bool | None] = {}
    for cell in cells:
        reply = replies.get(cell.namespace)
        if reply is None or reply.problem:
            continue
        for verb in cell.unknown:
            point = Point(cell.namespace, cell.topic, verb)
            granted = any(rule_allows(rule, point.request) for rule in reply.rules)
            if granted and cell.topic.via is Via.KUBECTL:
                answers[point] = True
            elif not granted and not reply.incomplete:
                answers[point] = False
    return answers, {name: reply.rules for name, reply in replies.items() if not reply.problem}


def named_by_rules(cell: Cell, rules: Mapping[str, tuple[PolicyRule, ...]]) -> Cell:
    """Return *cell* with the object names that the caller's own rules of that namespace name."""
    if cell.topic.via is not Via.KUBECTL or cell.namespace not in rules:
        return cell
    names = dict(cell.names)
    for verb in cell.denied:
        request = Point(cell.namespace, cell.topic, verb).request
        granting = [r for r in rules[cell.namespace] if r.resource_names and rule_allows_any_name(r, request)]
        if granting and verb not in ("create", "deletecollection"):
            names[verb] = tuple(
                sorted({*names.get(verb, ()), *(n for r in granting for n in r.resource_names)})
            )
    return replace(cell, names=tuple(names.items()))


class Checked(Struct, frozen=True):
    """What the server says of computed answers; for a topic or a namespace None where it was silent."""

    by_topic: dict[tuple[str, Topic], bool | None]
    by_namespace: dict[str, bool | None]
    disagreements: tuple[str, ...]
    notes: tuple[str, ...]
    failed: bool


SAMPLE = 200


def completed(reviewer: Reviewer | None, who: Who, cells: list[Cell]) -> tuple[list[Cell], tuple[str, ...]]:
    """
    Return *cells* with what could not be computed asked of the server, and what to say of that.

    About himself everybody may ask: the rules of each namespace at once, single reviews for what they leave.
    """
    if reviewer is None or not any(cell.unknown for cell in cells):
        return cells, ()
    notes: list[str] = []
    if who.myself:
        answers, rules = by_rules(reviewer, cells)
        cells = [named_by_rules(settled(cell, answers), rules) for cell in cells]
    left = list(unknown_points(cells))
    found = _said_of_points(reviewer, who, left)
    cells = [settled(cell, {point: one.allowed for point, one in found.items()}) for cell in cells]
    notes.append("what could not be read was asked of the server, for whom other authorizers count as well")
    notes += (f"not known: {problem}" for problem in problems(found.values()))
    return cells, tuple(notes)


def checked(
    reviewer: Reviewer, who: Who, cells: Sequence[Cell], how: str, tell: Callable[[str], object]
) -> Checked:
    """Return what the server says of every verdict in *cells*, or of a sample; *tell* is told how many."""
    every = list(points(cells))
    asked = sample(every, SAMPLE) if how == "sample" else every
    tell(f"asking the server {len(asked):,} access reviews\n")
    found = _said_of_points(reviewer, who, asked)
    by_cell = {(cell.namespace, cell.topic): cell for cell in cells}
    agreed = {
        point: _agrees(by_cell[point.namespace, point.topic], point, one) for point, one in found.items()
    }
    wrong = [point for point, one in agreed.items() if one is False]
    silent = sum(one is None for one in agreed.values())
    notes = [f"verified: {len(asked):,} asked, {len(wrong):,} disagree, {silent:,} not answered"]
    notes += (f"not verified: {problem}" for problem in problems(found.values()))
    return Checked(
        _together(((point.namespace, point.topic), one) for point, one in agreed.items()),
        _together((point.namespace, one) for point, one in agreed.items()),
        tuple(_disagreement(who, point, found[point]) for point in wrong),
        tuple(notes),
        bool(wrong or silent),
    )


K = TypeVar("K")
T = TypeVar("T")


def _together(pairs: Iterable[tuple[K, bool | None]]) -> dict[K, bool | None]:
    """One word for all answers under a key: a disagreement counts most, then silence."""
    found: dict[K, set[bool | None]] = {}
    for key, one in pairs:
        found.setdefault(key, set()).add(one)
    return {key: False if False in ones else None if None in ones else True for key, ones in found.items()}


def _agrees(cell: Cell, point: Point, one: Said) -> bool | None:
    own = verdict(cell, point.verb)
    if one.allowed is None or own is Verdict.UNKNOWN:
        return None
    return one.allowed is (own is Verdict.ALLOWED)


def _disagreement(who: Who, point: Point, one: Said) -> str:
    where = f" in namespace `{point.namespace}`" if point.namespace else " cluster-wide"
    word, ours = ("yes", "no") if one.allowed else ("no", "yes")
    reason = f": {one.reason}" if one.reason else ""
    what = f"{point.verb} {point.topic.full_name}"
    return f"`{spelled(who.subject)}` {what}{where}: RBAC says {ours}, the server says {word}{reason}"


def sample(every: Sequence[T], most: int) -> list[T]:
    """Return at most *most* of *every* one, spread evenly over them: the same ones each time."""
    if len(every) <= most:
        return list(every)
    return [every[at * len(every) // most] for at in range(most)]


def problems(answers: Iterable[Said]) -> tuple[str, ...]:
    """Return why questions could not be asked, each reason once."""
    return tuple(dict.fromkeys(one.problem for one in answers if one.allowed is None and one.problem))


def _asked(who: Who, via: Via, request: Request) -> Asked:
    return Asked(request, None if who.myself and via is Via.KUBECTL else who.seen(via))


def _said(reply: Reply) -> Said:
    return Said(reply.allowed, reply.reason, reply.problem)


def _without_groups(reply: Reply) -> Said:
    by = named(reply.reason)
    if reply.allowed and (by is None or by.kind == GROUP):
        return Said(None, problem="it is allowed with your groups, and perhaps only by them")
    return _said(reply)
