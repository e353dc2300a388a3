"""The rows of those who can as others, and the steps by which they can."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from string import ascii_lowercase

from kubectl_kfaccess.commands.who_can.indirect import IndirectItem
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.kubeflow.planes.counting import Services
from kubectl_kfaccess.output.blocks import Block, Column, Notes, Row
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, reference_text
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import subject_data
from kubectl_kfaccess.output.step_text import steps_block
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal, displayed
from kubectl_kfaccess.terminal.safe_text import listed, part, shown
from kubectl_kfaccess.terminal.words import counted

MOST_WAYS = 4
BY_STEPS = "by steps"
POSSIBLE = "possible"
EVERYWHERE = "all"


class IndirectRows:
    """
    A row for each subject and way, with the namespaces in which it leads to the same.

    Ways by the same steps share a label. *folds_platform* leaves out the platform's accounts.
    """

    def __init__(self, items: Sequence[IndirectItem], *, folds_platform: bool) -> None:
        self._items = [item for item in items if not (folds_platform and item.is_platform)]
        self.folded = {item.who for item in items} - {item.who for item in self._items}
        proved_first = sorted(self._items, key=lambda item: not item.is_proved)
        shapes = dict.fromkeys(item.shape for item in proved_first)
        self._numbers = {shape: number for number, shape in enumerate(shapes, 1)}

    @property
    def subjects(self) -> frozenset[Principal]:
        """Those who certainly can."""
        return frozenset(item.who for item in self._items if item.is_proved)

    def rows(self, columns: Sequence[Column]) -> Iterator[Row]:
        """Yield the rows of a table with *columns*, proved ways first."""
        groups: dict[tuple[Principal, tuple[str, ...], str, str], list[IndirectItem]] = {}
        for item in self._items:
            request = item.question.request
            key = (item.who, item.shape, request.verb, item.question.title)
            groups.setdefault(key, []).append(item)
        order = sorted(groups.items(), key=lambda pair: (self._numbers[pair[0][1]], pair[0]))
        for (who, shape, verb, title), items in order:
            cells = {
                "SUBJECT": reference_text(displayed(who)),
                "NAMESPACES": _namespaces_text([item.namespace for item in items]),
                "CAN": shown(verb),
                "TYPE": shown(title),
                "AS": f"[{_letters(self._numbers[shape])}]",
                "NOTE": _note(items[0]),
            }
            yield tuple(cells.get(column.header, "") for column in columns)

    def full_rows(self, columns: Sequence[Column]) -> Iterator[Row]:
        """Yield a row for each subject and namespace, for a table with *columns*."""
        for item in self._items:
            subject, request = displayed(item.who), item.question.request
            place = f"{part(subject.namespace)}/" if subject.namespace else ""
            cells = {
                "NAMESPACE": shown(item.namespace) if item.namespace else CLUSTER_WIDE,
                "KIND": subject.kind,
                "SUBJECT": f"{place}{part(subject.name) if place else shown(subject.name)}",
                "AS": BY_STEPS,
                "NOTE": f"{_note(item)}: {', '.join(item.shape[:-1])}",
                "PLATFORM": "yes" if item.is_platform else "",
                "CAN": shown(request.verb),
                "RESOURCE": shown(item.question.title),
            }
            yield tuple(cells.get(column.header, "") for column in columns)

    def way_blocks(self, *, wide: bool) -> Iterator[Block]:
        """Yield the steps of each way; only some of many, unless *wide*."""
        if not self._items:
            yield Notes(("nobody else can by steps",))
            return
        ways = [*self._examples().items()]
        for number, (item, count) in ways if wide else ways[:MOST_WAYS]:
            yield steps_block(f"[{_letters(number)}]", _title(item, count), item.steps, _end(item))
        lines = tuple(self._lines_below(len(ways) if wide else MOST_WAYS, len(ways)))
        if lines:
            yield Notes(lines)

    def _lines_below(self, drawn: int, count: int) -> Iterator[str]:
        if count > drawn:
            yield f"{counted(count - drawn, 'more way')}: -o wide"
        if self.folded:
            yield f"Not listed: {counted(len(self.folded), 'platform account')} by steps (--platform)"

    def _examples(self) -> Mapping[int, tuple[IndirectItem, int]]:
        """Return for each number the first who takes that way, and how many others do."""
        takers: dict[int, dict[Principal, IndirectItem]] = {number: {} for number in self._numbers.values()}
        for item in self._items:
            takers[self._numbers[item.shape]].setdefault(item.who, item)
        return {number: (next(iter(each.values())), len(each) - 1) for number, each in takers.items()}


def item_data(item: IndirectItem, snapshot: Snapshot, services: Services, *, has_verb: bool) -> Data:
    """Return the machine item of somebody who can by steps."""
    request = item.question.request
    data: Data = {
        "group": request.group,
        "resource": request.resource,
        "subject": subject_data(displayed(item.who)),
        "namespace": item.namespace,
        "relation": "other",
        "grants": [],
        "verified": None,
        "direct": False,
        "steps": [step_data(step, snapshot, services) for step in item.steps],
    }
    return {**data, "verb": request.verb} if has_verb else data


def _letters(number: int) -> str:
    """Return a label for the way of that number, from 1: a, b, …, z, aa. Numbers are those of footnotes."""
    number, rest = divmod(number - 1, len(ascii_lowercase))
    return f"{_letters(number) if number else ''}{ascii_lowercase[rest]}"


def _title(item: IndirectItem, others: int) -> str:
    who = reference_text(displayed(item.who))
    more = f" and {counted(others, 'other')}" if others else ""
    return f"{who}{more}" if item.is_proved else f"{POSSIBLE}: {who}{more}"


def _end(item: IndirectItem) -> tuple[str, str] | None:
    """Return what the way leads to: somebody who can do it."""
    target = item.target
    if target.kind is Kind.CLUSTER:
        return ("so can do everything", "")
    return (f"{node_text(target, listed)} can do it", "") if target.is_somebody else None


def _note(item: IndirectItem) -> str:
    target = item.target
    text = f"as {node_text(target, listed)}" if target.is_somebody else BY_STEPS
    return text if item.is_proved else f"{POSSIBLE}, {text}"


def _namespaces_text(namespaces: Sequence[str]) -> str:
    return EVERYWHERE if "" in namespaces else few(map(listed, namespaces))
