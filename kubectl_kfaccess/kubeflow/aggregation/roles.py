"""Which ClusterRoles take part in Kubeflow's aggregation, which are Kubernetes' own, and rules as text."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.kubeflow.catalogue.names import AGGREGATION
from kubectl_kfaccess.rbac.aggregation_tree import members, roots
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

BOOTSTRAPPING = ("kubernetes.io/bootstrapping", "rbac-defaults")
"""The label (key, value) that the API server gives to the roles that it creates itself."""

LEVELS = ("admin", "edit", "view")


def tree_roots(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of the roots of all trees: Kubeflow's first, Kubernetes' own last."""
    kubeflows = kubeflow_roles(snapshot)
    return tuple(
        sorted(
            roots(snapshot.aggregation),
            key=lambda name: (name not in kubeflows, is_kubernetes_own(snapshot, name), name),
        )
    )


def kubeflow_roles(snapshot: Snapshot) -> frozenset[str]:
    """Return the names of the roles in Kubeflow's trees, and of roles whose labels say they belong there."""
    roles = snapshot.cluster_roles.values()
    labelled = {role.name for role in roles if any_aggregation_key(role.metadata.labels)}
    selecting = {role.name for role in roles if any_aggregation_key(selected_keys(role))}
    return members(snapshot.aggregation, labelled | selecting)


def any_aggregation_key(keys: Iterable[str]) -> bool:
    """Whether any of the label *keys* is one that Kubeflow aggregates roles by."""
    return any(key.startswith(AGGREGATION) for key in keys)


def selected_keys(role: ClusterRole) -> frozenset[str]:
    """Return the label keys that the role's selectors ask for."""
    return frozenset(
        key
        for selector in role.selectors
        for key in (*selector.match_labels, *(expression.key for expression in selector.match_expressions))
    )


def is_kubernetes_own(snapshot: Snapshot, name: str) -> bool:
    """Whether the role of that name is one that every API server creates, or is assumed to be."""
    role = snapshot.cluster_roles["", name]
    key, value = BOOTSTRAPPING
    return snapshot.is_assumed(role) or role.metadata.labels.get(key) == value


def rule_words(rule: PolicyRule) -> str:
    """Return a short text about a rule, for a message: "`get`, `list` on `secrets`"."""
    targets = rule.resources or rule.non_resource_urls
    return f"{_few(rule.verbs)} on {_few(targets)}"


def few_rules(rules: tuple[PolicyRule, ...]) -> str:
    """Return text about at most three of the *rules*, for a message, and how many more there are."""
    more = f" and {len(rules) - 2} more" if len(rules) > 3 else ""
    return "; ".join(map(rule_words, rules if not more else rules[:2])) + more


def _few(words: tuple[str, ...]) -> str:
    more = f" and {len(words) - 3} more" if len(words) > 4 else ""
    return ", ".join(f"`{word}`" for word in (words if not more else words[:3])) + more
