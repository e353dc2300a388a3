"""The report about several clusters from parts: statuses, gaps of clusters that are down, notes of some."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.commands.messages import of_clusters
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.clusters.headline import headline_of
from kubectl_kfaccess.output.clusters.merged_report import merged_report
from kubectl_kfaccess.output.clusters.part import ClusterPart, worst_status
from kubectl_kfaccess.output.clusters.response import clusters_response
from kubectl_kfaccess.output.report import Report

REFUSED = CannotAnswer("connection refused", code=ErrorCode.UNREACHABLE)
DOWN = ClusterPart("down", ExitStatus.CANNOT_ANSWER, None, error=REFUSED)


def answered(
    name: str, text: str, status: ExitStatus = ExitStatus.OK, tone: Tone | None = None
) -> ClusterPart:
    """Return the part of a cluster that said *text*."""
    return ClusterPart(name, status, Report("Test", blocks=(Headline(text, tone),)))


@pytest.mark.parametrize(
    ("statuses", "worst"),
    [
        ((0, 3), 3),
        ((0, 1, 3), 1),
        ((3, 1, 2), 2),
        ((0, 0), 0),
    ],
)
def test_the_status_is_the_worst(statuses: tuple[int, ...], worst: int) -> None:
    """2, then 1, then 3, then 0: what the user did comes first, then a proven no."""
    parts = [ClusterPart(str(status), ExitStatus(status), None) for status in statuses]

    assert worst == worst_status(parts)


def test_a_cluster_that_is_down_is_a_gap() -> None:
    """With its reason, and no error as long as another one answered."""
    parts = [answered("up", "all is well"), DOWN]
    document = clusters_response(merged_report("Test", parts, headline_of(parts, "")), parts).document()

    assert {
        "complete": False,
        "gaps": [{"cluster": "down", "resource": "*", "namespace": "", "reason": "connection refused"}],
    } == document["coverage"]
    assert "errors" not in document


def test_what_differs_between_clusters_is_not_at_the_top() -> None:
    """What all have in common is there as for one cluster, and the rest with each cluster."""
    heads = ({"query": "x", "role": "a"}, {"query": "x", "role": "b"})
    parts = [
        ClusterPart(name, ExitStatus.OK, Report("Test", head=lambda head=head: head))
        for name, head in zip(("one", "two"), heads, strict=True)
    ]
    document = clusters_response(merged_report("Test", parts, headline_of(parts, "")), parts).document()

    assert "x" == document["query"]
    assert "role" not in document
    assert ["a", "b"] == [cluster["role"] for cluster in document["clusters"]]


def test_if_none_answers_the_errors_say_why() -> None:
    """There is no answer that could have gaps."""
    other = ClusterPart("gone", ExitStatus.CANNOT_ANSWER, None, error=CannotAnswer("no route"))
    parts = [DOWN, other]
    document = clusters_response(merged_report("Test", parts, headline_of(parts, "")), parts).document()

    assert ["down", "gone"] == [error["cluster"] for error in document["errors"]]
    assert "no cluster answered; 2 of 2 clusters did not answer: down, gone" == headline_of(parts, "").text


def test_the_first_line_has_the_verdict_of_each() -> None:
    """A no comes first, and those that did not answer last."""
    no = answered("b", "no: x cannot", ExitStatus.NO, Tone.BAD)
    wrong = ClusterPart("old", ExitStatus.USAGE, None, error=UsageError("unknown resource type"))
    headline = headline_of([answered("a", "yes: x can", tone=Tone.GOOD), no, DOWN, wrong], "")

    assert "no: b; yes: a; 1 of 4 clusters did not answer: down; cannot be asked of old" == headline.text
    assert headline.tone is Tone.BAD


def test_sentences_that_differ_stand_below() -> None:
    """Each once, behind the clusters that it is true of."""
    headline = headline_of([answered("a", "3 x"), answered("b", "2 x"), answered("c", "3 x")], "")

    assert ("3 clusters answered", ("a, c: 3 x", "b: 2 x")) == (headline.text, headline.details)


def test_a_message_of_all_names_no_cluster() -> None:
    """And the others stay behind their first word."""
    messages = [("a", ("note: same", "warning: of a", "plain")), ("b", ("note: same",))]

    assert ["note: same", "warning: a: of a", "a: plain"] == list(of_clusters(messages, 2))
