"""
Sets of permissions. A permission is a request without a namespace.

Each permission is a bit of a number. So all permissions of a role are one number, and are compared at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace as changed

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL, Request, non_resource_url_matches, verb_matches


class Universe(Struct, frozen=True):
    """
    The permissions that are counted, each once.

    *permissions* are those on namespaced resources, *cluster* those on cluster-scoped ones and on URLs.
    """

    permissions: tuple[Request, ...] = ()
    cluster: tuple[Request, ...] = ()
    namespaces: tuple[str, ...] = ()

    def including(self, request: Request) -> Universe:
        """Return the universe with *request* added to the part of its scope."""
        permission = anywhere(request)
        if not request.namespace or request.path is not None:
            is_known = permission in self.permissions or permission in self.cluster
            return self if is_known else changed(self, cluster=(*self.cluster, permission))
        if permission in self.permissions:
            return self
        others = tuple(other for other in self.cluster if other != permission)
        return changed(self, permissions=(*self.permissions, permission), cluster=others)


def universe(
    types: Iterable[ResourceType],
    namespaces: Iterable[str],
    extra_verbs: Mapping[tuple[str, str], tuple[str, ...]] = {},
) -> Universe:
    """
    Return each verb of each type and subresource.

    *extra_verbs* are further verbs by (group, TYPE) or (group, TYPE/SUBRESOURCE).
    """
    requests: dict[bool, dict[Request, None]] = {True: {}, False: {}}
    for resource_type in types:
        requests[resource_type.namespaced].update(dict.fromkeys(_requests(resource_type, extra_verbs)))
    return Universe(tuple(requests[True]), tuple(requests[False]), tuple(namespaces))


def anywhere(request: Request) -> Request:
    """Return *request* without its namespace, which no rule reads."""
    return changed(request, namespace="")


class PermissionSet(Collection[Request]):
    """Some permissions of a universe, in its order."""

    __slots__ = ("_bits", "_table")

    def __init__(self, bits: int, table: PermissionTable) -> None:
        self._bits = bits
        self._table = table

    @property
    def bits(self) -> int:
        """The permissions as bits of their table, to compare sets of the same table quickly."""
        return self._bits

    @property
    def none(self) -> PermissionSet:
        """The empty set of the same universe."""
        return PermissionSet(0, self._table)

    @property
    def universe(self) -> tuple[Request, ...]:
        """All permissions of the universe, in its order."""
        return self._table.all

    def __len__(self) -> int:
        return self._bits.bit_count()

    def __bool__(self) -> bool:
        return bool(self._bits)

    def __iter__(self) -> Iterator[Request]:
        bits = self._bits
        while bits:
            lowest = bits & -bits
            yield self._table.all[lowest.bit_length() - 1]
            bits ^= lowest

    def __contains__(self, request: object) -> bool:
        return isinstance(request, Request) and bool(self._bits & self._table.bit(request))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PermissionSet) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"PermissionSet{tuple(self)}"


class PermissionTable:
    """The bits of a universe's permissions, and those that rules allow: `rule_allows`, for all at once."""

    def __init__(self, universe: Universe) -> None:
        self.all = tuple(dict.fromkeys((*universe.permissions, *universe.cluster)))
        self._bits = {permission: 1 << position for position, permission in enumerate(self.all)}
        self._namespaced = sum(self._bits[permission] for permission in set(universe.permissions))
        self._urls = tuple(permission for permission in self.all if permission.path is not None)
        self._rules: dict[PolicyRule, int] = {}
        self.every = (1 << len(self.all)) - 1

    def counted(self, namespace: str) -> int:
        """Return the permissions that exist in *namespace*: those on namespaced resources; in "", all."""
        return self._namespaced if namespace else self.every

    def bit(self, request: Request) -> int:
        return self._bits.get(anywhere(request), 0)

    def of_rules(self, rules: Iterable[PolicyRule]) -> int:
        return _union(self._of_rule(rule) for rule in rules)

    def _of_rule(self, rule: PolicyRule) -> int:
        if rule not in self._rules:
            self._rules[rule] = self._on_resources(rule) | self._on_urls(rule)
        return self._rules[rule]

    def _on_resources(self, rule: PolicyRule) -> int:
        """Return what the rule allows on resources: verb, group, resource or `*/sub`, and name must match."""
        bits = self._matching("verb", rule.verbs) & self._matching("group", rule.api_groups)
        bits &= self._matching("resource", rule.resources)
        return bits & self._matching("name", rule.resource_names) if rule.resource_names else bits

    def _matching(self, part: str, listed: Iterable[str]) -> int:
        index = self._index[part]
        return _union(index.get(text, 0) for text in listed)

    def _on_urls(self, rule: PolicyRule) -> int:
        return _union(
            self._bits[permission]
            for permission in self._urls
            if verb_matches(rule, permission.verb) and non_resource_url_matches(rule, permission.path or "")
        )

    @cached_property
    def _index(self) -> dict[str, dict[str, int]]:
        """For each part of a rule, the permissions that each text in it matches."""
        index: dict[str, dict[str, int]] = {part: {} for part in ("verb", "group", "resource", "name")}
        for permission, bit in self._bits.items():
            for part, texts in _parts(permission) if permission.path is None else ():
                for text in texts:
                    index[part][text] = index[part].get(text, 0) | bit
        return index


def _parts(request: Request) -> Iterator[tuple[str, set[str]]]:
    """Yield the parts of a rule, each with the texts that match *request*. A star is no pattern for names."""
    yield "verb", {ALL, request.verb}
    yield "group", {ALL, request.group}
    # ResourceMatches: "*/foo" matches only requests with a subresource
    any_resource = {f"*/{request.subresource}"} if request.subresource else set()
    yield "resource", {ALL, request.combined_resource, *any_resource}
    yield "name", {request.name}


def _union(parts: Iterable[int]) -> int:
    union = 0
    for part in parts:
        union |= part
    return union


def _requests(
    resource_type: ResourceType, extra_verbs: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[Request]:
    for verb in (*(resource_type.verbs or _VERBS), *extra_verbs.get(resource_type.key, ())):
        yield Request(verb, resource_type.group, resource_type.name)
    for sub in resource_type.subresources:
        more = extra_verbs.get((resource_type.group, f"{resource_type.name}/{sub}"), ())
        for verb in (*_VERBS_OF_SUBRESOURCES.get(sub, _VERBS_OF_ANY_SUBRESOURCE), *more):
            yield Request(verb, resource_type.group, resource_type.name, sub)


_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_VERBS_OF_ANY_SUBRESOURCE = ("get", "update", "patch", "create")
_VERBS_OF_SUBRESOURCES = {
    **dict.fromkeys(("status", "scale"), ("get", "update", "patch")),
    **dict.fromkeys(("exec", "attach", "portforward"), ("get", "create")),
    **dict.fromkeys(("token", "eviction", "binding"), ("create",)),
    "log": ("get",),
}
