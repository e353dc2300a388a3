"""SubjectAccessReviews: which ones the server refuses, which request they ask about, and their answers."""

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
    """Return a review with this spec and status."""
    content = {"spec": spec} if status is None else {"spec": spec, "status": status}
    return msgspec.convert(content, Review)


def status(answer: Review) -> tuple[bool, str, str]:
    """Return *allowed*, the reason and the error of an answered review."""
    assert answer.status
    return bool(answer.status.allowed), answer.status.reason, answer.status.evaluation_error


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
def test_a_review_that_the_server_would_accept_has_no_problem(spec: dict[str, Any]) -> None:
    """It has one kind of attributes, and a user or groups."""
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
        pytest.param({"resourceAttributes": GET_PODS}, "at least one of", id="neither user nor groups"),
        pytest.param(
            {"user": "", "groups": [], "resourceAttributes": GET_PODS},
            "at least one of",
            id="an empty user and no groups",
        ),
    ],
)
def test_a_review_that_the_server_would_refuse_has_a_problem(spec: dict[str, Any], expected: str) -> None:
    """The server validates a review before any authorizer sees it."""
    assert expected in problem(review(**spec))


# --- the request ---


def test_attributes_are_taken_unchanged() -> None:
    """Names are not resolved, the scope is not changed, and the version is ignored."""
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

    converted = request(review(user="alice", resourceAttributes=attributes).spec)

    assert Request("Get", "apps", "Deployment", "scale", "web", "team-a") == converted


def test_a_slash_in_the_resource_is_kept() -> None:
    """The server does not split the resource either."""
    attributes = {"verb": "get", "resource": "pods/log"}

    converted = request(review(user="alice", resourceAttributes=attributes).spec)

    assert Request("get", resource="pods/log") == converted


def test_non_resource_attributes_are_a_path() -> None:
    """A path that looks like a resource's is still a path."""
    attributes = {"verb": "get", "path": "/api/v1/pods"}

    converted = request(review(user="alice", nonResourceAttributes=attributes).spec)

    assert Request("get", path="/api/v1/pods") == converted


# --- the answer ---


@pytest.mark.parametrize(
    ("spec", "allowed"),
    [
        pytest.param({"user": "alice"}, True, id="the user"),
        pytest.param({"user": "bob", "groups": ["ops", "dev"]}, True, id="a group"),
        pytest.param({"groups": ["dev"]}, True, id="a group alone"),
        pytest.param({"user": "bob"}, False, id="no group is implied"),
        pytest.param({"user": "dev"}, False, id="a user with the group's name"),
        pytest.param({"user": "bob", "groups": ["system:masters"]}, True, id="system:masters"),
    ],
)
def test_a_review_is_answered_for_exactly_the_given_user_and_groups(
    spec: dict[str, Any], allowed: bool
) -> None:
    """No group is added to those in the spec."""
    answer = answered(review(**spec, resourceAttributes=GET_PODS), Evaluator(KNOWN))

    assert allowed is status(answer)[0]


def test_a_yes_has_the_servers_reason() -> None:
    """An allowed review has no evaluation error."""
    answer = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(KNOWN))

    reason = 'RBAC: allowed by RoleBinding "readers/team-a" of ClusterRole "reader" to User "alice"'
    assert (True, reason, "") == status(answer)


def test_a_no_for_a_missing_role_has_the_servers_reason() -> None:
    """The missing role is named in the reason, not in the evaluation error."""
    known = snapshot(role_binding("team-a", "x", "gone", "user:alice"))

    answer = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(known))

    assert (False, 'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found', "") == status(answer)


def test_an_unknown_answer_is_not_allowed_and_has_an_error() -> None:
    """The error begins with "not known", so that it differs from a "no"."""
    known = snapshot(gaps=[gap("clusterrolebindings"), gap("rolebindings", "team-a")])

    answer = answered(review(user="alice", resourceAttributes=GET_PODS), Evaluator(known))

    error = (
        "not known: cannot list clusterrolebindings: forbidden; "
        "cannot list rolebindings in namespace `team-a`: forbidden"
    )
    assert (False, "", error) == status(answer)


def test_an_answer_is_a_review_of_the_same_spec() -> None:
    """It has apiVersion and kind even if the input lacks them, and the old status is replaced."""
    original = review(user="alice", resourceAttributes=GET_PODS, status={"allowed": False, "reason": "old"})

    answer = answered(original, Evaluator(KNOWN))

    assert ("authorization.k8s.io/v1", "SubjectAccessReview") == (answer.api_version, answer.kind)
    assert original.spec == answer.spec
    assert (True, True) == (status(answer)[0], "old" not in status(answer)[1])


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
def test_a_status_with_allowed_is_an_expectation(
    written: dict[str, Any] | None, expected: bool | None
) -> None:
    """Without `allowed` there is no expectation, and `allowed: false` is one."""
    expecting = review(user="alice", resourceAttributes=GET_PODS, status=written)

    assert expected is expecting.expected
