"""
Sets of permissions in few words: verbs of one resource, or everything that a star stands for.

The words name only permissions that are in the set. A star is said alone if the set has all that it covers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import product
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.permissions import PermissionSet
from kubectl_kfaccess.rbac.rules import ALL, Request

_USUAL_ORDER = ("*", "get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
MOST_LITERALS = 20_000
"""How many combinations of one rule's words are looked at: a rule can have any number of words."""


class PermissionGroup(Struct, frozen=True):
    """
    Some *verbs* of one resource, or with *names* of these objects of it; or of the URL *path*.

    *resource* and *group* can be `*`.
    """

    verbs: tuple[str, ...]
    group: str = ""
    resource: str = ""
    subresource: str = ""
    names: tuple[str, ...] = ()
    path: str | None = None

    @property
    def combined_resource(self) -> str:
        """The resource as rules spell it, `pods/log`."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


def permission_groups(
    permissions: Collection[Request], universe: Iterable[Request] = ()
) -> tuple[PermissionGroup, ...]:
    """
    Return *permissions* in groups, in their order.

    A permission that another of them covers is left out, if they have all that this other one covers in
    *universe*.
    """
    kept = _uncovered(dict.fromkeys(permissions), tuple(universe))
    by_names: dict[PermissionGroup, dict[str, dict[str, None]]] = {}
    for request in kept:
        place = PermissionGroup((), request.group, request.resource, request.subresource, path=request.path)
        by_names.setdefault(place, {}).setdefault(request.name, {})[request.verb] = None
    return tuple(group for place, named in by_names.items() for group in _groups(place, named))


def groups_of(permissions: PermissionSet) -> tuple[PermissionGroup, ...]:
    """Return a set of permissions in groups, with the stars that its own universe bears out."""
    return permission_groups(tuple(permissions), permissions.universe)


def literal_requests(rules: Iterable[PolicyRule]) -> Iterator[Request]:
    """
    Yield a request for each combination of the words of each rule, stars included.

    A star is a word as well: the server can be asked whether a user can do `*`.
    """
    for rule in rules:
        yield from (Request(verb, path=path) for verb, path in product(rule.verbs, rule.non_resource_urls))
        words = (rule.verbs, rule.api_groups, rule.resources, rule.resource_names or ("",))
        if prod(map(len, words)) > MOST_LITERALS:
            continue
        for verb, group, resource, name in product(*words):
            plain, _, subresource = resource.partition("/")
            yield Request(verb, group, plain, subresource, name)


def _uncovered(permissions: dict[Request, None], universe: tuple[Request, ...]) -> dict[Request, None]:
    """Return *permissions* without those that others stand for."""
    stars = sorted((request for request in permissions if _stars(request)), key=_stars, reverse=True)
    left = dict(permissions)
    for star in stars:
        covered = [request for request in (*universe, *permissions) if _covers(star, request)]
        if star in left and all(request in permissions for request in covered):
            left = {request: None for request in left if request == star or request not in set(covered)}
    return {
        request: None for request in left if not request.name or replace(request, name="") not in permissions
    }


def _stars(request: Request) -> int:
    """Return how many parts of *request* are stars."""
    if request.path is not None:
        return int(request.verb == ALL) + int(request.path.endswith(ALL))
    return (request.verb, request.group, request.resource).count(ALL)


def _covers(star: Request, other: Request) -> bool:
    """Return whether everybody who can do *star* can do *other*, which is another request."""
    if star == other or (star.path is None) != (other.path is None):
        return False
    if star.verb not in (ALL, other.verb):
        return False
    if star.path is not None and other.path is not None:
        return other.path == star.path or (star.path.endswith(ALL) and other.path.startswith(star.path[:-1]))
    return (
        star.group in (ALL, other.group) and _covers_resource(star, other) and star.name in ("", other.name)
    )


def _covers_resource(star: Request, other: Request) -> bool:
    if star.resource == ALL and not star.subresource:
        return True
    return star.resource in (ALL, other.resource) and star.subresource == other.subresource


def _groups(place: PermissionGroup, named: dict[str, dict[str, None]]) -> Iterator[PermissionGroup]:
    """Yield the groups of one resource: without names first, then names whose verbs are the same together."""
    by_verbs: dict[tuple[str, ...], list[str]] = {}
    for name, verbs in named.items():
        if name:
            by_verbs.setdefault((*_ordered(verbs),), []).append(name)
        else:
            yield replace(place, verbs=(*_ordered(verbs),))
    for same_verbs, names in by_verbs.items():
        yield replace(place, verbs=same_verbs, names=(*names,))


def _ordered(verbs: Iterable[str]) -> list[str]:
    """Return the usual verbs in their usual order, then the others."""
    rank = {verb: number for number, verb in enumerate(_USUAL_ORDER)}
    return sorted(verbs, key=lambda verb: rank.get(verb, len(rank)))
