"""`explain FINDING-ID`: what a finding means, and where it is."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.finding import FindingType
from kubectl_kfaccess.findings.registry import BY_COMMAND, types
from tests.running import run

TYPES = [
    (command, kind) for command, groups in BY_COMMAND.items() for group in groups for kind in types(group)
]


@pytest.mark.parametrize(("command", "kind"), TYPES, ids=[kind.id for _, kind in TYPES])
def test_every_finding_is_explained_without_a_cluster(command: str, kind: FindingType) -> None:
    """The first line says what it is; why it matters and how to fix it follow."""
    answer = run("explain", kind.id)
    article = "an error" if kind.severity.value == "error" else "a warning"

    assert answer.status == 0
    assert answer.lines[0] == f"{kind.id}, {article}: {kind.what}"
    assert f"why   {kind.why}" in answer.lines
    assert f"fix   {kind.fix}" in answer.lines
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
