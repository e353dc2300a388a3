"""
What all subjects with the same roles can do in a namespace, and by which of their bindings.

The same roles are bound in thousands of namespaces, so this is computed once for each set of roles. A Role
is the same in every namespace where it has the same name and rules.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.output.rbac_terms import paths_of
from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridResource, access
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS, USER, Principal

Bound = tuple[tuple[Principal, Binding], ...]
"""Bindings, each with the principal that it names; cluster-wide ones first."""
MOST_REMEMBERED = 256
"""How many sets of roles are remembered: a cluster where each namespace has its own would fill the memory."""


class Right(Struct, frozen=True):
    """
    A cell in which something is allowed or not known, and the bindings that grant it.

    *by* are positions in the bindings of a place: the binding that grants most verbs first, one of the
    namespace before a cluster-wide one; last those whose roles are not known. *path* is how aggregation
    brings the first verb into the role of the first binding: empty if only unknown roles can grant it.
    """

    cell: Cell
    by: tuple[int, ...]
    path: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Rights:
    """What all subjects with the same roles can do, row by row, and how much that is in one word."""

    rows: tuple[Right, ...]
    level: TenantLevel


class SharedRights:
    """The rights of subjects in a snapshot, each set of roles evaluated once."""

    def __init__(self, snapshot: Snapshot, resources: tuple[GridResource, ...]) -> None:
        self._snapshot = snapshot
        self._resources = resources
        self._forget()

    def bound(self, who: KnownSubject, namespace: str) -> Bound:
        """Return the bindings that count for *who* in *namespace*; in "", only ClusterRoleBindings."""
        indexes = [self._snapshot.bound.get(place, {}) for place in dict.fromkeys((CLUSTER, namespace))]
        principals = who.seen(Plane.KUBECTL).principals
        return tuple(
            (name, binding) for index in indexes for name in principals for binding in index.get(name, ())
        )

    def of(self, who: KnownSubject, namespace: str, bound: Bound) -> Rights:
        """Return what *who* can do in *namespace*, where the bindings *bound* count."""
        key = self._key(who, namespace, bound)
        rights = self._known.get(key)
        if rights is None:
            if len(self._known) >= MOST_REMEMBERED:
                self._forget()
            rights = self._known[key] = self._rights(who, namespace, bound)
        return rights

    def _forget(self) -> None:
        self._known: dict[object, Rights] = {}
        self._evaluator, self._levels = Evaluator(self._snapshot), TenantLevels(self._snapshot)

    def _key(self, who: KnownSubject, namespace: str, bound: Bound) -> object:
        """Return all that the rights depend on: the content of the roles, which names count, and the gaps."""
        gaps = tuple(self._snapshot.gap(kind, namespace) is None for kind in ("rolebindings", "roles"))
        roles = tuple((name.kind, bool(binding.namespace), self._role(binding)) for name, binding in bound)
        return namespace == CLUSTER, who.counts(Plane.KUBEFLOW), MASTERS in who.groups, gaps, roles

    def _role(self, binding: Binding) -> object:
        ref = binding.role_ref
        if ref.kind == "ClusterRole":
            return ref
        role = self._snapshot.role(ref, binding.namespace)
        return ref, role.rules if role else None, self._is_doubtful(binding)

    def _is_doubtful(self, binding: Binding) -> bool:
        """Whether not all rules are known of the role that *binding* refers to."""
        if self._snapshot.is_complete:
            return False
        return self._snapshot.doubt_on_role(binding.role_ref, binding.namespace) is not None

    def _rights(self, who: KnownSubject, namespace: str, bound: Bound) -> Rights:
        (cells,) = access(self._evaluator, who, self._resources, (namespace,))
        rows = (self._right(cell, bound) for cell in cells if cell.allowed or cell.unknown or cell.names)
        return Rights(tuple(rows), self._levels.level(who.seen(Plane.KUBECTL), namespace))

    def _right(self, cell: Cell, bound: Bound) -> Right:
        verbs = (*cell.allowed, *(verb for verb, _ in cell.names))
        grants = [self._grants(cell, verbs, *pair) for pair in bound]
        granting = [at for at, granted in enumerate(grants) if granted]
        granting.sort(key=lambda at: (-len(grants[at]), not bound[at][1].namespace))
        if cell.unknown:
            granting += [at for at, pair in enumerate(bound) if not grants[at] and self._can_add(cell, *pair)]
        first = grants[granting[0]] if granting else {}
        grant = next((first[verb] for verb in verbs if verb in first), None)
        return Right(cell, tuple(granting), paths_of(grant, self._snapshot)[0] if grant else ())

    def _grants(
        self, cell: Cell, verbs: tuple[str, ...], name: Principal, binding: Binding
    ) -> dict[str, Grant]:
        """Return a grant for each of *verbs* that *binding* certainly grants, perhaps for some names only."""
        if cell.resource.via is Plane.KUBEFLOW and name.kind != USER:
            return {}
        grants = {verb: self._certain(cell, verb, name, binding) for verb in verbs}
        return {verb: grant for verb, grant in grants.items() if grant}

    def _certain(self, cell: Cell, verb: str, name: Principal, binding: Binding) -> Grant | None:
        """Return a certain grant of the verb; one for certain names counts where the cell has those names."""
        grants = self._visit(cell, verb, name, binding)
        is_named = verb not in cell.allowed
        return next((grant for grant in grants if grant.certain and grant.named is is_named), None)

    def _can_add(self, cell: Cell, name: Principal, binding: Binding) -> bool:
        """Whether *binding* can grant a verb that is not known."""
        if cell.resource.via is Plane.KUBEFLOW and name.kind != USER:
            return False
        return self._is_doubtful(binding) or any(
            True for verb in cell.unknown for _ in self._visit(cell, verb, name, binding)
        )

    def _visit(self, cell: Cell, verb: str, name: Principal, binding: Binding) -> Iterator[Grant]:
        request = cell.resource.request(verb, cell.namespace)
        return self._evaluator.visit(((binding, (name,)),), request, any_name=True)
