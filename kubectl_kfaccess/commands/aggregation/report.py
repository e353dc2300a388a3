"""The answer of `aggregation` as a report: trees of roles, what each brings, and what is worth mending."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import Struct

from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.output.blocks import Column, Findings, Graph, Paragraph, Section, Table
from kubectl_kfaccess.output.findings import counted, finding_data
from kubectl_kfaccess.output.rbac_terms import rule_text
from kubectl_kfaccess.output.report import Data, Report, Response
from kubectl_kfaccess.rbac.aggregation_tree import Node, Part
from kubectl_kfaccess.rbac.model import LabelSelector
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.terminal.safe_text import part, shown

COLUMNS = (
    Column("ROLE"),
    Column("RULES"),
    Column("NOTE", optional=True),
    Column("PATH"),
    Column("SELECTORS", wide=True),
    Column("OWN-RULES", optional=True),
)
NAME = "clusterrole.rbac.authorization.k8s.io"


class Into(Protocol):
    """The aggregated roles that a role goes into: those that select it, and those that come after them."""

    def __call__(self, name: str, /) -> tuple[tuple[str, ...], tuple[str, ...]]: ...


class Reconciled(Protocol):
    """Aggregated roles by whether they have the rules that they select; see kubeflow.aggregation_health."""

    @property
    def as_selected(self) -> Sequence[str]: ...
    @property
    def differing(self) -> Sequence[str]: ...
    @property
    def computed(self) -> Sequence[str]: ...
    @property
    def unknown(self) -> Sequence[str]: ...


class Aggregation(Struct, frozen=True):
    """
    Everything that the report says.

    *trees* are for people, each role in full once a tree; *nodes* are the same with every path in full, for
    machines. *one* is the role that was asked about, "" for all. *rules*: below each role are its own rules.
    With *findings_alone* people see no tree; machines get all of it.
    """

    trees: Sequence[Sequence[Node]]
    nodes: Callable[[], Sequence[Node]]
    parts: Mapping[str, Part]
    into: Into
    selected: Mapping[str, tuple[str, ...]]
    reconciled: Reconciled
    findings: Sequence[Finding]
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    one: str = ""
    rules: bool = False
    findings_alone: bool = False

    def report(self) -> Response:
        """Return the report; what machines read is made when a format wants it."""
        table = Table(COLUMNS, self._tables, lambda: self._sections(self.nodes()))
        graph = Graph(
            tree=lambda: list(self._tree()),
            labels=lambda: self._graph()[0],
            edges=lambda: self._graph()[1],
            bold=lambda: self._graph()[2],
        )
        before, after = Paragraph(tuple(self._before())), Paragraph(tuple(self._after()))
        report = Report(
            kind="Aggregation",
            blocks=(before, graph, table, Findings(self.findings), after),
            table=table,
            head=lambda: {
                "role": self.one,
                "goesInto": [name for names in self._into() for name in names],
                "findings": [finding_data(finding) for finding in self.findings],
            },
            items=lambda: map(self._item, self.nodes()),
            names=lambda: (f"{NAME}/{shown(name)}" for name in self._roles()),
        )
        return Response(report, self.gaps, self.notes)

    def _into(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return self.into(self.one) if self.one else ((), ())

    def _before(self) -> Iterator[str]:
        """Whether the aggregated roles are as they should be; of one role, which others it goes into."""
        yield from _verdict(
            self.reconciled, sum(one.type.severity is Severity.ERROR for one in self.findings)
        )
        if not self.one or self.findings_alone:
            return
        direct, further = self._into()
        if not direct:
            yield f"no aggregated role selects {part(self.one)}"
            return
        more = f", and with {_them(direct)} into {_listed(further)}" if further else ""
        yield f"{part(self.one)} goes into {_listed(direct)}{more}"

    def _after(self) -> Iterator[str]:
        if self.findings:
            yield f"{counted(self.findings)} about these roles"
        elif self.findings_alone:
            yield "nothing is worth mending about these roles"

    def _roles(self) -> dict[str, None]:
        """The roles of the trees, in the order in which they are first shown."""
        return dict.fromkeys(node.role for tree in self.trees for node in tree)

    def _item(self, node: Node) -> Data:
        found = self.parts[node.role]
        return {
            "path": list(node.path),
            "rules": len(found.rules),
            "ownRules": msgspec.to_builtins(found.rules),
            "aggregated": found.aggregated,
            "selectors": msgspec.to_builtins(found.selectors),
            "assumed": found.assumed,
        }

    def _tables(self) -> tuple[Section, ...]:
        if self.findings_alone:
            return ()
        return self._sections(node for tree in self.trees for node in tree if not node.again)

    def _sections(self, nodes: Iterable[Node]) -> tuple[Section, ...]:
        return (Section("", [self._row(node) for node in nodes]),)

    def _row(self, node: Node) -> tuple[str, ...]:
        found = self.parts[node.role]
        return (
            shown(found.name),
            str(len(found.rules)),
            "; ".join((*(("aggregated",) if found.aggregated else ()), *_marks(found))),
            " <- ".join(map(part, node.path)),
            ", ".join(map(selector_text, found.selectors)),
            "; ".join(map(rule_text, found.rules)) if self.rules else "",
        )

    def _tree(self) -> Iterator[str]:
        for number, tree in enumerate(() if self.findings_alone else self.trees):
            yield from ("",) if number else ()
            yield from self._lines(tree)

    def _lines(self, tree: Sequence[Node]) -> Iterator[str]:
        """The lines of one tree; which branches go on below a line is known from the nodes after it."""
        for node, branch, below in branches([len(node.path) - 1 for node in tree], tree):
            found = self.parts[node.role]
            yield f"{branch}{shown(found.name)} ({self._words(found, node)})"
            if self.rules and not node.again:
                yield from (f"{below}{rule_text(rule)}" for rule in found.rules)

    def _words(self, found: Part, node: Node) -> str:
        if node.is_cycle:
            return "a cycle: it stands above itself"
        words = [_rules_words(found), *_marks(found)]
        return "; ".join((*words, "shown above") if node.again else words)

    def _graph(self) -> tuple[dict[str, list[str]], list[tuple[str, str]], list[str]]:
        """The labels of all roles in the trees and above them, who selects whom, and who is aggregated."""
        above = (name for names in self._into() for name in names)
        names = dict.fromkeys((*self._roles(), *above))
        labels = {shown(name): [shown(name), _rules_words(self.parts[name])] for name in names}
        edges = [
            (shown(name), shown(other))
            for name in names
            for other in self.selected.get(name, ())
            if other in names
        ]
        return labels, edges, [shown(name) for name in names if self.parts[name].aggregated]


def _verdict(found: Reconciled, errors: int) -> Iterator[str]:
    """A line about all aggregated roles, none where there are none."""
    right = len(found.as_selected) + len(found.computed)
    total = right + len(found.differing) + len(found.unknown)
    said = []
    if found.differing:
        said.append(_differing(found.differing, total))
    elif right:
        said.append(_right(found, right, total))
    if found.unknown:
        said.append(f"of {len(found.unknown)} it is not known which rules it has")
    if errors and not found.differing:
        said.append("but see the error below" if errors == 1 else f"but see the {errors} errors below")
    if total:
        yield f"{total} aggregated ClusterRole{'s' if total > 1 else ''}: {'; '.join(said)}"


def _differing(names: Sequence[str], total: int) -> str:
    verb, whose = ("does", "its") if len(names) == 1 else ("do", "their")
    which = f"exactly the rules of the roles that {whose} selectors select"
    who = "it" if total == 1 else f"{len(names)} of them"
    return f"{who} {verb} not have {which}: {_listed(names)}"


def _right(found: Reconciled, right: int, total: int) -> str:
    """What holds of the roles that are right: on a server they have the rules, from files they would."""
    singly = right == total
    verbs = ("has" if singly else "have") if found.as_selected else "", "would get" if found.computed else ""
    verb, whose = " or ".join(filter(None, verbs)), "its" if singly else "their"
    who = f"{right} of them" if not singly else "each" if total > 1 else "it"
    return f"{who} {verb} the rules of all roles that {whose} selectors select"


def branches(depths: Sequence[int], nodes: Sequence[Node]) -> Iterator[tuple[Node, str, str]]:
    """Yield each node with what stands before it on its line, and before further lines about it."""
    last = [True] * len(depths)
    open_at: set[int] = set()  # depths at which a later node continues the branch, seen from the end
    goes_on = [frozenset[int]()] * len(depths)
    for at in range(len(depths) - 1, -1, -1):
        depth = depths[at]
        last[at] = depth not in open_at
        goes_on[at] = frozenset(one for one in open_at if one <= depth)
        open_at = {one for one in open_at if one <= depth} | {depth}
    for at, node in enumerate(nodes):
        depth, on = depths[at], goes_on[at]
        trunk = "".join("│   " if level in on else "    " for level in range(1, depth))
        descends = at + 1 < len(depths) and depths[at + 1] > depth
        if not depth:
            yield node, "", "│ " if descends else "  "
            continue
        own = "    " if last[at] else "│   "
        yield node, trunk + ("└── " if last[at] else "├── "), trunk + own + ("│ " if descends else "  ")


def selector_text(selector: LabelSelector) -> str:
    """Return a selector as kubectl's `-l` takes it; one that selects everything is `<all>`."""
    labels = (f"{part(key, ' ,=')}={part(value, ' ,=')}" for key, value in selector.match_labels.items())
    lines = (
        f"{part(line.key, ' ,=')} {shown(line.operator)}"
        + (f" ({' '.join(map(part, line.values))})" if line.values else "")
        for line in selector.match_expressions
    )
    return ",".join((*labels, *lines)) or "<all>"


def _rules_words(found: Part) -> str:
    """How many rules a role brings, in words; what an aggregated one has is mostly others'."""
    count = len(found.rules)
    words = f"{count or 'no'} {'rule' if count == 1 else 'rules'}"
    if found.aggregated:
        return f"aggregated; {words} of its own" if count else "aggregated"
    return words


def _marks(found: Part) -> list[str]:
    """What else is special about a role."""
    marks = {
        "a selector cannot be read": found.is_invalid,
        "a selector matches no role": bool(found.dangling),
        "built-in, assumed": found.assumed,
    }
    return [mark for mark, holds in marks.items() if holds]


def _listed(names: Sequence[str]) -> str:
    return " and ".join(map(part, names)) if len(names) < 3 else ", ".join(map(part, names))


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "them"
