"""`explain FINDING-ID`: what a finding means, and where it is."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from tests.running import run
from tests.schemas import errors, validator

TYPES = [
    (command, kind) for command, groups in BY_COMMAND.items() for group in groups for kind in types(group)
]


@pytest.mark.parametrize(("command", "kind"), TYPES, ids=[kind.id for _, kind in TYPES])
def test_every_finding_is_explained_without_a_cluster(command: str, kind: FindingType) -> None:
    """The first line says what it is; why it matters, how to fix it and where to read more follow."""
    answer = run("explain", kind.id)
    severity = {"error": "an error", "warning": "a warning", "note": "a note"}[kind.severity.value]

    assert answer.status == 0
    assert answer.lines[0] == f"{kind.id}, {severity}: {kind.what}"
    assert f"why   {kind.why}" in answer.lines
    assert f"fix   {kind.fix}" in answer.lines
    assert bool(kind.references) == (f"see   {', '.join(kind.references)}" in answer.lines)
    assert answer.lines[-1] == f"`{command}` shows where it is"


@pytest.mark.parametrize("command", ["check", "profiles", "aggregation"])
def test_its_findings_are_those_of_the_command(command: str) -> None:
    """The demo has findings of all three, and each is explained with exactly its own."""
    document = run(command, "--demo", "-o", "json").json
    per_item = [finding for item in document["items"] for finding in item.get("findings", ())]
    findings = [*document.get("findings", ()), *per_item]

    assert findings
    for name in {finding["id"] for finding in findings}:
        own = {(f["object"]["name"], f["message"]) for f in findings if f["id"] == name}
        items = run("explain", name, "--demo", "-o", "json").json["items"]
        assert {(item["object"]["name"], item["message"]) for item in items} == own


def test_a_namespace_narrows_it() -> None:
    """The demo's foreign account is in `team-a`."""
    here = run("explain", "profile-foreign-account", "-n", "team-a", "--demo")
    elsewhere = run("explain", "profile-foreign-account", "-n", "team-b", "--demo")

    assert "found 1 time here:" in here.lines
    assert "not found here" in elsewhere.lines


def test_an_unknown_finding_is_an_error_with_a_suggestion() -> None:
    """Ids are permanent, so it must be a typo."""
    answer = run("explain", "profile-foriegn-account")

    assert answer.status == 2
    assert "did you mean `profile-foreign-account`?" in answer.stderr


def test_a_note_about_the_release_has_references() -> None:
    """The type names all issues, and what the demo has names those of its release."""
    document = run("explain", "isolation-pipelines-release", "--demo", "-o", "json").json
    (item,) = document["items"]

    assert [] == errors(validator("FindingExplanation"), document)
    assert "note" == document["severity"] == item["severity"]
    assert document["references"] == item["references"]
    assert "CVE-2023-6570" in item["references"]
