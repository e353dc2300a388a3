"""
What a change of roles and bindings changes for anybody: who gains which permissions, and where.

The decisions compared are the evaluator's, of each principal alone. They are not asked one by one: what a
rule allows of all the permissions there are is a set of bits, so a role that is bound in thousands of
namespaces is looked at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace as changed

from kubectl_kfaccess.rbac.model import (
    Binding,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleRef,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import ALL, Request, non_resource_url_matches, verb_matches
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, Identity, Principal

Concerned = tuple[Principal, str]
Bindings = Mapping[str, Mapping[Principal, Iterable[Binding]]]
_MOST_EXAMPLES = 5


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


class Change(Struct, frozen=True):
    """
    How many permissions a principal, all alone, gains in a namespace, and the first few of them.

    In the namespace "" they are gained in every namespace and on cluster-scoped things, and are not
    counted again in any namespace.
    """

    who: Principal
    namespace: str
    gained: int
    examples: tuple[Request, ...] = ()


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


def changes(
    before: Snapshot, after: Snapshot, universe: Universe, concerned: Iterable[Concerned]
) -> tuple[Change, ...]:
    """Return what the *concerned* gain from *before* to *after*, by principal and namespace."""
    return Effects(before, universe).changes(after, concerned)


def concerned(before: Snapshot, after: Snapshot) -> tuple[Concerned, ...]:
    """Return the principals, each with the namespace, whose bindings or bound roles differ."""
    roles = _differing_roles(before, after)
    found: dict[Concerned, None] = {}
    for binding in _bindings(after):
        old = _same(before, binding)
        if old is not binding or _role_key(binding.role_ref, binding.namespace) in roles:
            both = {**principals_of(old or binding), **principals_of(binding)}
            found.update(dict.fromkeys((who, binding.namespace) for who in both))
    return tuple(sorted(found))


def overwritten(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Return the aggregated ClusterRoles that change and lose a rule that somebody wrote into them."""
    # syncClusterRole: hand-written rules stand only as long as the selection yields nothing
    names = {role for kind, _, role in _differing_roles(before, after) if kind == ClusterRole.kind}
    old = {name for name in names if ("", name) in before.cluster_roles}
    return tuple(sorted(name for name in old if not _all_rules(before, name) <= _collected(after, name)))


class Effects:
    """What changes of one snapshot change, counted in one universe."""

    def __init__(self, before: Snapshot, universe: Universe) -> None:
        self._permissions = _Permissions(universe)
        self._before = _Reach(before, before.bound, self._permissions)

    def changes(self, after: Snapshot, concerned: Iterable[Concerned]) -> tuple[Change, ...]:
        """Return what the *concerned* gain when the snapshot becomes *after*, in order, without the rest."""
        later = self._later(after)
        found = ((who, where, self._gained(later, who, where)) for who, where in sorted(set(concerned)))
        return tuple(
            Change(who, where, gained.bit_count(), self._permissions.first(gained, _MOST_EXAMPLES))
            for who, where, gained in found
            if gained
        )

    def granted(self, who: Principal, ref: RoleRef, namespace: str) -> int:
        """Return how many permissions *who* alone would gain if that role were bound to it there."""
        gains = self._before.role(ref, namespace) & ~self._before.allowed(alone(who), namespace)
        return (gains & self._permissions.counted(namespace)).bit_count()

    def allows(self, after: Snapshot, identity: Identity, request: Request) -> bool:
        """Whether *request*, one of the universe's but for its namespace, is allowed in *after*."""
        namespace = request.namespace if request.path is None else ""
        return bool(self._later(after).allowed(identity, namespace) & self._permissions.bit(request))

    def _gained(self, later: _Reach, who: Principal, namespace: str) -> int:
        identity = alone(who)
        everywhere = later.allowed(identity, "") & ~self._before.allowed(identity, "")
        if not namespace:
            return everywhere
        here = later.allowed(identity, namespace) & ~self._before.allowed(identity, namespace)
        return here & ~everywhere & self._permissions.counted(namespace)

    def _later(self, after: Snapshot) -> _Reach:
        return _Reach(after, _bound_anew(self._before.snapshot, after), self._permissions)


def alone(who: Principal) -> Identity:
    """Return the identity that nothing but *who* counts for."""
    return Identity("", (who.name,)) if who.kind == GROUP else Identity(who.name)


def anywhere(request: Request) -> Request:
    """Return *request* without its namespace, which no rule reads."""
    return changed(request, namespace="")


