"""
How the words of a user become requests with the scope, name and group that a real request would have.

Mirrors how the API server fills a request's attributes (apiserver: pkg/endpoints/request/requestinfo.go).
Cluster-scoped kinds have no namespace, a named Namespace object is its own namespace, and a subresource is
not a name. `scope_exceptions` lists what the server asks otherwise. With other attributes the answer would be
one that no real request gets.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.resources import ResourceType, matching
from kubectl_kfaccess.rbac.rules import ALL, Request
from kubectl_kfaccess.rbac.scope_exceptions import FREE_NAMES, exception_for, has_any_subresource
from kubectl_kfaccess.rbac.snapshot import Namespaces


class Target(Struct, frozen=True):
    """What a user typed after the verb: a URL path, or a type, perhaps with a subresource and a name."""

    type: str = ""
    rest: str = ""
    path: str | None = None
    subresource: str = ""
    name: str = ""


class Question(Struct, frozen=True):
    """
    A request without its namespace, and the namespaces to ask it in.

    *type* is None for a URL and for an unknown resource. The *primary* question is the one kubectl would ask.
    """

    request: Request
    namespaces: Namespaces
    type: ResourceType | None = None
    primary: bool = True

    @property
    def title(self) -> str:
        """The resource or URL as people write it: `pods/exec`, `runs.pipelines.kubeflow.org`, `/metrics`."""
        request = self.request
        if request.path is not None:
            return request.path
        whole = f"{request.combined_resource}.{request.group}" if request.group else request.combined_resource
        return f"{whole}/{request.name}" if request.name else whole


def split_targets(text: str) -> tuple[str, ...]:
    """
    Return the targets of `TYPE,TYPE`, each once.

    A URL is one target, and so is `users/NAME` or another type whose names can have commas.
    """
    first = text.partition("/")[0].partition(".")[0].lower()
    if text.startswith("/") or ("/" in text and first in FREE_NAMES):
        return (text,)
    return tuple(dict.fromkeys(word.strip() for word in text.split(",") if word.strip())) or (text,)


def parse_target(text: str, *, subresource: str = "", name: str = "") -> Target:
    """
    Return the parts of `TYPE[.GROUP][/NAME]` or `/URL`; *subresource* and *name* are the flags' values.

    Raises UsageError if *text* has another form, or does not go with the flags.
    """
    if text.startswith("/"):
        if subresource or name:
            raise UsageError(f"`--subresource` and `--name` cannot be used with the URL `{text}`")
        return Target(path=text)
    kind, _, rest = text.partition("/")
    if not kind.partition(".")[0] or (not rest and "/" in text):
        raise UsageError(f"cannot read `{text}`: write TYPE, TYPE.GROUP, TYPE/NAME or /URL")
    if "/" in rest and kind.partition(".")[0].lower() not in FREE_NAMES:
        raise UsageError(
            f"cannot read `{text}`: a name cannot contain `/`",
            hint=f"for a subresource of a named object, use `{kind}/NAME --subresource SUB`",
        )
    if rest and name:
        raise UsageError(
            f"the name is given twice: `{rest}` and `--name {name}`",
            hint=f"for a subresource, use `{kind} --subresource {rest}`",
        )
    return Target(type=kind, rest=rest, subresource=subresource, name=name)


def questions(
    verb: str, target: Target, types: Iterable[ResourceType], namespaces: Namespaces
) -> tuple[Question, ...]:
    """Return a question for each of *types*, the types that *target* can mean, asked in *namespaces*."""
    if target.path is not None:
        return (Question(Request(verb, path=target.path), ()),)
    return tuple(
        _question(verb, target, resource_type, namespaces, primary=position == 0)
        for position, resource_type in enumerate(types)
    )


def unknown(verb: str, target: Target, groups: Iterable[str], namespaces: Namespaces) -> tuple[Question, ...]:
    """Return a question about an unknown type for each of *groups*, in which rules name it."""
    word, _, group = target.type.partition(".")
    name = target.name or target.rest
    return tuple(
        Question(Request(verb, own_group, word, target.subresource, name), namespaces, None, position == 0)
        for position, own_group in enumerate(sorted(set(groups)) or [group])
    )


def is_subresource(target: Target, resource_type: ResourceType) -> bool:
    """Whether the word after the slash is a subresource of *resource_type*, not a name."""
    is_known = has_any_subresource(resource_type) or target.rest in resource_type.subresources
    return bool(target.rest) and not target.subresource and is_known


def lacks_namespace(request: Request, resource_type: ResourceType | None) -> bool:
    """
    Whether no client can send *request*: a namespaced object has no path outside of a namespace.

    Only lists and watches can be about the objects of all namespaces at once (apiserver:
    pkg/endpoints/installer.go, registerResourceHandlers).
    """
    is_placeless = resource_type is not None and resource_type.namespaced and not resource_type.virtual
    return is_placeless and not request.namespace and request.verb not in _IN_ALL_NAMESPACES


def match_types(text: str, served: Iterable[ResourceType], catalogue: Iterable[ResourceType]) -> TypeMatches:
    """
    Return the types that TYPE can mean: kubectl's choice, the catalogue's other types, and the rest.

    *served* are all types that the server serves, *catalogue* those that the catalogue has under that word.
    If the server does not know the word, the catalogue's type comes first.
    """
    word, _, group = text.partition(".")
    if word == ALL:
        return TypeMatches((ResourceType(group, ALL),), ())
    by_server = matching(text, served)
    known = {resource_type.key: resource_type for resource_type in by_server}
    listed = {resource_type.key: known.get(resource_type.key, resource_type) for resource_type in catalogue}
    first = by_server[:1] or tuple(listed.values())[:1]
    others = {**known, **listed}
    for resource_type in first:
        others.pop(resource_type.key, None)
    return TypeMatches(
        (*first, *(resource_type for key, resource_type in others.items() if key in listed)),
        tuple(resource_type for key, resource_type in others.items() if key not in listed),
        frozenset(listed.keys() - known.keys()),
    )


class TypeMatches(Struct, frozen=True):
    """
    The types to answer for, kubectl's own choice first, and *further* ones that are only mentioned.

    *unserved* are the keys of types that only the catalogue knows.
    """

    answered: tuple[ResourceType, ...]
    further: tuple[ResourceType, ...]
    unserved: frozenset[tuple[str, str]] = frozenset()


def _question(
    verb: str, target: Target, resource_type: ResourceType, namespaces: Namespaces, *, primary: bool
) -> Question:
    as_subresource = is_subresource(target, resource_type)
    subresource = target.rest if as_subresource else target.subresource
    name = target.name or ("" if as_subresource else target.rest)
    request = Request(verb, resource_type.group, resource_type.name, subresource, name)
    return Question(request, _scope(request, resource_type, namespaces), resource_type, primary)


def _scope(request: Request, resource_type: ResourceType, namespaces: Namespaces) -> Namespaces:
    exception = exception_for(request.verb, resource_type)
    if exception:
        return namespaces if exception.in_namespaces else ()
    if resource_type.namespaced:
        return namespaces
    # requestinfo.go: a request for a named Namespace has that namespace; a request for a collection has none,
    # even if a field selector gives it a name
    own = resource_type.key == ("", "namespaces") and request.name and request.verb not in _ON_COLLECTIONS
    return (request.name,) if own else ()


_IN_ALL_NAMESPACES = ("list", "watch")
_ON_COLLECTIONS = (*_IN_ALL_NAMESPACES, "deletecollection")
