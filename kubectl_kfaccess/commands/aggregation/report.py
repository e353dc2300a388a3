"""The report of `aggregation`: trees of roles, the rules that each brings, and findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from kubectl_kfaccess.commands.aggregation.answer import AggregationTrees
from kubectl_kfaccess.commands.aggregation.arguments import KIND, Options
from kubectl_kfaccess.commands.aggregation.brief_tree import brief
from kubectl_kfaccess.commands.aggregation.computed_report import computed_report
from kubectl_kfaccess.commands.aggregation.tree_lines import tree_lines
from kubectl_kfaccess.commands.aggregation.verdict import headline
from kubectl_kfaccess.commands.aggregation.words import listed, marks, rules_text, selector_text
from kubectl_kfaccess.findings.acceptance import acceptable
from kubectl_kfaccess.output.blocks import Block, Column, Findings, Graph, Notes, Paragraph, Section, Table
from kubectl_kfaccess.output.rbac_terms import path_text, rule_text
from kubectl_kfaccess.output.report import Data, Report
from kubectl_kfaccess.output.shapes import finding_data
from kubectl_kfaccess.rbac.aggregation_tree import Node, Part, all_nodes, folded, goes_into
from kubectl_kfaccess.rbac.computed_roles import ComputedRole
from kubectl_kfaccess.terminal.safe_text import part, shown

COLUMNS = (
    Column("ROLE"),
    Column("RULES"),
    Column("NOTE", optional=True, rank=1, footnote=True),
    Column("PATH", rank=3),
    Column("SELECTORS", wide=True),
    Column("OWN-RULES", optional=True, rank=2),
)
NAME = "clusterrole.rbac.authorization.k8s.io"


class _Row(NamedTuple):
    """The cells of one node of a tree, in the order of COLUMNS."""

    role: str
    rules: str
    note: str
    path: str
    selectors: str
    own_rules: str


def report(value: AggregationTrees | ComputedRole, options: Options) -> Report:
    """Return the report: the trees, or a ClusterRole to apply."""
    return computed_report(value) if isinstance(value, ComputedRole) else _trees_report(value, options)


def _trees_report(value: AggregationTrees, options: Options) -> Report:
    """Return the report; rows and machine items are made when a format asks for them."""
    trees = _Trees(value, options)
    table = Table(COLUMNS, trees.sections, trees.every_path)
    return Report(
        kind=KIND,
        blocks=tuple(_blocks(value, options, trees, table)),
        table=table,
        head=lambda: {
            "role": options.role,
            "goesInto": list(trees.above),
            "findings": [finding_data(finding) for finding in value.findings],
        },
        items=trees.items,
        names=lambda: (f"{NAME}/{shown(name)}" for name in trees.roles),
        acceptable=lambda: acceptable(value.findings),
        remarks=() if value.roots else ("there is no aggregated ClusterRole",),
    )


def _blocks(value: AggregationTrees, options: Options, trees: _Trees, table: Table) -> Iterator[Block]:
    place = _place_lines(value, options.role) if options.role and not options.findings_only else ()
    lines = tuple(place)
    yield headline(value.reconciled, value.findings, lines) or Paragraph(lines)
    yield Graph(trees.lines, trees.labels, trees.edges, trees.aggregated)
    yield table
    yield Findings(value.findings)
    if options.findings_only and not value.findings:
        yield Paragraph(("no findings for these roles",))
    if trees.is_brief:
        yield Notes(("One role with all that it selects: aggregation CLUSTERROLE. All roles: -o wide",))


def _place_lines(value: AggregationTrees, role: str) -> Iterator[str]:
    """Yield a line on the aggregated roles that the role goes into."""
    direct, further = goes_into(value.selections, role)
    if not direct:
        yield f"no aggregated role selects {part(role)}"
        return
    them = "it" if len(direct) == 1 else "them"
    more = f", and with {them} into {listed(further)}" if further else ""
    yield f"{part(role)} goes into {listed(direct)}{more}"


class _Trees:
    """The trees in every form: lines, rows, items and a graph."""

    def __init__(self, value: AggregationTrees, options: Options) -> None:
        self._value = value
        self._shows_rules = options.rules
        self.is_brief = (
            options.output.format == "tree"
            and bool(value.roots)
            and not (options.role or options.rules or options.findings_only)
        )
        # For people, a tree shows each role in full only once
        trees = tuple(tuple(folded(value.selections, root)) for root in value.roots)
        self._shown_trees = () if options.findings_only else trees
        self.roles: tuple[str, ...] = tuple(dict.fromkeys(node.role for tree in trees for node in tree))
        direct, further = goes_into(value.selections, options.role) if options.role else ((), ())
        self.above: tuple[str, ...] = (*direct, *further)

    def sections(self) -> tuple[Section, ...]:
        """Return one row per role of each tree."""
        nodes = (node for tree in self._shown_trees for node in tree if not node.shown_under)
        return (Section("", list(map(self._row, nodes))),)

    def every_path(self) -> tuple[Section, ...]:
        """Return one row per path, so that a role has one for each of its places."""
        return (Section("", list(map(self._row, self._nodes()))),)

    def items(self) -> Iterable[Data]:
        """Return one machine item per path."""
        return map(self._item, self._nodes())

    def _nodes(self) -> tuple[Node, ...]:
        return all_nodes(self._value.selections, self._value.roots)

    def _row(self, node: Node) -> _Row:
        role = self._value.parts[node.role]
        return _Row(
            role=shown(role.name),
            rules=str(len(role.rules)),
            note="; ".join((*(("aggregated",) if role.aggregated else ()), *marks(role))),
            path=path_text(node.path),
            selectors=", ".join(map(selector_text, role.selectors)),
            own_rules="; ".join(map(rule_text, role.rules)) if self._shows_rules else "",
        )

    def _item(self, node: Node) -> Data:
        role = self._value.parts[node.role]
        return {
            "path": list(node.path),
            "rules": len(role.rules),
            "ownRules": msgspec.to_builtins(role.rules),
            "aggregated": role.aggregated,
            "selectors": msgspec.to_builtins(role.selectors),
            "assumed": role.assumed,
        }

    def lines(self) -> list[tuple[str, str]]:
        """Return the branch and the text of each line of the trees, with an empty line between two trees."""
        lines: list[tuple[str, str]] = []
        for tree in self._shown_trees:
            lines += (("", ""), *self._lines(tree)) if lines else self._lines(tree)
        return lines

    def _lines(self, tree: Sequence[Node]) -> Iterator[tuple[str, str]]:
        if self.is_brief:
            yield from self._brief_lines(tree)
            return
        for node, branch, below in tree_lines(tree):
            role = self._value.parts[node.role]
            yield branch, f"{shown(role.name)} ({_node_text(role, node)})"
            if self._shows_rules and not node.shown_under:
                yield from ((below, rule_text(rule)) for rule in role.rules)

    def _brief_lines(self, tree: Sequence[Node]) -> Iterator[tuple[str, str]]:
        notable = {finding.name for finding in self._value.findings}
        shown_nodes = brief(tree, self._value.parts, notable)
        drawn = tree_lines([each.node for each in shown_nodes])
        for each, (node, branch, _) in zip(shown_nodes, drawn, strict=True):
            role = self._value.parts[node.role]
            text = _node_text(role, node)
            more = f"{'' if role.aggregated else f'{text}; '}{each.text}" if each.text else text
            yield branch, f"{shown(role.name)} ({more})"

    def labels(self) -> dict[str, list[str]]:
        """Return the text lines of each role in the graph: roles of the trees, and roles above them."""
        return {shown(name): [shown(name), rules_text(self._value.parts[name])] for name in self._drawn()}

    def edges(self) -> list[tuple[str, str]]:
        """Return the pairs (role, selected role) of the graph."""
        drawn, selected = self._drawn(), self._value.selections.selected
        return [
            (shown(name), shown(other))
            for name in drawn
            for other in selected.get(name, ())
            if other in drawn
        ]

    def aggregated(self) -> list[str]:
        """Return the aggregated roles of the graph."""
        return [shown(name) for name in self._drawn() if self._value.parts[name].aggregated]

    def _drawn(self) -> dict[str, None]:
        return dict.fromkeys((*self.roles, *self.above))


def _node_text(role: Part, node: Node) -> str:
    if node.is_cycle:
        return "a cycle: it selects itself"
    place = (f"shown under {shown(node.shown_under)}",) if node.shown_under else ()
    return "; ".join((rules_text(role), *marks(role), *place))
