"""Roles that are of people who can only view, and the steps by which they run code all the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.nodes import Kind, Node
from kubectl_kfaccess.escalation.step_type import StepType, Yield
from kubectl_kfaccess.escalation.steps import read_token
from kubectl_kfaccess.isolation.grants import GrantedLevels
from kubectl_kfaccess.isolation.tenant_roles import CLUSTER, TENANTS, BoundRole, Held, TenantRoles
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.rbac.reach import RoleKey

_VIEW = ("ClusterRole", "", ROLES["view"])
_CODE = frozenset((Yield.CODE, Yield.CODE_AS, Yield.DEFAULT_CODE, Yield.WORKSPACE_CODE))
_ACCOUNTS = frozenset(
    (
        Yield.ACCOUNT,
        Yield.SOME_ACCOUNT,
        Yield.API_ACCOUNT,
        Yield.SOME_API_ACCOUNT,
        Yield.IMPERSONATED_ACCOUNT,
    )
)
Ways = tuple[tuple[StepType, Yield], ...]
"""Steps, and what each gives."""


class Climb(Struct, frozen=True):
    """The role *key* lets those who *held* roles of viewers take *steps*: run code, or act as accounts."""

    key: RoleKey
    held: Held
    steps: tuple[StepType, ...]
    runs_code: bool


class Viewers:
    """What the *roles* of viewers lead to. That Secrets can hold tokens does not count here."""

    def __init__(self, roles: TenantRoles, levels: GrantedLevels, escalation: Escalation) -> None:
        self._roles = roles
        self._levels = levels
        self._escalation = escalation

    @cached_property
    def climbs(self) -> tuple[Climb, ...]:
        """The roles that let viewers climb, sorted by key; if possible those with the rules in them."""
        climbs: dict[RoleKey, Climb] = {}
        for role in filter(self._is_viewers, self._roles.bound):
            held = _held(role)
            place = next((place for place in sorted(held.places) if place != CLUSTER), "")
            for key, ways in self._at_fault(role.key, place) if place else ():
                known = climbs[key].held if key in climbs else Held()
                climbs[key] = _climb(key, known | held, ways)
        return tuple(climbs[key] for key in sorted(climbs))

    def _is_viewers(self, role: BoundRole) -> bool:
        is_view = role.key == _VIEW or self._levels.level((role.binding,)) is TenantLevel.VIEW
        return is_view and bool(_held(role))

    def _at_fault(self, key: RoleKey, place: str) -> Iterator[tuple[RoleKey, Ways]]:
        """Yield the roles that are enough for a step alone, and the bound role if more need all together."""
        ways = self._ways(key, place)
        written = [source for source, _ in self._roles.written(key)] if ways else []
        alone = [(source, own) for source in written if (own := self._ways(source, place))]
        yield from alone
        steps = {step for _, own in alone for step, _ in own}
        if together := tuple(way for way in ways if way[0] not in steps):
            yield key, together

    def _ways(self, key: RoleKey, place: str) -> Ways:
        """Return the steps that the role alone is enough for, bound in *place*, and what each gives."""
        return tuple(self._of_graph(Node(Kind.HOLDER, place, role=key), place))

    def _of_graph(self, node: Node, place: str) -> Iterator[tuple[StepType, Yield]]:
        for choice in self._escalation.graph.choices(node, place):
            option = choice.option
            if option.yields in _CODE | _ACCOUNTS and option.step.id != read_token.TYPE.id:
                yield option.step, option.yields


def _climb(key: RoleKey, held: Held, ways: Ways) -> Climb:
    steps = tuple(dict.fromkeys(step for step, _ in ways))
    return Climb(key, held, steps, any(gives in _CODE for _, gives in ways))


def _held(role: BoundRole) -> Held:
    held = Held()
    for side in TENANTS:
        held |= role.held.get(side, Held())
    return held
