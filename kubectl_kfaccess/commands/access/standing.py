"""What a subject is to each namespace: its owner, or how much access there is, in one word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.tenants.relations import Relation, Relations
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel, TenantLevels
from kubectl_kfaccess.output.few import few_in_sentence
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.terminal.safe_text import listed


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
    identity = who.seen(Plane.KUBECTL)
    return {
        name: Standing(relations.nearest(identity.principals, name), levels.level(identity, name))
        for name in namespaces
    }


def standing_texts(by_namespace: Mapping[str, Standing], *, is_caller: bool) -> Iterator[str]:
    """Yield `owns team-a`, `is a view contributor in team-b`: a text for all namespaces of one standing."""
    namespaces: dict[str, list[str]] = {}
    everywhere = by_namespace.get("")
    for name, standing in by_namespace.items():
        is_as_everywhere = everywhere and standing.relation not in _OWN and standing.level is everywhere.level
        if name and is_as_everywhere:
            continue
        namespaces.setdefault(_action(standing, name, is_caller=is_caller), []).append(name)
    for action in sorted(namespaces, key=lambda text: _ORDER.index(text.split()[0])):
        yield (
            f"{action} {few_in_sentence(map(listed, namespaces[action]))}"
            if namespaces[action] != [""]
            else action
        )


_OWN = (Relation.OWNER, Relation.CONTRIBUTOR)
_ORDER = ("own", "owns", "are", "is", "have", "has")


def _action(standing: Standing, name: str, *, is_caller: bool) -> str:
    """Return what the subject is, as the beginning of a phrase that ends with namespaces."""
    level = standing.level.value
    if not name:
        return f"{'have' if is_caller else 'has'} {level} access everywhere"
    if standing.relation is Relation.OWNER:
        return "own" if is_caller else "owns"
    if standing.relation is Relation.CONTRIBUTOR and standing.level is not TenantLevel.SOME:
        article = "an" if level[0] in "ae" else "a"
        return f"{'are' if is_caller else 'is'} {article} {level} contributor in"
    return f"{'have' if is_caller else 'has'} {level} access in"
