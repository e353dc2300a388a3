"""Which ways of steps a set of permissions is enough for, and for which names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.powers import Powers
from kubectl_kfaccess.escalation.step_type import Name, Need, StepType, Way, Yield
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request

ANY_NAME: frozenset[str] = frozenset(("",))
"""Stands for all names."""
NO_NAME: frozenset[str] = frozenset()


class Option(NamedTuple):
    """
    A way of a step that this cluster has, and what the way *yields*.

    *conditions* cannot be read and must hold, one of them perhaps that the cluster has it at all. *number* is
    its position among all options.
    """

    number: int
    step: StepType
    way: Way
    yields: Yield
    conditions: tuple[str, ...]


class Choice(NamedTuple):
    """
    An option whose needs are met for *names*, which are those of what it yields; "" is any name.

    *helpers* are options by which code runs in the same place as well, the best first, if the way asks for
    that.
    """

    option: Option
    names: frozenset[str]
    helpers: tuple[Choice, ...] = ()

    @property
    def outcomes(self) -> frozenset[tuple[object, ...]]:
        """What it gives, and whether that is certain: the same for choices that differ in the way alone."""
        option = self.option
        how = option.way.namespace if option.yields in _SAME else option.way
        what = (option.yields, self.names, not option.conditions, how)
        helpers = ((each.names, not each.option.conditions) for each in self.helpers)
        return frozenset((*what, *helper) for helper in helpers) if self.helpers else frozenset((what,))


def options(steps: Iterable[StepType], facts: Facts) -> tuple[Option, ...]:
    """Return the ways that the cluster has, or perhaps has, in the order of *steps*."""
    ways = ((step, way, facts.counts(way)) for step in steps for way in step.ways)
    existing = ((step, way, counts is True) for step, way, counts in ways if counts is not False)
    return tuple(
        Option(number, step, way, step.yield_of(way), _conditions(step, way, is_certain=is_certain))
        for number, (step, way, is_certain) in enumerate(existing)
    )


def _conditions(step: StepType, way: Way, *, is_certain: bool) -> tuple[str, ...]:
    unknown = "" if is_certain else f"this cluster has {way.noun}, which is not known"
    return tuple(text for text in (step.condition_of(way), unknown) if text)


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
        self._memo: dict[tuple[int, int, bool, bool], tuple[Choice, ...]] = {}

    def choices(
        self, here: Powers, cluster: Powers, place: str, *, all_of_them: bool = False
    ) -> tuple[Choice, ...]:
        """
        Return the options whose needs are met in *place*; "" stands for every namespace.

        *here* is what is allowed there, *cluster* what is allowed in the whole cluster. What is possible in
        every namespace is not repeated for one. Unless *all_of_them* are wanted, of several options that
        yield the same only the best counts.
        """
        if here.named or cluster.named:
            return self._choices(here, cluster, place, all_of_them=all_of_them)
        key = (here.bits, cluster.bits, bool(place), all_of_them)
        if key not in self._memo:
            self._memo[key] = self._choices(here, cluster, place, all_of_them=all_of_them)
        return self._memo[key]

    def _choices(self, here: Powers, cluster: Powers, place: str, *, all_of_them: bool) -> tuple[Choice, ...]:
        satisfied = [*self._satisfied(here, cluster, place)]
        choices = [*_with_helpers(satisfied)]
        if place:
            everywhere = [*self._satisfied(cluster, cluster, "")]
            known = {choice.option.number: choice for choice in _with_helpers(everywhere)}
            choices = [more for choice in choices if (more := _beyond(choice, known))]
        return tuple(choices if all_of_them else _best(choices))

    def _satisfied(self, here: Powers, cluster: Powers, place: str) -> Iterator[Choice]:
        for option, masks in zip(self._options, self._masks, strict=True):
            names = ANY_NAME
            for need, mask in zip(option.way.needs, masks, strict=True):
                names = _both(names, _names(need, mask, cluster if need.cluster else here, place))
                if not names:
                    break
            if names:
                yield Choice(option, names)


def _with_helpers(satisfied: list[Choice]) -> Iterator[Choice]:
    """Yield what is satisfied; if a way runs code as well, only where something else lets it."""
    for choice in satisfied:
        if not choice.option.way.runs_code:
            yield choice
        elif helpers := _helpers(satisfied, choice.option):
            yield choice._replace(helpers=helpers)


def _helpers(satisfied: list[Choice], option: Option) -> tuple[Choice, ...]:
    """Return the options by which code runs for the step of *option*, or a token of its account is made."""
    is_account = option.yields in (Yield.ABSENT_ACCOUNT, Yield.LOST_ACCOUNT)
    yields = _RUNS_CODE if is_account else (Yield.CODE,)
    helpers = (choice for choice in satisfied if choice.option.yields in yields)
    return tuple(sorted(helpers, key=lambda choice: len(choice.option.conditions)))


def _beyond(choice: Choice, known: dict[int, Choice]) -> Choice | None:
    """Return *choice* for the names that it has not everywhere already, None if there are none."""
    everywhere = known.get(choice.option.number)
    if everywhere is None or choice.option.way.runs_code:
        return choice
    names = NO_NAME if "" in everywhere.names else choice.names - everywhere.names
    return choice._replace(names=names) if names else None


def _best(choices: list[Choice]) -> Iterator[Choice]:
    """Yield *choices* without those that yield the same as an earlier one, or are less certain."""
    known = set[tuple[Yield, str, frozenset[str]]]()
    unconditional = {_result(choice) for choice in choices if not choice.option.conditions}
    for choice in choices:
        result = _result(choice)
        is_worse = bool(choice.option.conditions) and result in unconditional
        if choice.option.yields not in _SAME or not (is_worse or result in known):
            known.add(result)
            yield choice


def _result(choice: Choice) -> tuple[Yield, str, frozenset[str]]:
    return choice.option.yields, choice.option.way.namespace, choice.names


_RUNS_CODE = (Yield.CODE, Yield.ACCOUNT, Yield.API_ACCOUNT)
_SAME = frozenset(
    (
        Yield.CODE,
        Yield.CODE_AS,
        Yield.DEFAULT_CODE,
        Yield.WORKSPACE_CODE,
        Yield.ACCOUNT,
        Yield.SOME_ACCOUNT,
        Yield.API_ACCOUNT,
        Yield.SOME_API_ACCOUNT,
        Yield.IMPERSONATED_ACCOUNT,
        Yield.ANYONE,
        Yield.REVIEWS,
        Yield.CLUSTER,
        Yield.GROUP,
    )
)
"""What is the same by whichever way: nothing else of the way matters, such as the kind of a role."""


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
