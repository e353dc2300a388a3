"""Which subjects run pipeline steps, and which subject each persona is."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.runners import persona_runners, pipelines_runners
from tests.builders import (
    profile,
    role_binding,
    snapshot,
)


def test_personas_follow_from_profiles() -> None:
    """Owners can be of any kind, and contributors are found by their role."""
    world = snapshot(
        profile("team-a", "user:alice@example.com"),
        profile("team-b", "group:ml"),
        profile("robot", "sa:ci"),
        role_binding("team-a", "dave", "kubeflow-edit", "user:dave@example.com"),
        role_binding("team-a", "erin", "kubeflow-view", "user:erin@example.com"),
        role_binding("team-a", "default-editor", "kubeflow-edit", "sa:team-a/default-editor"),
    )
    places = ("robot", "team-a", "team-b")

    def subjects(persona: str) -> list[tuple[str, str]]:
        return [
            (runner.namespace, runner.who.subject.name) for runner in persona_runners(persona, world, places)
        ]

    assert [("robot", "ci"), ("team-a", "alice@example.com"), ("team-b", "ml")] == subjects("profile-owner")
    assert [("team-a", "dave@example.com")] == subjects("contributor-edit")
    assert [("team-a", "erin@example.com")] == subjects("contributor-view")
    assert [(place, "default-viewer") for place in places] == subjects("default-viewer")


def test_the_mode_decides_who_runs_steps() -> None:
    """If the mode is unknown, the accounts of both modes are returned."""

    def subjects(mode: Mode, account: str) -> list[str]:
        runners = pipelines_runners(Pipelines("kubeflow", mode, account), ("team-a",))
        return [f"{runner.namespace}/{runner.who.subject.name}" for runner in runners]

    assert ["kubeflow/steps"] == subjects(Mode.STANDALONE, "steps")
    assert ["team-a/steps"] == subjects(Mode.MULTI_USER, "steps")
    assert ["kubeflow/pipeline-runner", "team-a/default-editor"] == subjects(Mode.UNKNOWN, "pipeline-runner")
    assert [] == subjects(Mode.ABSENT, "pipeline-runner")
