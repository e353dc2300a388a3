"""Roles of Kubeflow's components that have lost the label by which an aggregated role selects them."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.aggregation.components import SHIPPED_PARENTS
from kubectl_kfaccess.rbac.aggregation_tree import members
from kubectl_kfaccess.rbac.labels import selects, well_formed
from kubectl_kfaccess.rbac.model import ClusterRole, ObjectMeta
from kubectl_kfaccess.rbac.snapshot import Snapshot


class LostRole(Struct, frozen=True):
    """A *role* that *parent* does not reach any more, because the label *key*=*value* is missing."""

    role: ClusterRole
    parent: str
    key: str
    value: str

    def restored(self) -> ClusterRole:
        """Return the role with its label, ready to be applied."""
        old = self.role.metadata
        labels = {**old.labels, self.key: self.value}
        return replace(self.role, metadata=ObjectMeta(old.name, "", labels, old.annotations))


def lost_roles(snapshot: Snapshot) -> Iterator[LostRole]:
    """Yield the shipped roles that exist and that nothing selects where it should."""
    if snapshot.gap("clusterroles", ""):
        return
    for name, parent in SHIPPED_PARENTS.items():
        role, selecting = (snapshot.cluster_roles.get(("", key)) for key in (name, parent))
        if role and selecting and name not in members(snapshot.aggregation, (parent,)):
            yield from _by_label(role, selecting)


def _by_label(role: ClusterRole, selecting: ClusterRole) -> Iterator[LostRole]:
    """Yield the role with the first label that would be enough."""
    if not all(map(well_formed, selecting.selectors)):
        return
    labels = role.metadata.labels
    terms = ((selector, term) for selector in selecting.selectors for term in selector.match_labels.items())
    enough = (term for selector, term in terms if selects(selector, {**labels, term[0]: term[1]}))
    for key, value in enough:
        yield LostRole(role, selecting.name, key, value)
        return
