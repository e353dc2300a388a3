"""Every step: what it needs is enough, each part of it is needed, and every need has a case."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest

from kubectl_kfaccess.escalation.registry import STEPS, step_type
from kubectl_kfaccess.escalation.step_type import StepType
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.rules import Request
from tests.builders import request
from tests.escalation.cases import CASES, ROBOT, Case, Narrower, granted, narrower
from tests.escalation.worlds import ALICE, escalation, words

_1_34, _1_35 = KubernetesVersion(1, 34), KubernetesVersion(1, 35)
INSTALLED = frozenset(way.kind for step in STEPS for way in step.ways if way.kind)


def reached_by(case: Case, grants: tuple[str, ...], steps: Iterable[StepType] = STEPS) -> set[str]:
    """Return what Alice, with *grants*, reaches by the step of *case* as the last."""
    objects = (*granted(grants), ROBOT, *case.more)
    engine = escalation(*objects, minor=case.minor, served=INSTALLED, release=case.release, steps=steps)
    return {
        words(reached)
        for reached in engine.reached(ALICE)
        if case.step in {step.id for step in engine.last_steps(reached)}
    }


def is_enough(case: Case, less: Narrower, steps: Iterable[StepType] = STEPS) -> bool:
    """Whether less than what *case* grants is enough."""
    reached = reached_by(case, less.grants, steps)
    if less.rest is None:
        return case.gives in reached
    return bool(reached - reached_by(case, less.rest, steps))


def name(case: Case) -> str:
    """Return the name of a case."""
    return f"{case.step}: {', '.join(case.grants)} {case.release or case.minor}"


@pytest.mark.parametrize("case", CASES, ids=name)
def test_what_a_step_needs_is_enough(case: Case) -> None:
    """Alice reaches it by a step of that type."""
    assert case.gives in reached_by(case, case.grants)


@pytest.mark.parametrize("case", CASES, ids=name)
def test_each_part_of_what_a_step_needs_is_needed(case: Case) -> None:
    """Less is not enough: without a grant, by a RoleBinding where the cluster is asked, by another name."""
    assert [] == [less.grants for less in narrower(case) if is_enough(case, less)]


def test_every_step_has_a_case_and_every_case_a_step() -> None:
    """A step without a case would not be tested at all."""
    assert {step.id for step in STEPS} == {case.step for case in CASES}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_every_verb_of_every_need_has_a_case(step: StepType) -> None:
    """The cases are written by hand, and name exactly the verbs and resources of the data."""
    ways = {
        anywhere
        for way in step.ways
        for need in way.needs
        for verb in need.verbs
        for anywhere in [Request(verb, need.group, need.resource, need.subresource)]
    }
    cases = {
        request(*grant.removeprefix("cluster: ").split()[:2])
        for case in CASES
        if case.step == step.id
        for grant in case.grants
    }

    assert ways <= cases


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.id)
def test_a_step_says_what_it_is_in_sentences(step: StepType) -> None:
    """Its id is words joined by dashes. It explains itself, and names what was read."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", step.id)
    assert step.source
    for text in (step.what, step.note) if step.note else (step.what,):
        assert text[0].isupper() or text[0] == "`"
        assert text.endswith(".")
        assert "  " not in text
    for text in (step.can, step.gives, step.condition):
        assert not text.endswith(".")


def test_an_id_is_given_once() -> None:
    """An id is the name of a step in machine formats."""
    assert len(STEPS) == len({step.id for step in STEPS})


def test_what_a_step_needs_is_enumerated_for_a_server() -> None:
    """Each set of requests is enough, in the namespace and for the name that are asked about."""
    token = [*step_type("mint-token").requests("team-a", "robot")]
    exec_before = {requests for _, requests in step_type("exec-pod").requests("team-a", "live", _1_34)}
    exec_since = {requests for _, requests in step_type("exec-pod").requests("team-a", "live", _1_35)}
    pods = [requests for _, requests in step_type("run-pod").requests("team-a", "new")]

    assert [(request("create", "serviceaccounts/token", "team-a", "robot"),)] == [each for _, each in token]
    assert exec_before - exec_since == {
        (request("get", f"pods/{sub}", "team-a", "live"),) for sub in ("exec", "attach")
    }
    assert [
        (request("create", "pods", "team-a"),),
        (request("create", "pods", "team-a", "new"), request("patch", "pods", "team-a", "new")),
    ] == pods


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_enumerated_requests_are_enough_for_the_evaluator(case: Case) -> None:
    """With the grants of the case, some set of them is allowed in full."""
    engine = escalation(*granted(case.grants), ROBOT, *case.more)
    step = step_type(case.step)
    names = ("", *(word for grant in case.grants for word in grant.removeprefix("cluster: ").split()[2:]))
    sets = [
        requests
        for yielded in names
        for chosen in names
        for _, requests in step.requests("team-a", yielded, chosen=chosen)
        if all(engine.facts.evaluator.decide(ALICE, one_of).verdict is Verdict.ALLOWED for one_of in requests)
    ]

    assert sets or not step.ways
