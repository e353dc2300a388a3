"""The ways into profiles from elsewhere: those that cross as drawings, all others as rows of a table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property

from kubectl_kfaccess.commands.audit.audit import key_of
from kubectl_kfaccess.commands.audit.way_words import stop_command
from kubectl_kfaccess.commands.report.anchors import anchor
from kubectl_kfaccess.commands.report.commands_text import ask, is_one_word
from kubectl_kfaccess.commands.report.drawings import chain
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.parts import Parts, cell
from kubectl_kfaccess.commands.report.views import (
    Cell,
    Drawing,
    Link,
    PairCell,
    PairRow,
    Pairs,
    Row,
    Step,
    Table,
    WayView,
)
from kubectl_kfaccess.commands.report.way_text import (
    PROOFS,
    drawn_steps,
    level_text,
    names_box,
    weakest,
    where_text,
)
from kubectl_kfaccess.escalation.step import Step as StepTaken
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import binding_text, step_lines
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import reference
from kubectl_kfaccess.terminal.safe_text import NOTHING, part, shown

HEADERS = ("Into", "From", "Level", "Kind", "Who", "By")
EVERY_PROFILE, NO_PROFILE = "every profile", "no profile"
MOST_DRAWN = 20
"""The largest number of ways that are drawn."""
MOST_LISTED = 1_000
"""The largest number of ways that cross and are listed; the findings have all of them."""
MOST_OTHERS = 300
"""The largest number of ways that are listed and do not cross."""
MOST_PAIRS = 40
"""The largest number of profiles in the table of pairs."""
_ORDER = tuple(TenantLevel)
_DIGITS = 10


class CrossingTexts:
    """The ways into the profiles of a page from elsewhere."""

    def __init__(self, page: Page, parts: Parts) -> None:
        self._page, self._parts = page, parts
        ways = page.audit.ways
        self._crossing = tuple(way for way in ways if way.crosses)
        self.views = tuple(map(self._view, self._crossing[:MOST_DRAWN]))
        self._others = tuple(way for way in ways if not way.crosses)

    def into(self, profile: str) -> tuple[Link, ...]:
        """Return links to the ways that cross into a profile."""
        ways = (*self._by_place.get(profile, ()), *self._by_place.get("", ()))
        return tuple(_link(way) for way in ways if way.from_tenant != profile)

    def of(self, subject: Subject) -> tuple[Link, ...]:
        """Return links to the ways of a subject that cross."""
        return tuple(map(_link, self._by_subject.get(subject, ())))

    def not_drawn(self) -> tuple[Row, ...]:
        """Return a row for each way that crosses and is not drawn: people look at a few drawings only."""
        return tuple(Row(_link(way), self._row(way)) for way in self._crossing[MOST_DRAWN:MOST_LISTED])

    @property
    def not_listed(self) -> int:
        """How many ways that cross are not listed."""
        return max(0, len(self._crossing) - MOST_LISTED)

    @property
    def others_count(self) -> int:
        """How many ways do not cross."""
        return len(self._others)

    @cached_property
    def _by_place(self) -> dict[str, list[Way]]:
        ways: dict[str, list[Way]] = {}
        for way in self._crossing:
            ways.setdefault(way.into, []).append(way)
        return ways

    @cached_property
    def _by_subject(self) -> dict[Subject, list[Way]]:
        ways: dict[Subject, list[Way]] = {}
        for way in self._crossing:
            for subject in (*way.subjects, *way.through):
                ways.setdefault(subject, []).append(way)
        return ways

    def way_of(self, finding: Finding) -> Way | None:
        """Return the way that a finding is about; None if it is about none."""
        return self._page.audit.ways_by_key.get(key_of(finding))

    def drawn(self, way: Way) -> tuple[WayView, ...]:
        """Return the drawing of a way that crosses; nothing if it is not drawn."""
        return tuple(view for view in self.views if view.anchor == way_anchor(way))

    def others(self) -> Table:
        """Return the ways that cross nothing: what owners share, and rights of people without a profile."""
        return Table(HEADERS, tuple(self._row(way) for way in self._others[:MOST_OTHERS]))

    def _row(self, way: Way) -> tuple[Cell, ...]:
        into = cell(self._parts.profile(way.into)) if way.into else Cell(EVERY_PROFILE)
        origin = cell(self._parts.profile(way.from_tenant)) if way.from_tenant else Cell(NOTHING)
        who = self._parts.subject(way.subject)
        many = len(way.subjects) > 1
        subjects = Cell(few_in_sentence(map(reference_text, way.subjects))) if many else cell(who)
        by = ", ".join(map(binding_text, way.bindings))
        return (into, origin, Cell(way.level.value), Cell(way.kind.value), subjects, Cell(by))

    # --- what crosses --------------------------------------------------------------------------------------

    def _view(self, way: Way) -> WayView:
        title = _title(way)
        steps = self._steps(way)
        stops = self._page.audit.stops.of(way)
        look = "bad" if way.is_proved else ""
        people = (*way.through, *way.subjects)
        return WayView(
            anchor=way_anchor(way),
            title=title,
            look=look,
            word="crosses" if way.is_proved else "possible",
            starts=tuple(map(self._parts.subject, people)),
            profile=self._parts.profile(way.into) if way.into else Link(EVERY_PROFILE),
            drawing=self._drawing(way, steps, title),
            steps=tuple(_lines(way, steps)),
            stop=tuple(stop_command(each) for each in stops if _is_command(each)),
            take_out=tuple(stop_words(each) for each in stops if not _is_command(each)),
            command=ask("access", reference(people[0]), "--indirect"),
        )

    def _steps(self, way: Way) -> tuple[StepTaken, ...]:
        return self._page.audit.view.escalation.steps(way.reached) if way.reached else ()

    def _drawing(self, way: Way, steps: Sequence[StepTaken], title: str) -> Drawing:
        boxes: list[tuple[Sequence[str], str]] = []
        home = (f"of {shown(way.from_tenant)}",) if way.from_tenant else ()
        if way.through:
            boxes.append(((*names_box(way.through), *home), "start"))
            boxes.append(((reference_text(way.subject),), ""))
        else:
            boxes.append(((*names_box(way.subjects), *home), "start"))
        boxes += drawn_steps(steps)
        by = tuple(f"by {binding_text(binding)}" for binding in way.bindings[:1])
        boxes.append(((f"{way.level.value} {_into(way)}", *by), "end"))
        return chain(boxes, title)

    # --- pairs ---------------------------------------------------------------------------------------------

    def pairs(self) -> Pairs | None:
        """Return the table of profiles by profiles; None if there are too many, or nobody gets in."""
        into = [entry.tenant.name for entry in self._page.inventory.entries]
        best: dict[tuple[str, str], Way] = {}
        for way in self._page.audit.ways:
            for name in (way.into,) if way.into else into:
                if name != way.from_tenant:
                    known = best.get((way.from_tenant, name))
                    best[way.from_tenant, name] = _worse(known, way)
        origins = sorted({origin for origin, _ in best}, key=lambda name: (not name, name))
        if not best or len(into) > MOST_PAIRS or len(origins) > MOST_PAIRS:
            return None
        columns = tuple(map(self._parts.profile, into))
        return Pairs(columns, tuple(self._pair_row(origin, into, best) for origin in origins))

    def _pair_row(self, origin: str, into: Sequence[str], best: dict[tuple[str, str], Way]) -> PairRow:
        name = self._parts.profile(origin) if origin else Link(NO_PROFILE)
        return PairRow(name, tuple(_pair(best.get((origin, each)), is_own=each == origin) for each in into))


def _is_command(removal: Removal) -> bool:
    """Whether a command removes it whose words every shell reads as they are."""
    return removal.subject is None and all(map(is_one_word, filter(None, removal.key)))


def stop_words(removal: Removal) -> str:
    """Return what to remove, in words."""
    kind, *names = removal.key
    target = f"{kind} {'/'.join(part(name) for name in names if name)}"
    return (
        f"take {reference_text(removal.subject)} out of {target}" if removal.subject else f"delete {target}"
    )


def _link(way: Way) -> Link:
    return Link(_title(way), way_anchor(way))


def way_anchor(way: Way) -> str:
    """Return the anchor of a way that crosses: it stays from run to run."""
    names = (way.into, way.from_tenant, way.kind.value, *map(reference, way.subjects))
    text = "\0".join(names).encode("utf-8", "surrogatepass")
    return anchor("way", hashlib.sha256(text).hexdigest()[:_DIGITS])


def _pair(way: Way | None, *, is_own: bool) -> PairCell | None:
    if is_own:
        return PairCell("own", 0, False, "", "")
    if way is None:
        return None
    crosses = way.crosses and way.is_proved
    who = few_in_sentence(map(reference_text, way.subjects))
    weight = max(0, _ORDER.index(way.level) - 1)
    return PairCell(
        way.level.value, weight, crosses, f"{way.kind.value}: {who}", way_anchor(way) if way.crosses else ""
    )


def _worse(known: Way | None, way: Way) -> Way:
    """Return the way that says more about two profiles: what crosses, then the higher level."""
    if known is None:
        return way
    return max(known, way, key=lambda each: (each.crosses and each.is_proved, _ORDER.index(each.level)))


def _title(way: Way) -> str:
    if way.from_tenant:
        return f"{shown(way.from_tenant)} {level_text(way.level)} {_into(way)}"
    names = few_in_sentence(map(reference_text, way.subjects))
    return f"{names} {level_text(way.level, many=len(way.subjects) > 1)} {_into(way)}"


def _into(way: Way) -> str:
    return (
        where_text(way.into)
        if way.into
        else "in every other profile"
        if way.from_tenant
        else "in every profile"
    )


def _lines(way: Way, steps: Sequence[StepTaken]) -> Iterator[Step]:
    """Yield the lines of a way: who can act as somebody else, the steps, and what the end has."""
    if way.through:
        names = few_in_sentence(map(reference_text, way.through))
        yield Step(f"{names} can act as {reference_text(way.subject)}", "", "")
    for text, by in step_lines(steps) if steps else ():
        yield Step(text, by, "")
    bindings = ", ".join(map(binding_text, way.bindings))
    start = f"{reference_text(way.subject)} " if not steps else "which "
    proof = PROOFS[weakest(steps)] if steps else ""
    yield Step(f"{start}{level_text(way.level)} {_into(way)}", bindings, proof)