class _Reach:
    """What each identity is allowed in one snapshot, as bits; each role's bits are found once."""

    def __init__(self, snapshot: Snapshot, bound: Bindings, permissions: _Permissions) -> None:
        self.snapshot = snapshot
        self._bound = bound
        self._permissions = permissions
        self._roles: dict[tuple[str, str, str], int] = {}

    def allowed(self, identity: Identity, namespace: str) -> int:
        """The permissions of *identity* there; outside of namespaces only ClusterRoleBindings count."""
        if MASTERS in identity.groups:
            return self._permissions.every
        found = 0
        for place in ("", namespace) if namespace else ("",):
            bound = self._bound.get(place, {})
            for who in identity.principals:
                for binding in bound.get(who, ()):
                    found |= self.role(binding.role_ref, place)
        return found

    def role(self, ref: RoleRef, namespace: str) -> int:
        """What the rules that the role certainly has allow, 0 when there is no such role."""
        key = _role_key(ref, namespace)
        if key not in self._roles:
            rules = self.snapshot.rules_of(self.snapshot.role(ref, namespace))
            self._roles[key] = self._permissions.of_rules(rules)
        return self._roles[key]


class _Permissions:
    """A universe with a bit for each permission: the rule test of `rules`, for all of them at once."""

    def __init__(self, universe: Universe) -> None:
        self._all = tuple(dict.fromkeys((*universe.permissions, *universe.cluster)))
        self._bits = {one: 1 << position for position, one in enumerate(self._all)}
        self._namespaced = sum(self._bits[one] for one in set(universe.permissions))
        self._urls = tuple(one for one in self._all if one.path is not None)
        self._rules: dict[PolicyRule, int] = {}
        self.every = (1 << len(self._all)) - 1

    def counted(self, namespace: str) -> int:
        """The permissions that mean something there: in a namespace only those on namespaced things."""
        return self._namespaced if namespace else self.every

    def bit(self, request: Request) -> int:
        return self._bits.get(anywhere(request), 0)

    def first(self, permissions: int, most: int) -> tuple[Request, ...]:
        if not permissions or not most:
            return ()
        lowest = permissions & -permissions
        return (self._all[lowest.bit_length() - 1], *self.first(permissions ^ lowest, most - 1))

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


def _differing_roles(before: Snapshot, after: Snapshot) -> set[tuple[str, str, str]]:
    """Return the keys of the roles whose rules are not the same, new ones included."""
    cluster = {
        (ClusterRole.kind, "", name)
        for name in {name for _, name in (*before.cluster_roles, *after.cluster_roles)}
        if _rules(before, name) != _rules(after, name)
    }
    here = {
        (Role.kind, *key)
        for key in {*before.roles, *after.roles}
        if before.roles.get(key) is not after.roles.get(key)
    }
    return cluster | here


def _rules(snapshot: Snapshot, name: str) -> tuple[tuple[PolicyRule, ...], ...] | None:
    if ("", name) not in snapshot.cluster_roles:
        return None
    return (snapshot.aggregation.rules(name), snapshot.aggregation.uncertain_rules(name))


def _all_rules(snapshot: Snapshot, name: str) -> frozenset[PolicyRule]:
    return frozenset(rule for rules in _rules(snapshot, name) or () for rule in rules)


def _collected(after: Snapshot, name: str) -> frozenset[PolicyRule]:
    """Return the rules that the controller leaves in the role: of a stored one, what its selection has."""
    if name in after.aggregation.computed or name not in after.aggregation.selected:
        return _all_rules(after, name)
    return frozenset(rule for one in after.aggregation.selected[name] for rule in _all_rules(after, one))


def _bound_anew(before: Snapshot, after: Snapshot) -> Bindings:
    """Return the index `bound` of *after*, made anew only for the namespaces whose bindings differ."""
    index: dict[str, dict[Principal, list[Binding]]] = {place: {} for place in _touched(before, after)}
    for binding in _bindings(after) if index else ():
        if binding.namespace in index:
            for who in principals_of(binding):
                index[binding.namespace].setdefault(who, []).append(binding)
    return {**before.bound, **index}


def _touched(before: Snapshot, after: Snapshot) -> set[str]:
    """Return the namespaces ("" for the whole cluster) in which a binding is new, another one or gone."""
    pairs = (
        (before.cluster_role_bindings, after.cluster_role_bindings),
        (before.role_bindings, after.role_bindings),
    )
    return {key[0] for old, new in pairs for key in {*old, *new} if old.get(key) is not new.get(key)}


def _bindings(snapshot: Snapshot) -> Iterator[Binding]:
    """Yield the bindings that can grant anything, in no order."""
    yield from snapshot.cluster_role_bindings.values()
    yield from (binding for key, binding in snapshot.role_bindings.items() if key[0])


def _same(snapshot: Snapshot, binding: Binding) -> Binding | None:
    """Return the binding of the same kind, namespace and name."""
    if isinstance(binding, ClusterRoleBinding):
        return snapshot.cluster_role_bindings.get(binding.key)
    return snapshot.role_bindings.get(binding.key)


def _role_key(ref: RoleRef, namespace: str) -> tuple[str, str, str]:
    """Return what tells roles apart: a ClusterRole is the same one in every namespace."""
    return (ref.kind, namespace if ref.kind == Role.kind else "", ref.name)
