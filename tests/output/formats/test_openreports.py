"""Reports to apply: what their documentation wants of them, and names that attack it."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.openreports import MOST_RESULTS
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.policy_results import Outcome, PolicyResult
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.results import Place
from kubectl_kfaccess.output.style import Style
from tests.output.formats.openreports import OUTCOMES, REPORT, closed, reports_in
from tests.output.formats.results import FAILURE, GAP, texts
from tests.robustness.names import NAMES
from tests.robustness.reading_back import unseen

SCHEMA = Draft202012Validator(closed(REPORT))
BINDING = Place("RoleBinding", "team-a", "open")
OPEN = PolicyResult(
    "team-a", "isolation-x", Outcome.FAIL, "it is `open`", "high", BINDING, (("subject", "sa:team-b/x"),)
)
SHUT = PolicyResult("team-b", "isolation", Outcome.PASS, "nothing crosses")
ROLE = PolicyResult("", "hygiene-x", Outcome.WARN, "it is wide", "medium", Place("ClusterRole", "", "wide"))


def reports(*results: PolicyResult, **fields: Any) -> list[dict[str, Any]]:
    """Return the reports of an answer that has these results; each follows the documentation."""
    answer = Response(Report("Audit", policy_results=lambda: results), **fields)
    read = reports_in("".join(rendered(answer, "openreports", Style())))
    for report in read:
        SCHEMA.validate(report)
    return read


def test_each_namespace_has_a_report_and_the_cluster_the_rest() -> None:
    """The names stay, so that the next answer replaces this one."""
    rest, team_a, team_b = reports(ROLE, OPEN, SHUT)

    assert [("ClusterReport", None), ("Report", "team-a"), ("Report", "team-b")] == [
        (each["kind"], each["metadata"].get("namespace")) for each in (rest, team_a, team_b)
    ]
    assert {"kfaccess-audit"} == {each["metadata"]["name"] for each in (rest, team_a, team_b)}
    assert {"apiVersion": "v1", "kind": "Namespace", "name": "team-a"} == team_a["scope"]
    assert "scope" not in rest
    assert ["isolation"] == [each["policy"] for each in team_b["results"]]


def test_a_result_names_its_object_and_says_how_bad_it_is() -> None:
    """A pass has no severity; only what passes or fails is scored."""
    rest, team_a, team_b = reports(ROLE, OPEN, SHUT)
    [wide], [opened], [shut] = rest["results"], team_a["results"], team_b["results"]

    reference = {"kind": "RoleBinding", "namespace": "team-a", "name": "open"}
    assert [{"apiVersion": "rbac.authorization.k8s.io/v1", **reference}] == opened["resources"]
    assert ("fail", "high", True) == (opened["result"], opened["severity"], opened["scored"])
    assert ("warn", "medium", False) == (wide["result"], wide["severity"], wide["scored"])
    assert ("pass", True) == (shut["result"], shut["scored"])
    assert not {"severity", "resources", "properties"} & shut.keys()
    assert {"subject": "sa:team-b/x"} == opened["properties"]


def test_the_summary_counts_all_results() -> None:
    """Also those that are more than a report can hold; the worst are in it."""
    many = [OPEN._replace(outcome=Outcome.SKIP)] * MOST_RESULTS
    _, report = reports(*many, OPEN, OPEN._replace(outcome=Outcome.ERROR))

    counts = {"pass": 0, "fail": 1, "warn": 0, "error": 1, "skip": MOST_RESULTS}
    assert counts == report["summary"]
    assert tuple(counts) == OUTCOMES
    assert {"limits": {"maxResults": MOST_RESULTS}} == report["configuration"]
    assert MOST_RESULTS == len(report["results"])
    assert ["fail", "error", "skip"] == [each["result"] for each in report["results"][:3]]
    assert "configuration" not in reports(OPEN)[1]


def test_what_could_not_be_read_is_an_error_of_the_cluster() -> None:
    """Nobody takes it for a pass; the notes are comments."""
    [report] = reports(gaps=(GAP,), notes=("so it is",))
    answer = Response(Report("Audit"), notes=("so\nit: is",), hypothetical={"with": ["new.yaml"]})
    text = "".join(rendered(answer, "openreports", Style()))

    [result] = report["results"]
    assert ("coverage", "error") == (result["policy"], result["result"])
    assert "cannot list roles in namespace `team-b`: forbidden" == result["message"]
    assert ["# answered --with new.yaml", "# so\\x0ait: is"] == text.splitlines()[:2]


def test_a_failure_replaces_nothing() -> None:
    """An empty answer leaves the last reports in place."""
    answer = Response(Report("Audit", policy_results=lambda: (OPEN,)), errors=(FAILURE,))

    assert "" == "".join(rendered(answer, "openreports", Style()))


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_hostile_names_stay_text(name: str) -> None:
    """They are text in every reader of YAML, and show themselves."""
    hostile = PolicyResult(
        "team-a", "isolation-x", Outcome.FAIL, f"`{name}` is odd", "high", Place("Role", name, name or "x"),
        (("subject", name),),
    )  # fmt: skip
    _, report = reports(hostile)

    [result] = report["results"]
    assert result["message"].endswith(" is odd")
    assert {str} == {type(text) for text in (*result["properties"].values(), result["resources"][0]["name"])}
    assert [] == [text for text in texts(report) if unseen(text)]
