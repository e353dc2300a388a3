"""A type that no API serves, on a real server: with all types known, and with an API that does not answer."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.controlplane.cluster import ControlPlane
from tests.running import Result, run

pytestmark = pytest.mark.server

GROUP = "down.example"
APISERVICES = "/apis/apiregistration.k8s.io/v1/apiservices"
APISERVICE = {
    "apiVersion": "apiregistration.k8s.io/v1",
    "kind": "APIService",
    "metadata": {"name": f"v1.{GROUP}"},
    "spec": {
        "group": GROUP,
        "version": "v1",
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
        "insecureSkipTLSVerify": True,
        "service": {"namespace": "default", "name": "nothing"},
    },
}
SECONDS = 60
QUESTIONS = (
    pytest.param("who-can get {} -n team-a", id="who-can"),
    pytest.param("explain alice@example.com get {} -n team-a", id="explain"),
    pytest.param("access alice@example.com --resource {} -n team-a", id="access"),
)


def asked(plane: ControlPlane, cache: Path, line: str, user: str = "admin") -> Result:
    """Return the answer of *plane* to a user, as JSON, with types that are read anew."""
    flags = ("--kubeconfig", str(plane.kubeconfig(user)), "--cache-dir", str(cache), "-o", "json")
    return run(*line.split(), *flags)


@pytest.fixture(scope="module")
def with_silent_api(demo: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """Yield the demo on a server that has an API whose server does not exist."""
    cache = tmp_path_factory.mktemp("cache")
    demo.request("POST", APISERVICES, APISERVICE)
    _wait_for_status(3, demo, cache)
    yield demo
    demo.request("DELETE", f"{APISERVICES}/v1.{GROUP}")
    _wait_for_status(2, demo, cache)


def _wait_for_status(status: int, plane: ControlPlane, cache: Path) -> None:
    """Wait until a question about an unknown type ends so: discovery follows APIServices slowly."""
    end = time.monotonic() + SECONDS
    while (answer := asked(plane, cache, f"who-can get gadgets.{GROUP}")).status != status:
        assert time.monotonic() < end, answer.stderr
        time.sleep(0.5)


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("inferencservices", "did you mean `inferenceservices`?"),
        ("inferencservices.serving.kserve.io", "did you mean `inferenceservices.serving.kserve.io`?"),
        ("gadgets", "`kubectl api-resources`"),
    ],
)
def test_an_unknown_type_is_an_error_where_all_types_are_known(
    line: str, typed: str, hint: str, demo: ControlPlane, tmp_path: Path
) -> None:
    """The status is 2, and there are no rows."""
    answer = asked(demo, tmp_path, line.format(typed))

    assert (2, []) == (answer.status, answer.json["items"])
    assert f"error: the server doesn't have a resource type `{typed}`" in answer.stderr
    assert hint in answer.stderr


def test_the_owner_of_a_profile_gets_the_error_too(demo: ControlPlane, tmp_path: Path) -> None:
    """Everybody can read discovery. Roles that they cannot read may name a type that is close to none."""
    line = "who-can get {} -n team-a"
    typo = asked(demo, tmp_path, line.format("inferencservices"), "alice@example.com")
    other = asked(demo, tmp_path, line.format("gadgets"), "alice@example.com")

    assert (2, 3) == (typo.status, other.status), typo.stderr + other.stderr
    assert "clusterroles" in json.dumps(other.json["coverage"]["gaps"])


@pytest.mark.parametrize("line", QUESTIONS)
@pytest.mark.parametrize("typed", ["gadgets", "podz", f"gadgets.{GROUP}", f"gadgets.v1.{GROUP}"])
def test_an_api_that_does_not_answer_leaves_it_open(
    line: str, typed: str, with_silent_api: ControlPlane, tmp_path: Path
) -> None:
    """The status is 3, the group is named, and there is an answer."""
    answer = asked(with_silent_api, tmp_path, line.format(typed))

    assert 3 == answer.status, answer.stderr
    assert [GROUP in gap["reason"] for gap in answer.json["coverage"]["gaps"]] == [True]
    assert answer.json["items"]


@pytest.mark.parametrize("line", QUESTIONS)
def test_it_says_nothing_of_other_groups(line: str, with_silent_api: ControlPlane, tmp_path: Path) -> None:
    """All types of KServe are known, and so is every type that is served."""
    typo = asked(with_silent_api, tmp_path, line.format("inferencservices.serving.kserve.io"))
    known = asked(with_silent_api, tmp_path, line.format("inferenceservices"))

    assert 2 == typo.status
    assert known.status in (0, 1), known.stderr
