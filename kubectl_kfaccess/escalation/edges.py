"""The steps that lead from a node to others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.holdings import Holdings
from kubectl_kfaccess.escalation.needs import Checker, Option, Satisfied, options, requests_of
from kubectl_kfaccess.escalation.nodes import (
    ANYONE,
    CLUSTER,
    PEOPLE,
    Hold,
    Kind,
    Node,
    account_node,
    identity_node,
    principal_node,
)
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import Proof, StepType, Way, Yield
from kubectl_kfaccess.escalation.steps import use_account
from kubectl_kfaccess.rbac.subjects import (
    AUTHENTICATED,
    MASTERS,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    Identity,
    displayed,
)

UNREAD_ACCOUNT = "the service account exists, which could not be read"


class Edge(NamedTuple):
    """
    A step to the node *to*, by *way*, in the namespace *place* ("": in all of them).

    *name* is the name of what it yields, "" if it is not about a name. An edge without a *step* is none for
    people: it leads from a set to its members. *conditions* cannot be read; without any, the edge is proved.
    """

    to: Node
    step: StepType | None = None
    way: Way | None = None
    place: str = ""
    name: str = ""
    conditions: tuple[str, ...] = ()

    @property
    def is_proved(self) -> bool:
        """Whether nothing that cannot be read stands between the two nodes."""
        return not self.conditions


class Graph:
    """The edges between nodes, found when they are needed and remembered."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        known = options(STEPS, facts)
        self.holdings = Holdings(facts.snapshot, requests_of(known))
        self._checker = Checker(known, self.holdings.bit)
        self._edges: dict[Node, tuple[Edge, ...]] = {}
        self._yields: dict[Yield, Callable[[Node, Satisfied, str], Iterator[Edge]]] = {
            Yield.CODE: self._code,
            Yield.ACCOUNT: self._account,
            Yield.IMPERSONATED_ACCOUNT: self._account,
            Yield.USER: self._user,
            Yield.GROUP: self._group,
        }

    def edges(self, node: Node) -> tuple[Edge, ...]:
        """Return the edges from *node*: by the names of what they lead to, then as the steps are listed."""
        known = self._edges.get(node)
        if known is None:
            known = self._edges[node] = tuple(sorted(self._from(node), key=lambda edge: edge.to))
        return known

    def _from(self, node: Node) -> Iterator[Edge]:
        if node.is_somebody or node.kind is Kind.COMMON_GROUPS:
            yield from self._from_identity(node)
        elif node.kind is Kind.CODE:
            to = Node(Kind.ACCOUNTS, node.namespace, node.name)
            yield Edge(to, use_account.TYPE, place=node.namespace)
        elif node.kind is Kind.ACCOUNTS:
            yield from self._members(node)
        elif node.kind is Kind.PEOPLE:
            yield from self._people(node)

    def _from_identity(self, node: Node) -> Iterator[Edge]:
        cluster = self.holdings.cluster(node)
        if MASTERS in node.groups or self.holdings.has_everything(cluster):
            yield Edge(CLUSTER)
            return
        common = self.holdings.common(node)
        if common:
            yield Edge(common)
        everywhere = self._checker.satisfied(cluster, cluster, "")
        for satisfied in everywhere:
            yield from self._of(node, satisfied, "")
        known = {satisfied.option: satisfied.names for satisfied in everywhere}
        for place in self.holdings.places(node):
            for option, names in self._checker.satisfied(self.holdings.here(node, place), cluster, place):
                beyond = names - known.get(option, frozenset()) if "" not in known.get(option, ()) else ()
                if beyond:
                    yield from self._of(node, Satisfied(option, frozenset(beyond)), place)

    def _of(self, node: Node, satisfied: Satisfied, place: str) -> Iterator[Edge]:
        step, way, _ = satisfied.option
        yields = step.yield_of(way)
        yield from self._yields[yields](node, satisfied, place)

    def _edge(self, option: Option, to: Node, place: str, name: str = "", condition: str = "") -> Edge:
        step, way, is_certain = option
        unknown = "" if is_certain else f"{way.noun} are installed, which is not known"
        conditions = (step.condition_of(way), unknown, condition)
        return Edge(to, step, way, place, name, tuple(text for text in conditions if text))

    def _code(self, _node: Node, satisfied: Satisfied, place: str) -> Iterator[Edge]:
        yield self._edge(satisfied.option, Node(Kind.CODE, place), place)

    def _account(self, node: Node, satisfied: Satisfied, place: str) -> Iterator[Edge]:
        step, way, _ = satisfied.option
        hold = Hold.REQUESTS if step.yield_of(way) is Yield.IMPERSONATED_ACCOUNT else Hold.FULL
        if hold is Hold.REQUESTS and node.hold is Hold.REQUESTS:
            return  # a request has one identity to impersonate
        for name in sorted(satisfied.names):
            to = Node(Kind.ACCOUNTS, place, name, hold=hold)
            yield self._edge(satisfied.option, to, place, name)

    def _user(self, node: Node, satisfied: Satisfied, place: str) -> Iterator[Edge]:
        if node.hold is Hold.REQUESTS:
            return
        if "" in satisfied.names:
            yield self._edge(satisfied.option, PEOPLE, place)
        for name in sorted(satisfied.names - {""}):
            # a user name that is an account's is asked as an account (buildImpersonationRequests)
            if not name.startswith(SERVICE_ACCOUNT_PREFIX):
                to = identity_node(Identity(name, (AUTHENTICATED,)), Hold.REQUESTS)
                yield self._edge(satisfied.option, to, place, name)

    def _group(self, node: Node, satisfied: Satisfied, place: str) -> Iterator[Edge]:
        if node.hold is Hold.REQUESTS:
            return
        for name in sorted(satisfied.names):
            is_all = name in ("", MASTERS)
            to = CLUSTER if is_all else identity_node(Identity("", (name,)), Hold.REQUESTS)
            yield self._edge(satisfied.option, to, place, name or MASTERS)

    def _members(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the accounts of a set of them."""
        for namespace in (node.namespace,) if node.namespace else self.facts.namespaces():
            for name in self._account_names(namespace, node.name):
                exists = self.facts.exists(namespace, name)
                if exists is not False:
                    conditions = () if exists else (UNREAD_ACCOUNT,)
                    yield Edge(account_node(namespace, name, node.hold), conditions=conditions)

    def _account_names(self, namespace: str, wanted: str) -> tuple[str, ...]:
        """Return the names of accounts that perhaps exist: *wanted*, or all, or those that begin so."""
        if wanted and not wanted.endswith("*"):
            return (wanted,)
        known = {*self.facts.accounts.get(namespace, ()), *self.facts.bound_accounts.get(namespace, ())}
        names = sorted(known | {"default"})
        return tuple(name for name in names if name.startswith(wanted.rstrip("*")))

    def _people(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the users, and for certificates to groups and accounts as well."""
        for who in sorted(self.facts.snapshot.principals):
            is_account = displayed(who).kind == SERVICE_ACCOUNT
            if who.name != MASTERS and (node == ANYONE or (who.kind == "User" and not is_account)):
                yield Edge(principal_node(who, node.hold))


def proof_of(edge: Edge) -> Proof:
    """Return what vouches for *edge*, which is a step."""
    if edge.conditions or edge.step is None:
        return Proof.CONDITION if edge.conditions else Proof.API_SERVER
    return edge.step.proof_of(edge.way) if edge.way else edge.step.proof
