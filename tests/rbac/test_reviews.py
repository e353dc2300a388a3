"""SubjectAccessReviews: what the server refuses, what it is asked, what is answered."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.reviews import Review, answered, problem, request
from kubectl_kfaccess.rbac.rules import Request
from tests.builders import cluster_role, gap, role_binding, rule, snapshot

GET_PODS = {"verb": "get", "resource": "pods", "namespace": "team-a"}
METRICS = {"verb": "get", "path": "/metrics"}
KNOWN = snapshot(
    cluster_role("reader", rule("get", "pods")),
    role_binding("team-a", "readers", "reader", "user:alice", "group:dev"),
)


def review(*, status: dict[str, Any] | None = None, **spec: Any) -> Review:
    """A review of that spec."""
    content = {"spec": spec} if status is None else {"spec": spec, "status": status}
    return msgspec.convert(content, Review)


def status(found: Review) -> tuple[bool, str, str]:
    """What an answered review says."""
    assert found.status
    return bool(found.status.allowed), found.status.reason, found.status.evaluation_error


# --- validation ---


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param({"user": "alice", "resourceAttributes": GET_PODS}, id="a user"),
        pytest.param({"groups": ["dev"], "resourceAttributes": GET_PODS}, id="groups alone"),
        pytest.param({"user": "alice", "nonResourceAttributes": METRICS}, id="a path"),
        pytest.param({"user": "alice", "resourceAttributes": {}}, id="empty attributes"),
        pytest.param({"user": "alice", "groups": None, "resourceAttributes": GET_PODS}, id="null groups"),
    ],
)
def test_a_review_that_the_server_would_take_has_no_problem(spec: dict[str, Any]) -> None:
    """One kind of attributes, and somebody who asks."""
    assert "" == problem(review(**spec))


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        pytest.param({"user": "alice"}, "exactly one of", id="no attributes"),
        pytest.param(
            {"user": "alice", "resourceAttributes": GET_PODS, "nonResourceAttributes": METRICS},
            "exactly one of",
            id="both kinds of attributes",
        ),
        pytest.param({"resourceAttributes": GET_PODS}, "at least one of", id="nobody"),
        pytest.param(
            {"user": "", "groups": [], "resourceAttributes": GET_PODS}, "at least one of", id="empty texts"
        ),
    ],
)
def test_a_review_that_the_server_would_refuse_has_a_problem(spec: dict[str, Any], expected: str) -> None:
    """The server's validation comes before any authorizer."""
    assert expected in problem(review(**spec))


# --- the request ---


def test_attributes_are_taken_as_they_stand() -> None:
    """No resolving, no scope of our own, no version."""
    attributes = {
        "verb": "Get",
        "group": "apps",
        "version": "v1",
        "resource": "Deployment",
        "subresource": "scale",
        "name": "web",
        "namespace": "team-a",
        "fieldSelector": {"rawSelector": "a=b"},
    }

    asked = request(review(user="alice", resourceAttributes=attributes).spec)

    assert Request("Get", "apps", "Deployment", "scale", "web", "team-a") == asked


def test_a_slash_in_the_resource_is_not_taken_apart() -> None:
    """The server does not split it either."""
    attributes = {"verb": "get", "resource": "pods/log"}

    asked = request(review(user="alice", resourceAttributes=attributes).spec)

    assert Request("get", resource="pods/log") == asked


def test_non_resource_attributes_are_a_path() -> None:
    """Also one that looks like a resource's."""
    attributes = {"verb": "get", "path": "/api/v1/pods"}

    asked = request(review(user="alice", nonResourceAttributes=attributes).spec)

    assert Request("get", path="/api/v1/pods") == asked


# --- the answer ---


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        pytest.param({"user": "alice"}, True, id="the user"),
        pytest.param({"user": "bob", "groups": ["ops", "dev"]}, True, id="a group"),
        pytest.param({"groups": ["dev"]}, True, id="a group alone"),
        pytest.param({"user": "bob"}, False, id="no group is implied"),
        pytest.param({"user": "dev"}, False, id="a user named like the group"),
        pytest.param({"user": "bob", "groups": ["system:masters"]}, True, id="system:masters"),
    ],
)
def test_a_review_is_answered_for_user_and_groups_as_given(spec: dict[str, Any], allowed: bool) -> None:
    """Nothing is added to them."""
    found = answered(review(**spec, resourceAttributes=GET_PODS), Evaluator(KNOWN))

    assert allowed is status(found)[0]


def test_a_yes_has_the_servers_reason() -> None:
    """And no error."""
    found = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(KNOWN))

    reason = 'RBAC: allowed by RoleBinding "readers/team-a" of ClusterRole "reader" to User "alice"'
    assert (True, reason, "") == status(found)


def test_a_no_for_a_missing_role_has_the_servers_reason() -> None:
    """It stands in the reason, not in the error."""
    known = snapshot(role_binding("team-a", "x", "gone", "user:alice"))

    found = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(known))

    assert (False, 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found', "") == status(found)


def test_what_is_not_known_is_no_yes_and_says_why() -> None:
    """The error begins so that it can be told from a no."""
    known = snapshot(gaps=[gap("clusterrolebindings"), gap("rolebindings", "team-a")])

    found = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(known))

    error = (
        "not known: cannot list clusterrolebindings: forbidden; "
        "cannot list rolebindings in namespace `team-a`: forbidden"
    )
    assert (False, "", error) == status(found)


def test_an_answer_is_a_review_of_the_same_spec() -> None:
    """With apiVersion and kind, whatever was given; the old status is gone."""
    asked = review(user="alice", resourceAttributes=GET_PODS, status={"allowed": False, "reason": "old"})

    found = answered(asked, Evaluator(KNOWN))

    assert ("authorization.k8s.io/v1", "SubjectAccessReview") == (found.api_version, found.kind)
    assert asked.spec == found.spec
    assert (True, True) == (status(found)[0], "old" not in status(found)[1])


# --- expectations ---


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param(None, None, id="no status"),
        pytest.param({}, None, id="an empty status"),
        pytest.param({"reason": "x"}, None, id="a status without allowed"),
        pytest.param({"allowed": True}, True, id="a yes"),
        pytest.param({"allowed": False}, False, id="a no"),
    ],
)
def test_a_status_that_says_allowed_is_an_expectation(
    written: dict[str, Any] | None, expected: bool | None
) -> None:
    """No status is none, `allowed: false` is one."""
    found = review(user="alice", resourceAttributes=GET_PODS, status=written)

    assert expected is found.expected
