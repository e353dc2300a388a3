"""
What seeds that are planted together open beside what each opens alone, by rule.

Who gets into a tenant and can act as its accounts gets where these get. Owners of the platform who share get
so as well, from the tenant that is shared with them. A tenant that gets into all others is not reported for
each of them, and neither is what everybody reaches.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from tests.isolation_seeds.seeds import Expected, Seed
from tests.isolation_seeds.world import SHARED_WITH_OWNERS, team, teams

EVERYBODY, ALL = "-", "*"
DIRECT = (
    "profile-foreign-account",
    "isolation-person-of-tenant",
    "isolation-account-everywhere",
    "isolation-everybody",
)
STEPS = "isolation-steps"
POSSIBLE = "isolation-possible-steps"
PLATFORM = "isolation-platform-account"
Pair = tuple[str, str, str]
"""The id of a finding, and the tenants from which and into which the way leads."""


class Way(NamedTuple):
    """A way from one tenant into another, by *id*; *onward* as in a seed. Code can take it if *account*."""

    id: str
    from_tenant: str
    into: str
    onward: str
    account: bool

    @property
    def is_proved(self) -> bool:
        """Whether it does not depend on what cannot be read."""
        return self.id != POSSIBLE


def drawn(seeds: Iterable[Seed], draw: Random, count: int) -> list[Seed]:
    """Return *count* seeds that apply different objects, in the order of the table."""
    known = [seed for seed in seeds if not seed.is_alone]
    names, chosen = set[str](), []
    for seed in draw.sample(known, len(known)):
        if names.isdisjoint(seed.names) and len(chosen) < count:
            names |= seed.names
            chosen.append(seed)
    return sorted(chosen, key=known.index)


def together(seeds: Iterable[Seed]) -> set[Pair]:
    """Return what `audit` must find of *seeds*, by id and tenants, findings that are no ways included."""
    chosen = [*seeds]
    ways = {_way(each, seed) for seed in chosen for each in seed.finds if _is_way(each)}
    others = {_pair(each) for seed in chosen for each in seed.finds if not _is_way(each)}
    return {(each.id, each.from_tenant, each.into) for each in _reported(_closure(ways))} | others


def verdicts_together(findings: Iterable[Pair]) -> dict[str, str]:
    """Return the verdicts that *findings* change, on all profiles that they are about."""
    verdicts: dict[str, str] = {}
    for known, from_tenant, into in findings:
        is_open = known in (POSSIBLE, "isolation-group-members")
        if is_open or known == STEPS or (known in DIRECT and into != "-"):
            places = [name for name in teams() if name != from_tenant] if into == ALL else [into]
            for place in places:
                if not is_open or verdicts.get(place) != "crosses":
                    verdicts[place] = "unknown" if is_open else "crosses"
    return verdicts


def _is_way(each: Expected) -> bool:
    is_direct = each.id in DIRECT and each.into != "-"
    return is_direct or each.id in (STEPS, POSSIBLE, PLATFORM)


def _pair(each: Expected) -> Pair:
    return each.id, each.from_tenant, each.into


def _way(each: Expected, seed: Seed) -> Way:
    account = each.subject.startswith(("sa:", "group:system:serviceaccounts"))
    return Way(each.id, each.from_tenant, each.into, "no" if each.id == PLATFORM else seed.onward, account)


def _closure(ways: set[Way]) -> set[Way]:
    """Return *ways*, and those that lead on from where others lead."""
    shares = {
        Way("share", team(other), team(number), "proved", account=False)
        for number, (_, other) in SHARED_WITH_OWNERS.items()
    }
    known = set(ways)
    while more := {new for first in known | shares for new in _onward(first, known)} - known:
        known |= more
    return known


def _onward(first: Way, ways: Iterable[Way]) -> Iterator[Way]:
    """Yield the ways that lead on from where *first* leads."""
    for way in ways:
        is_next = first.onward != "no" and first.into in (way.from_tenant, ALL) and way.account
        if is_next and way.from_tenant != EVERYBODY and first.from_tenant not in (way.into, way.from_tenant):
            is_proved = first.onward == "proved" and first.is_proved and way.is_proved
            known = PLATFORM if way.id == PLATFORM else STEPS
            if is_proved or known == STEPS:
                name = known if is_proved else POSSIBLE
                yield Way(name, first.from_tenant, way.into, way.onward, account=False)


def _reported(ways: set[Way]) -> Iterator[Way]:
    """Yield the ways that are findings of their own."""
    proved = {(each.from_tenant, each.into) for each in ways if each.is_proved and each.id != PLATFORM}
    possible = {(each.from_tenant, each.into) for each in ways if each.id == POSSIBLE}
    by_code = [each for each in ways if each.account or each.from_tenant == EVERYBODY]
    direct = {(each.from_tenant, each.into) for each in by_code if each.id in DIRECT}
    everybodys = {each.into for each in ways if each.from_tenant == EVERYBODY and each.onward == "proved"}
    for way in ways:
        pair, whole = (way.from_tenant, way.into), (way.from_tenant, ALL)
        is_less = pair in direct or (whole in direct) or (way.into != ALL and whole in proved)
        if way.id == POSSIBLE:
            is_less = is_less or pair in proved or (way.into != ALL and whole in possible)
        if way.id in DIRECT or not (is_less or way.into in everybodys):
            yield way
