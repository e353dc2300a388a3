"""
The closure of steps against a real server: random worlds, and everybody reaches what an oracle finds.

KFACCESS_SEED and KFACCESS_CLOSURES set the seed and the number of worlds.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from random import Random

import pytest

from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.rules import Request
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.truth import step_search as search
from tests.truth.arena import wait_for_authorizer
from tests.truth.step_oracle import Answers, Oracle
from tests.truth.step_worlds import World, manifest, shared_objects

SEED = int(os.environ.get("KFACCESS_SEED", "20261130"))
WORLDS = int(os.environ.get("KFACCESS_CLOSURES", "30"))
FIRST = int(os.environ.get("KFACCESS_FIRST_CLOSURE", "0"))
AT_A_TIME = 30
REQUESTS = (
    (Request("get", "", "secrets", name="s0"), Plane.KUBECTL),
    (Request("create", "", "pods"), Plane.KUBECTL),
    (Request("list", "", "secrets"), Plane.KUBECTL),
    (Request("create", "", "serviceaccounts", "token", "s0"), Plane.KUBECTL),
    (Request("create", "pipelines.kubeflow.org", "runs"), Plane.KUBEFLOW),
    (Request("create", "authorization.k8s.io", "subjectaccessreviews"), Plane.KUBECTL),
)


@pytest.mark.server
def test_everybody_reaches_what_the_server_says(
    plane: ControlPlane, record_property: Callable[[str, object], None]
) -> None:
    """The same things, proved or possible, for each principal; and the same holders of requests."""
    figures = dict.fromkeys(("principals", "reached", "proved", "holders", "questions"), 0)
    wrong: list[str] = []
    for first in range(FIRST, FIRST + WORLDS, AT_A_TIME):
        worlds = [World(SEED, number) for number in range(first, min(first + AT_A_TIME, FIRST + WORLDS))]
        wrong += _compare(plane, worlds, figures)
    counted = ", ".join(f"{value} {key}" for key, value in figures.items())
    record_property("figures", f"closures: seed {SEED}, {WORLDS} worlds, {counted}, {len(wrong)} differences")
    assert not wrong, "\n".join((f"seed {SEED}: {len(wrong)} differences", *wrong[:40]))
    assert figures["reached"] > figures["principals"] > 0


def _compare(plane: ControlPlane, worlds: list[World], figures: dict[str, int]) -> list[str]:
    """Load the worlds, ask, and return the differences."""
    try:
        objects = [*shared_objects(), *(each for world in worlds for each in world.objects)]
        objects += [each for world in worlds for each in search.probes(world)]
        assert [] == load(plane, [manifest(each) for each in objects], replace=True)
        wait_for_aggregation(plane)
        wait_for_authorizer(plane)
        answers = Answers()
        known = search.search(plane, answers, [Oracle(world, answers) for world in worlds])
        wrong = [
            text
            for world, each in zip(worlds, known, strict=True)
            for text in search.differences(world, each)
        ]
        wrong += _holders(plane, worlds, known, answers, figures)
        for each in known:
            reaches = [each.reach(each.oracle.start(who)) for who in each.oracle.principals]
            figures["principals"] += len(reaches)
            figures["reached"] += sum(map(len, reaches))
            figures["proved"] += sum(sum(reach.values()) for reach in reaches)
        figures["questions"] += len(answers.known)
        return wrong
    finally:
        clear(plane)


def _holders(
    plane: ControlPlane,
    worlds: list[World],
    known: list[search.Searched],
    answers: Answers,
    figures: dict[str, int],
) -> list[str]:
    """Return which holders of requests only one side knows."""
    wrong = []
    chosen = [
        (world, each, *pair)
        for world, each in zip(worlds, known, strict=True)
        for pair in Random(f"{SEED}/{world.number}/requests").sample(REQUESTS, 3)
    ]
    while True:  # until no question is open
        theirs = [{*search.oracle_holders(each, request, via)} for _, each, request, via in chosen]
        if not answers.open:
            break
        search.answer(plane, answers)
    for (world, _, request, via), servers in zip(chosen, theirs, strict=True):
        ours = search.engine_holders(search.engine(world), request, via)
        figures["holders"] += len(servers)
        wrong += [
            f"world {world.number}: {request} {via}: only we: {each}" for each in sorted(ours - servers)
        ]
        wrong += [
            f"world {world.number}: {request} {via}: only server: {each}" for each in sorted(servers - ours)
        ]
    return wrong
