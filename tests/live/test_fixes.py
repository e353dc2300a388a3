"""Fixes, applied by the real kubectl to a real server: then the answer is yes, and nothing else changes."""

from __future__ import annotations

import shlex
import subprocess
import time
from typing import Any

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import wait_for_aggregation
from tests.live.conftest import demo_objects
from tests.running import run
from tests.truth.asking import ask

ASKED = (
    "grace@example.com create isvc -n team-b",
    "kim@example.com create isvc -n team-c",
    "sa:team-a/default-viewer create isvc -n team-a",
    "sa:kubeflow/pipeline-runner create isvc -n kubeflow",
    "erin@example.com archive runs.pipelines.kubeflow.org -n team-a",
    "dave@example.com update trainjobs -n team-a",
    "sa:team-c/model-server get secrets/another -n team-c",
    "group:ml-team get pods/log -n team-b",
    "carol@example.com list notebooks -A",
    "stranger@example.com get /metrics",
)

# What is compared before and after: more than any fix needs, and far fewer than there are
RESOURCES = (
    ("serving.kserve.io", "inferenceservices"),
    ("serving.kserve.io", "servingruntimes"),
    ("pipelines.kubeflow.org", "runs"),
    ("kubeflow.org", "notebooks"),
    ("trainer.kubeflow.org", "trainjobs"),
    ("rbac.authorization.k8s.io", "rolebindings"),
    ("", "secrets"),
    ("", "configmaps"),
)
VERBS = ("get", "list", "create", "update", "delete", "archive")
NAMESPACES = ("team-a", "team-b", "team-c", "kubeflow", "")

Decision = tuple[tuple[str, str], str, str, str, str]


def principals() -> list[tuple[str, str]]:
    """Everybody whom the demo's RoleBindings name, and whom the questions are about."""
    found = {("User", "stranger@example.com"), ("User", "grace@example.com")}
    for one in demo_objects():
        for subject in one.get("subjects", ()) if one["kind"] == "RoleBinding" else ():
            namespace = subject.get("namespace", one["metadata"]["namespace"])
            found.add(principal(subject["kind"], subject["name"], namespace))
    return sorted(found)


def principal(kind: str, name: str, namespace: str = "") -> tuple[str, str]:
    """A user or a group; an account is the user of its tokens."""
    if kind == "ServiceAccount":
        return "User", f"system:serviceaccount:{namespace}:{name}"
    return kind, name


def decisions(plane: ControlPlane) -> set[Decision]:
    """Everything that the server allows to anybody, among what is compared."""
    questions = [
        (who, namespace, group, resource, verb)
        for who in principals()
        for namespace in NAMESPACES
        for group, resource in RESOURCES
        for verb in VERBS
    ]
    specs = [
        {
            **({"groups": [who[1]]} if who[0] == "Group" else {"user": who[1]}),
            "resourceAttributes": {"namespace": ns, "group": group, "resource": resource, "verb": verb},
        }
        for who, ns, group, resource, verb in questions
    ]
    return {one for one, status in zip(questions, ask(plane, specs), strict=True) if status.allowed}


@pytest.mark.server
@pytest.mark.parametrize("asked", ASKED)
def test_each_fix_does_what_it_announces(demo: ControlPlane, asked: str) -> None:
    """Applied, a fix makes the answer yes, takes nothing away, and gives nothing that was not announced."""
    flags = ("--kubeconfig", str(demo.kubeconfig()))
    answer = run("explain", *shlex.split(asked), *flags, "-o", "json")
    assert (1, "Denied") == (answer.status, answer.json["decision"])
    before = decisions(demo)

    assert len(answer.json["fix"]) >= 1
    for number, fix in enumerate(answer.json["fix"], 1):
        manifest = run("explain", *shlex.split(asked), *flags, "-o", "fix", "--fix", str(number))
        assert 0 == manifest.status
        try:
            kubectl(demo, "apply", manifest.stdout)
            assert settled(asked, flags), fix["title"]
            after = decisions(demo)
            assert set() == before - after
            assert set() == after - before - announced(fix, after - before)
            gained = {(who, group, resource, verb) for who, _, group, resource, verb in after - before}
            assert bool(fix["furtherPermissions"]) or len(gained) <= 1
        finally:
            kubectl(demo, "delete", manifest.stdout)
            wait_for_aggregation(demo)
        assert unsettled(asked, flags), "taken back, the answer is no again"


def announced(fix: dict[str, Any], gained: set[Decision]) -> set[Decision]:
    """Those of the decisions gained that the fix has announced, by subject and namespace."""
    changes = {
        (
            principal(c["subject"]["kind"], c["subject"]["name"], c["subject"].get("namespace", "")),
            c["namespace"],
        )
        for c in fix["changes"]
    }
    return {one for one in gained if (one[0], one[1]) in changes or (one[0], "") in changes}


def settled(asked: str, flags: tuple[str, ...]) -> bool:
    """Whether the server itself says yes, within the time that its caches and controllers take."""
    return _becomes(0, asked, flags)


def unsettled(asked: str, flags: tuple[str, ...]) -> bool:
    """Whether the server itself says no again."""
    return _becomes(1, asked, flags)


def _becomes(status: int, asked: str, flags: tuple[str, ...]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if run("explain", *shlex.split(asked), *flags, "--verify", "-q").status == status:
            return True
        time.sleep(0.2)
    return False


def kubectl(plane: ControlPlane, verb: str, manifest: str) -> None:
    """Apply or delete with the real kubectl what the program has printed."""
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), verb, "-f", "-"]
    done = subprocess.run(command, input=manifest, capture_output=True, text=True, timeout=60, check=False)
    assert 0 == done.returncode, done.stderr
