"""The answer of `access` in one sentence, and the legend of its words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.commands.access.access import Access, Place
from kubectl_kfaccess.commands.access.cells import is_empty
from kubectl_kfaccess.commands.access.indirect_text import phrases
from kubectl_kfaccess.kubeflow.catalogue.levels import READS, WRITES, AreaLevel, ResourceVerbs
from kubectl_kfaccess.kubeflow.catalogue.resources import READ, WRITE
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.standing_text import standing_texts
from kubectl_kfaccess.output.tried_text import UNKNOWN_WHICH
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.terminal.safe_text import part, shown
from kubectl_kfaccess.terminal.words import counted

MOST_LINES = 3
MOST_RESOURCES = 3
MOST_TEXTS = 2


def headline(value: Access, *, by_resource: bool) -> str:
    """Return what the subject is where, and what they can do."""
    namespaces = [place for place in value.places if place.namespace]
    who = reference_text(value.who.subject)
    name = f"you ({who})" if value.who.is_caller else who
    is_open = bool(value.tried) or any(cell.unknown for place in value.places for cell in place.cells)
    doubt = ", at least" if is_open else ""
    if by_resource and len(namespaces) == 1:
        cells = [cell for place in value.places for cell in place.cells]
        more = ", at least" if any(cell.unknown and (cell.allowed or cell.names) for cell in cells) else ""
        steps = ", with steps" if value.indirect and any(value.indirect.proved_paths()) else ""
        return f"{_standing(value, name, namespaces[0].namespace)}{steps}: {_counts(cells)}{more}"
    if value.tried and value.who.is_caller:
        return f"you are {who}; {UNKNOWN_WHICH}"
    if value.tried and not namespaces:
        return (
            f"it is not known what {who} can do: you cannot list namespaces, and none that was tried is yours"
        )
    texts = [*standing_texts(value.standings, is_caller=value.who.is_caller), *phrases(value)]
    empty = sum(is_empty(place.cells) for place in namespaces)
    if not texts:
        return _without_access(name, namespaces, is_open=is_open)
    others = f"can do nothing in {empty:,} other{'s' if empty > 1 else ''}"
    *first, last = [*texts, others] if empty else texts
    joined = f"{', '.join(first)}, and {last}" if first else last
    return f"{name} {joined}{doubt}"


def _without_access(name: str, namespaces: Sequence[Place], *, is_open: bool) -> str:
    """Return that nothing is granted, or that nothing is known, which must not sound like it."""
    where = counted(len(namespaces), "namespace")
    if any(cell.unknown for place in namespaces for cell in place.cells):
        return f"it is not known what {name} can do in {where}"
    return f"{name} can do nothing in {where}{'; the rest is not known' if is_open else ''}"


def _standing(value: Access, name: str, namespace: str) -> str:
    texts = [*standing_texts(value.standings, is_caller=value.who.is_caller)]
    return f"{name} {' and '.join(texts)}" if texts else f"{name} in {part(namespace)}"


def _counts(cells: Sequence[Cell]) -> str:
    """Return `everything on 11 resources, something on 16, nothing on 1`; of some perhaps `unknown on 2`."""
    granted = [cell for cell in cells if cell.allowed or cell.names]
    everything = sum(set(cell.allowed) == set(cell.resource.verbs) for cell in granted)
    nothing = sum(is_empty((cell,)) for cell in cells)
    numbers = (
        ("everything", everything),
        ("something", len(granted) - everything),
        ("nothing", nothing),
        ("unknown", len(cells) - len(granted) - nothing),
    )
    texts = [f"{word} on {number:,}" for word, number in numbers if number]
    if not texts:
        return "nothing"
    count = next(number for _, number in numbers if number)
    return ", ".join((f"{texts[0]} resource{'s' if count > 1 else ''}", *texts[1:]))


def legend(levels: Iterable[AreaLevel]) -> Iterator[str]:
    """Yield a line for each word that some resources deviate from: `write-  write, but no update of …`."""
    by_text: dict[str, dict[ResourceVerbs, None]] = {}
    words: dict[str, AreaLevel] = {}
    for level in levels:
        if level.deviation.value:
            text = f"{level.word}{level.deviation.value}"
            words.setdefault(text, level)
            by_text.setdefault(text, {}).update(dict.fromkeys(level.lacking or level.exceeding))
    for text in [*by_text][:MOST_LINES]:
        sign = "but no" if words[text].lacking else "and"
        yield f"{text:8}{words[text].word}{_deviations(words[text], sign, [*by_text[text]])}"


def _deviations(level: AreaLevel, sign: str, entries: Sequence[ResourceVerbs]) -> str:
    """Return which verbs of which resources deviate, the same verbs together."""
    resources: dict[tuple[str, ...], dict[str, None]] = {}
    for entry in entries:
        lacks_all = bool(level.lacking) and {*entry.verbs} == _stands_for(level.word, entry)
        resources.setdefault(() if lacks_all else entry.verbs, {})[entry.resource.name] = None
    without = resources.pop((), {})
    texts = [f"{'/'.join(map(shown, verbs))} of {_names([*names])}" for verbs, names in resources.items()]
    more = f" and {len(texts) - MOST_TEXTS} more" if len(texts) > MOST_TEXTS else ""
    verbs_text = f", {sign} {', '.join(texts[:MOST_TEXTS])}{more}" if texts else ""
    return f"{f' but {_names([*without])}' if without else ''}{verbs_text}"


def _stands_for(word: str, entry: ResourceVerbs) -> set[str]:
    """Return the verbs of the resource that *word* stands for."""
    verbs = {READS: {*READ}, WRITES: {*READ, *WRITE}}.get(word, {*entry.resource.verbs})
    return verbs & {*entry.resource.verbs}


def _names(names: Sequence[str]) -> str:
    few = ", ".join(map(shown, names[:MOST_RESOURCES]))
    more = len(names) - MOST_RESOURCES
    return f"{few} and {more} more" if more > 0 else few
