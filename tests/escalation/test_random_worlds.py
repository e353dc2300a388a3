"""Random clusters: the engine reaches what the slow oracle reaches, and forwards and backwards agree."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.nodes import CLUSTER, Hold, Kind, Node, principal_node
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.subjects import Principal
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    request,
    role_binding,
    rule,
    service_account,
)
from tests.escalation.oracle import Oracle
from tests.escalation.worlds import escalation

WORLDS = 25
PLACES = ("team-a", "team-b", "team-c")
NAMES = ("robot", "editor", "bob", "staff", "live")
SUBJECTS = (
    "user:alice",
    "user:bob",
    "group:staff",
    "group:system:authenticated",
    "group:system:serviceaccounts",
    "group:system:serviceaccounts:team-a",
    *(f"sa:{place}/{name}" for place in PLACES for name in ("robot", "editor", "default")),
)
RULES = (
    ("create", "pods"),
    ("create,patch", "pods"),
    ("patch", "deployments.apps"),
    ("create", "viewers.kubeflow.org"),
    ("create", "runs.pipelines.kubeflow.org"),
    ("use", "serviceaccounts"),
    ("create", "pods/exec"),
    ("patch", "poddefaults.kubeflow.org"),
    ("create", "serviceaccounts/token"),
    ("create", "secrets"),
    ("get", "secrets"),
    ("impersonate", "serviceaccounts"),
    ("impersonate", "users,groups"),
    ("impersonate", "groups"),
    ("get", "configmaps"),
)
KINDS = frozenset((("kubeflow.org", "viewers"), ("kubeflow.org", "poddefaults")))


def world(chance: random.Random) -> Iterator[KubernetesObject]:
    """Yield accounts, roles of one or two rules, and bindings."""
    for place in PLACES:
        for name in ("robot", "editor"):
            if chance.random() < 0.8:
                yield service_account(f"{place}/{name}")
    for number in range(chance.randint(4, 9)):
        rules = [
            rule(verbs, target, names=chance.sample(NAMES, 2) if chance.random() < 0.3 else ())
            for verbs, target in chance.sample(RULES, chance.randint(1, 2))
        ]
        yield cluster_role(f"role-{number}", *rules)
        subjects = chance.sample(SUBJECTS, chance.randint(1, 3))
        if chance.random() < 0.2:
            yield cluster_role_binding(f"binding-{number}", f"role-{number}", *subjects)
        else:
            yield role_binding(chance.choice(PLACES), f"binding-{number}", f"role-{number}", *subjects)


def engine_of(seed: int) -> Escalation:
    """Return the engine for the world of that seed."""
    chance = random.Random(seed)
    release = chance.choice(("2.5.0", "2.17.1"))
    return escalation(*world(chance), release=release, served=KINDS, minor=chance.choice((34, 37)))


def identities(engine: Escalation, start: Node) -> dict[Node, bool]:
    """Return the identities that *start* reaches, and whether each is proved."""
    return {
        each.node: each.is_proved
        for each in engine.reached(start.identity)
        if each.node.kind in (Kind.IDENTITY, Kind.CLUSTER)
    }


@pytest.mark.parametrize("seed", range(WORLDS))
def test_the_engine_reaches_what_the_oracle_reaches(seed: int) -> None:
    """For every principal of a binding."""
    engine = engine_of(seed)
    oracle = Oracle(engine.facts, (*NAMES, "alice"))
    for who in sorted(engine.facts.snapshot.principals):
        start = principal_node(who)
        expected, actual = oracle.reached(start), identities(engine, start)

        assert _listed(expected, start, engine) == _listed(actual, start, engine), (seed, who)


def _listed(reached: dict[Node, bool], start: Node, engine: Escalation) -> dict[Node, bool]:
    """Return *reached* without *start* itself, and without names that are nowhere but in a rule."""
    return {
        node: is_proved
        for node, is_proved in reached.items()
        if node == CLUSTER or not (_is_part(node, start) or _is_only_a_name(node, engine))
    }


def _is_part(node: Node, start: Node) -> bool:
    return node.user in ("", start.user) and set(node.groups) <= set(start.groups)


def _is_only_a_name(node: Node, engine: Escalation) -> bool:
    """Whether *node* is somebody who neither exists nor is bound: impersonation does not ask."""
    facts, subject = engine.facts, node.subject
    if subject is None or Principal("User", node.user) in facts.snapshot.principals or not node.user:
        return False
    accounts = (*facts.accounts.get(subject.namespace or "", ()), "default")
    return subject.kind != "ServiceAccount" or subject.name not in accounts


@pytest.mark.parametrize("seed", range(WORLDS))
def test_holders_are_those_who_reach_it_forwards(seed: int) -> None:
    """With as many steps, and as certainly."""
    engine = engine_of(seed)
    wanted = request("get", "configmaps", "team-a")
    holders = dict[Principal, tuple[bool, int]]()
    chosen = random.Random(seed).choice((("team-a",), ("team-b", "team-a"), None))
    for holder in engine.holders(wanted, chosen):
        if holder.namespace not in ("", "team-a"):
            continue
        better = holders.get(holder.who)
        if better is None or (holder.is_proved, -holder.length) > better:
            holders[holder.who] = (holder.is_proved, -holder.length)
    for who in engine.facts.snapshot.principals:
        start = principal_node(who)
        if engine.facts.evaluator.decide(start.identity, wanted).verdict is Verdict.ALLOWED:
            continue
        allowed = [
            (each.is_proved, -each.length)
            for each in engine.reached(start.identity)
            if engine.allows(each, wanted) is Verdict.ALLOWED
        ]
        is_wide = any(holder.namespace == "" for holder in engine.holders(wanted, ()) if holder.who == who)

        assert bool(allowed) == (who in holders), (seed, who)
        assert is_wide or not allowed or max(allowed) == holders[who], (seed, who)


@pytest.mark.parametrize("seed", range(WORLDS))
def test_a_grant_more_takes_nothing_away(seed: int) -> None:
    """What is reached, and what of it is proved, only grows."""
    chance = random.Random(seed)
    objects = [*world(chance)]
    added = role_binding("team-a", "added", "role-1", "user:alice", "sa:team-b/robot")
    before, after = escalation(*objects, served=KINDS), escalation(*objects, added, served=KINDS)
    for who in before.facts.snapshot.principals:
        start = principal_node(who)
        later = identities(after, start)
        for node, is_proved in _listed(identities(before, start), start, before).items():
            assert CLUSTER in later or node in later, (seed, who)
            assert later.get(node, True) or not is_proved, (seed, who)


def test_the_worlds_have_steps_to_find() -> None:
    """More than a few, proved and possible, and of each way to hold an identity."""
    reached = [
        (node.hold, is_proved)
        for seed in range(WORLDS)
        for engine in [engine_of(seed)]
        for who in engine.facts.snapshot.principals
        for node, is_proved in identities(engine, principal_node(who)).items()
    ]

    assert {(hold, is_proved) for hold in Hold for is_proved in (True, False)} <= set(reached)
