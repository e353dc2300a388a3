"""
The access table: what each subject can do with each resource, wherever a binding names the subject.

It can have millions of rows, so they are made one subject and namespace at a time, and none is kept. What
all subjects with the same roles can do is computed once. What holds in the whole cluster is not repeated for
each namespace, and what a group has that everybody is in is not repeated for each user.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from msgspec import Struct

from kubectl_kfaccess.commands.access.shared_rights import Bound, Rights, SharedRights
from kubectl_kfaccess.kubeflow.tenants.relations import Relation, Relations
from kubectl_kfaccess.rbac.access_grid import CLUSTER, GridResource
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, identified
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, USER, Principal, displayed
from kubectl_kfaccess.resolve.people import with_people


class Part(Struct, frozen=True):
    """
    The rows of one subject in one namespace ("": the whole cluster).

    *bound* are the bindings that count there, each with the name of the subject, or of its group, that the
    binding names; *shipped* says of each whether a release ships it. The rows' positions are theirs.
    """

    who: KnownSubject
    namespace: str
    rights: Rights
    relation: Relation
    bound: Bound
    shipped: tuple[bool, ...]


@dataclass(frozen=True)
class AccessTable:
    """
    What the rows are made of: the objects of a *cluster*, the resources and the namespaces to ask about.

    *people* are those of `--people`, who are in the groups that it names; None without it.
    """

    cluster: str
    snapshot: Snapshot
    resources: tuple[GridResource, ...]
    namespaces: tuple[str, ...]
    people: People | None = None

    def parts(self) -> Iterator[Part]:
        """
        Yield all rows: groups first, then users, by name and by namespace.

        An account is ordered by its user name (`system:serviceaccount:NAMESPACE:NAME`).
        """
        shared, relations = SharedRights(self.snapshot, self.resources), Relations(self.snapshot)
        chosen = frozenset((CLUSTER, *self.namespaces))
        for principal in self._principals(chosen):
            who = self._known(principal)
            for namespace in self._places(who, chosen):
                part = _part(shared, relations, who, namespace)
                if part.rights.rows:
                    yield part

    def strangers(self) -> frozenset[str]:
        """Return the users that bindings name and that *people* does not know; none without it."""
        if self.people is None:
            return frozenset()
        subjects = (displayed(who) for who in self.snapshot.places)
        return frozenset(who.name for who in subjects if who.kind == USER) - self.people.everybody

    def _principals(self, chosen: frozenset[str]) -> list[Principal]:
        """Return the subjects that have rows, with the members of their groups, in order."""
        bound = [who for who, places in self.snapshot.places.items() if not chosen.isdisjoint(places)]
        if self.people:
            groups = [who.name for who in bound if who.kind == GROUP]
            bound += [Principal(USER, user) for group in groups for user in self.people.members(group)]
            bound = list(dict.fromkeys(bound))
        return sorted(bound)

    def _known(self, principal: Principal) -> KnownSubject:
        """Return the subject with its groups: those that all like it are in, and those of *people*."""
        who = identified(displayed(principal))
        is_listed = self.people is not None and who.user in self.people.everybody
        return with_people(who, self.people).who if self.people and is_listed else who

    def _places(self, who: KnownSubject, chosen: frozenset[str]) -> list[str]:
        """Return where bindings name the subject or a group that not everybody like it is in, sorted."""
        groups = (Principal(GROUP, name) for name in who.groups if name not in who.implied)
        names = (*groups, *((Principal(USER, who.user),) if who.subject.kind != GROUP else ()))
        return sorted({place for name in names for place in self.snapshot.places.get(name, ())} & chosen)


def _part(shared: SharedRights, relations: Relations, who: KnownSubject, namespace: str) -> Part:
    bound = shared.bound(who, namespace)
    principals = who.seen(Plane.KUBECTL).principals
    return Part(
        who,
        namespace,
        shared.of(who, namespace, bound),
        relations.nearest(principals, namespace) or Relation.OTHER,
        bound,
        tuple(relations.platform.is_platform(*pair) for pair in bound),
    )
