"""What the letters of the mesh oracle say about an answer of the tool."""

from __future__ import annotations

import pytest

from tests.planes.mesh.answers import Verdict, compared, is_open, snapshot, verdict
from tests.planes.mesh.kubeflow_policies import policy

RIGHT, CONTRADICTED = Verdict.RIGHT, Verdict.CONTRADICTED
CONSTANT, NOTHING = Verdict.CONSTANT, Verdict.NOTHING


@pytest.mark.parametrize(
    ("letters", "yes", "no", "unknown"),
    [
        ("yyyyyyy", RIGHT, CONTRADICTED, CONSTANT),
        ("nnnnnnn", CONTRADICTED, RIGHT, CONSTANT),
        ("y-----y", RIGHT, CONTRADICTED, CONSTANT),  # an account
        ("nnm---y", CONTRADICTED, RIGHT, CONSTANT),  # open paths do not count
        ("yynyynn", RIGHT, CONTRADICTED, CONSTANT),  # nor do closed ones
        ("m--m--y", CONTRADICTED, CONTRADICTED, NOTHING),
        ("ny-ny-y", CONTRADICTED, CONTRADICTED, NOTHING),  # a named method is let through
        ("-y--y-y", RIGHT, CONTRADICTED, CONSTANT),  # every method is named
        ("yy-nn-y", RIGHT, CONTRADICTED, CONSTANT),  # people come by the gateway
        ("nn-yy-y", CONTRADICTED, CONTRADICTED, NOTHING),  # but some by the pipelines' page
        ("nn-nm-y", CONTRADICTED, CONTRADICTED, NOTHING),
    ],
)
def test_a_verdict(letters: str, yes: Verdict, no: Verdict, unknown: Verdict) -> None:
    """Answers are judged by the letters of ordinary and of other requests."""
    assert (verdict("yes", letters), verdict("no", letters)) == (yes, no)
    assert verdict("unknown", letters) is unknown
    assert is_open(letters) is (unknown is NOTHING)
    assert verdict("-", letters) is NOTHING


def test_answers_are_compared_one_by_one() -> None:
    """The tool reads the manifests, and the letters decide."""
    labels = {"istio-injection": "enabled"}
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "team-b", "labels": labels}}
    known = snapshot([namespace, policy("team-a", "all", rules=[{}]), policy("team-b", "none")], [])
    subject = ("ServiceAccount", "team-a", "default-editor")
    letters = [["y-----y", "y-----y"]]
    first, second = compared(known, [subject], ["team-a", "team-b"], letters)

    assert (first.ours, first.verdict) == ("yes", RIGHT)
    assert (second.ours, second.verdict) == ("no", CONTRADICTED)


def test_gaps_reach_the_tool() -> None:
    """What was not read is unknown."""
    known = snapshot([], [("authorizationpolicies", "team-a")])
    (comparison,) = compared(known, [("User", "", "alice")], ["team-a"], [["y--y--y"]])

    assert (comparison.ours, comparison.verdict) == ("unknown", CONSTANT)


def test_constant_answers_about_what_the_oracle_cannot_set_do_not_count() -> None:
    """The oracle sends no server name, so it never sees the other answer."""
    rule = {"when": [{"key": "connection.sni", "values": ["a"]}]}
    known = snapshot([policy("team-a", "sni", rules=[rule])], [])
    (comparison,) = compared(known, [("ServiceAccount", "a", "b")], ["team-a"], [["n-----n"]])

    assert (comparison.ours, comparison.verdict) == ("unknown", NOTHING)
