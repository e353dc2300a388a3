"""
From a user's words to requests: the right scope, the right name, the right groups.

The API server fills a request's attributes in its own way (apiserver: pkg/endpoints/request/requestinfo.go):
cluster-scoped kinds have no namespace, a named Namespace object is its own namespace, a subresource is no
name. A question that is asked otherwise gets an answer that no real request would get.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.resources import ResourceType, matching
from kubectl_kfaccess.rbac.rules import ALL, Request
from kubectl_kfaccess.rbac.snapshot import Namespaces


class Target(Struct, frozen=True):
    """What a user typed after the verb: a URL path, or a type with perhaps a subresource and a name."""

    type: str = ""
    rest: str = ""
    path: str | None = None
    subresource: str = ""
    name: str = ""


class Question(Struct, frozen=True):
    """
    One thing to ask of the rules: a request without its namespace, and the namespaces to ask it in.

    *type* is None for a URL and for a resource that nobody knows; *primary* marks the one kubectl would take.
    """

    request: Request
    namespaces: Namespaces
    type: ResourceType | None = None
    primary: bool = True

    @property
    def title(self) -> str:
        """What is asked about, as people write it: `pods/exec`, `runs.pipelines.kubeflow.org`, `/metrics`."""
        request = self.request
        if request.path is not None:
            return request.path
        whole = f"{request.combined_resource}.{request.group}" if request.group else request.combined_resource
        return f"{whole}/{request.name}" if request.name else whole


def parse_target(text: str, *, subresource: str = "", name: str = "") -> Target:
    """Return the parts of `TYPE[.GROUP][/NAME]` or `/URL`; flags win over what stands after the slash."""
    if text.startswith("/"):
        if subresource or name:
            raise UsageError(f"`{text}` is a URL: it has neither `--subresource` nor `--name`")
        return Target(path=text)
    kind, _, rest = text.partition("/")
    if not kind.partition(".")[0] or (not rest and "/" in text):
        raise UsageError(f"cannot read `{text}`: write TYPE, TYPE.GROUP, TYPE/NAME or /URL")
    if "/" in rest:
        raise UsageError(
            f"cannot read `{text}`: a name has no `/`",
            hint=f"ask about a subresource of a named object with `{kind}/NAME --subresource SUB`",
        )
    if rest and name:
        raise UsageError(
            f"two names: `{rest}` and `--name {name}`", hint=f"write `{kind} --subresource {rest}`"
        )
    return Target(type=kind, rest=rest, subresource=subresource, name=name)


def questions(
    verb: str, target: Target, types: Iterable[ResourceType], namespaces: Namespaces
) -> tuple[Question, ...]:
    """Return one question per type in *types* that *target* may mean; *namespaces* are the user's."""
    if target.path is not None:
        return (Question(Request(verb, path=target.path), ()),)
    return tuple(
        _question(verb, target, found, namespaces, primary=position == 0)
        for position, found in enumerate(types)
    )


def unknown(verb: str, target: Target, groups: Iterable[str], namespaces: Namespaces) -> tuple[Question, ...]:
    """Return the questions about a type that nobody knows, one per group that rules name."""
    word, _, group = target.type.partition(".")
    name = target.name or target.rest
    return tuple(
        Question(Request(verb, found, word, target.subresource, name), namespaces, None, position == 0)
        for position, found in enumerate(sorted(set(groups)) or [group])
    )


def is_subresource(target: Target, found: ResourceType) -> bool:
    """Whether what stands after the slash is a subresource of that type, not a name."""
    return bool(target.rest) and not target.subresource and target.rest in found.subresources


def types_meant(text: str, served: Iterable[ResourceType], catalogue: Iterable[ResourceType]) -> Meant:
    """
    Return what a TYPE may mean: kubectl's choice, the catalogue's other ones, and the rest.

    *served* is everything that the server knows, *catalogue* what the catalogue has under that word; a
    catalogue type stands in where the server does not know the word at all.
    """
    word, _, group = text.partition(".")
    if word == ALL:
        return Meant((ResourceType(group, ALL),), ())
    by_server = matching(text, served)
    known = {found.key: found for found in by_server}
    listed = {found.key: known.get(found.key, found) for found in catalogue}
    first = by_server[:1] or tuple(listed.values())[:1]
    others = {**known, **listed}
    for found in first:
        others.pop(found.key, None)
    return Meant(
        (*first, *(found for key, found in others.items() if key in listed)),
        tuple(found for key, found in others.items() if key not in listed),
        frozenset(listed.keys() - known.keys()),
    )


class Meant(Struct, frozen=True):
    """
    The types to answer for, kubectl's own choice first, and further ones that are only mentioned.

    *unserved* are the keys of those that the catalogue alone knows.
    """

    answered: tuple[ResourceType, ...]
    further: tuple[ResourceType, ...]
    unserved: frozenset[tuple[str, str]] = frozenset()


def _question(
    verb: str, target: Target, found: ResourceType, namespaces: Namespaces, *, primary: bool
) -> Question:
    as_subresource = is_subresource(target, found)
    subresource = target.rest if as_subresource else target.subresource
    name = target.name or ("" if as_subresource else target.rest)
    request = Request(verb, found.group, found.name, subresource, name)
    return Question(request, _scope(request, found, namespaces), found, primary)


def _scope(request: Request, found: ResourceType, namespaces: Namespaces) -> Namespaces:
    if found.namespaced:
        return namespaces
    # requestinfo.go: a request for a named Namespace carries that namespace; one for a collection, though
    # a field selector gives it a name, does not
    own = found.key == ("", "namespaces") and request.name and request.verb not in _ON_COLLECTIONS
    return (request.name,) if own else ()


_ON_COLLECTIONS = ("list", "watch", "deletecollection")
