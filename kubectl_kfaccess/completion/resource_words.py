"""`TYPE[.GROUP][/NAME] | /URL`: resource types, their subresources, names of objects, and URLs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import Names
from kubectl_kfaccess.completion.words import URL_VERBS, URLS, VERBS, Type

Offered = dict[str, str]

# Verbs that discovery does not list with the types that know them
_OF_TYPES = {
    "bind": ("roles", "clusterroles"),
    "escalate": ("roles", "clusterroles"),
    "impersonate": ("serviceaccounts",),
    "use": ("serviceaccounts",),
    "attest": ("signers", "certificatesigningrequests"),
    "approve": ("signers", "certificatesigningrequests"),
    "sign": ("signers", "certificatesigningrequests"),
}
_ONLY_URLS = frozenset(URL_VERBS) - frozenset(VERBS)


def targets(typed: str, verb: str, names: Names, line: Line, *, named: bool = True) -> Offered:
    """Return what may be done *verb* to, "" for any; *named*: an object's name or a URL will do, too."""
    if typed.startswith("/"):
        return dict(URLS) if named else {}
    if verb in _ONLY_URLS:
        return dict(URLS)
    kind, slash, _ = typed.partition("/")
    if not slash:
        return types(typed, verb, names.types())
    found = subresources(kind, names)
    if named:
        found = {**object_names(kind, names, line), **found}
    return {f"{kind}/{name}": text for name, text in found.items()}


def types(typed: str, verb: str, known: Sequence[Type]) -> Offered:
    """Return the types that know *verb*, with their group where others share the name, or a dot was typed."""
    groups: dict[str, int] = {}
    for one in known:
        groups[one.name] = groups.get(one.name, 0) + 1
    full = "." in typed
    return {
        one.full_name if full or groups[one.name] > 1 else one.name: one.help for one in allowing(verb, known)
    }


def allowing(verb: str, known: Sequence[Type]) -> list[Type]:
    """Return the types that know *verb*; all of them where none is known to."""
    if verb in _OF_TYPES:
        found = [one for one in known if one.name in _OF_TYPES[verb]]
    else:
        found = [one for one in known if verb in one.verbs]
    return found or list(known)


def meant(text: str, known: Iterable[Type]) -> list[Type]:
    """Return the types that a word means: any of its names, with the group or its beginning behind a dot."""
    word, _, group = text.partition("/")[0].lower().partition(".")
    found = [one for one in known if word in one.words]
    return [one for one in found if one.group.startswith(group)] if group else found


def subresources(kind: str, names: Names) -> Offered:
    """Return the subresources of the type that *kind* means first."""
    found = meant(kind, names.types())
    return dict.fromkeys(found[0].subresources, "subresource") if found else {}


def object_names(kind: str, names: Names, line: Line) -> Offered:
    """Return the names of objects of the type that *kind* means first, in the namespace of the line."""
    found = [one for one in meant(kind, names.types()) if not one.virtual]
    if not found:
        return {}
    everywhere = "all_namespaces" in line.given or not found[0].namespaced
    return dict.fromkeys(names.of_objects(found[0], everywhere=everywhere), found[0].name)
