"""The steps by which somebody grants themself more: they bind roles, or write rules into bound ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from kubectl_kfaccess.escalation.edge import Edge, Move
from kubectl_kfaccess.escalation.holdings import Holdings
from kubectl_kfaccess.escalation.nodes import ANY_RULES, EVERY_NAMESPACE, Kind, Node
from kubectl_kfaccess.rbac.model import Binding, ClusterRole, Role, RoleRef
from kubectl_kfaccess.rbac.reach import RoleKey, role_key
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Key, Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import Principal

_ADMIN = "kubeflow-admin"  # what the profile controller binds to owners


class RoleEdges:
    """Finds the edges to those who have one more role."""

    def __init__(self, snapshot: Snapshot, holdings: Holdings) -> None:
        self._snapshot = snapshot
        self._holdings = holdings

    def role(self, move: Move) -> Iterator[Edge]:
        """Yield an edge for each role that can be bound; any ClusterRole is one edge."""
        place = _role_place(move)
        if _kind_of_role(move) == ClusterRole.kind:
            for name in sorted(move.names):
                key = (ClusterRole.kind, "", name) if name else ANY_RULES
                if not name or ("", name) in self._snapshot.cluster_roles:
                    yield move.edge(_holder(move.node, key, place), name)
            return
        for namespace, name in sorted(self._snapshot.roles):
            if namespace and move.place in ("", namespace) and _has(move.names, name):
                key = (Role.kind, namespace, name)
                yield move.edge(_holder(move.node, key, namespace), name, place=namespace)

    def role_of_binding(self, move: Move) -> Iterator[Edge]:
        """Yield an edge for each role whose binding exists, so that subjects can be added to it."""
        kind, own = _kind_of_role(move), set(_principals(move.node))
        for binding in self._writable_bindings(move):
            ref = binding.role_ref
            is_bound = bool(own & set(principals_of(binding)))
            if ref.kind == kind and _has(move.names, ref.name) and not is_bound and self._role(binding):
                key = role_key(ref, binding.namespace)
                yield move.edge(_holder(move.node, key, binding.namespace), ref.name, place=binding.namespace)

    def rules_of_bound_role(self, move: Move) -> Iterator[Edge]:
        """Yield an edge for each place where a role is bound whose rules can be written."""
        yield from self._by_bindings(move, self._keeps_rules)

    def rules_of_missing_role(self, move: Move) -> Iterator[Edge]:
        """Yield an edge for each place where a role is bound that does not exist."""
        yield from self._by_bindings(move, self._is_missing)

    def rules_of_aggregated_role(self, move: Move) -> Iterator[Edge]:
        """Yield an edge for each place where an aggregated ClusterRole is bound."""
        by_place = {
            place: ref.name
            for place, ref in self._bound_roles(move.node)
            if isinstance(role := self._snapshot.role(ref, place), ClusterRole) and role.selectors
        }
        for place, name in sorted(by_place.items()):
            yield move.edge(_holder(move.node, ANY_RULES, place), name, place=place)

    def any_rules(self, move: Move) -> Iterator[Edge]:
        """Yield an edge to somebody with every permission, where the way creates a role or one can change."""
        if "create" in move.needs[0].verbs:
            yield move.edge(_holder(move.node, ANY_RULES, move.place or EVERY_NAMESPACE))
            return
        for place, name in self._changeable(move):
            known = "" if "" in move.names else name
            yield move.edge(_holder(move.node, ANY_RULES, place), known, place=place)

    def _changeable(self, move: Move) -> list[tuple[str, str]]:
        """Return where the move can change a role that keeps its rules, each with the name of one."""
        is_of_cluster, place = _kind_of_role(move) == ClusterRole.kind, move.place or EVERY_NAMESPACE
        snapshot = self._snapshot
        roles: Mapping[Key, Role | ClusterRole] = snapshot.cluster_roles if is_of_cluster else snapshot.roles
        names = {
            place if is_of_cluster else namespace: name
            for (namespace, name), role in sorted(roles.items(), reverse=True)
            if _has(move.names, name) and _keeps_rules(role) and move.place in ("", namespace or move.place)
        }
        return sorted(names.items())

    def profile_admin(self, move: Move) -> Iterator[Edge]:
        """Yield the edge to the owner of a profile."""
        if ("", _ADMIN) in self._snapshot.cluster_roles:
            key = (ClusterRole.kind, "", _ADMIN)
            yield move.edge(_holder(move.node, key, move.place or EVERY_NAMESPACE), _ADMIN)

    def _by_bindings(self, move: Move, counts: Callable[[RoleRef, str], bool]) -> Iterator[Edge]:
        """Yield an edge for each place in which a role is bound to the node that can be written."""
        kind, places = _kind_of_role(move), dict[str, str]()
        for where, ref in self._bound_roles(move.node):
            is_here = kind == ClusterRole.kind or move.place in ("", where)
            if ref.kind == kind and is_here and _has(move.names, ref.name) and counts(ref, where):
                places.setdefault(where, ref.name)
        for place, name in sorted(places.items()):
            yield move.edge(_holder(move.node, ANY_RULES, place), name, place=place)

    def _bound_roles(self, node: Node) -> Iterator[tuple[str, RoleRef]]:
        """Yield where each role is bound to *node*, the one that a step has given to it included."""
        yield from ((binding.namespace, binding.role_ref) for binding in self._bindings(node))
        if node.kind is Kind.HOLDER and node.role != ANY_RULES:
            yield node.namespace, RoleRef(node.role[0], node.role[2])

    def _bindings(self, node: Node) -> Iterator[Binding]:
        """Yield the bindings that name *node*."""
        for who in _principals(node):
            for place in ("", *self._holdings.table.places(who)):
                yield from self._snapshot.bound.get(place, {}).get(who, ())

    def _writable_bindings(self, move: Move) -> Iterator[Binding]:
        """Yield the existing bindings that the move's node can patch or update."""
        need = move.needs[0]
        bits = [self._holdings.bit[Request(verb, need.group, need.resource)] for verb in need.verbs]
        for binding in self._bindings_in(move.place, cluster=need.cluster):
            allowed = self._holdings.here(move.node, binding.namespace).of(binding.name)
            if any(allowed & bit for bit in bits):
                yield binding

    def _bindings_in(self, place: str, *, cluster: bool) -> Iterator[Binding]:
        """Yield the ClusterRoleBindings if *cluster*, else the RoleBindings in *place* ("": all of them)."""
        by_namespace = self._snapshot.role_bindings_by_namespace
        if cluster:
            yield from self._snapshot.cluster_role_bindings.values()
            return
        for namespace in (place,) if place else by_namespace:
            yield from by_namespace.get(namespace, ())

    def _role(self, binding: Binding) -> Role | ClusterRole | None:
        return self._snapshot.role(binding.role_ref, binding.namespace)

    def _keeps_rules(self, ref: RoleRef, namespace: str) -> bool:
        """Whether the role keeps rules that are written into it: the controller replaces aggregated ones."""
        role = self._snapshot.role(ref, namespace)
        return role is not None and _keeps_rules(role)

    def _is_missing(self, ref: RoleRef, namespace: str) -> bool:
        is_known = self._snapshot.doubt_on_role(ref, namespace) is None
        return is_known and self._snapshot.role(ref, namespace) is None


def _keeps_rules(role: Role | ClusterRole) -> bool:
    return not (isinstance(role, ClusterRole) and role.selectors)


def _holder(node: Node, role: RoleKey, place: str) -> Node:
    """Return *node* with one more role in *place*. A limited identity binds the role to who impersonates."""
    who = node.by if node.kind is Kind.LIMITED and node.by else node
    return Node(Kind.HOLDER, place, "", who.user, who.groups, who.hold, role)


def _role_place(move: Move) -> str:
    return "" if move.needs[0].cluster else move.place or EVERY_NAMESPACE


def _kind_of_role(move: Move) -> str:
    """Return the kind of the roles that the way is about: it binds them, or writes them."""
    resource = move.needs[-1].resource
    return ClusterRole.kind if resource == "clusterroles" else Role.kind


def _has(names: frozenset[str], name: str) -> bool:
    return "" in names or name in names


def _principals(node: Node) -> Iterator[Principal]:
    principals = node.identity.principals
    yield from principals if node.user else principals[1:]
