"""
What is reached, the slow way: every identity asks for every need, in every namespace, by every name.

It shares the data of the steps and the evaluator with the engine, and nothing of its shortcuts. It knows the
steps by which code runs, tokens are got and identities impersonated.
"""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.escalation.decisions import decide
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import CLUSTER, Hold, Node, account_node, identity_node, principal_node
from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.step_type import Name, Need, Way, Yield
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import MASTERS, Identity, Principal

Reach = dict[Node, bool]
"""What is reached, and whether that is proved."""
_ACCOUNTS = {
    Yield.ACCOUNT: Hold.FULL,
    Yield.SOME_ACCOUNT: Hold.FULL,
    Yield.API_ACCOUNT: Hold.API,
    Yield.SOME_API_ACCOUNT: Hold.API,
    Yield.IMPERSONATED_ACCOUNT: Hold.REQUESTS,
}
_IMPERSONATES = (Yield.IMPERSONATED_ACCOUNT, Yield.USER, Yield.GROUP)
_CODE = (Yield.CODE, Yield.DEFAULT_CODE, Yield.CODE_AS)
_KNOWN = frozenset((*_ACCOUNTS, *_IMPERSONATES, *_CODE))


class Oracle:
    """Asks about each way of each step in the cluster of *facts*, whose *names* are all that rules name."""

    def __init__(self, facts: Facts, names: tuple[str, ...]) -> None:
        self._facts = facts
        self._names = (*names, "default", "of-no-rule")
        self._edges: dict[Node, list[tuple[Node, bool]]] = {}
        self._decided: dict[tuple[Node, Request, Plane], bool] = {}
        ways = ((step, way) for step in STEPS for way in step.ways if step.yield_of(way) in _KNOWN)
        self._ways = [(step, way) for step, way in ways if facts.counts(way) is not False]

    def reached(self, start: Node) -> Reach:
        """Return all identities that *start* reaches."""
        proved = self._closure(start, proved=True)
        possible = self._closure(start, proved=False)
        return {node: node in proved for node in possible}

    def _closure(self, start: Node, *, proved: bool) -> set[Node]:
        known, pending = {start}, [start]
        while pending:
            node = pending.pop()
            if node not in self._edges:
                self._edges[node] = [*self._next(node)]
            for to, is_proved in self._edges[node]:
                if to not in known and (is_proved or not proved):
                    known.add(to)
                    pending.append(to)
        return known - {start}

    def _next(self, node: Node) -> Iterator[tuple[Node, bool]]:
        if node == CLUSTER:
            return
        if MASTERS in node.groups or self._allows(node, Need(("*",), "*", "*", cluster=True), "", ""):
            yield CLUSTER, True
            return
        for place in self._facts.namespaces:
            for step, way in self._ways:
                yields = step.yield_of(way)
                if yields in _IMPERSONATES and node.hold is Hold.REQUESTS:
                    continue
                is_proved = not step.condition_of(way) and self._facts.counts(way) is True
                names = [*self._met(node, way, place)]
                for name in names:
                    given = self._given(yields, place, name, is_any="of-no-rule" in names)
                    yield from ((to, is_proved) for to in given)

    def _met(self, node: Node, way: Way, place: str) -> Iterator[str]:
        """Yield the names for which all needs are met."""
        for name in self._names:
            if all(
                any(
                    self._allows(node, need, place, each)
                    for each in ((name,) if need.name is Name.YIELDED else self._names)
                )
                for need in way.needs
            ):
                yield name

    def _allows(self, node: Node, need: Need, place: str, name: str) -> bool:
        return any(
            all(self._is_allowed(node, request, need) for request in requests)
            for requests in need.alternatives(place, name)
        )

    def _is_allowed(self, node: Node, request: Request, need: Need) -> bool:
        key = (node, request, need.plane)
        if key not in self._decided:
            decision = decide(node, request, need.plane, self._facts.evaluator)
            self._decided[key] = decision.verdict is Verdict.ALLOWED
        return self._decided[key]

    def _given(self, yields: Yield, place: str, name: str, *, is_any: bool) -> Iterator[Node]:
        """Yield what a step gives that is about *name*, where it is about a name at all."""
        if yields in _CODE or yields in (Yield.SOME_ACCOUNT, Yield.SOME_API_ACCOUNT, Yield.API_ACCOUNT):
            default = self._facts.pipelines.account if self._facts.pipelines else ""
            only = {Yield.DEFAULT_CODE: default, Yield.CODE_AS: name}.get(yields, "")
            for account in self._accounts(place):
                if not only or account == only:
                    yield account_node(place, account, _ACCOUNTS.get(yields, Hold.FULL))
        elif yields is Yield.ACCOUNT and name in self._accounts(place):
            yield account_node(place, name)
        elif yields is Yield.IMPERSONATED_ACCOUNT:
            bound = self._facts.bound_accounts.get(place, ())
            if not is_any or name in (*self._accounts(place), *bound):
                yield account_node(place, name, Hold.REQUESTS)
        elif yields is Yield.USER and Principal("User", name) in self._facts.snapshot.principals:
            yield principal_node(Principal("User", name), Hold.REQUESTS)
        elif yields is Yield.GROUP:
            yield from self._group(name, is_any=is_any)

    def _group(self, name: str, *, is_any: bool) -> Iterator[Node]:
        if name == MASTERS or is_any:
            yield CLUSTER  # so nothing less needs to be looked at
        else:
            yield identity_node(Identity("", (name,)), Hold.REQUESTS)

    def _accounts(self, place: str) -> set[str]:
        return {*self._facts.accounts.get(place, ()), "default"}
