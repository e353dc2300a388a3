"""The words of rules: verbs, API groups and resources, which RBAC compares as text and nobody checks."""

from __future__ import annotations

from functools import cached_property
from itertools import chain

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.resources import possible_groups
from kubectl_kfaccess.rbac.rules import ALL
from kubectl_kfaccess.rbac.snapshot import Snapshot


class RuleWords:
    """The verbs, groups and resources that a snapshot's rules name."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def rules(self) -> tuple[PolicyRule, ...]:
        """The rules of all roles, each once."""
        cluster_roles, roles = self._snapshot.cluster_roles.values(), self._snapshot.roles.values()
        rules = chain(
            (rule for r in cluster_roles for rule in r.rules), (rule for r in roles for rule in r.rules)
        )
        return tuple(dict.fromkeys(rules))

    @cached_property
    def verbs(self) -> frozenset[str]:
        """The verbs that rules have, `*` included."""
        return frozenset(verb for rule in self.rules for verb in rule.verbs)

    @cached_property
    def groups(self) -> frozenset[str]:
        """The API groups that rules have, `*` included."""
        return frozenset(group for rule in self.rules for group in rule.api_groups)

    @cached_property
    def resources(self) -> frozenset[str]:
        """The resources that rules have, without their subresources."""
        return frozenset(resource.partition("/")[0] for rule in self.rules for resource in rule.resources)

    def groups_of(self, text: str) -> list[str]:
        """
        Return the groups in which rules name the resource *text* (`TYPE`, `TYPE.GROUP`), sorted.

        If *text* has a group that no such rule has, it is the only one.
        """
        word, _, typed = text.partition(".")
        named = {group for rule in self._naming(word) for group in rule.api_groups if group != ALL}
        return possible_groups(typed, named) or [typed] if typed else sorted(named)

    def names(self, text: str) -> bool:
        """Whether a rule names the resource *text*, in its group if it has one; a group `*` is any group."""
        word, _, typed = text.partition(".")
        groups = {group for rule in self._naming(word) for group in rule.api_groups}
        return bool(groups) and (not typed or ALL in groups or bool(possible_groups(typed, groups)))

    def names_subresource(self, text: str) -> bool:
        """Whether a rule names `TYPE/SUB`, or the subresource of all types."""
        texts = {text, f"{ALL}/{text.partition('/')[2]}"}
        return any(not texts.isdisjoint(rule.resources) for rule in self.rules)

    def name_all_of(self, group: str) -> bool:
        """Whether a rule is about all resources of exactly that *group*."""
        return any(group in rule.api_groups and ALL in rule.resources for rule in self.rules)

    def _naming(self, word: str) -> tuple[PolicyRule, ...]:
        """Return the rules with that resource, or with a subresource of it."""
        return tuple(
            rule for rule in self.rules if any(each.partition("/")[0] == word for each in rule.resources)
        )
