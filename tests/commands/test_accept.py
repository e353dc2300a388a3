"""`--accept`: findings that are expected are shown and do not count; `-o accept` begins such a file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from tests.robustness.names import PROPER
from tests.robustness.reading_back import unseen
from tests.running import NOWHERE, Result, run
from tests.schemas import errors, validator

COMMANDS = ("profiles", "aggregation", "check")
IN_2027 = {**NOWHERE, "SOURCE_DATE_EPOCH": "1798761600"}  # 2027-01-01
EVERYTHING = "accept:\n- {finding: '*', reason: it is a demo, by: ops, until: 2027-12-31}\n"


def ask(command: str, *flags: str, accept: str = EVERYTHING) -> Result:
    """Return the answer about the demo, with the entries *accept*."""
    words = (command, "--demo", "--accept", "-", *flags)
    return run(*words, stdin=accept.encode(), environ=IN_2027)


def findings(value: Any) -> list[dict[str, Any]]:
    """Return all findings in a machine answer."""
    if isinstance(value, list):
        return [finding for item in value for finding in findings(item)]
    if not isinstance(value, dict):
        return []
    own = value.get("findings", [])
    others = [item for key, item in value.items() if key != "findings"]
    return [*own, *findings(others)]


@pytest.mark.parametrize("command", COMMANDS)
def test_accepted_findings_do_not_count_and_are_still_there(command: str) -> None:
    """The demo has findings for each command."""
    before = run(command, "--demo", "--fail-on", "warning", "-o", "json")
    after = ask(command, "--fail-on", "warning", "-o", "json")

    assert (1, 0) == (before.status, after.status)
    ids = [finding["id"] for finding in findings(after.json)]
    assert sorted(finding["id"] for finding in findings(before.json)) == sorted(ids)
    reason = {"reason": "it is a demo", "by": "ops", "until": "2027-12-31"}
    assert [reason] * len(ids) == [finding["accepted"] for finding in findings(after.json)]
    assert [] == errors(validator(after.json["kind"]), after.json)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("form", ["table", "wide", "markdown"])
def test_people_see_why_it_is_accepted(command: str, form: str) -> None:
    """In place of how bad it is, and behind the message."""
    answer = ask(command, "-o", form).stdout.replace("&#45;", "-")

    assert "accepted: it is a demo (by ops, until 2027-12-31)" in answer
    rows = [line.strip("| ").split()[0] for line in answer.splitlines() if "accepted: " in line]
    assert {"accepted"} == set(rows)


def test_only_what_an_entry_fits_is_accepted() -> None:
    """All others come first, and count."""
    accept = "accept:\n- {finding: profile-role-missing, object: RoleBinding team-c/*, reason: so}\n"
    answer = ask("profiles", "--fail-on", "error", accept=accept)

    words = [line.split()[0] for line in answer.lines if "profile-" in line]
    assert ["warning"] not in (words[:1], words[-1:])
    assert "accepted" == words[-1]
    assert 1 == words.count("accepted")
    assert 1 == ask("profiles", "--fail-on", "warning", accept=accept).status


def test_the_first_line_counts_what_is_accepted() -> None:
    """On a terminal, and in the cells of profiles."""
    assert "3 profiles: 8 accepted" in ask("profiles", "-o", "markdown").stdout
    cells = [row["FINDINGS"] for row in rows_of(ask("profiles", "-o", "wide"))]
    assert ["2 accepted", "2 accepted", "4 accepted"] == cells


def rows_of(answer: Result) -> list[dict[str, str]]:
    """Return the rows of the first table by column, whose cells end at two blanks."""
    header, *lines = answer.stdout.split("\n\n")[0].splitlines()
    starts = [match.start() for match in re.finditer(r"\S+", header)]
    names = header.split()
    return [
        {
            name: line[start:end].strip()
            for name, start, end in zip(names, starts, [*starts[1:], None], strict=True)
        }
        for line in lines
    ]


def test_a_verdict_is_not_no_because_of_what_is_accepted() -> None:
    """`check` fails on errors, unless they are accepted."""
    manifests = run("check", "--demo", "--fail-on", "warning")
    accepted = ask("check", "--fail-on", "warning")

    assert (1, 0) == (manifests.status, accepted.status)
    assert "no: " in run("check", "--demo", "--fail-on", "warning", "-o", "markdown").stdout
    assert "**ok: " in ask("check", "--fail-on", "warning", "-o", "markdown").stdout


def test_accepted_cases_are_skipped() -> None:
    """In JUnit they are neither successes nor failures."""
    suite = ElementTree.fromstring(ask("check", "--fail-on", "warning", "-o", "junit").stdout)

    assert ("0", "2") == (suite.get("failures"), suite.get("skipped"))
    assert all("accepted: it is a demo" in (each.get("message") or "") for each in suite.iter("skipped"))


def test_an_expired_entry_no_longer_applies() -> None:
    """A note says so, in every format."""
    accept = EVERYTHING.replace("2027-12-31", "2026-12-31")
    answer = ask("profiles", "--fail-on", "error", "-o", "json", accept=accept)

    text = "standard input:2: the entry was valid until 2026-12-31, and no longer applies: finding `*`"
    assert 1 == answer.status
    assert text in [note["text"] for note in answer.json["notes"]]
    assert text in answer.notes
    assert not any("accepted" in finding for finding in findings(answer.json))


NOTHING = "accept:\n- {finding: profile-name-collision, reason: so}\n- {finding: runner-*, reason: so}\n"


def test_an_entry_that_matches_nothing_is_said() -> None:
    """Those for other commands are not, and none if only a part of the cluster was looked at."""
    [note] = ask("profiles", accept=NOTHING).notes[-1:]

    assert "standard input:2: the entry matches nothing here: finding `profile-name-collision`" == note
    assert not any("standard input" in note for note in ask("profiles", "team-a", accept=NOTHING).notes)
    assert not any("standard input" in note for note in ask("aggregation", accept=NOTHING).notes)


@pytest.mark.parametrize("command", COMMANDS)
def test_entries_without_reasons_are_refused(command: str) -> None:
    """What `-o accept` prints has to be filled in; then it accepts exactly what it was printed for."""
    printed = run(command, "--demo", "-o", "accept").stdout
    refused = ask(command, accept=printed)

    assert (2, "") == (refused.status, refused.stdout)
    assert "`accept[0]` has no reason: say why it is accepted" in refused.stderr
    filled = printed.replace("reason: ''", "reason: so")
    assert 0 == ask(command, "--fail-on", "warning", accept=filled).status
    assert {"accept": []} == yaml.safe_load(ask(command, "-o", "accept", accept=filled).stdout)
    assert not any("standard input" in note for note in ask(command, accept=filled).notes)


def test_files_can_be_several(tmp_path: Path) -> None:
    """The first entry that fits gives the reason."""
    for name in ("first", "second"):
        (tmp_path / f"{name}.yaml").write_text(EVERYTHING.replace("it is a demo", name))
    flags = ("--accept", "first.yaml", "--accept", "second.yaml")

    answer = run("profiles", "--demo", *flags, "-o", "json", cwd=tmp_path, environ=IN_2027)
    assert {"first"} == {finding["accepted"]["reason"] for finding in findings(answer.json)}


def test_standard_input_is_read_once() -> None:
    """Two flags cannot share it."""
    for flag in ("-f", "--with", "--people", "--accept"):
        answer = run("profiles", "--accept", "-", flag, "-")

        assert 2 == answer.status
        assert "`-` can be given only once: standard input cannot be read twice" in answer.stderr


def test_a_reason_cannot_harm_the_reader() -> None:
    """The file is the user's own, but a pipeline may have written it."""
    accept = 'accept:\n- {finding: "*", reason: "\\e[31mred\\nowned", by: "\\u202e"}\n'
    answer = ask("profiles", accept=accept)

    assert "\\x1b[31mred\\x0aowned (by \\u202e)" in answer.stdout
    assert not {"\x1b", "\u202e"} & set(answer.stdout)


def test_hostile_names_are_accepted_each_by_its_own_entry(tmp_path: Path) -> None:
    """The entries that are printed fit no other name, and nothing in them is more than text."""
    # Names with `/` or `%` are refused by servers, and so are not counted
    names = [name for name in PROPER if not {"/", "%"} & set(name)]
    roles = [{**SELECTING, "metadata": {"name": name}} for name in names]
    (tmp_path / "roles.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": roles}))
    words = ("aggregation", "-f", "roles.json", "--fail-on", "warning")

    printed = run(*words, "-o", "accept", cwd=tmp_path).stdout
    assert [] == unseen(printed)
    head, *entries = printed.replace("reason: ''", "reason: so").split("- finding:")
    assert len(names) == len(entries)
    for number, status in ((len(entries), 0), (len(entries) - 1, 1)):
        (tmp_path / "accept.yaml").write_text("- finding:".join((head, *entries[:number])))
        answer = run(*words, "--accept", "accept.yaml", "-o", "json", cwd=tmp_path)
        every = findings(answer.json)
        assert (status, number) == (answer.status, sum("accepted" in finding for finding in every))


SELECTING = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "ClusterRole",
    "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"no": "role-has-it"}}]},
}
