"""Groups that would change the answer about a user. No cluster knows who is in a group."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.rbac.access_grid import GridResource
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.model import Binding, RoleRef
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    GROUP,
    MASTERS,
    UNAUTHENTICATED,
    USER,
    Identity,
    Principal,
)


def groups_that_matter(
    evaluator: Evaluator, who: KnownSubject, resources: Iterable[GridResource], namespaces: Iterable[str]
) -> tuple[str, ...]:
    """
    Return the groups, sorted, that would allow the subject more if it were in them.

    All groups of the caller and of service accounts are known, a group is in no group, and a persona is in
    none: then none.
    """
    if who.knows_groups or who.subject.kind != USER:
        return ()
    memberships = _Memberships(evaluator, who, resources)
    names: set[str] = set()
    for place in ("", *namespaces):
        names.update(memberships.adding(place, names))
    return tuple(sorted(names))


class _Memberships:
    """What a user would gain by being in a group; groups with the same roles in a place are judged once."""

    def __init__(self, evaluator: Evaluator, who: KnownSubject, resources: Iterable[GridResource]) -> None:
        self._evaluator = evaluator
        self._who = who
        self._own = who.seen(Plane.KUBECTL)
        self._verbs = [(r, verb) for r in resources if r.via is Plane.KUBECTL for verb in r.verbs]
        self._judged: dict[object, bool] = {}

    def adding(self, place: str, known: set[str]) -> list[str]:
        """Return the groups, except *known*, to which bindings in *place* ("": cluster-wide) grant more."""
        index = self._evaluator.snapshot.bound.get(place, {})
        groups = (group for group in index if _could_have(group, self._who) and group.name not in known)
        own_roles = tuple(binding.role_ref for who in self._own.principals for binding in index.get(who, ()))
        return [group.name for group in groups if self._adds(group, place, index[group], own_roles)]

    def _adds(
        self, group: Principal, place: str, bindings: Iterable[Binding], own_roles: tuple[RoleRef, ...]
    ) -> bool:
        """Whether *bindings*, those of *group* in *place*, grant more than the user has."""
        roles = tuple((b.role_ref, b.namespace if b.role_ref.kind == "Role" else "") for b in bindings)
        key = (roles, own_roles, place == "")
        if key not in self._judged:
            member = Identity("", (group.name,))
            self._judged[key] = any(self._is_more(member, request) for request in self._requests(place))
        return self._judged[key]

    def _requests(self, place: str) -> Iterator[Request]:
        """Return the requests to ask about in that place: in a namespace, namespaced resources only."""
        return (r.request(verb, place) for r, verb in self._verbs if r.namespaced or not place)

    def _is_more(self, member: Identity, request: Request) -> bool:
        """Whether *member* is allowed the request, and the user is not."""
        decide = self._evaluator.decide
        return (
            decide(member, request).verdict is Verdict.ALLOWED
            and decide(self._own, request).verdict is not Verdict.ALLOWED
        )


def _could_have(group: Principal, who: KnownSubject) -> bool:
    """Whether the user may be in the group: it is not one of theirs, Kubernetes' own or of accounts."""
    if group.kind != GROUP or group.name in who.groups or group.name in (MASTERS, UNAUTHENTICATED):
        return False
    return not group.name.startswith((ALL_SERVICE_ACCOUNTS, "system:"))
