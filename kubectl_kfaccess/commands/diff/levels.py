"""How a change of permissions shows in the levels of areas, and what no level shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.diff.diff import AreaChange, PermissionChanges
from kubectl_kfaccess.kubeflow.catalogue.levels import NOTHING, WORDS, AreaLevel, area_level
from kubectl_kfaccess.rbac.access_grid import Cell, GridResource
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.permission_groups import permission_groups
from kubectl_kfaccess.rbac.permissions import PermissionSet, PermissionTable
from kubectl_kfaccess.rbac.rules import Request

Parts = tuple[PermissionSet, PermissionSet, PermissionSet, PermissionSet]
"""What is gained, lost, maybe gained and maybe lost."""


class AreaLevels:
    """The levels of the areas of *resources*. What many subjects share is computed once."""

    def __init__(self, resources: Iterable[GridResource], table: PermissionTable) -> None:
        self._by_area: dict[str, list[GridResource]] = {}
        for resource in resources:
            self._by_area.setdefault(resource.area, []).append(resource)
        self._table = table
        self._changes: dict[object, tuple[tuple[AreaChange, ...], PermissionChanges]] = {}

    def changes(
        self, parts: Parts, before: PermissionSet, after: PermissionSet, *, is_group: bool, is_whole: bool
    ) -> tuple[tuple[AreaChange, ...], PermissionChanges]:
        """
        Return the areas whose levels differ, and the permissions that change in no such area.

        Kubeflow's own services do not ask about a group (*is_group*). *is_whole*: cluster-scoped resources
        count as well.
        """
        key = (*(part.bits for part in parts), before.bits, after.bits, is_group, is_whole)
        if key not in self._changes:
            areas = tuple(self._areas(parts, before, after, is_group=is_group, is_whole=is_whole))
            self._changes[key] = (areas, self._others(parts, {area.area for area in areas}))
        return self._changes[key]

    def _areas(
        self, parts: Parts, before: PermissionSet, after: PermissionSet, *, is_group: bool, is_whole: bool
    ) -> Iterator[AreaChange]:
        maybe = {*parts[2], *parts[3]}
        for area, resources in self._by_area.items():
            counting = [
                resource
                for resource in resources
                if (is_whole or resource.namespaced) and not (is_group and resource.via is Plane.KUBEFLOW)
            ]
            old, new = (_level(counting, side, maybe) for side in (before, after))
            if str(old) != str(new) and _agrees(old, new, _in_area(parts, counting)):
                yield AreaChange(area, str(old), str(new))

    def _others(self, parts: Parts, shown: set[str]) -> PermissionChanges:
        """Return the changes on resources in none of the areas *shown*."""
        known = {
            (resource.group, resource.resource, resource.subresource)
            for area in shown
            for resource in self._by_area[area]
        }
        rest = (
            permission_groups(
                [
                    request
                    for request in part
                    if (request.group, request.resource, request.subresource) not in known
                ],
                self._table.all,
            )
            for part in parts
        )
        return PermissionChanges(*rest)


def _level(resources: list[GridResource], allowed: PermissionSet, maybe: set[Request]) -> AreaLevel:
    """Return the level of an area, `-` if nothing in it counts."""
    return area_level([_cell(resource, allowed, maybe) for resource in resources]) or AreaLevel(NOTHING)


def _in_area(parts: Parts, resources: list[GridResource]) -> tuple[bool, bool]:
    """Return whether anything on *resources* is gained, and whether anything is lost."""
    requests = [resource.request(verb, "") for resource in resources for verb in resource.verbs]
    gained, lost = (any(request in part for request in requests) for part in parts[:2])
    return gained, lost


def _agrees(old: AreaLevel, new: AreaLevel, changes: tuple[bool, bool]) -> bool:
    """
    Return whether the words go where the permissions go.

    The word of an area in which most resources have nothing is the lowest of the others, so that it can fall
    although something is gained.
    """
    if old.word not in WORDS or new.word not in WORDS:
        return True
    rise = WORDS.index(new.word) - WORDS.index(old.word)
    return not ((changes == (True, False) and rise < 0) or (changes == (False, True) and rise > 0))


def _cell(resource: GridResource, allowed: PermissionSet, maybe: set[Request]) -> Cell:
    requests = {verb: resource.request(verb, "") for verb in resource.verbs}
    granted = tuple(verb for verb, request in requests.items() if request in allowed)
    unknown = tuple(verb for verb, request in requests.items() if request in maybe and verb not in granted)
    denied = tuple(verb for verb in requests if verb not in granted and verb not in unknown)
    return Cell("", resource, granted, denied, unknown)
