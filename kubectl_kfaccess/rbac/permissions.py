"""
Sets of permissions. A permission is a request without a namespace, and a bit: roles are compared as a whole.
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
    The permissions that are counted, without namespaces, each once.

    *permissions* are those on namespaced things, *cluster* the others, URLs included.
    """

    permissions: tuple[Request, ...] = ()
    cluster: tuple[Request, ...] = ()
    namespaces: tuple[str, ...] = ()

    def including(self, request: Request) -> Universe:
        """Return the universe with *request*, in the part that its scope says."""
        asked = anywhere(request)
        if not request.namespace or request.path is not None:
            known = asked in self.permissions or asked in self.cluster
            return self if known else changed(self, cluster=(*self.cluster, asked))
        if asked in self.permissions:
            return self
        others = tuple(one for one in self.cluster if one != asked)
        return changed(self, permissions=(*self.permissions, asked), cluster=others)


def universe(
    types: Iterable[ResourceType],
    namespaces: Iterable[str],
    extra_verbs: Mapping[tuple[str, str], tuple[str, ...]] = {},
) -> Universe:
    """Return every type and subresource with each of its verbs, *extra_verbs* too: by (group, TYPE[/SUB])."""
    found: dict[bool, dict[Request, None]] = {True: {}, False: {}}
    for one in types:
        found[one.namespaced].update(dict.fromkeys(_requests(one, extra_verbs)))
    return Universe(tuple(found[True]), tuple(found[False]), tuple(namespaces))


def anywhere(request: Request) -> Request:
    """Return *request* without its namespace, which no rule reads."""
    return changed(request, namespace="")


class PermissionSet(Collection[Request]):
    """Permissions of one universe, in its order: requests without a namespace."""

    __slots__ = ("_bits", "_table")

    def __init__(self, bits: int, table: PermissionTable) -> None:
        self._bits = bits
        self._table = table

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
    """A universe with a bit for each permission: the rule test of `rules`, for all of them at once."""

    def __init__(self, universe: Universe) -> None:
        self.all = tuple(dict.fromkeys((*universe.permissions, *universe.cluster)))
        self._bits = {one: 1 << position for position, one in enumerate(self.all)}
        self._namespaced = sum(self._bits[one] for one in set(universe.permissions))
        self._urls = tuple(one for one in self.all if one.path is not None)
        self._rules: dict[PolicyRule, int] = {}
        self.every = (1 << len(self.all)) - 1

    def counted(self, namespace: str) -> int:
        """The permissions that mean something there: in a namespace only those on namespaced things."""
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
        """The four matchers of resource requests: verb, group, resource or `*/sub`, name."""
        found = self._matching("verb", rule.verbs) & self._matching("group", rule.api_groups)
        found &= self._matching("resource", rule.resources)
        return found & self._matching("name", rule.resource_names) if rule.resource_names else found

    def _matching(self, part: str, listed: Iterable[str]) -> int:
        index = self._index[part]
        return _union(index.get(one, 0) for one in listed)

    def _on_urls(self, rule: PolicyRule) -> int:
        return _union(
            self._bits[one]
            for one in self._urls
            if verb_matches(rule, one.verb) and non_resource_url_matches(rule, one.path or "")
        )

    @cached_property
    def _index(self) -> dict[str, dict[str, int]]:
        """For each part of a rule, what each text that it may list stands for."""
        index: dict[str, dict[str, int]] = {part: {} for part in ("verb", "group", "resource", "name")}
        for one, bit in self._bits.items():
            for part, texts in _parts(one) if one.path is None else ():
                for text in texts:
                    index[part][text] = index[part].get(text, 0) | bit
        return index


def _parts(request: Request) -> Iterator[tuple[str, set[str]]]:
    """Yield the parts of a rule with the texts that match *request*; a name has no star."""
    yield "verb", {ALL, request.verb}
    yield "group", {ALL, request.group}
    # ResourceMatches: "*/foo" counts only when a subresource is asked
    any_resource = {f"*/{request.subresource}"} if request.subresource else set()
    yield "resource", {ALL, request.combined_resource, *any_resource}
    yield "name", {request.name}


def _union(parts: Iterable[int]) -> int:
    found = 0
    for part in parts:
        found |= part
    return found


def _requests(
    found: ResourceType, extra_verbs: Mapping[tuple[str, str], tuple[str, ...]]
) -> Iterator[Request]:
    for verb in (*(found.verbs or _VERBS), *extra_verbs.get(found.key, ())):
        yield Request(verb, found.group, found.name)
    for sub in found.subresources:
        more = extra_verbs.get((found.group, f"{found.name}/{sub}"), ())
        for verb in (*_VERBS_OF_SUBRESOURCES.get(sub, _VERBS_OF_ANY_SUBRESOURCE), *more):
            yield Request(verb, found.group, found.name, sub)


_VERBS = ("get", "list", "watch", "create", "update", "patch", "delete", "deletecollection")
_VERBS_OF_ANY_SUBRESOURCE = ("get", "update", "patch", "create")
_VERBS_OF_SUBRESOURCES = {
    **dict.fromkeys(("status", "scale"), ("get", "update", "patch")),
    **dict.fromkeys(("exec", "attach", "portforward"), ("get", "create")),
    **dict.fromkeys(("token", "eviction", "binding"), ("create",)),
    "log": ("get",),
}
