"""
What is true of every cluster, tested on random ones.

A failing run prints its seed; `KFACCESS_SEED=N` repeats it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.model import (
    Binding,
    ClusterRole,
    KubernetesObject,
    LabelSelector,
    PolicyRule,
    Role,
)
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request, rule_allows
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import Identity, principal
from kubectl_kfaccess.rbac.who_can import list_subjects
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    expression,
    gap,
    identity,
    role,
    role_binding,
    service_account,
    snapshot,
)

WORLDS = 40
NAMESPACES = ("a", "b")
RESOURCES = ("pods", "pods/log", "*/log", "*", "secrets")
SUBJECTS = ("user:u", "user:v", "group:g", "sa:a/u", "sa:u", "group:system:serviceaccounts:a")
CALLERS = (identity("u"), identity("v", "g"), identity("sa:a/u", "system:serviceaccounts:a"), identity("x"))
LISTS = ("clusterrolebindings", "rolebindings", "clusterroles", "roles")


@pytest.fixture
def dice() -> Iterator[random.Random]:
    """Yield random numbers, and print the seed that repeats them."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


class World:
    """A small random cluster, with so few names that roles, bindings and requests often match."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.roles: list[ClusterRole | Role] = [self._cluster_role(n) for n in range(5)]
        self.roles += [role(f"{where}/r0", *self._rules()) for where in NAMESPACES if dice.random() < 0.7]
        self.bindings = list({(b.kind, b.key): b for b in (self.binding(n) for n in range(5))}.values())
        self.accounts = [service_account("a/u"), service_account("b/u")]
        self.gaps = [self.gap() for _ in range(dice.choice((0, 0, 1, 2)))]

    def snapshot(self, *more: KubernetesObject, gaps: list[Gap] | None = None) -> Snapshot:
        """Return the world with the objects *more*, and with *gaps* in place of its own if they are given."""
        kept = self.gaps if gaps is None else gaps
        return snapshot(*self.roles, *self.bindings, *self.accounts, *more, gaps=kept)

    def requests(self) -> Iterator[tuple[Identity, Request]]:
        """Yield 25 random requests, each with the identity that sends it."""
        for _ in range(25):
            yield self.dice.choice(CALLERS), self.request()

    def request(self) -> Request:
        """Return one random request."""
        if self.dice.random() < 0.15:
            return Request(self.dice.choice(("get", "post")), path=self.dice.choice(("/x", "/x/y", "/z")))
        return Request(
            self.dice.choice(("get", "list", "create")),
            self.dice.choice(("", "apps")),
            self.dice.choice(("pods", "secrets")),
            self.dice.choice(("", "", "log")),
            self.dice.choice(("", "n")),
            self.dice.choice(("", *NAMESPACES)),
        )

    def binding(self, number: int) -> Binding:
        """Return a binding of a random role, which may not exist, to random subjects."""
        subjects = self.dice.sample(SUBJECTS, self.dice.randint(0, 3))
        ref = f"c{self.dice.randint(0, 5)}"
        if self.dice.random() < 0.4:
            return cluster_role_binding(f"b{number}", ref, *subjects)
        ref = self.dice.choice((ref, "Role/r0", "Role/c0"))
        return role_binding(self.dice.choice(NAMESPACES), f"b{number}", ref, *subjects)

    def gap(self) -> Gap:
        """Return a list that could not be read, in all namespaces or in one."""
        resource = self.dice.choice(LISTS)
        return gap(resource, "" if resource.startswith("cluster") else self.dice.choice(("", *NAMESPACES)))

    def _cluster_role(self, number: int) -> ClusterRole:
        labels = {f"l{n}": "y" for n in range(3) if self.dice.random() < 0.4}
        aggregate = self._selectors() if self.dice.random() < 0.4 else None
        stored = self.dice.random() < 0.3
        return cluster_role(f"c{number}", *self._rules(), labels=labels, aggregate=aggregate, stored=stored)

    def _selectors(self) -> list[LabelSelector]:
        operators = ("In", "y"), ("NotIn", "y"), ("Exists",), ("DoesNotExist",), ("Exists", "ill-formed")
        chosen = [self.dice.choice(operators) for _ in range(self.dice.randint(1, 2))]
        return [expression(f"l{self.dice.randint(0, 2)}", *operator) for operator in chosen]

    def _rules(self) -> list[PolicyRule]:
        return [self._rule() for _ in range(self.dice.randint(0, 2))]

    def _rule(self) -> PolicyRule:
        verbs = tuple(self.dice.sample(("get", "list", "create", "*"), self.dice.randint(1, 2)))
        if self.dice.random() < 0.2:
            return PolicyRule(verbs, non_resource_urls=(self.dice.choice(("/x", "/x/*", "/x*", "*")),))
        groups = tuple(self.dice.sample(("", "apps", "*"), self.dice.randint(0, 2)))
        resources = tuple(self.dice.sample(RESOURCES, self.dice.randint(0, 2)))
        return PolicyRule(verbs, groups, resources, self.dice.choice(((), (), ("n",), ("m", "n"))))


def verdicts(known: Snapshot, queries: list[tuple[Identity, Request]]) -> list[Verdict]:
    """Return the verdict on each of *queries*, in order."""
    evaluator = Evaluator(known)
    return [evaluator.decide(who, request).verdict for who, request in queries]


def test_adding_a_binding_never_takes_a_grant_away(dice: random.Random) -> None:
    """A request that was allowed stays allowed, because rules only add."""
    for _ in range(WORLDS):
        world = World(dice)
        queries = list(world.requests())
        before = verdicts(world.snapshot(), queries)

        after = verdicts(world.snapshot(world.binding(99)), queries)

        for query, old, new in zip(queries, before, after, strict=True):
            assert (Verdict.ALLOWED, Verdict.ALLOWED) == (old, new) or old is not Verdict.ALLOWED, query


def test_adding_a_gap_never_changes_a_yes_and_never_makes_a_no(dice: random.Random) -> None:
    """A "yes" stays a "yes", a "no" can become unknown, and unknown stays unknown."""
    after_gap = {
        Verdict.ALLOWED: {Verdict.ALLOWED},
        Verdict.DENIED: {Verdict.DENIED, Verdict.UNKNOWN},
        Verdict.UNKNOWN: {Verdict.UNKNOWN},
    }
    for _ in range(WORLDS):
        world = World(dice)
        queries = list(world.requests())
        before = verdicts(world.snapshot(), queries)

        after = verdicts(world.snapshot(gaps=[*world.gaps, world.gap()]), queries)

        for query, old, new in zip(queries, before, after, strict=True):
            assert new in after_gap[old], (query, old)


def test_removing_gaps_changes_only_unknown_verdicts(dice: random.Random) -> None:
    """The objects are the same, so an answer that was proved is still proved."""
    for _ in range(WORLDS):
        world = World(dice)
        queries = list(world.requests())
        before = verdicts(world.snapshot(), queries)

        after = verdicts(world.snapshot(gaps=[]), queries)

        for query, old, new in zip(queries, before, after, strict=True):
            assert old is new or old is Verdict.UNKNOWN, (query, old, new)


def test_a_decision_is_the_same_as_a_search_without_any_index(dice: random.Random) -> None:
    """The search looks at every binding, every subject and every rule, one after another."""
    for _ in range(WORLDS):
        world = World(dice)
        known = world.snapshot(gaps=[])
        queries = list(world.requests())

        results = verdicts(known, queries)

        for (who, request), result in zip(queries, results, strict=True):
            assert _is_granted(known, who, request) == (result is Verdict.ALLOWED), (who, request)


def _is_granted(known: Snapshot, who: Identity, request: Request) -> bool:
    bindings: list[Binding] = [*known.cluster_role_bindings.values(), *known.role_bindings.values()]
    return any(
        rule_allows(rule, request)
        for binding in bindings
        if binding.namespace in ("", request.namespace if request.path is None else "")
        and any(principal(subject, binding.namespace) in who.principals for subject in binding.subjects)
        for rule in _rules_of(known, binding)
    )


def _rules_of(known: Snapshot, binding: Binding) -> tuple[PolicyRule, ...]:
    ref = binding.role_ref
    if ref.kind == "ClusterRole":
        return known.aggregation.rules(ref.name) if ("", ref.name) in known.cluster_roles else ()
    bound_role = known.roles.get((binding.namespace, ref.name))
    return bound_role.rules if bound_role else ()


def test_who_can_lists_exactly_the_subjects_that_are_allowed(dice: random.Random) -> None:
    """Each subject is decided alone: a user without groups, or a group without a user."""
    for _ in range(WORLDS):
        world = World(dice)
        known = world.snapshot(gaps=[])
        evaluator = Evaluator(known)
        request = world.request()
        places = (request.namespace,) if request.namespace and request.path is None else ()

        items = list_subjects(evaluator, Question(request, places)).items

        listed = {item.who for item in items}
        for who in {who for index in known.bound.values() for who in index}:
            alone = Identity(who.name) if who.kind == "User" else Identity("", (who.name,))
            allowed = evaluator.decide(alone, request).verdict is Verdict.ALLOWED
            assert (who in listed) == allowed, (who, request)


def test_paths_end_where_the_rule_is_written(dice: random.Random) -> None:
    """Each step is a selection, no role is passed twice, and the last role has the rule."""
    for _ in range(WORLDS):
        known = World(dice).snapshot()
        aggregation = known.aggregation
        for name in (key[1] for key in known.cluster_roles):
            for rule in aggregation.rules(name):
                for path in aggregation.paths(name, rule):
                    assert (name, len(path)) == (path[0], len(set(path)))
                    assert all(b in aggregation.selected[a] for a, b in pairwise(path))
                    assert rule in known.cluster_roles["", path[-1]].rules


def test_the_order_of_objects_does_not_matter(dice: random.Random) -> None:
    """The same cluster gives the same decisions with the same evidence, in whatever order it was listed."""
    for _ in range(WORLDS):
        world = World(dice)
        queries = list(world.requests())
        objects = [*world.roles, *world.bindings]
        before = Evaluator(snapshot(*objects, gaps=world.gaps))
        dice.shuffle(objects)

        after = Evaluator(snapshot(*objects, gaps=world.gaps))

        assert [before.decide(*query) for query in queries] == [after.decide(*query) for query in queries]


def test_over_is_associative_and_has_an_empty_element(dice: random.Random) -> None:
    """The empty snapshot changes nothing on either side, and the upper object wins."""
    for _ in range(WORLDS):
        first, second, third = (World(dice).snapshot() for _ in range(3))

        assert first.over(second).over(third) == first.over(second.over(third))
        assert first == first.over(Snapshot()) == Snapshot().over(first)
        assert first.cluster_roles.items() <= first.over(second).cluster_roles.items()
        assert {*first.roles, *second.roles} == set(first.over(second).roles)
