"""What a subject is to each namespace: its owner, or how much access there is, in one word."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.kubeflow.tenants.relations import Relation, Relations
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.snapshot import Snapshot


class Standing(Struct, frozen=True):
    """The relation of a subject to a namespace ("": the whole cluster), and their level of access there."""

    relation: Relation | None
    level: TenantLevel

    @property
    def word(self) -> str:
        """Return `owner`, or the level of access."""
        return Relation.OWNER.value if self.relation is Relation.OWNER else self.level.value


def standings(snapshot: Snapshot, who: KnownSubject, namespaces: Iterable[str]) -> dict[str, Standing]:
    """Return what *who* is to each of *namespaces*."""
    relations, levels = Relations(snapshot), TenantLevels(snapshot)

    def standing(name: str) -> Standing:
        identity = who.at(name).seen(Plane.KUBECTL)
        return Standing(relations.nearest(identity.principals, name), levels.level(identity, name))

    return {name: standing(name) for name in namespaces}
