"""Users' names that are, or would be, taken for one another: other spellings, and the same binding's name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache


class Namesakes:
    """Users by how their names look."""

    def __init__(self, users: Iterable[str]) -> None:
        self._by_spelling: dict[str, set[str]] = {}
        self._by_look: dict[str, set[str]] = {}
        for user in users:
            self._by_spelling.setdefault(user.casefold(), set()).add(user)
            self._by_look.setdefault(_look(user), set()).add(user)

    def spellings(self, user: str) -> set[str]:
        """Return the users whose names are this one in other letter case."""
        return self._by_spelling.get(user.casefold(), set()) - {user}

    def alike(self, user: str) -> set[str]:
        """Return the other users whose bindings the dashboard would name like this one's."""
        users = self._by_look.get(_look(user))
        if not users or users == {user}:  # as nearly all are
            return set()
        return {name for name in users if name.casefold() != user.casefold()}


def misspelled(user: str, others: Iterable[str]) -> str:
    """
    Return what is odd about how *user* is spelled, "" if nothing is; *others* are other spellings in use.

    A name that is no e-mail address may well have capital letters, as the ids of some providers have.
    """
    address = "@" in user
    lower = user == user.lower()
    if address and lower:
        return ""  # where one of the two is wrong, it is the other one
    if found := sorted(others):
        return f"is spelled `{user}` here, and `{found[0]}` elsewhere: these are two users"
    if address:
        return f"is spelled `{user}`: who logs in as `{user.lower()}` is refused"
    return ""


def is_respelled(name: str, other: str) -> bool:
    """Return whether the two are not the same, and would be but for letter case and blanks around them."""
    return name != other and name.strip().casefold() == other.strip().casefold() != ""


@lru_cache(maxsize=65536)
def _look(user: str) -> str:
    """What is left of a name when a binding is named after it: see `kfam_name`."""
    return re.sub(r"[^a-z0-9]+", "-", re.sub(r"[^A-Za-z0-9]+", "-", user).lower()).strip("-")
