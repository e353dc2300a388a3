"""Steps as sentences and as machine data."""

from __future__ import annotations

import json

import pytest

from kubectl_kfaccess.escalation.registry import STEPS
from kubectl_kfaccess.escalation.texts import node_text, sentence, source_text
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.terminal.safe_text import shown
from tests.builders import cluster_role, role_binding, rule, service_account
from tests.escalation.cases import CASES, ROBOT, Case, granted
from tests.escalation.worlds import ALICE, escalation, words
from tests.schemas import errors, validator

INSTALLED = frozenset(way.kind for step in STEPS for way in step.ways if way.kind)


def test_the_mock_up_is_said_in_its_words() -> None:
    """Bob owns team-b, where he runs code as an account that can edit in team-a."""
    engine = escalation(
        cluster_role(
            "kubeflow-admin", rule("create", "pods,jobs"), rule("create", "notebooks.kubeflow.org"),
            rule("create", "runs.pipelines.kubeflow.org"),
        ),
        role_binding("team-b", "namespaceAdmin", "kubeflow-admin", "user:alice"),
        service_account("team-b/default-editor"),
        served=INSTALLED,
        release="2.5.0",
    )  # fmt: skip
    editor = next(each for each in engine.reached(ALICE) if words(each) == "sa:team-b/default-editor")

    assert [
        ("can create pods, notebooks and runs in team-b", "RoleBinding team-b/namespaceAdmin"),
        ("so runs code as sa:team-b/default-editor", "its token is mounted in every pod"),
    ] == [(sentence(step, shown), source_text(step, shown)) for step in engine.steps(editor)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.step}: {', '.join(case.grants)}")
def test_every_step_is_a_sentence_and_machine_data(case: Case) -> None:
    """No placeholder is left, each need is granted, and the data is as the schema says."""
    engine = escalation(
        *granted(case.grants), ROBOT, *case.more, minor=case.minor, served=INSTALLED, release=case.release
    )
    checker = validator("Explanation", definition="Step")
    for reached in engine.reached(ALICE):
        for step in engine.steps(reached):
            texts = (sentence(step, shown), source_text(step, shown), node_text(reached.node, shown))
            assert not [text for text in texts if not text or set(text) & set("{}") or "  " in text]
            assert sentence(step, shown).startswith(("can ", "so "))
            assert len(step.needs) >= len(step.grants)
            assert bool(step.needs) == bool(step.way)
            assert [] == errors(checker, _as_json(step_data(step, engine.facts.snapshot, ())))


def _as_json(data: object) -> object:
    return json.loads(json.dumps(data))


def test_names_are_made_safe() -> None:
    """A name from the cluster can hold anything."""
    engine = escalation(*granted(("create serviceaccounts/token",)), service_account("team-a/\x1b[31m"))
    steps = [step for reached in engine.reached(ALICE) for step in engine.steps(reached)]

    assert "\x1b" in "".join(sentence(step, str) for step in steps)
    assert "\x1b" not in "".join(sentence(step, shown) for step in steps)
