"""What two subjects can do side by side: where they differ, by area."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from msgspec import Struct

from kubectl_kfaccess.commands.access.access import Access
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.catalogue.levels import AreaLevel, ResourceVerbs, area_level
from kubectl_kfaccess.rbac.access_grid import Cell, NamesByVerb


class CellPair(Struct, frozen=True):
    """The cells of two subjects for one resource in one namespace."""

    first: Cell
    second: Cell

    def mirrored(self) -> CellPair:
        """Return the pair with the subjects in the other order."""
        return CellPair(self.second, self.first)

    @property
    def only(self) -> tuple[str, ...]:
        """The verbs that the first subject is allowed, and the second is certainly not."""
        return tuple(verb for verb in self.first.allowed if verb in self.second.denied)

    @property
    def both(self) -> tuple[str, ...]:
        """The verbs that both are allowed."""
        return tuple(verb for verb in self.first.allowed if verb in self.second.allowed)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The verbs that can make a difference that is not known."""
        verbs = (*self.first.unknown, *self.second.unknown)
        return tuple(verb for verb in self.first.resource.verbs if verb in verbs)

    @property
    def only_names(self) -> NamesByVerb:
        """The objects that the first subject is allowed a verb for by their names, and the second is not."""
        theirs = dict(self.second.names)
        return tuple(
            (verb, more)
            for verb, names in self.first.names
            if verb not in (*self.second.allowed, *self.second.unknown)
            and (more := tuple(name for name in names if name not in theirs.get(verb, ())))
        )

    @property
    def has_more(self) -> bool:
        """Whether the first subject can certainly do something that the second cannot."""
        return bool(self.only or self.only_names)


class AreaPair(Struct, frozen=True):
    """The resources of one area in one namespace, for two subjects; there is at least one."""

    area: str
    pairs: tuple[CellPair, ...]

    @property
    def levels(self) -> tuple[AreaLevel | None, AreaLevel | None]:
        """The level of each subject."""
        return area_level([pair.first for pair in self.pairs]), area_level(
            [pair.second for pair in self.pairs]
        )

    def mirrored(self) -> AreaPair:
        """Return the area with the subjects in the other order."""
        return AreaPair(self.area, tuple(pair.mirrored() for pair in self.pairs))

    @property
    def more(self) -> tuple[ResourceVerbs, ...]:
        """The verbs that only the first subject is allowed, by resource."""
        return tuple(ResourceVerbs(pair.first.resource, pair.only) for pair in self.pairs if pair.only)

    @property
    def has_more(self) -> bool:
        """Whether the first subject can certainly do something here that the second cannot."""
        return any(pair.has_more for pair in self.pairs)

    @property
    def is_same(self) -> bool:
        """Whether both can do the same, as far as is known."""
        return not (self.has_more or self.mirrored().has_more)


class PlacePair(Struct, frozen=True):
    """
    The areas of one namespace ("": the whole cluster), for two subjects.

    Resources of the whole cluster are in places of their own: *is_scoped* says that they are cluster-scoped.
    """

    namespace: str
    areas: tuple[AreaPair, ...]
    is_scoped: bool = False


class Comparison(Struct, frozen=True):
    """What two subjects can do with the same resources in the same places."""

    first: Access
    second: Access
    places: tuple[PlacePair, ...]

    @property
    def pairs(self) -> Iterator[CellPair]:
        """Every pair of cells."""
        return (pair for place in self.places for area in place.areas for pair in area.pairs)

    @property
    def area_names(self) -> tuple[str, ...]:
        """The names of the areas, in the catalogue's order."""
        return tuple(dict.fromkeys(resource.area for resource in self.first.resources))


def compared(first: Answer, second: Answer) -> Answer:
    """Return two answers about the same places as one; both values are Access."""
    sides = (first, second)
    accesses = tuple(side.value for side in sides if isinstance(side.value, Access))
    value = Comparison(accesses[0], accesses[1], tuple(_places(*accesses)))
    is_complete = all(side.status is ExitStatus.OK for side in sides)
    return Answer(
        value,
        ExitStatus.OK if is_complete else ExitStatus.CANNOT_ANSWER,
        remarks=_distinct(side.remarks for side in sides),
        disagreements=_distinct(side.disagreements for side in sides),
        gaps=tuple(sorted({*first.gaps, *second.gaps})),
        minor_gaps=tuple(sorted({*first.minor_gaps, *second.minor_gaps})),
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
    )


def _distinct(texts: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for several in texts for text in several))


def _places(first: Access, second: Access) -> Iterator[PlacePair]:
    """Yield the places in the order of the first answer; those of the whole cluster apart by scope."""
    others = {(place.namespace, cell.resource): cell for place in second.places for cell in place.cells}
    for place in first.places:
        pairs = [CellPair(cell, others[place.namespace, cell.resource]) for cell in place.cells]
        for is_scoped in (False, True):
            inside = [pair for pair in pairs if pair.first.resource.namespaced is not is_scoped]
            if inside:
                yield PlacePair(place.namespace, tuple(_areas(inside)), is_scoped)


def _areas(pairs: Iterable[CellPair]) -> Iterator[AreaPair]:
    by_area: dict[str, list[CellPair]] = {}
    for pair in pairs:
        by_area.setdefault(pair.first.resource.area, []).append(pair)
    return (AreaPair(area, tuple(inside)) for area, inside in by_area.items())
