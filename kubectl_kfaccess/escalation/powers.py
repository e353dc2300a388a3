"""
What identities are allowed of all that steps need, as bits.

A role that is bound in thousands of namespaces is evaluated once. Rules with resourceNames are kept by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import RoleRef
from kubectl_kfaccess.rbac.permissions import PermissionTable, Universe
from kubectl_kfaccess.rbac.reach import RoleKey, role_key
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal

EVERYTHING = Request("*", "*", "*")
"""Only a rule with three stars allows it."""
_NO_NAMES: Mapping[str, int] = MappingProxyType({})


class Powers(NamedTuple):
    """Permissions as bits: those for any name, and the additional ones for objects of certain names."""

    bits: int = 0
    named: Mapping[str, int] = _NO_NAMES

    def of(self, name: str) -> int:
        """Return the permissions for the object *name*; "" is a request without a name."""
        return self.bits | self.named.get(name, 0) if name else self.bits

    def __or__(self, other: Powers) -> Powers:
        """Return both together."""
        if not other.named:
            return Powers(self.bits | other.bits, self.named) if other.bits else self
        named = dict(self.named)
        for name, bits in other.named.items():
            named[name] = named.get(name, 0) | bits
        return Powers(self.bits | other.bits, named)

    def within(self, mask: int) -> Powers:
        """Return only the permissions in *mask*."""
        named = {name: bits & mask for name, bits in self.named.items()} if self.named else self.named
        return Powers(self.bits & mask, named)


NOTHING = Powers()


class PowerTable:
    """The permissions that the roles of *snapshot* grant, out of *requests*."""

    def __init__(self, snapshot: Snapshot, requests: Iterable[Request]) -> None:
        self._snapshot = snapshot
        self._table = PermissionTable(Universe((EVERYTHING, *requests)))
        self._roles: dict[RoleKey, Powers] = {}
        self.everything = self._table.bit(EVERYTHING)
        self.every = Powers(self._table.every)

    def bit(self, request: Request) -> int:
        """Return the bit of *request*, which has no name; 0 if it was not listed."""
        return self._table.bit(request)

    def of_role(self, key: RoleKey) -> Powers:
        """Return what the certain rules of that role allow."""
        powers = self._roles.get(key)
        if powers is None:
            powers = self._roles[key] = self._computed(key)
        return powers

    def granted(self, principals: Iterable[Principal], place: str) -> Powers:
        """Return what bindings in *place* ("": cluster-wide) grant to *principals*."""
        powers = NOTHING
        bound = self._snapshot.bound.get(place)
        if bound:
            for who in principals:
                for binding in bound.get(who, ()):
                    powers = powers | self.of_role(role_key(binding.role_ref, place))
        return powers

    def places(self, who: Principal) -> Iterable[str]:
        """Return the namespaces whose bindings name *who*."""
        return self._places.get(who, ())

    @cached_property
    def _places(self) -> dict[Principal, list[str]]:
        places: dict[Principal, list[str]] = {}
        for place, bound in self._snapshot.bound.items():
            if place:
                for who in bound:
                    places.setdefault(who, []).append(place)
        return places

    def _computed(self, key: RoleKey) -> Powers:
        kind, namespace, name = key
        bits, named = 0, dict[str, int]()
        for rule in self._snapshot.rules_of(self._snapshot.role(RoleRef(kind, name), namespace)):
            if not rule.resource_names:
                bits |= self._table.of_rules((rule,))
                continue
            allowed = self._table.of_rules((replace(rule, resource_names=()),))
            for each in rule.resource_names if allowed else ():
                named[each] = named.get(each, 0) | allowed
        return Powers(bits, named or _NO_NAMES)
