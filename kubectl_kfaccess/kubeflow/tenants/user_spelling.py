"""Users whose names are easily confused: other spellings, and names that lead to the same binding's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


class SimilarUsers:
    """Users, indexed by similar names."""

    def __init__(self, users: Iterable[str]) -> None:
        self._by_spelling: dict[str, set[str]] = {}
        self._by_look: dict[str, set[str]] = {}
        for user in users:
            self._by_spelling.setdefault(user.casefold(), set()).add(user)
            self._by_look.setdefault(_look(user), set()).add(user)

    def spellings(self, user: str) -> set[str]:
        """Return the other users whose names differ from *user* only in letter case."""
        return self._by_spelling.get(user.casefold(), set()) - {user}

    def alike(self, user: str) -> set[str]:
        """Return the other users whose bindings the dashboard would give the same name as those of *user*."""
        users = self._by_look.get(_look(user))
        if not users or users == {user}:  # fast path: nearly all users
            return set()
        return {name for name in users if name.casefold() != user.casefold()}


def spelling_oddity(user: str, others: Iterable[str]) -> str:
    """
    Return text about an odd spelling of *user*, "" if it is not odd; *others* are other spellings in use.

    Capital letters are odd only in e-mail addresses: the ids of some identity providers contain them.
    """
    is_address = "@" in user
    is_lower = user == user.lower()
    if is_address and is_lower:
        return ""  # if one of two spellings is wrong, it is the other one
    if spellings := sorted(others):
        return f"is spelled `{user}` here, and `{spellings[0]}` elsewhere: these are two users"
    if is_address:
        return f"is spelled `{user}`: who logs in as `{user.lower()}` is refused"
    return ""


def is_respelled(name: str, other: str) -> bool:
    """Whether the two names differ, but only in letter case and in surrounding spaces."""
    return name != other and name.strip().casefold() == other.strip().casefold() != ""


@lru_cache(maxsize=65536)
def _look(user: str) -> str:
    """Return what a binding's name keeps of a user's name; see `kfam_name`."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[^A-Za-z0-9]+", "-", user).lower()).strip("-")
