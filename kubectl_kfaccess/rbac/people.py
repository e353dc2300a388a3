"""Users and groups as an identity provider knows them: no cluster does. Names are case-sensitive."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from msgspec import Struct


class People(Struct, frozen=True, dict=True):
    """
    The users of an identity provider, and the members of its groups, each name once and in order.

    *origin* is the file that lists them, as the user named it. *notes* say what in it means nothing here.
    """

    origin: str
    users: tuple[str, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = {}
    notes: tuple[str, ...] = ()

    @cached_property
    def everybody(self) -> frozenset[str]:
        """All users, those that only a group names included."""
        return frozenset((*self.users, *(user for members in self.groups.values() for user in members)))

    @cached_property
    def _groups_by_user(self) -> Mapping[str, tuple[str, ...]]:
        by_user: dict[str, list[str]] = {}
        for group, members in self.groups.items():
            for user in members:
                by_user.setdefault(user, []).append(group)
        return {user: tuple(sorted(groups)) for user, groups in by_user.items()}

    def groups_of(self, user: str) -> tuple[str, ...]:
        """Return the groups that *user* is in, sorted."""
        return self._groups_by_user.get(user, ())

    def members(self, group: str) -> tuple[str, ...]:
        """Return the members of *group*; none if the provider does not know it."""
        return self.groups.get(group, ())


def people_of(origin: str, users: Iterable[str], memberships: Iterable[tuple[str, str]]) -> People:
    """Return the people of *users* and of *memberships*, which are pairs (group, user)."""
    groups: dict[str, set[str]] = {}
    for group, user in memberships:
        groups.setdefault(group, set()).add(user)
    by_group = {group: tuple(sorted(groups[group])) for group in sorted(groups)}
    return People(origin, tuple(sorted(set(users))), by_group)
