"""ClusterRoles by their labels, so that a selector is compared with those few that can match it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector


class RolesByLabel:
    """The roles in the order of their names, which is the aggregation controller's."""

    def __init__(self, roles: Iterable[ClusterRole]) -> None:
        self._roles = sorted(roles, key=lambda role: role.name)

    def selected_by(self, role: ClusterRole) -> tuple[str, ...]:
        """Return the names of the roles that *role* selects, in the controller's order."""
        # syncClusterRole: a selector that cannot be converted ends the sync with an error, so nothing changes
        if not all(well_formed(selector) for selector in role.selectors):
            return ()
        chosen = (name for selector in role.selectors for name in self.matching(selector, role.name))
        return tuple(dict.fromkeys(chosen))

    def matching(self, selector: LabelSelector, without: str) -> Iterator[str]:
        """Yield the names of the roles that *selector* selects, in order; not that of the role *without*."""
        for role in self._possible(selector):
            if role.name != without and selects(selector, role.metadata.labels):
                yield role.name

    def _possible(self, selector: LabelSelector) -> Sequence[ClusterRole]:
        """Return the roles with the rarest label that the selector asks for, in order; perhaps all roles."""
        required = [self._by_label.get(label, ()) for label in selector.match_labels.items()]
        for line in selector.match_expressions:
            if line.operator == "Exists" or (line.operator == "In" and len(line.values) > 1):
                required.append(self._by_key.get(line.key, ()))
            elif line.operator == "In":
                required.append(self._by_label.get((line.key, line.values[0]), ()))
        return min(required, key=len, default=self._roles)

    @cached_property
    def _by_label(self) -> dict[tuple[str, str], list[ClusterRole]]:
        index: dict[tuple[str, str], list[ClusterRole]] = {}
        for role in self._roles:
            for label in role.metadata.labels.items():
                index.setdefault(label, []).append(role)
        return index

    @cached_property
    def _by_key(self) -> dict[str, list[ClusterRole]]:
        index: dict[str, list[ClusterRole]] = {}
        for role in self._roles:
            for key in role.metadata.labels:
                index.setdefault(key, []).append(role)
        return index
