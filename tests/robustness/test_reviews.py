"""Access reviews while something fails: what was answered is kept, and the rest says why it is not."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.cluster.access_reviews import (
    AT_ONCE,
    LOCAL,
    AccessQuestion,
    Reply,
    ServerReviewer,
)
from kubectl_kfaccess.sources.cluster.transport import TRIES
from tests.robustness.proxy import FaultProxy
from tests.robustness.worlds import WORLDS, Bench

pytestmark = pytest.mark.server

InFront = Callable[..., FaultProxy]

TEAM = "faults-team"
BEFORE = 20  # reviews that go well before the fault begins

# Members of the team can read its secrets, strangers cannot
MEMBERS = [f"m{number:02}@example.com" for number in range(20)]
STRANGERS = [f"stranger-{number:02}@example.com" for number in range(40)]
QUESTIONS = [
    AccessQuestion(Request("get", "", "secrets", "", "", TEAM), Identity(name))
    for name in (*MEMBERS, *STRANGERS)
]
ANSWERS = [True] * len(MEMBERS) + [False] * len(STRANGERS)


def reviewer(bench: Bench, timeout: str = "0") -> ServerReviewer:
    """Return what asks the server, by the clock of the bench; *timeout* is that of `--request-timeout`."""
    return bench.source(timeout).reviewer


def posted(proxy: FaultProxy) -> list[str]:
    """Return the paths of the reviews that reached the proxy."""
    return [seen.path for seen in proxy.seen if seen.body]


def unanswered(replies: Sequence[Reply]) -> list[Reply]:
    """Return the replies without an answer."""
    return [reply for reply in replies if reply.allowed is None]


def wrong(replies: Sequence[Reply]) -> list[int]:
    """Return the places of wrong answers; no answer is not a wrong one."""
    pairs = zip(replies, ANSWERS, strict=True)
    return [at for at, (reply, right) in enumerate(pairs) if reply.allowed not in (right, None)]


def test_what_goes_well_is_answered(bench: Bench, in_front: InFront) -> None:
    """Without a fault every question is answered by one request."""
    proxy = in_front()
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert ANSWERS == [reply.allowed for reply in replies]
    assert len(QUESTIONS) == len(posted(proxy))


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        pytest.param("429-once", [1.0], id="too many requests"),
        pytest.param("500-once", [0.1], id="an internal error"),
        pytest.param("503-once", [0.1], id="a server that shuts down"),
        pytest.param("close-at-once-once", [], id="a broken connection"),
        pytest.param("close-midway-once", [], id="an answer cut midway"),
    ],
)
def test_what_fails_once_is_asked_again(
    bench: Bench, in_front: InFront, fault: str, waits: list[float]
) -> None:
    """The review is sent again after the pause that the server asks for, and no answer is missing."""
    proxy = in_front(fault=fault, after=BEFORE)
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert ANSWERS == [reply.allowed for reply in replies]
    assert waits == bench.clock.pauses
    assert (len(QUESTIONS) + 1, 1) == (len(posted(proxy)), proxy.struck)


@pytest.mark.parametrize(
    ("fault", "problem", "tries"),
    [
        pytest.param("500", "etcdserver: request timed out", TRIES, id="internal errors"),
        pytest.param("429", "too many requests, please try again", TRIES, id="too many requests"),
        pytest.param("close-at-once", "", TRIES, id="broken connections"),
        pytest.param("close-midway", "", TRIES, id="answers cut midway"),
        pytest.param("401", "Unauthorized", 2, id="an expired token"),
        pytest.param("302", "302", 1, id="a login page"),
        pytest.param("no-http", "", TRIES, id="no HTTP"),
        pytest.param("html", "SubjectAccessReview", 1, id="HTML"),
        pytest.param("half-json", "SubjectAccessReview", 1, id="half an answer"),
        pytest.param("list", "SubjectAccessReview", 1, id="a JSON list"),
        pytest.param("null", "SubjectAccessReview", 1, id="null"),
        pytest.param("empty", "SubjectAccessReview", 1, id="nothing"),
        pytest.param("no-utf-8", "SubjectAccessReview", 1, id="no UTF-8"),
        pytest.param("deep", "SubjectAccessReview", 1, id="a deep answer"),
    ],
)
def test_a_failure_midway_leaves_what_was_answered(
    bench: Bench, in_front: InFront, fault: str, problem: str, tries: int
) -> None:
    """The other replies give the reason, and only reviews that were under way are sent."""
    proxy = in_front(fault=fault, after=BEFORE)
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert [] == [reply for reply in unanswered(replies) if not reply.problem or problem not in reply.problem]
    assert ([], len(QUESTIONS) - BEFORE) == (wrong(replies), len(unanswered(replies))), proxy.seen
    assert len(posted(proxy)) <= BEFORE + AT_ONCE * tries


@pytest.mark.parametrize("fault", ["401", "500", "html", "302", "close-at-once"])
def test_a_failure_at_the_first_review_is_the_only_request(
    bench: Bench, in_front: InFront, fault: str
) -> None:
    """All sixty questions wait until the first has an answer."""
    proxy = in_front(fault=fault)
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert len(QUESTIONS) == len(unanswered(replies))
    assert 1 == len({seen.body for seen in proxy.seen})
    assert len(posted(proxy)) <= TRIES


def test_a_permission_that_is_withdrawn_midway_leaves_local_reviews(bench: Bench, in_front: InFront) -> None:
    """Questions that the server now refuses are sent as local reviews, and no answer is missing."""
    proxy = in_front(fault="403", path="/subjectaccessreviews", after=BEFORE)
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    local = [reply for reply in replies if reply.kind == LOCAL]
    assert ANSWERS == [reply.allowed for reply in replies]
    assert len(QUESTIONS) - BEFORE == len(local)
    assert 1 <= proxy.struck <= AT_ONCE


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        pytest.param(
            "403", 'forbidden: User "u" cannot get path "/apis"', id="a permission that is withdrawn"
        ),
        pytest.param("404", "404 page not found", id="an API that is removed"),
        pytest.param("html-403", "Please sign in to the Wi-Fi", id="a wall"),
    ],
)
def test_a_refusal_midway_is_reported_in_the_servers_words(
    bench: Bench, in_front: InFront, fault: str, problem: str
) -> None:
    """Neither kind of review is sent again once it is refused."""
    proxy = in_front(fault=fault, after=BEFORE)
    WORLDS["admin"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert [] == [reply for reply in unanswered(replies) if problem not in reply.problem]
    assert ([], len(QUESTIONS) - BEFORE) == (wrong(replies), len(unanswered(replies))), proxy.seen
    assert len(posted(proxy)) <= BEFORE + AT_ONCE + 1


def test_a_server_that_hangs_is_given_up(bench: Bench, in_front: InFront) -> None:
    """After the time of `--request-timeout` the other reviews have no answer."""
    proxy = in_front(fault="hang", after=BEFORE)
    WORLDS["admin"](bench)

    replies = reviewer(bench, timeout="1m").ask(QUESTIONS)

    assert ([], len(QUESTIONS) - BEFORE) == (wrong(replies), len(unanswered(replies)))
    assert [] == [reply for reply in unanswered(replies) if not reply.problem]
    assert len(posted(proxy)) <= BEFORE + AT_ONCE


def test_a_server_that_is_not_there_is_a_problem_of_each_review(bench: Bench) -> None:
    """There is no answer and no exception, and the problem is worded as in kubectl."""
    WORLDS["refused port"](bench)

    replies = reviewer(bench).ask(QUESTIONS)

    assert len(QUESTIONS) == len(unanswered(replies))
    assert {True} == {"refused" in r.problem for r in replies}


def test_an_expired_token_is_replaced(bench: Bench) -> None:
    """The plugin runs again, once, when the server refuses its first token."""
    real = json.dumps(credential(bench.plane.admin_token))
    stale = json.dumps(credential("stale"))
    bench.plugin(f"echo run >> runs; [ $(wc -l < runs) -gt 1 ] && echo '{real}' || echo '{stale}'")

    replies = reviewer(bench).ask(QUESTIONS)

    assert ANSWERS == [reply.allowed for reply in replies]
    assert ["run", "run"] == (bench.directory / "runs").read_text().split()


def test_rules_and_the_caller_have_a_problem_in_place_of_an_answer(bench: Bench, in_front: InFront) -> None:
    """If the server cannot answer, each namespace has a problem, and so has the caller."""
    in_front(fault="500")
    WORLDS["admin"](bench)
    asking = reviewer(bench)

    problems = [reply.problem for reply in asking.rules([TEAM, "default"])]

    assert [True, True] == ["etcdserver: request timed out" in problem for problem in problems]
    assert "etcdserver: request timed out" in asking.caller_identity().problem


def credential(token: str) -> dict[str, Any]:
    """Return what a credential plugin prints."""
    kind = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential"}
    return {**kind, "status": {"token": token}}
