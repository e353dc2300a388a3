"""Whom a binding's subjects mean."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import (
    Identity,
    Principal,
    displayed,
    principal,
    service_account_groups,
)
from tests.builders import identity, subject

ROBOT = "system:serviceaccount:team-a:robot"


@pytest.mark.parametrize(
    ("who", "written", "expected"),
    [
        pytest.param(identity("alice"), subject("user:alice"), True, id="a user by name"),
        pytest.param(identity("alice"), subject("user:Alice"), False, id="case counts in user names"),
        pytest.param(identity("alice"), subject("user:*"), False, id="star is a literal user"),
        pytest.param(identity("*"), subject("user:*"), True, id="a user called star"),
        pytest.param(identity("alice"), subject("user:"), False, id="an empty name means nobody else"),
        pytest.param(identity("alice", "dev"), subject("group:dev"), True, id="a group"),
        pytest.param(identity("alice", "a", "b"), subject("group:b"), True, id="the second group"),
        pytest.param(identity("alice", "dev"), subject("group:*"), False, id="star is a literal group"),
        pytest.param(identity("alice", "Dev"), subject("group:dev"), False, id="case counts in groups"),
        pytest.param(identity("dev"), subject("group:dev"), False, id="a user is no group"),
        pytest.param(identity("x", "alice"), subject("user:alice"), False, id="a group is no user"),
        pytest.param(identity(ROBOT), subject("sa:team-a/robot"), True, id="an account"),
        pytest.param(identity(ROBOT), subject(f"user:{ROBOT}"), True, id="an account as a user"),
        pytest.param(identity(ROBOT), subject("sa:team-b/robot"), False, id="an account elsewhere"),
        pytest.param(identity("robot"), subject("sa:team-a/robot"), False, id="a user named like an account"),
        pytest.param(identity("x", ROBOT), subject("sa:team-a/robot"), False, id="a group like an account"),
        pytest.param(
            identity("x", "system:serviceaccounts:team-a"),
            subject("sa:team-a/robot"),
            False,
            id="an account's group makes no account",
        ),
        pytest.param(
            identity(ROBOT, "system:serviceaccounts:team-a"),
            subject("group:system:serviceaccounts:team-a"),
            True,
            id="the group of a namespace's accounts",
        ),
        pytest.param(
            identity(ROBOT),
            subject("group:system:serviceaccounts:team-a"),
            False,
            id="no group is implied by the name",
        ),
        pytest.param(
            identity("https://issuer#Ärzte team"),
            subject("user:https://issuer#Ärzte team"),
            True,
            id="free text",
        ),
    ],
)
def test_a_subject_means_a_user_by_name_or_by_group(who: Identity, written: Subject, expected: bool) -> None:
    """A User is compared with the user's name, a Group with the groups, an account with its user name."""
    assert expected == (principal(written, "team-x") in who.principals)


@pytest.mark.parametrize("kind", ["user", "group", "serviceaccount", "SystemUser", "SystemGroup", ""])
def test_other_kinds_mean_nobody(kind: str) -> None:
    """Kinds are case-sensitive, and there are three."""
    assert None is principal(Subject(kind, "alice", "team-a"), "team-a")


def test_an_account_without_a_namespace_is_one_of_the_bindings() -> None:
    """In a RoleBinding the binding's namespace stands in."""
    assert Principal("User", ROBOT) == principal(subject("sa:robot"), "team-a")
    assert Principal("User", ROBOT) != principal(subject("sa:robot"), "team-b")


def test_an_account_without_a_namespace_means_nobody_in_the_whole_cluster() -> None:
    """A ClusterRoleBinding has no namespace to stand in."""
    assert None is principal(subject("sa:robot"), "")


def test_an_accounts_own_namespace_wins_over_the_bindings() -> None:
    """An account of another namespace can be bound here."""
    assert Principal("User", ROBOT) == principal(subject("sa:team-a/robot"), "team-b")


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_namespace_on_a_user_or_group_does_not_count(kind: str) -> None:
    """The server accepts it and ignores it."""
    assert Principal(kind, "alice") == principal(Subject(kind, "alice", "team-b"), "team-a")


def test_principals_are_the_user_and_each_group_once() -> None:
    """Repeated groups change nothing."""
    who = identity("alice", "dev", "ops", "dev")

    assert (
        Principal("User", "alice"),
        Principal("Group", "dev"),
        Principal("Group", "ops"),
    ) == who.principals


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(Principal("User", ROBOT), Subject("ServiceAccount", "robot", "team-a"), id="an account"),
        pytest.param(Principal("User", "alice"), Subject("User", "alice"), id="a user"),
        pytest.param(Principal("Group", ROBOT), Subject("Group", ROBOT), id="a group like an account"),
        pytest.param(
            Principal("User", "system:serviceaccount:team-a"),
            Subject("User", "system:serviceaccount:team-a"),
            id="a name without an account",
        ),
        pytest.param(
            Principal("User", "system:serviceaccount:team-a:"),
            Subject("User", "system:serviceaccount:team-a:"),
            id="an account with no name",
        ),
        pytest.param(
            Principal("User", "system:serviceaccount::robot"),
            Subject("User", "system:serviceaccount::robot"),
            id="an account with no namespace",
        ),
        pytest.param(Principal("User", f"{ROBOT}:x"), Subject("User", f"{ROBOT}:x"), id="one colon too many"),
    ],
)
def test_a_user_that_is_an_account_is_shown_as_the_account(who: Principal, expected: Subject) -> None:
    """What cannot be an account's name stays a user."""
    assert expected == displayed(who)


def test_an_account_has_three_groups() -> None:
    """All accounts, those of the namespace, everybody who is logged in."""
    expected = ("system:serviceaccounts", "system:serviceaccounts:team-a", "system:authenticated")

    assert expected == service_account_groups("team-a")
