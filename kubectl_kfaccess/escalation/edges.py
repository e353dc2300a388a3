"""The steps that lead from a node to others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from kubectl_kfaccess.escalation.edge import Edge, Move
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.holdings import Holdings
from kubectl_kfaccess.escalation.members import Members
from kubectl_kfaccess.escalation.needs import Checker, Choice, options, requests_of
from kubectl_kfaccess.escalation.nodes import (
    A_NODE,
    ANYONE,
    CLUSTER,
    EVERY_NAMESPACE,
    PEOPLE,
    REVIEWS,
    WORKSPACE_ACCOUNTS,
    Hold,
    Kind,
    Node,
    identity_node,
    limited_node,
)
from kubectl_kfaccess.escalation.role_edges import RoleEdges
from kubectl_kfaccess.escalation.step_type import StepType, Yield
from kubectl_kfaccess.escalation.steps import escape_pod, mount_secret, use_account, use_cloud_identity
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, MASTERS, SERVICE_ACCOUNT_PREFIX, Identity, Principal

_HOLDS = {
    Yield.API_ACCOUNT: Hold.API,
    Yield.SOME_API_ACCOUNT: Hold.API,
    Yield.IMPERSONATED_ACCOUNT: Hold.REQUESTS,
}
_IMPERSONATES = frozenset(
    (Yield.USER, Yield.GROUP, Yield.IMPERSONATED_ACCOUNT, Yield.LIMITED_USER, Yield.LIMITED_ACCOUNT)
)


class Graph:
    """The edges between nodes, found when they are needed and remembered."""

    def __init__(self, facts: Facts, steps: Iterable[StepType]) -> None:
        self._facts = facts
        known = options(steps, facts)
        self._holdings = Holdings(facts.snapshot, requests_of(known))
        self._checker = Checker(known, self._holdings.bit)
        self._members = Members(facts)
        self._edges: dict[Node, tuple[Edge, ...]] = {}
        self._all_edges: dict[Node, tuple[Edge, ...]] = {}
        self._yields = self._table(RoleEdges(facts.snapshot, self._holdings))

    def edges(self, node: Node) -> tuple[Edge, ...]:
        """Return the edges from *node*: by the names of what they lead to, then as the steps are listed."""
        known = self._edges.get(node)
        if known is None:
            known = self._edges[node] = tuple(sorted(self._from(node), key=lambda edge: edge.to))
        return known

    def can_step(self, who: Principal, place: str) -> bool:
        """Whether bindings in *place* grant *who* anything that a step needs."""
        powers = self._holdings.table.granted((who,), place)
        return bool(powers.bits or powers.named)

    def all_edges(self, node: Node) -> tuple[Edge, ...]:
        """Return every edge from *node*, also those that lead where a better one leads."""
        if node not in self._all_edges:
            self._all_edges[node] = tuple(self._from(node, all_of_them=True))
        return self._all_edges[node]

    def choices(self, node: Node, place: str) -> tuple[Choice, ...]:
        """Return the ways that the permissions of *node* are enough for in *place*; "" is every namespace."""
        cluster = self._holdings.cluster(node)
        return self._checker.choices(self._holdings.here(node, place) if place else cluster, cluster, place)

    def names_decide(self, node: Node, place: str) -> bool:
        """Whether *node* has permissions for objects of certain names alone in *place*."""
        return bool(self._holdings.here(node, place).named)

    def _table(self, roles: RoleEdges) -> dict[Yield, Callable[[Move], Iterator[Edge]]]:
        return {
            Yield.CODE: lambda move: _edge_to(move, Node(Kind.CODE, move.place)),
            Yield.CODE_AS: self._code_as,
            Yield.DEFAULT_CODE: self._default_code,
            Yield.WORKSPACE_CODE: lambda move: _edge_to(
                move, Node(Kind.CODE, move.place, WORKSPACE_ACCOUNTS)
            ),
            Yield.ACCOUNT: _accounts,
            Yield.SOME_ACCOUNT: _some_account,
            Yield.API_ACCOUNT: _accounts,
            Yield.SOME_API_ACCOUNT: _some_account,
            Yield.IMPERSONATED_ACCOUNT: _accounts,
            Yield.ABSENT_ACCOUNT: lambda move: self._absent_accounts(move, gone=False),
            Yield.LOST_ACCOUNT: lambda move: self._absent_accounts(move, gone=True),
            Yield.USER: _users,
            Yield.GROUP: _groups,
            Yield.LIMITED_USER: self._limited_users,
            Yield.LIMITED_ACCOUNT: self._limited_accounts,
            Yield.ANYONE: lambda move: _edge_to(move, ANYONE),
            Yield.ROLE: roles.role,
            Yield.ROLE_OF_BINDING: roles.role_of_binding,
            Yield.RULES_OF_BOUND_ROLE: roles.rules_of_bound_role,
            Yield.RULES_OF_MISSING_ROLE: roles.rules_of_missing_role,
            Yield.RULES_OF_AGGREGATED_ROLE: roles.rules_of_aggregated_role,
            Yield.ANY_RULES: roles.any_rules,
            Yield.PROFILE_ADMIN: roles.profile_admin,
            Yield.REVIEWS: lambda move: _edge_to(move, REVIEWS),
            Yield.NODE: lambda move: _edge_to(move, A_NODE),
            Yield.CLUSTER: lambda move: _edge_to(move, CLUSTER),
            Yield.CLOUD: lambda move: _edge_to(move, Node(Kind.CLOUD)),
        }

    def _from(self, node: Node, *, all_of_them: bool = False) -> Iterator[Edge]:
        if node.is_somebody or node.kind is Kind.COMMON_GROUPS:
            yield from self._from_identity(node, all_of_them=all_of_them)
        elif node.kind is Kind.CODE:
            yield from self._from_code(node)
        elif node.kind is Kind.ACCOUNTS:
            yield from self._members.accounts(node)
        elif node.kind is Kind.PEOPLE:
            yield from self._members.people(node)

    def _from_code(self, node: Node) -> Iterator[Edge]:
        """Yield what code in a namespace reaches: its accounts, what it mounts, and the node it is on."""
        place = node.namespace
        if node.name != WORKSPACE_ACCOUNTS:
            yield Edge(Node(Kind.ACCOUNTS, place, node.name), use_account.TYPE, place=place)
        data = Node(Kind.DATA, place)
        yield Edge(data, mount_secret.TYPE, place=place, conditions=(mount_secret.TYPE.condition,))
        if not node.name and self._facts.is_open_to_privileged_pods(place):
            condition = escape_pod.TYPE.condition.format(namespace=place or "some namespace")
            yield Edge(A_NODE, escape_pod.TYPE, place=place, conditions=(condition,))

    def _from_identity(self, node: Node, *, all_of_them: bool) -> Iterator[Edge]:
        cluster = self._holdings.cluster(node)
        if MASTERS in node.groups or self._holdings.has_everything(cluster):
            yield Edge(CLUSTER)
            return
        common = self._holdings.common(node)
        is_alone = common is not None and not self._is_personal(common)
        if common and is_alone:
            yield Edge(common)
        for name in self._members.cloud_identities(node):
            conditions = (use_cloud_identity.TYPE.condition,)
            yield Edge(Node(Kind.CLOUD, name=name), use_cloud_identity.TYPE, conditions=conditions)
        for place in ("", *self._holdings.places(node, with_common=not is_alone)):
            here = self._holdings.here(node, place) if place else cluster
            choices = self._checker.choices(here, cluster, place, all_of_them=all_of_them)
            yield from self._moves(node, choices, "" if place == EVERY_NAMESPACE else place)

    def _is_personal(self, common: Node) -> bool:
        """Whether what the common groups yield depends on who takes the step: roles are bound to them."""
        return any(edge.to.kind in (Kind.HOLDER, Kind.LIMITED) for edge in self.edges(common))

    def _moves(self, node: Node, choices: Iterable[Choice], place: str) -> Iterator[Edge]:
        """Yield the edges of *choices*."""
        for choice in choices:
            option = choice.option
            if node.hold is Hold.REQUESTS and option.yields in _IMPERSONATES:
                continue  # a request has one identity to impersonate
            only = option.way.namespace
            if not only or place in ("", only):
                yield from self._yields[option.yields](Move(node, choice, only or place))

    def _code_as(self, move: Move) -> Iterator[Edge]:
        for name in sorted(move.names):
            yield move.edge(Node(Kind.CODE, move.place, name), name)

    def _default_code(self, move: Move) -> Iterator[Edge]:
        account = self._facts.pipelines.account if self._facts.pipelines else ""
        if account:
            yield move.edge(Node(Kind.CODE, move.place, account), account)

    def _absent_accounts(self, move: Move, *, gone: bool) -> Iterator[Edge]:
        """Yield the edges to accounts that bindings name, that do not exist, and that can be created."""
        for namespace, name in self._members.absent(move.place, gone=gone):
            if move.names & {"", name} and move.helper_for(name):
                yield move.edge(self._members.account(namespace, name), name, place=namespace)

    def _limited_users(self, move: Move) -> Iterator[Edge]:
        for name in self._members.users() if "" in move.names else sorted(move.names):
            # withAuthorization of mode.go refuses accounts, nodes and what belongs to the group of masters
            if not name.startswith((SERVICE_ACCOUNT_PREFIX, "system:node:")):
                identity = Identity(name, (AUTHENTICATED,))
                yield move.edge(limited_node(identity, move.node, "user-info"), name)

    def _limited_accounts(self, move: Move) -> Iterator[Edge]:
        for namespace, name in self._members.account_names(move.place, move.names):
            identity = self._members.account(namespace, name).identity
            to = limited_node(identity, move.node, "serviceaccount")
            yield move.edge(to, name, place=namespace)


def _edge_to(move: Move, to: Node) -> Iterator[Edge]:
    yield move.edge(to)


def _accounts(move: Move) -> Iterator[Edge]:
    """Yield the edges to the accounts with the names of the move, or to all accounts of the place."""
    hold = _HOLDS.get(move.choice.option.yields, Hold.FULL)
    for name in sorted(move.names):
        yield move.edge(Node(Kind.ACCOUNTS, move.place, name, hold=hold), name)


def _some_account(move: Move) -> Iterator[Edge]:
    hold = _HOLDS.get(move.choice.option.yields, Hold.FULL)
    yield move.edge(Node(Kind.ACCOUNTS, move.place, hold=hold))


def _users(move: Move) -> Iterator[Edge]:
    for name in sorted(move.names):
        # a user name that is an account's is asked as an account (buildImpersonationRequests)
        if not name.startswith(SERVICE_ACCOUNT_PREFIX):
            user = identity_node(Identity(name, (AUTHENTICATED,)), Hold.REQUESTS)
            yield move.edge(user if name else PEOPLE, name)


def _groups(move: Move) -> Iterator[Edge]:
    for name in sorted(move.names):
        is_all = name in ("", MASTERS)
        to = CLUSTER if is_all else identity_node(Identity("", (name,)), Hold.REQUESTS)
        yield move.edge(to, name or MASTERS)
