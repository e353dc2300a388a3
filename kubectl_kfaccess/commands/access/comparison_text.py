"""The words of a comparison: who can do more, and what only one of the two can do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.access.access import Access
from kubectl_kfaccess.commands.access.comparison import AreaPair, CellPair, Comparison, PlacePair
from kubectl_kfaccess.kubeflow.catalogue.levels import ResourceVerbs
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.terminal.safe_text import listed, part, shown
from kubectl_kfaccess.terminal.words import counted
from kubectl_kfaccess.terminal.wrapping import shortened

MOST_VERBS = 5
LONGEST_NAME = 12
DOTS = ".."


class SubjectName(NamedTuple):
    """What stands above the columns of a subject: its name, and what takes less room."""

    full: str
    short: str


def names(value: Comparison) -> tuple[SubjectName, SubjectName]:
    """Return the headers for the two: the shortest names by which they differ."""
    subjects = (value.first.who.subject, value.second.who.subject)
    for name in (_local, _own, reference_text):
        first, second = map(name, subjects)
        if first.casefold() != second.casefold():
            return _names(first, second)
    # Two spellings of one name, or one subject twice: only the order tells them apart
    return _WORDS


def _names(first: str, second: str) -> tuple[SubjectName, SubjectName]:
    """Return two headers; where the middle of a name is left out, words if they would be equal then."""
    texts = (first.upper(), second.upper())
    short = [shortened(text, LONGEST_NAME, DOTS) for text in texts]
    if short[0] == short[1]:
        short = [word.short for word in _WORDS]
    return SubjectName(texts[0], short[0]), SubjectName(texts[1], short[1])


_WORDS = (SubjectName("SUBJECT", "SUBJECT"), SubjectName("COMPARED", "COMPARED"))


def _local(subject: Subject) -> str:
    """Return the name without what follows an `@`."""
    return shown(subject.name.partition("@")[0] or subject.name)


def _own(subject: Subject) -> str:
    return shown(subject.name)


def headline(value: Comparison) -> str:
    """Return who can do more, and in how many areas."""
    first, second = (_who(access) for access in (value.first, value.second))
    more, less = _areas_with_more(value.places), _areas_with_more(_mirrored(value.places))
    where, of = _where(value), len(value.area_names)
    doubt = ", as far as is known" if any(pair.unknown for pair in value.pairs) else ""
    if not more and not less:
        is_nothing = not any(pair.both or pair.unknown for pair in value.pairs)
        same = "can do nothing" if is_nothing else "can do the same"
        return f"{first} and {second} {same} in {where}{doubt}"
    if more and less:
        return f"in {where}, {first} can do more in {more} of {of} areas and {second} in {less}{doubt}"
    higher, lower = (first, second) if more else (second, first)
    beyond = f"and more in {more or less} of {of} areas"
    return f"{higher} can do everything in {where} that {lower} can, {beyond}{doubt}"


def _who(access: Access) -> str:
    name = reference_text(access.who.subject)
    return f"you ({name})" if access.who.is_caller else name


def _where(value: Comparison) -> str:
    places = dict.fromkeys(place.namespace for place in value.places if place.namespace)
    if len(places) == 1:
        return part(next(iter(places)))
    return counted(len(places), "namespace") if places else "the whole cluster"


def _areas_with_more(places: Iterable[PlacePair]) -> int:
    return len({area.area for place in places for area in place.areas if area.has_more})


def _mirrored(places: Iterable[PlacePair]) -> Iterator[PlacePair]:
    for place in places:
        yield PlacePair(place.namespace, tuple(area.mirrored() for area in place.areas), place.is_scoped)


def more_text(area: AreaPair) -> str:
    """Return what only the first subject can do in an area: verbs, and on how many resources."""
    if not area.has_more:
        return ""
    if _is_everything(area):
        return "everything"
    texts = [_verbs_text(area.more)] if area.more else []
    named = [f"{verb} {resource}" for verb, resource in _by_name(area)]
    return "; ".join((*texts, *((f"{few(named)} by name",) if named else ())))


def _is_everything(area: AreaPair) -> bool:
    """Whether the second subject can certainly do nothing in the area."""
    return not any(pair.second.allowed or pair.second.names or pair.second.unknown for pair in area.pairs)


def _verbs_text(more: Sequence[ResourceVerbs]) -> str:
    """Return `create, delete of 5 resources`, or `create, delete runs` of one; delete is both its verbs."""
    every = dict.fromkeys(verb for entry in more for verb in entry.verbs)
    verbs = [part(verb, " ,") for verb in every if verb != "deletecollection" or "delete" not in every]
    beyond = len(verbs) - MOST_VERBS
    text = f"{', '.join(verbs[:MOST_VERBS])}{f' and {beyond} more' if beyond > 0 else ''}"
    if len(more) == 1:
        return f"{text} {'of ' if beyond > 0 else ''}{shown(more[0].resource.name)}"
    return f"{text} of {len(more)} resources"


def _by_name(area: AreaPair) -> Iterator[tuple[str, str]]:
    for pair in area.pairs:
        for verb, _ in pair.only_names:
            yield part(verb, " ,"), shown(pair.first.resource.name)


def only_text(pair: CellPair) -> str:
    """Return the verbs that only the first subject is allowed on a resource, and those on certain names."""
    verbs = ",".join(part(verb, " ,") for verb in pair.only)
    named = (
        f"{part(verb, ' :;')}: {', '.join(listed(name, ', ', '; ') for name in every)}"
        for verb, every in pair.only_names
    )
    return "; ".join(filter(None, (verbs, *named)))
