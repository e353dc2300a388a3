"""Which ways of steps a set of permissions is enough for, and for which names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.powers import Powers
from kubectl_kfaccess.escalation.step_type import Name, Need, StepType, Way
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request

ANY_NAME: frozenset[str] = frozenset(("",))
"""Stands for all names."""
NO_NAME: frozenset[str] = frozenset()


class Option(NamedTuple):
    """A way of a step that this cluster has; *is_certain* says whether that is known."""

    step: StepType
    way: Way
    is_certain: bool


class Satisfied(NamedTuple):
    """An option whose needs are met for *names*, which are those of what it yields; "" is any name."""

    option: Option
    names: frozenset[str]


def options(steps: Iterable[StepType], facts: Facts) -> tuple[Option, ...]:
    """Return the ways that the cluster has, or perhaps has, in the order of *steps*."""
    ways = ((step, way, facts.counts(way)) for step in steps for way in step.ways)
    return tuple(Option(step, way, counts is True) for step, way, counts in ways if counts is not False)


def requests_of(options: Iterable[Option]) -> Iterator[tuple[Request, Plane]]:
    """Yield each request without namespace and name that a way needs, and the plane on which it is sent."""
    for option in options:
        for need in option.way.needs:
            for verb in dict.fromkeys((*need.verbs, *(("create", "patch") if need.is_created else ()))):
                yield Request(verb, need.group, need.resource, need.subresource), need.plane


class Masks(NamedTuple):
    """The bits that meet a need: any of *any_name*, any of *named* for a name, or both of *applied*."""

    any_name: int
    named: int
    applied: int


class Checker:
    """Finds the options that powers are enough for."""

    def __init__(self, known: tuple[Option, ...], bit: dict[Request, int]) -> None:
        self._options = known
        self._masks = [[_masks(need, bit) for need in option.way.needs] for option in known]
        self._memo: dict[tuple[int, int, bool], tuple[Satisfied, ...]] = {}

    def satisfied(self, here: Powers, cluster: Powers, place: str) -> tuple[Satisfied, ...]:
        """
        Return the options whose needs are met in *place* ("": in every namespace).

        *here* is what is allowed there, *cluster* what is allowed in the whole cluster.
        """
        if here.named or cluster.named:
            return tuple(self._each(here, cluster, place))
        key = (here.bits, cluster.bits, bool(place))
        if key not in self._memo:
            self._memo[key] = tuple(self._each(here, cluster, place))
        return self._memo[key]

    def _each(self, here: Powers, cluster: Powers, place: str) -> Iterator[Satisfied]:
        for option, masks in zip(self._options, self._masks, strict=True):
            names = ANY_NAME
            for need, mask in zip(option.way.needs, masks, strict=True):
                powers = cluster if need.cluster else here
                names = _both(names, _names(need, mask, powers, place))
                if not names:
                    break
            if names:
                yield Satisfied(option, names)


def _names(need: Need, mask: Masks, powers: Powers, place: str) -> frozenset[str]:
    """Return the names for which *need* is met; a name that does not matter counts as any."""
    if powers.bits & mask.any_name or _has_all(mask.applied, powers.bits):
        return ANY_NAME
    if need.name is Name.NAMESPACE:
        return ANY_NAME if place and _is_met(mask, powers.of(place)) else NO_NAME
    if isinstance(need.name, str):
        return ANY_NAME if _is_met(mask, powers.of(need.name)) else NO_NAME
    names = frozenset(name for name in powers.named if name and _is_met(mask, powers.of(name)))
    return names if need.name is Name.YIELDED else (ANY_NAME if names else NO_NAME)


def _is_met(mask: Masks, bits: int) -> bool:
    return bool(bits & mask.named) or _has_all(mask.applied, bits)


def _has_all(wanted: int, bits: int) -> bool:
    return wanted != 0 and bits & wanted == wanted


def _both(first: frozenset[str], second: frozenset[str]) -> frozenset[str]:
    if "" in first:
        return second
    return first if "" in second else first & second


def _masks(need: Need, bit: dict[Request, int]) -> Masks:
    def of(verbs: Iterable[str]) -> list[int]:
        return [bit[Request(verb, need.group, need.resource, need.subresource)] for verb in verbs]

    applied = sum(of(("create", "patch"))) if need.is_created else 0
    if need.applies:
        return Masks(0, 0, applied)
    return Masks(sum(of(need.verbs)), sum(of(v for v in need.verbs if not need.lacks_name(v))), applied)
