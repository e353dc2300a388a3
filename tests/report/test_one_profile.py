"""`report PROFILE`: one profile alone, and of other tenants those that reach in."""

from __future__ import annotations

import re

import pytest

from tests.report.reading import read
from tests.running import run

# Worked out by hand from the demo: sa:team-b/default-editor is bound in team-a, and alice, who owns team-a,
# has view in team-b by the dashboard.
REACHING = {"team-a": {"team-b"}, "team-b": {"team-a"}, "team-c": set[str]()}
# Who is bound in team-c, or in every profile
IN_TEAM_C = {"audrey", "carol", "heidi", "kim", "nina"}


@pytest.mark.parametrize("profile", REACHING)
def test_it_names_no_other_tenant(profile: str) -> None:
    """Unless its subjects reach in."""
    answer = run("report", profile, "--demo")

    assert 0 == answer.status
    assert {profile, *REACHING[profile]} == set(re.findall(r"team-[abc]\b", answer.stdout))


def test_it_names_nobody_else() -> None:
    """The people of other profiles are on no page about this one."""
    text = run("report", "team-c", "--demo").stdout

    named = set(re.findall(r"(\w+)@example\.com", text))
    assert IN_TEAM_C | {"you"} == named


def test_the_order_of_profiles_changes_nothing_but_the_command() -> None:
    """Two can be named as well."""
    pages = [
        read(run("report", *names, "--demo").stdout) for names in (("team-a", "team-c"), ("team-c", "team-a"))
    ]

    first, second = (each.one("main").text for each in pages)
    assert first == second
    assert {"profile-team-a", "profile-team-c"} == {
        each.attributes["id"] for each in pages[0].all("details", data_part="profile")
    }


def test_a_typing_slip_is_an_error() -> None:
    """Which of the others is meant is anybody's guess."""
    answer = run("report", "team-d", "--demo")

    assert (2, "") == (answer.status, answer.stdout)
    assert ["error: `team-d` is not a profile", "hint: `profiles` lists them"] == answer.stderr.splitlines()


def test_a_namespace_is_no_profile() -> None:
    """The error says what it is."""
    answer = run("report", "kubeflow", "--demo")

    assert "error: `kubeflow` is a namespace, not a profile" == answer.stderr.splitlines()[0]
