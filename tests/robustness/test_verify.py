"""`--verify` and tenants while something fails: what was answered is shown, and the status says the rest."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.robustness.proxy import FaultProxy
from tests.robustness.worlds import WORLDS, Bench

pytestmark = pytest.mark.server

InFront = Callable[..., FaultProxy]
ASKED = ("access", "m00@example.com", "-n", "faults-team", "--resource", "secrets", "--resource", "pods")
BEFORE = 4  # reviews that go well before the fault begins


@pytest.mark.parametrize(
    ("fault", "problem"),
    [
        pytest.param("401", "Unauthorized", id="the token expires"),
        pytest.param("302", "302", id="a login page comes between"),
        pytest.param("html", "SubjectAccessReview", id="another server answers"),
    ],
)
def test_reviews_that_fail_midway_leave_the_rest(
    bench: Bench, in_front: InFront, fault: str, problem: str
) -> None:
    """The answer shows what is verified, a note names the problem, and the status is 3."""
    in_front(fault=fault, path="subjectaccessreviews", after=BEFORE)
    WORLDS["admin"](bench)

    done = bench.run(*ASKED, "--verify", "-o", "json")

    document = done.json
    assert 3 == done.status
    assert {"get"} == {verb for item in document["items"] for verb in item["allowed"]}
    assert None in [item["verified"] for item in document["items"]]
    assert any(
        note["text"].startswith("not verified: ") and problem in note["text"] for note in document["notes"]
    )
    assert "asking the server 16 access reviews" in done.stderr


def test_reviews_that_are_forbidden_are_noted(bench: Bench) -> None:
    """A caller who cannot ask about others gets the computed answer, unverified, and status 3."""
    WORLDS["all but clusterroles"](bench)

    done = bench.run(*ASKED, "--verify")

    assert 3 == done.status
    assert "VERIFIED" in done.stdout
    assert "16 not answered" in done.stderr
    assert "cannot create resource" in done.stderr


def test_an_answer_that_no_review_can_complete_stays_unknown(bench: Bench) -> None:
    """What a tenant can neither read nor ask is marked as unknown, not guessed."""
    WORLDS["one namespace"](bench)

    done = bench.run(*ASKED, "-o", "json")

    cells = {item["resource"]: item for item in done.json["items"]}
    assert 3 == done.status
    assert ["get"] == cells["secrets"]["allowed"]
    assert [] == cells["pods"]["denied"]
    assert cells["pods"]["unknown"]
