"""Which findings, permissions and shares an entry fits, and what is said of entries that fit nothing."""

from __future__ import annotations

import datetime

import pytest

from kubectl_kfaccess.findings.accepted import (
    Accepted,
    AcceptList,
    Entry,
    FindingPattern,
    Pattern,
    PermissionPattern,
    SharingPattern,
    fits,
    object_pattern,
    object_spelling,
    pattern_fields,
    pattern_of,
)
from kubectl_kfaccess.findings.globs import exactly, fits_text
from tests.robustness.names import NAMES

TODAY = datetime.date(2027, 3, 1)
FOUND = FindingPattern("role-missing", "RoleBinding team-a/editor", "bob@example.com", "team-a", "team-a")
GAINED = PermissionPattern(
    "gained", ("get",), "", "pods/log", "group:sre", "team-a", "kubeflow-view"
)  # fmt: skip
SHARE = SharingPattern("team-a", "bob@example.com", "kubeflow-edit")


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("*", "", True),
        ("", "", True),
        ("", "a", False),
        ("abc", "abc", True),
        ("abc", "abcd", False),
        ("ab*", "abc", True),
        ("*bc", "abc", True),
        ("a*c", "ac", True),
        ("ab*ba", "aba", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("**a**", "bab", True),
        ("a?c", "abc", False),
        ("a[bx]c", "abc", False),
        ("a[*]c", "a*c", True),
        ("a[*]c", "abc", False),
        ("[*", "[b", True),
        ("a*", "A", False),
        ("a*b", "a\nb", True),
    ],
)
def test_a_star_stands_for_any_text(pattern: str, text: str, expected: bool) -> None:
    """Everything else stands for itself, and names are case-sensitive."""
    assert expected == fits_text(pattern, text)


@pytest.mark.parametrize("name", [*NAMES, "*", "[*]", "[[*]]", "**"])
def test_a_name_is_the_only_one_that_its_own_pattern_fits(name: str) -> None:
    """A name with asterisks does not become a pattern for others."""
    assert fits_text(exactly(name), name)
    assert not fits_text(exactly(name), f"{name}x")


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    """A regular expression would try every way to place them, and never end."""
    assert not fits_text("*a" * 200 + "b", "a" * 20_000)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(FindingPattern("role-missing"), True, id="id"),
        pytest.param(FindingPattern("role-*", namespace="team-*"), True, id="patterns"),
        pytest.param(FindingPattern("*", object="RoleBinding team-a/*"), True, id="object"),
        pytest.param(FindingPattern("*", object="Role team-a/*"), False, id="other-kind"),
        pytest.param(FindingPattern("*", subject="alice@example.com"), False, id="other-subject"),
        pytest.param(FindingPattern("*", tenant="team-b"), False, id="other-tenant"),
        pytest.param(SharingPattern(), False, id="share"),
    ],
)
def test_every_field_of_a_finding_must_fit(pattern: Pattern, expected: bool) -> None:
    """Fields that an entry does not have fit everything."""
    assert expected == fits(pattern, FOUND)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param(PermissionPattern("gained", ("get",)), True, id="verb"),
        pytest.param(PermissionPattern("gained", ("list", "g*")), True, id="one-of-the-verbs"),
        pytest.param(PermissionPattern("lost", ("*",)), False, id="other-change"),
        pytest.param(PermissionPattern("gained", ("list",)), False, id="other-verb"),
        pytest.param(PermissionPattern("gained", ("*",), group=""), True, id="core-group"),
        pytest.param(PermissionPattern("gained", ("*",), group="apps"), False, id="other-group"),
        pytest.param(PermissionPattern("gained", ("*",), resource="pods"), False, id="without-subresource"),
        pytest.param(PermissionPattern("gained", ("*",), resource="pods/*"), True, id="any-subresource"),
        pytest.param(PermissionPattern("gained", ("*",), namespace=""), False, id="whole-cluster"),
        pytest.param(PermissionPattern("gained", ("*",), role="kubeflow-*"), True, id="role"),
        pytest.param(PermissionPattern("gained", ("*",), subject="sa:*"), False, id="other-subject"),
    ],
)
def test_every_field_of_a_permission_must_fit(pattern: Pattern, expected: bool) -> None:
    """The empty group is the core group, and the empty namespace the whole cluster."""
    assert expected == fits(pattern, GAINED)


