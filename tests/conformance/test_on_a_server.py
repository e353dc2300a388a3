"""Ask the case files of a real API server, which decides what is right."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.case_files import Case, CaseFile, Cover, case_files
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import clear, load, wait_for_aggregation

pytestmark = pytest.mark.server

FILES = {name: file for name, file in case_files().items() if file.for_the_server}
COVERS = {name: file for name, file in case_files().items() if file.covers}
WRITER = "alice@example.com"
ROLES = "/apis/rbac.authorization.k8s.io/v1/clusterroles"
API_VERSION = "rbac.authorization.k8s.io/v1"
SENTINEL = "conformance-sentinel"
TIMEOUT = 60.0


@pytest.fixture
def empty(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the control plane; it is cleared after the test."""
    yield plane
    clear(plane)


@pytest.mark.parametrize("name", FILES)
def test_the_server_gives_the_answers_of_the_case_file(empty: ControlPlane, name: str) -> None:
    """The server answers each review of a file, and refuses each object that is marked as refused."""
    file = FILES[name]

    refused = load(empty, [*file.objects, *file.refused])
    _wait_until_seen(empty, file)
    answers = {case.name: _ask(empty, case.review) for case in file.for_the_server}

    assert file.refused == [refusal.object for refusal in refused]
    assert {case.name: case.allowed for case in file.for_the_server} == answers


@pytest.mark.parametrize("name", COVERS)
def test_the_server_lets_people_write_the_roles_that_the_case_file_says(
    empty: ControlPlane, name: str
) -> None:
    """A user with the owned rules can write a role with the wanted ones if none is uncovered."""
    cases = [cover for cover in COVERS[name].covers if not cover.unit_only]
    assert [] == load(empty, [_holder(), _bound_to(WRITER)])

    written = {cover.name: _can_write(empty, number, cover) for number, cover in enumerate(cases)}

    assert {cover.name: not cover.uncovered for cover in cases} == written


def _can_write(plane: ControlPlane, number: int, cover: Cover) -> bool:
    """Return whether WRITER, who holds the owned rules, can create a role with the wanted rules."""
    marker = {"verbs": ["get"], "apiGroups": [SENTINEL], "resources": [f"case-{number}"]}
    status, answer = plane.request("PUT", f"{ROLES}/holder", _holder(marker, *cover.owned))
    assert 200 == status, answer
    review = {
        "user": WRITER,
        "resourceAttributes": {"verb": "get", "group": SENTINEL, "resource": f"case-{number}"},
    }
    deadline = time.monotonic() + TIMEOUT
    while not _ask(plane, review):
        assert deadline > time.monotonic(), "the authorizer did not see the owned rules"
        time.sleep(0.01)
    wanted = {**_holder(), "metadata": {"name": "wanted"}, "rules": cover.wanted}
    status, answer = plane.request("POST", f"{ROLES}?dryRun=All", wanted, plane.token(WRITER))
    assert status in (201, 403), answer
    return status == 201


def _holder(*rules: dict[str, Any]) -> dict[str, Any]:
    """Return the role of WRITER: to create roles, and *rules*."""
    own = {"verbs": ["create"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"]}
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterRole",
        "metadata": {"name": "holder"},
        "rules": [own, *rules],
    }


def _bound_to(user: str) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "holder"},
        "roleRef": {"kind": "ClusterRole", "name": "holder"},
        "subjects": [{"kind": "User", "name": user}],
    }


def _ask(plane: ControlPlane, spec: dict[str, Any]) -> bool:
    """Return whether the server allows it; fails if there is no valid answer."""
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    status, answer = plane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert 201 == status, answer
    return bool(answer["status"]["allowed"])


def _wait_until_seen(plane: ControlPlane, file: CaseFile) -> None:
    """
    Wait until the authorizer has seen everything that was loaded.

    It has four caches, each filled in the order of events, so the last grants need all of them.
    """
    if any("aggregationRule" in each for each in file.objects):
        wait_for_aggregation(plane)
    assert [] == load(plane, _sentinels())
    deadline = time.monotonic() + TIMEOUT
    while not all(_ask(plane, spec) for spec in _sentinel_reviews()):
        assert deadline > time.monotonic(), "the authorizer did not see the loaded objects"
        time.sleep(0.02)


def _sentinels() -> list[dict[str, Any]]:
    rules = [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]
    subjects = [{"kind": "User", "name": SENTINEL}]
    local = {"name": SENTINEL, "namespace": "default"}
    return [
        {"apiVersion": API_VERSION, "kind": "ClusterRole", "metadata": {"name": SENTINEL}, "rules": rules},
        {"apiVersion": API_VERSION, "kind": "Role", "metadata": local, "rules": _other(rules)},
        {
            "apiVersion": API_VERSION,
            "kind": "ClusterRoleBinding",
            "metadata": {"name": SENTINEL},
            "roleRef": {"kind": "ClusterRole", "name": SENTINEL},
            "subjects": subjects,
        },
        {
            "apiVersion": API_VERSION,
            "kind": "RoleBinding",
            "metadata": local,
            "roleRef": {"kind": "Role", "name": SENTINEL},
            "subjects": subjects,
        },
    ]


def _other(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the Role's own rules, so that its two caches are checked apart from the other two."""
    return [{**rule, "resources": ["secrets"]} for rule in rules]


def _sentinel_reviews() -> list[dict[str, Any]]:
    return [
        {
            "user": SENTINEL,
            "resourceAttributes": {"verb": "get", "resource": resource, "namespace": "default"},
        }
        for resource in ("pods", "secrets")
    ]


def test_the_sentinel_is_in_no_case_file() -> None:
    """Otherwise it would change the answers."""
    reviews: list[Case] = [case for file in FILES.values() for case in file.for_the_server]

    assert SENTINEL not in {case.review.get("user") for case in reviews}
