"""What each identity that can be reached is allowed, of all that steps need."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property

from kubectl_kfaccess.escalation.nodes import ANY_RULES, EVERY_NAMESPACE, Hold, Kind, Node
from kubectl_kfaccess.escalation.powers import NOTHING, Powers, PowerTable
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, AUTHENTICATED, Principal

COMMON = (AUTHENTICATED, ALL_SERVICE_ACCOUNTS)
"""Groups that very many identities are in: what they can do is looked at once, not for each identity."""
MODES = ("user-info", "serviceaccount")
"""The modes of constrained impersonation that are followed."""


class Holdings:
    """The permissions of nodes. *requests* are those that steps need, each with its plane."""

    def __init__(self, snapshot: Snapshot, requests: Iterable[tuple[Request, Plane]]) -> None:
        self._snapshot = snapshot
        needed = dict.fromkeys(requests)
        plain = [request for request, plane in needed if plane is Plane.KUBECTL]
        limited = [on_target(mode, request) for mode in MODES for request in plain]
        self.table = PowerTable(snapshot, (*(request for request, _ in needed), *limited))
        services = (self.table.bit(request) for request, plane in needed if plane is Plane.KUBEFLOW)
        self._services = sum(set(services))
        self._on_target = {
            mode: tuple(
                (self.table.bit(on_target(mode, request)), self.table.bit(request)) for request in plain
            )
            for mode in MODES
        }
        self.bit = {request: self.table.bit(request) for request, _ in needed}
        self._of_namespaces = sum(
            bit
            for request, bit in self.bit.items()
            if (request.group, request.resource) in _NAMED_AS_NAMESPACES
        )

    def cluster(self, node: Node) -> Powers:
        """Return what *node* is allowed in the whole cluster."""
        return self._at(node, "")

    def here(self, node: Node, place: str) -> Powers:
        """
        Return what *node* is allowed in the namespace *place*.

        `*` stands for a namespace in which nobody is granted anything more than in all of them.
        """
        return self._at(node, place)

    def has_everything(self, powers: Powers) -> bool:
        """Whether *powers* are all permissions."""
        return bool(powers.bits & self.table.everything)

    def places(self, node: Node, *, with_common: bool = False) -> tuple[str, ...]:
        """
        Return the namespaces in which *node* is granted more than in the whole cluster, sorted.

        Those of its common groups are left out if `common` returns their node, unless *with_common*.
        """
        if node.kind is Kind.LIMITED and node.by:
            return tuple(sorted({*self._places(node), *self.places(node.by, with_common=True)}))
        own = {node.namespace} if node.kind is Kind.HOLDER and node.namespace else set[str]()
        places = {*self._places(node, with_common=with_common), *own, *self._named_places(node)}
        return tuple(sorted(places))

    def common(self, node: Node) -> Node | None:
        """Return the node of the common groups of *node*, if their own namespaces were left out of its."""
        groups = _common_groups(node)
        if not groups or node.kind is Kind.COMMON_GROUPS or self._joins_common(node):
            return None
        has_places = any(self.table.places(Principal("Group", group)) for group in groups)
        return Node(Kind.COMMON_GROUPS, groups=groups, hold=node.hold) if has_places else None

    def _joins_common(self, node: Node) -> bool:
        """Whether what *node* is granted cluster-wide can add to what its common groups are granted."""
        if node.kind is not Kind.IDENTITY or (not node.user and node.groups == _common_groups(node)):
            return True
        own = self.table.granted(_own_principals(node), "")
        return bool(own.bits or own.named)

    def _places(self, node: Node, *, with_common: bool = False) -> Iterator[str]:
        for who in _own_principals(node):
            yield from self.table.places(who)
        if with_common or node.kind is Kind.COMMON_GROUPS or self._joins_common(node):
            for group in _common_groups(node):
                yield from self.table.places(Principal("Group", group))

    def _named_places(self, node: Node) -> Iterator[str]:
        """Yield the namespaces whose Namespace or Profile is granted by name, cluster-wide."""
        named = self.cluster(node).named
        mask = self._of_namespaces
        known = self._namespaces
        yield from (name for name, bits in named.items() if bits & mask and (known is None or name in known))

    @cached_property
    def _namespaces(self) -> frozenset[str] | None:
        """The namespaces that exist; None if they could not be read, so that any name can be one."""
        snapshot = self._snapshot
        if snapshot.gap("namespaces", ""):
            return None
        used = (*snapshot.service_accounts, *snapshot.role_bindings)
        return frozenset((*(name for _, name in snapshot.namespaces), *(place for place, _ in used)))

    def _at(self, node: Node, place: str) -> Powers:
        if node.kind is Kind.LIMITED and node.by:
            return self._limited(self._at_identity(node, place), self._at(node.by, place), node.mode)
        powers = self._at_identity(node, place)
        if node.kind is Kind.HOLDER and _covers(node, place):
            powers = powers | (self.table.every if node.role == ANY_RULES else self.table.of_role(node.role))
        return powers

    def _at_identity(self, node: Node, place: str) -> Powers:
        everybody = node.identity.principals
        powers = self._granted(everybody if node.user else everybody[1:], place)
        if not self._services:
            return powers
        # Kubeflow's services know the name alone, and only of those who have more than credentials of the API
        by_name = self._granted(everybody[:1], place) if node.user and node.hold is Hold.FULL else NOTHING
        return powers.within(~self._services) | by_name.within(self._services)

    def _granted(self, principals: Iterable[Principal], place: str) -> Powers:
        known = tuple(principals)
        powers = self.table.granted(known, "")
        return powers | self.table.granted(known, place) if place not in ("", EVERY_NAMESPACE) else powers

    def _limited(self, own: Powers, by: Powers, mode: str) -> Powers:
        """Return what is in *own* and what *by* is allowed to do in that mode of impersonation."""

        def both(bits: int, allowed: int) -> int:
            pairs = self._on_target[mode]
            return bits & sum(target for on, target in pairs if allowed & on) if allowed else 0

        names = {*own.named, *by.named}
        named = {name: both(own.of(name), by.of(name)) for name in names if name}
        return Powers(both(own.bits, by.bits), named)


def on_target(mode: str, request: Request) -> Request:
    """Return what somebody needs to send *request* as another identity in that mode."""
    verb = f"impersonate-on:{mode}:{request.verb}"
    return Request(
        verb, request.group, request.resource, request.subresource, request.name, request.namespace
    )


def _covers(node: Node, place: str) -> bool:
    """Whether the additional role of *node* counts in *place*."""
    return node.namespace in ("", place) or (node.namespace == EVERY_NAMESPACE and place != "")


def _own_principals(node: Node) -> tuple[Principal, ...]:
    """Return the principals of *node* without its common groups."""
    names = (Principal("Group", group) for group in node.groups if group not in COMMON)
    return (*((Principal("User", node.user),) if node.user else ()), *names)


def _common_groups(node: Node) -> tuple[str, ...]:
    return tuple(group for group in node.groups if group in COMMON)


_NAMED_AS_NAMESPACES = (("", "namespaces"), ("kubeflow.org", "profiles"))
