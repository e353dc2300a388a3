"""The file of `--accept`: its entries, what is refused, and what is printed for it."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnreadableInput
from kubectl_kfaccess.findings.accepted import (
    Accepted,
    AcceptList,
    Entry,
    FindingPattern,
    Pattern,
    PermissionPattern,
    SharingPattern,
    fits,
    pattern_of,
)
from kubectl_kfaccess.output.envelope import Response
from kubectl_kfaccess.output.formats.registry import rendered
from kubectl_kfaccess.output.report import Report
from kubectl_kfaccess.output.style import Style
from kubectl_kfaccess.sources.files.accept_file import LARGEST, MOST_ENTRIES, read_accepted
from tests.robustness.names import NAMES
from tests.robustness.reading_back import unseen

IDS = ("role-missing", "label")
EPOCH = {"SOURCE_DATE_EPOCH": "1798761600"}  # 2027-01-01
WHOLE = """
accept:
- finding: role-*
  object: RoleBinding/team-a/*
  subject: bob@example.com
  namespace: team-a
  tenant: team-a
  reason: "bob helps out "
  by: ops
  until: 2027-03-31
- gained: [get, list]
  group: ""
  resource: pods/log
  reason: on call
  until: "2027-03-31"
- {lost: delete, role: kubeflow-edit, reason: nobody needs it}
sharing:
- {profile: team-a, subject: "group:*", role: kubeflow-view, reason: everybody reads}
"""
MARCH = datetime.date(2027, 3, 31)
ENTRIES = (
    Entry(
        FindingPattern("role-*", "RoleBinding team-a/*", "bob@example.com", "team-a", "team-a"),
        Accepted("bob helps out", "ops", MARCH),
        "standard input:3",
    ),
    Entry(
        PermissionPattern("gained", ("get", "list"), "", "pods/log"),
        Accepted("on call", "", MARCH),
        "standard input:11",
    ),
    Entry(
        PermissionPattern("lost", ("delete",), role="kubeflow-edit"),
        Accepted("nobody needs it"),
        "standard input:16",
    ),
    Entry(
        SharingPattern("team-a", "group:*", "kubeflow-view"),
        Accepted("everybody reads"),
        "standard input:18",
    ),
)


def read(content: str | bytes, *paths: str, directory: Path = Path("/")) -> AcceptList:
    """Return the entries in *content*, which is standard input, or in the files *paths*."""
    data = content if isinstance(content, bytes) else content.encode()
    env = Environment(io.BytesIO(data), io.StringIO(), io.StringIO(), EPOCH, directory)
    return read_accepted(paths or ("-",), env, IDS)


def test_every_sort_of_entry_is_read() -> None:
    """The day is that of the environment, and a date needs no quotes."""
    accept = read(WHOLE)

    assert ENTRIES == accept.entries
    assert datetime.date(2027, 1, 1) == accept.today


def test_several_files_are_one_list(tmp_path: Path) -> None:
    """The positions name the files."""
    for name in ("a.yaml", "b.json"):
        (tmp_path / name).write_text('{"accept": [{"finding": "label", "reason": "so"}]}')

    entries = read("", "a.yaml", "b.json", directory=tmp_path).entries
    assert ["a.yaml:1", "b.json:1"] == [entry.position for entry in entries]


@pytest.mark.parametrize("content", ["accept: []", "{}", "accept:\nsharing:\n"], ids=["list", "map", "null"])
def test_a_file_can_have_no_entries(content: str) -> None:
    """That is what `-o accept` prints if there is nothing to accept."""
    assert () == read(content).entries


ENTRY = "accept:\n- finding: label\n  "
REFUSED = {
    "no-reason": ("accept:\n- finding: label\n", "2: `accept[0]` has no reason"),
    "empty-reason": (f"{ENTRY}reason: ''\n", "3: `accept[0]` has no reason"),
    "blank-reason": (f"{ENTRY}reason: '  '\n", "3: `accept[0]` has no reason"),
    "null-reason": (f"{ENTRY}reason:\n", "3: `accept[0]` has no reason"),
    "reason-of-a-share": ("sharing:\n- profile: a\n", "2: `sharing[0]` has no reason"),
    "unknown-section": ("acept: []\n", "1: `acept` means nothing here: did you mean `accept`?"),
    "unknown-key": (
        f"{ENTRY}reason: so\n  untill: 2027-01-01\n", "4: `untill` means nothing here: did you mean `until`?",
    ),
    "key-of-another-sort": (
        f"{ENTRY}reason: so\n  resource: pods\n",
        "4: `resource` means nothing here: the keys are finding, object, subject, namespace, tenant, reason",
    ),
    "misspelled-sort": ("accept:\n- gaind: [get]\n  reason: so", "2: `gaind` means nothing here: did you"),
    "no-sort": ("accept:\n- reason: so\n", "2: `accept[0]` has neither `finding` nor `gained` nor `lost`"),
    "two-sorts": (
        "accept:\n- {gained: [get], lost: [get], reason: so}", "2: `accept[0]` has both `gained` and `lost`",
    ),
    "share-of-nothing": ("sharing:\n- reason: so\n", "2: `sharing[0]` has neither `profile` nor"),
    "unknown-finding": (
        "accept:\n- {finding: role-mising, reason: so}",
        "2: there is no finding `role-mising`: did you mean `role-missing`?",
    ),
    "pattern-of-no-finding": ("accept:\n- {finding: x-*, reason: so}", "2: there is no finding `x-*`"),
    "no-date": (f"{ENTRY}reason: so\n  until: tomorrow", "4: `accept[0].until` must be a date such as"),
    "no-such-day": (f"{ENTRY}reason: so\n  until: 2027-02-30", "4: `accept[0].until` must be a date such as"),
    "time": (f"{ENTRY}reason: so\n  until: 2027-02-01T00:00:00Z", "4: `accept[0].until` must be a date"),
    "year": (f"{ENTRY}reason: so\n  until: 2027", "4: `accept[0].until` must be text in quotes"),
    "number": (f"{ENTRY}reason: so\n  subject: 1", "4: `accept[0].subject` must be text in quotes"),
    "null": (f"{ENTRY}reason: so\n  subject:", "4: `accept[0].subject` is empty: leave it out"),
    "no-verb": ("accept:\n- {gained: [], reason: so}", "2: `accept[0].gained` has an empty verb"),
    "empty-verb": ("accept:\n- {gained: [''], reason: so}", "2: `accept[0].gained` has an empty verb"),
    "repeated-key": (f"{ENTRY}reason: so\n  reason: also", "2: `accept[0]` has a key twice"),
    "text": ("accept:\n- label\n", "2: `accept[0]` must be a mapping, not text"),
    "list": ("- finding: label\n", "1: the file must be a mapping, not a list"),
    "no-list": ("accept: {finding: label}\n", "1: `accept` must be a list, not a mapping"),
    "empty": ("", " it is empty"),
    "two-documents": ("accept: []\n---\naccept: []\n", "2: a second document"),
    "no-yaml": ("accept: ]", "1: "),
    "binary": (b"\x00\x01\xff", ""),
    "deep": ("accept: " + "[" * 5000, " it is nested too deeply"),
    "circle": ("accept: &a\n- *a\n", ""),
}  # fmt: skip


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=list(REFUSED))
def test_what_cannot_be_an_entry_is_refused(content: str | bytes, message: str) -> None:
    """With its line, and what to write instead."""
    with pytest.raises(UnreadableInput) as error:
        read(content)

    assert error.value.message.startswith(f"standard input:{message}")


def test_large_files_are_refused() -> None:
    """By their size, and by the number of their entries."""
    entry = "\n- {finding: label, reason: so}"
    with pytest.raises(UnreadableInput, match="larger than 8 MiB"):
        read(b"#" * (LARGEST + 1))
    with pytest.raises(UnreadableInput, match="10,001 entries, more than 10,000"):
        read(f"accept:{entry * (MOST_ENTRIES + 1)}\n")


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """The same as for other files."""
    with pytest.raises(UnreadableInput, match="no such file"):
        read("", "nothing.yaml", directory=tmp_path)


# --- -o accept --------------------------------------------------------------------------------------------


def printed(*patterns: Pattern) -> str:
    """Return what `-o accept` prints."""
    report = Report("Pets", acceptable=lambda: patterns)
    return "".join(rendered(Response(report), "accept", Style()))


def test_printed_entries_are_refused_until_they_have_reasons() -> None:
    """Nobody accepts what they have not thought about."""
    text = printed(FindingPattern("label", "ClusterRole edit"))

    with pytest.raises(UnreadableInput, match=r"standard input:5: `accept\[0\]` has no reason"):
        read(text)
    assert (Entry(FindingPattern("label", "ClusterRole edit"), Accepted("so"), "standard input:3"),) == (
        read(text.replace("reason: ''", "reason: so")).entries
    )


def test_the_same_entry_is_printed_once() -> None:
    """And nothing to accept is a file without entries."""
    assert printed(FindingPattern("label")) == printed(FindingPattern("label"), FindingPattern("label"))
    assert "accept: []\n" == printed()


@pytest.mark.parametrize("name", [*NAMES, "*", "y", "no", "1e3", "2027-01-01", "12:30:45", "~", "=", "<<"])
def test_printed_entries_fit_what_they_are_printed_for(name: str) -> None:
    """Whatever YAML could take a name for."""
    values = (
        FindingPattern("label", f"Role {name}", name, name, name),
        PermissionPattern("gained", (name or "get",), name, name, name, name, name),
        SharingPattern(name, name, name),
    )
    text = printed(*map(pattern_of, values))
    assert [] == unseen(text)

    entries = read(text.replace("reason: ''", "reason: so")).entries
    assert [True] * 3 == [fits(entry.pattern, value) for entry, value in zip(entries, values, strict=True)]
    other = FindingPattern("label", f"Role {name}", f"{name}x", name, name)
    assert not fits(entries[0].pattern, other)
