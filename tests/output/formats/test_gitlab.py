"""GitLab's Code Quality report: the fields that its documentation lists, and names that attack it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import MACHINE, rendered
from kubectl_kfaccess.output.results import Place
from kubectl_kfaccess.output.style import Style
from tests.output.formats.results import FAILURE, GAP, LABEL, MISSING, TAKEN, hostile, response, texts
from tests.robustness.names import NAMES
from tests.robustness.reading_back import unseen

# https://docs.gitlab.com/ci/testing/code_quality/: a path is relative, without `./` in front
TEXT = {"type": "string", "minLength": 1}
LINES = {"type": "object", "required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}}
LOCATION = {
    "type": "object",
    "required": ["path", "lines"],
    "properties": {"path": {**TEXT, "pattern": r"^(?!\./)"}, "lines": LINES},
}
ENTRY = {
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "properties": {
        "description": TEXT,
        "check_name": TEXT,
        "fingerprint": TEXT,
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": LOCATION,
    },
}
ANSWERS = {
    "nothing": response(),
    "results": response(MISSING, MISSING, MISSING._replace(rule=LABEL, place=Place("ClusterRole", "", "a"))),
    "dot": response(MISSING._replace(place=Place("Role", "a", "b", "./roles.yaml", 3))),
    "gaps": response(gaps=(GAP,), notes=("so it is",)),
    "failure": response(errors=(FAILURE,)),
    "names": response(*map(hostile, NAMES)),
}


def entries(answer: Response) -> list[dict[str, Any]]:
    """Return the entries of the report."""
    report: list[dict[str, Any]] = json.loads("".join(rendered(answer, "gitlab", Style())))
    return report


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=list(ANSWERS))
def test_it_has_the_documented_fields(answer: Response) -> None:
    """No two entries have the same fingerprint: GitLab would show one of them."""
    report = entries(answer)

    Draft202012Validator({"type": "array", "items": ENTRY}).validate(report)
    assert len(report) == len({entry["fingerprint"] for entry in report})


def test_a_result_is_an_entry() -> None:
    """The severity is GitLab's own word."""
    [entry] = entries(response(MISSING))

    assert ("role-missing", "critical") == (entry["check_name"], entry["severity"])
    assert "the ClusterRole `{edit}` does not exist" == entry["description"]
    assert {"path": "manifests/team a.yaml", "lines": {"begin": 12}} == entry["location"]
    assert ["major", "minor"] == [
        entries(response(MISSING._replace(level=level)))[0]["severity"] for level in ("warning", "note")
    ]


def test_an_object_without_a_file_has_a_path_that_stays() -> None:
    """GitLab wants a file for each entry."""
    [entry] = entries(response(MISSING._replace(place=Place("Role", "team-a", "x"))))

    assert {"path": "access/team-a/Role.x.yaml", "lines": {"begin": 1}} == entry["location"]


def test_a_fingerprint_stays_when_the_words_change() -> None:
    """GitLab would otherwise report one problem as solved and another as new."""
    [first], [reworded] = entries(response(MISSING)), entries(response(MISSING._replace(message="gone")))

    assert first["fingerprint"] == reworded["fingerprint"]


def test_an_accepted_result_is_still_there() -> None:
    """It has the lowest severity, and says why it is accepted."""
    [entry] = entries(response(MISSING._replace(accepted=TAKEN)))

    assert "info" == entry["severity"]
    assert entry["description"].endswith("knows (by ops\\x0ateam, until 2027-03-01)")
    assert "; accepted: the" in entry["description"]


def test_what_could_not_be_read_is_an_entry() -> None:
    """Notes are for stderr: the report has no place for them."""
    [entry] = entries(ANSWERS["gaps"])

    assert ("forbidden", "info") == (entry["check_name"], entry["severity"])
    assert "cannot list roles in namespace `team-b`: forbidden" == entry["description"]


def test_a_failure_is_a_report_too() -> None:
    """Without it, GitLab would say that everything is solved."""
    [entry] = entries(response(errors=(FAILURE,)))

    assert ("timeout", "blocker") == (entry["check_name"], entry["severity"])
    assert "cannot list rolebindings; try again" == entry["description"]
    assert "gitlab" in MACHINE


def test_hostile_names_stay_text() -> None:
    """No text has a character that does anything but show itself."""
    assert [] == [text for text in texts(entries(ANSWERS["names"])) if unseen(text)]
