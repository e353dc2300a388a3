"""What a subject can do by steps: the ways, where each of them leads, and the cells with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.indirect_grid import IndirectGrid, IndirectPath, indirect_grid, proved_paths
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.access_grid import Cell
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.resolve.escalation import accounts_exist, escalation_of, likely_escalation
from kubectl_kfaccess.sources.source import Source

BOOTSTRAPPING, DEFAULTS = "kubernetes.io/bootstrapping", "rbac-defaults"
"""The label of the bindings that a server makes itself."""


class PathEnd(Struct, frozen=True):
    """
    Where a way leads: the *namespaces* ("": the whole cluster) in which it allows more.

    *level* is how much access the identity at the end has in the first of them, by *bindings*. *verbs* has
    what the way allows on each resource.
    """

    namespaces: tuple[str, ...]
    level: TenantLevel
    bindings: tuple[Binding, ...]
    verbs: Mapping[str, tuple[str, ...]] = {}


class Indirect(Struct, frozen=True):
    """What steps allow, by cell, and the end of each way, in the order of the grid's ways."""

    escalation: Escalation
    grid: IndirectGrid
    ends: tuple[PathEnd, ...]

    def proved_paths(self) -> Iterator[tuple[int, IndirectPath, PathEnd]]:
        """Yield the number of each proved way, the way and its end."""
        return (each for each in self._paths() if each[1].is_proved)

    def possible_paths(self) -> Iterator[tuple[int, IndirectPath, PathEnd]]:
        """Yield the same of the ways that depend on conditions."""
        return (each for each in self._paths() if not each[1].is_proved)

    def numbers_of(self, cell: Cell) -> tuple[int, ...]:
        """Return the numbers, from 1, of the proved ways that allow some verbs of *cell*."""
        ways = {at for at in self.grid.of(cell).values() if self.grid.paths[at].is_proved}
        return tuple(at + 1 for at in sorted(ways))

    def with_steps(self, cell: Cell) -> Cell:
        """Return *cell* with the verbs that proved ways allow."""
        verbs = {verb for verb, at in self.grid.of(cell).items() if self.grid.paths[at].is_proved}
        if not verbs:
            return cell
        return replace(
            cell,
            allowed=tuple(verb for verb in cell.resource.verbs if verb in cell.allowed or verb in verbs),
            denied=tuple(verb for verb in cell.denied if verb not in verbs),
            unknown=tuple(verb for verb in cell.unknown if verb not in verbs),
            names=tuple((verb, names) for verb, names in cell.names if verb not in verbs),
        )

    def _paths(self) -> Iterator[tuple[int, IndirectPath, PathEnd]]:
        for number, (path, end) in enumerate(zip(self.grid.paths, self.ends, strict=True)):
            yield number, path, end


def indirect_of(source: Source, snapshot: Snapshot, who: KnownSubject, cells: Iterable[Cell]) -> Indirect:
    """Return what *who* can do by steps, of the verbs that *cells* do not allow."""
    return _indirect(escalation_of(source, snapshot), who, tuple(cells))


def has_more_by_steps(source: Source, snapshot: Snapshot, who: KnownSubject, cells: Sequence[Cell]) -> bool:
    """Return whether *who* certainly can do more by steps, without a list of the service accounts."""
    paths = proved_paths(likely_escalation(source, snapshot), who, cells)
    return any(accounts_exist(source, path.steps) for path in paths)


def references(indirect: Indirect) -> Mapping[str, tuple[int, ...]]:
    """Return for each namespace the numbers, from 1, of the proved ways that allow more there."""
    numbers: dict[str, list[int]] = {}
    for number, (_, _, end) in enumerate(indirect.proved_paths(), 1):
        for namespace in end.namespaces:
            numbers.setdefault(namespace, []).append(number)
    return {namespace: tuple(each) for namespace, each in numbers.items()}


def _indirect(escalation: Escalation, who: KnownSubject, cells: tuple[Cell, ...]) -> Indirect:
    grid = indirect_grid(escalation, who, cells)
    namespaces: list[dict[str, None]] = [{} for _ in grid.paths]
    verbs: list[dict[str, dict[str, None]]] = [{} for _ in grid.paths]
    for cell in cells:
        for verb, at in grid.of(cell).items():
            namespaces[at][cell.namespace] = None
            verbs[at].setdefault(cell.resource.name, {})[verb] = None
    levels = TenantLevels(escalation.facts.snapshot)
    ends = (
        replace(_end(path, tuple(places), levels, escalation.facts.snapshot), verbs=_listed(resources))
        for path, places, resources in zip(grid.paths, namespaces, verbs, strict=True)
    )
    return Indirect(escalation, grid, tuple(ends))


def _listed(verbs: Mapping[str, Mapping[str, None]]) -> dict[str, tuple[str, ...]]:
    return {resource: tuple(each) for resource, each in verbs.items()}


def _end(
    path: IndirectPath, namespaces: tuple[str, ...], levels: TenantLevels, snapshot: Snapshot
) -> PathEnd:
    node = path.reached.node
    if node.kind is Kind.CLUSTER:
        return PathEnd(namespaces, TenantLevel.ADMIN, ())
    if not node.is_somebody:
        return PathEnd(namespaces, TenantLevel.SOME, ())
    identity, first = node.identity, next(iter(namespaces), "")
    own = _bindings(identity, [name for name in namespaces if name], snapshot)
    return PathEnd(namespaces, levels.level(identity, first), own or _bindings(identity, [""], snapshot))


def _bindings(identity: Identity, places: Iterable[str], snapshot: Snapshot) -> tuple[Binding, ...]:
    """Return the bindings in *places* that name *identity*, without Kubernetes' defaults."""
    bindings = {
        binding.key: binding
        for place in places
        for who in identity.principals
        for binding in snapshot.bound.get(place, {}).get(who, ())
        if not snapshot.is_assumed(binding) and binding.metadata.labels.get(BOOTSTRAPPING) != DEFAULTS
    }
    return tuple(bindings.values())