def test_an_entry_covers_all_verbs_or_none() -> None:
    """A change of two verbs is accepted only if both are."""
    both = PermissionPattern("gained", ("get", "delete"), "", "pods", "bob", "team-a", "edit")

    assert not fits(PermissionPattern("gained", ("get",)), both)
    assert fits(PermissionPattern("gained", ("get", "del*")), both)


def test_an_object_can_be_spelled_as_tables_show_it() -> None:
    """They have a slash behind the kind."""
    assert "RoleBinding team-a/editor" == object_spelling("RoleBinding", "team-a", "editor")
    assert "ClusterRole edit" == object_spelling("ClusterRole", "", "edit")
    assert "RoleBinding team-a/*" == object_pattern("RoleBinding/team-a/*") == (
        object_pattern("RoleBinding team-a/*")
    )  # fmt: skip
    assert "*/editor" == object_pattern("*/editor")


ENTRY = Entry(FindingPattern("role-*"), Accepted("so", "ops", TODAY), "accept.yaml:2")


def test_the_first_entry_that_fits_counts() -> None:
    """Its reason is the one that is shown."""
    other = Entry(FindingPattern("*"), Accepted("other"), "accept.yaml:5")

    assert ENTRY.accepted == AcceptList((ENTRY, other), TODAY).accepted(FOUND)
    assert other.accepted == AcceptList((other, ENTRY), TODAY).accepted(FOUND)
    assert AcceptList((ENTRY, other), TODAY).accepted(SHARE) is None


def test_an_entry_applies_until_the_end_of_its_last_day() -> None:
    """Afterwards it does not, and a note says so."""
    tomorrow = TODAY + datetime.timedelta(days=1)
    today, later = AcceptList((ENTRY,), TODAY), AcceptList((ENTRY,), tomorrow)

    assert today.accepted(FOUND)
    assert later.accepted(FOUND) is None
    assert [] == [*today.notes(FindingPattern, [FOUND], ["role-missing"])]
    assert [
        "accept.yaml:2: the entry was valid until 2027-03-01, and no longer applies: finding `role-*`"
    ] == [*later.notes(FindingPattern, [FOUND], ["role-missing"])]


def test_an_entry_that_fits_nothing_is_reported() -> None:
    """It hides nothing, and would hide a finding of tomorrow."""
    accept = AcceptList((ENTRY,), TODAY)

    assert ["accept.yaml:2: the entry matches nothing here: finding `role-*`"] == [
        *accept.notes(FindingPattern, [], ["role-missing"])
    ]


def test_entries_for_other_commands_are_not_reported() -> None:
    """A file can be for several commands, each of which looks for some findings."""
    entries = (ENTRY, Entry(GAINED, Accepted("so"), "a:1"), Entry(SHARE, Accepted("so"), "a:2"))
    accept = AcceptList(entries, TODAY)

    assert [] == [*accept.notes(FindingPattern, [], ["label"])]
    [gained] = accept.notes(PermissionPattern, [SHARE, FOUND])
    assert gained.startswith(
        "a:1: the entry matches nothing here: gained `get`, group ``, resource `pods/log`, subject `group"
    )
    assert [] == [*accept.notes(PermissionPattern, [GAINED])]


@pytest.mark.parametrize("value", [FOUND, GAINED, SHARE], ids=["finding", "permission", "share"])
@pytest.mark.parametrize("name", ["*", "a*b", "plain"])
def test_the_pattern_of_a_value_fits_it_alone(value: Pattern, name: str) -> None:
    """That is what `-o accept` prints."""
    field = "object" if isinstance(value, FindingPattern) else "subject"
    named, other = (type(value)(**{**fields(value), field: text}) for text in (name, "another"))

    assert fits(pattern_of(named), named)
    assert not fits(pattern_of(named), other)
    assert fits(pattern_of(named, without=(field,)), other)
    assert field not in pattern_fields(pattern_of(named, without=(field,)))


def fields(value: Pattern) -> dict[str, object]:
    """Return the fields of a value by name."""
    return {name: getattr(value, name) for name in value.__struct_fields__}
