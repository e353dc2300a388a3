"""Candidates for `TYPE[.GROUP][/NAME] | /URL`: resource types, subresources, names of objects, URLs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import Names
from kubectl_kfaccess.completion.words import URL_VERBS, URLS, VERBS, Type

Offered = dict[str, str]

# Verbs that discovery does not list, with the types that have them
_OF_TYPES = {
    "bind": ("roles", "clusterroles"),
    "escalate": ("roles", "clusterroles"),
    "impersonate": ("serviceaccounts",),
    "use": ("serviceaccounts",),
    "attest": ("certificatesigningrequests",),
    "approve": ("certificatesigningrequests",),
    "sign": ("certificatesigningrequests",),
}
_ONLY_URLS = frozenset(URL_VERBS) - frozenset(VERBS)


def targets(typed: str, verb: str, names: Names, line: Line, *, named: bool = True) -> Offered:
    """
    Return what *verb* ("" for any verb) can apply to.

    With *named*, the names of objects and URLs are candidates too.
    """
    if typed.startswith("/"):
        return dict(URLS) if named else {}
    if verb in _ONLY_URLS:
        return dict(URLS)
    kind, slash, _ = typed.partition("/")
    if not slash:
        first = [] if typed else line.words.kubeflow
        return types(typed, verb, [*names.types(), *names.pseudo_types(verb)], first)
    objects = _objects(kind, names, line) if named else {}
    candidates = {**(objects or {}), **subresources(kind, names)}
    if objects is None and len(candidates) == 1 and typed.endswith("/"):
        return {}  # a shell would insert it, as if there were no objects
    return {f"{kind}/{name}": text for name, text in candidates.items()}


def types(typed: str, verb: str, known: Sequence[Type], own: Sequence[str] = ()) -> Offered:
    """
    Return the types with *verb*; with their group if others share the name, or if a dot was typed.

    They are sorted. But if any of them is among *own*, full names of types, only those are returned, in the
    order of *own*.
    """
    counts: dict[str, int] = {}
    for each in known:
        counts[each.name] = counts.get(each.name, 0) + 1
    full = "." in typed
    having = {each.full_name: each for each in types_with_verb(verb, known)}
    chosen = [having[name] for name in own if name in having] or sorted(
        having.values(), key=lambda each: each.full_name
    )
    return {each.full_name if full or counts[each.name] > 1 else each.name: each.help for each in chosen}


def types_with_verb(verb: str, known: Sequence[Type]) -> list[Type]:
    """Return the types that have *verb*; all types if none has it."""
    listed = _OF_TYPES.get(verb, ())
    having = [each for each in known if each.name in listed or verb in each.verbs]
    return having or list(known)


def types_named(text: str, known: Iterable[Type]) -> list[Type]:
    """Return the types that *text* can name: one of their names, and after a dot the start of the group."""
    word, _, group = text.partition("/")[0].lower().partition(".")
    named = [each for each in known if word in each.words]
    return [each for each in named if each.group.startswith(group)] if group else named


def subresources(kind: str, names: Names) -> Offered:
    """Return the subresources of the first type that *kind* names."""
    named = _types_named(kind, names)
    return dict.fromkeys(named[0].subresources, "subresource") if named else {}


def object_names(kind: str, names: Names, line: Line) -> Offered:
    """Return the names of objects of the first type that *kind* names, in the namespace of the line."""
    return _objects(kind, names, line) or {}


def _objects(kind: str, names: Names, line: Line) -> Offered | None:
    """Return `object_names`, or None if the server has not named them yet."""
    named = [each for each in _types_named(kind, names) if not each.virtual]
    if not named:
        return {}
    everywhere = "all_namespaces" in line.given or not named[0].namespaced
    objects = names.of_objects(named[0], everywhere=everywhere)
    return None if objects is None else dict.fromkeys(objects, named[0].name)


def _types_named(kind: str, names: Names) -> list[Type]:
    """Return the types that *kind* can name; the server is asked only if our own do not decide that."""
    known = types_named(kind, names.line.words.types())
    return known if len(known) == 1 else types_named(kind, names.types())
