"""The part of each ClusterRole: what it selects, what selects it, and whether it is as shipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.aggregation.answer import AggregationTrees
from kubectl_kfaccess.commands.aggregation.words import marks, rules_text
from kubectl_kfaccess.commands.report.anchors import role_anchor
from kubectl_kfaccess.commands.report.commands_text import ask
from kubectl_kfaccess.commands.report.finding_cards import finding_link
from kubectl_kfaccess.commands.report.page import Page
from kubectl_kfaccess.commands.report.parts import Parts
from kubectl_kfaccess.commands.report.role_drawing import role_drawing
from kubectl_kfaccess.commands.report.views import RoleNode, RolePart
from kubectl_kfaccess.kubeflow.aggregation.roles import is_kubernetes_own
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.output.rbac_terms import rule_text
from kubectl_kfaccess.rbac.aggregation_tree import Node, Part, folded
from kubectl_kfaccess.rbac.model import PolicyRule, RoleRef
from kubectl_kfaccess.terminal.safe_text import part
from kubectl_kfaccess.terminal.words import counted


def role_names(page: Page) -> tuple[str, ...]:
    """Return the ClusterRoles that have a part: those of trees, without Kubernetes' own, and bound ones."""
    trees, snapshot = page.aggregation, page.snapshot
    if trees is None:
        return ()
    bound = {name for name in _bound_in_profiles(page) if ("", name) in snapshot.cluster_roles}
    own = {name for name in trees.parts if not is_kubernetes_own(snapshot, name)}
    return tuple(sorted(own | bound))


def _bound_in_profiles(page: Page) -> Iterator[str]:
    for holding in page.holdings:
        for member in holding.members:
            if member.role and member.role.kind == "ClusterRole":
                yield member.role.name
    yield from (grant.role.name for grant in page.inventory.cluster_wide or ())


class RoleTexts:
    """The parts of the roles of a page."""

    def __init__(self, page: Page, trees: AggregationTrees, parts: Parts) -> None:
        self._page, self._trees, self._parts = page, trees, parts
        baselines = page.check.baselines if page.check else ()
        self._baselines = {each.name: each for each in baselines if each.kind == "ClusterRole"}
        self._looks = {name: "shipped" if each.exact else "changed" for name, each in self._baselines.items()}

    def drawn(self, names: Iterable[str]) -> tuple[RolePart, ...]:
        """Return those of *names* that are drawn: aggregated ones that select much, or that bindings name."""
        return tuple(self._part(name, is_drawn=True) for name in names if self._is_drawn(name))

    def others(self, names: Iterable[str]) -> tuple[RolePart, ...]:
        """Return the parts of the others."""
        return tuple(self._part(name) for name in names if not self._is_drawn(name))

    def _is_drawn(self, name: str) -> bool:
        snapshot = self._page.snapshot
        if name not in snapshot.aggregation.selected or is_kubernetes_own(snapshot, name):
            return False
        return name in self._trees.roots or bool(self._page.bound.get(name))

    def _part(self, name: str, *, is_drawn: bool = False) -> RolePart:
        snapshot = self._page.snapshot
        role = self._trees.parts.get(name)
        baseline = self._baselines.get(name)
        selecting = snapshot.aggregation.selecting.get(name, ())
        return RolePart(
            anchor=role_anchor(name),
            name=part(name),
            headline=self._headline(name, role),
            badge=_badge(baseline),
            look=self._looks.get(name, ""),
            rules=tuple(map(rule_text, role.rules if role else self._rules(name))),
            missing=tuple(map(rule_text, baseline.missing)) if baseline else (),
            added=tuple(map(rule_text, baseline.added)) if baseline else (),
            into=tuple(self._parts.role(RoleRef("ClusterRole", other)) for other in sorted(selecting)),
            findings=tuple(
                finding_link(finding)
                for finding in self._page.findings
                if finding.kind == "ClusterRole" and finding.name == name
            ),
            drawing=role_drawing(snapshot.aggregation, name, self._looks) if is_drawn else None,
            tree=self._tree(name) if is_drawn else None,
            command=ask("aggregation", name),
        )

    def _rules(self, name: str) -> tuple[PolicyRule, ...]:
        return self._page.snapshot.rules_of(self._page.snapshot.cluster_roles["", name])

    def _headline(self, name: str, role: Part | None) -> str:
        selected = self._page.snapshot.aggregation.selected.get(name, ())
        bound = self._page.bound.get(name, 0)
        is_selected = bool(self._page.snapshot.aggregation.selecting.get(name))
        texts = (
            f"{counted(len(selected), 'role')} selected" if selected else "",
            rules_text(role) if role and not selected else "",
            *(marks(role) if role else ()),
            f"{counted(bound, 'binding')}" if bound else "" if is_selected else "no binding names it",
        )
        return "; ".join(filter(None, texts))

    def _tree(self, root: str) -> RoleNode:
        """Return the tree with each role once, at the place that is nearest to the root."""
        nodes: dict[tuple[str, ...], list[RoleNode]] = {}
        for node in reversed([*folded(self._page.snapshot.aggregation, root)]):
            below = tuple(reversed(nodes.pop(node.path, [])))
            made = RoleNode(self._parts.role(RoleRef("ClusterRole", node.role)), self._note(node), below)
            nodes.setdefault(node.path[:-1], []).append(made)
        return nodes[()][0]

    def _note(self, node: Node) -> str:
        """Return the number of the role's own rules, or where what it selects is shown."""
        if node.is_cycle:
            return "selects itself through others"
        if node.shown_under:
            return f"shown under {part(node.shown_under)}"
        return rules_text(self._trees.parts[node.role])


def _badge(baseline: Baseline | None) -> str:
    """Return whether the role is as shipped; "" if no release is known to ship it."""
    if baseline is None:
        return ""
    releases = f"{baseline.product} {few_in_sentence(baseline.versions)}"
    if baseline.exact:
        return f"as shipped by {releases}"
    lacks = f"lacks {counted(len(baseline.missing), 'rule')}" if baseline.missing else ""
    has = f"has {counted(len(baseline.added), 'rule')} more" if baseline.added else ""
    return f"changed: {' and '.join(filter(None, (lacks, has)))} than in {releases}"
