"""
What holds of every cluster, tried on random ones.

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
    """A source of chance that says how to repeat it."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


class World:
    """A small random cluster, dense enough that things meet."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.roles: list[ClusterRole | Role] = [self._cluster_role(n) for n in range(5)]
        self.roles += [role(f"{where}/r0", *self._rules()) for where in NAMESPACES if dice.random() < 0.7]
        self.bindings = list({(b.kind, b.key): b for b in (self.binding(n) for n in range(5))}.values())
        self.accounts = [service_account("a/u"), service_account("b/u")]
        self.gaps = [self.gap() for _ in range(dice.choice((0, 0, 1, 2)))]

    def snapshot(self, *more: KubernetesObject, gaps: list[Gap] | None = None) -> Snapshot:
        """The world, with more in it, and with other gaps if given."""
        kept = self.gaps if gaps is None else gaps
        return snapshot(*self.roles, *self.bindings, *self.accounts, *more, gaps=kept)

    def requests(self) -> Iterator[tuple[Identity, Request]]:
        """Some questions, of every kind."""
        for _ in range(25):
            yield self.dice.choice(CALLERS), self.request()

    def request(self) -> Request:
        """One question."""
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
        """A binding of a random role, which may not exist, to random subjects."""
        subjects = self.dice.sample(SUBJECTS, self.dice.randint(0, 3))
        ref = f"c{self.dice.randint(0, 5)}"
        if self.dice.random() < 0.4:
            return cluster_role_binding(f"b{number}", ref, *subjects)
        ref = self.dice.choice((ref, "Role/r0", "Role/c0"))
        return role_binding(self.dice.choice(NAMESPACES), f"b{number}", ref, *subjects)

    def gap(self) -> Gap:
        """A list that could not be read, everywhere or in one namespace."""
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


def verdicts(known: Snapshot, asked: list[tuple[Identity, Request]]) -> list[Verdict]:
    """The answers to many questions."""
    evaluator = Evaluator(known)
    return [evaluator.decide(who, one).verdict for who, one in asked]


def test_adding_a_binding_never_takes_a_grant_away(dice: random.Random) -> None:
    """Rules only add."""
    for _ in range(WORLDS):
        world = World(dice)
        asked = list(world.requests())
        before = verdicts(world.snapshot(), asked)

        after = verdicts(world.snapshot(world.binding(99)), asked)

        for question, one, other in zip(asked, before, after, strict=True):
            assert (Verdict.ALLOWED, Verdict.ALLOWED) == (one, other) or one is not Verdict.ALLOWED, question


def test_adding_a_gap_never_changes_a_yes_and_never_makes_a_no(dice: random.Random) -> None:
    """A yes stays one; a no may become unknown; unknown stays so."""
    after_gap = {
        Verdict.ALLOWED: {Verdict.ALLOWED},
        Verdict.DENIED: {Verdict.DENIED, Verdict.UNKNOWN},
        Verdict.UNKNOWN: {Verdict.UNKNOWN},
    }
    for _ in range(WORLDS):
        world = World(dice)
        asked = list(world.requests())
        before = verdicts(world.snapshot(), asked)

        after = verdicts(world.snapshot(gaps=[*world.gaps, world.gap()]), asked)

        for question, one, other in zip(asked, before, after, strict=True):
            assert other in after_gap[one], (question, one)


def test_removing_gaps_never_changes_a_yes(dice: random.Random) -> None:
    """Nor does it turn a no into anything else, as the objects are the same."""
    for _ in range(WORLDS):
        world = World(dice)
        asked = list(world.requests())
        before = verdicts(world.snapshot(), asked)

        after = verdicts(world.snapshot(gaps=[]), asked)

        for question, one, other in zip(asked, before, after, strict=True):
            assert one is other or one is Verdict.UNKNOWN, (question, one, other)


def test_a_decision_is_the_same_as_a_search_without_any_index(dice: random.Random) -> None:
    """Every binding, every subject, every rule, one after the other."""
    for _ in range(WORLDS):
        world = World(dice)
        known = world.snapshot(gaps=[])
        asked = list(world.requests())

        found = verdicts(known, asked)

        for (who, one), verdict in zip(asked, found, strict=True):
            assert _searched(known, who, one) == (verdict is Verdict.ALLOWED), (who, one)


def _searched(known: Snapshot, who: Identity, asked: Request) -> bool:
    bindings: list[Binding] = [*known.cluster_role_bindings.values(), *known.role_bindings.values()]
    return any(
        rule_allows(rule, asked)
        for binding in bindings
        if binding.namespace in ("", asked.namespace if asked.path is None else "")
        and any(principal(subject, binding.namespace) in who.principals for subject in binding.subjects)
        for rule in _rules_of(known, binding)
    )


def _rules_of(known: Snapshot, binding: Binding) -> tuple[PolicyRule, ...]:
    ref = binding.role_ref
    if ref.kind == "ClusterRole":
        return known.aggregation.rules(ref.name) if ("", ref.name) in known.cluster_roles else ()
    found = known.roles.get((binding.namespace, ref.name))
    return found.rules if found else ()


def test_who_can_lists_exactly_those_who_may(dice: random.Random) -> None:
    """A subject that is listed is allowed, as a user or by the group alone, and one that is not is not."""
    for _ in range(WORLDS):
        world = World(dice)
        known = world.snapshot(gaps=[])
        evaluator = Evaluator(known)
        asked = world.request()
        places = (asked.namespace,) if asked.namespace and asked.path is None else ()

        items = list_subjects(evaluator, Question(asked, places)).items

        listed = {item.who for item in items}
        for who in {each for where in known.bound.values() for each in where}:
            alone = Identity(who.name) if who.kind == "User" else Identity("", (who.name,))
            allowed = evaluator.decide(alone, asked).verdict is Verdict.ALLOWED
            assert (who in listed) == allowed, (who, asked)


def test_paths_end_where_the_rule_is_written(dice: random.Random) -> None:
    """Each step is a selection, no role is passed twice, and the last one has the rule."""
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
    """The same cluster gives the same evidence, however it was listed."""
    for _ in range(WORLDS):
        world = World(dice)
        asked = list(world.requests())
        objects = [*world.roles, *world.bindings]
        before = Evaluator(snapshot(*objects, gaps=world.gaps))
        dice.shuffle(objects)

        after = Evaluator(snapshot(*objects, gaps=world.gaps))

        assert [before.decide(*one) for one in asked] == [after.decide(*one) for one in asked]


def test_laying_over_keeps_the_laws(dice: random.Random) -> None:
    """Associative, with the empty snapshot on either side, and the upper object wins."""
    for _ in range(WORLDS):
        one, two, three = (World(dice).snapshot() for _ in range(3))

        assert one.over(two).over(three) == one.over(two.over(three))
        assert one == one.over(Snapshot()) == Snapshot().over(one)
        assert one.cluster_roles.items() <= one.over(two).cluster_roles.items()
        assert {*one.roles, *two.roles} == set(one.over(two).roles)
