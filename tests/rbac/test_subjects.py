"""Which users and groups the subjects of a binding match."""

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
        pytest.param(identity("alice"), subject("user:"), False, id="an empty name does not match alice"),
        pytest.param(identity("alice", "dev"), subject("group:dev"), True, id="a group"),
        pytest.param(identity("alice", "a", "b"), subject("group:b"), True, id="the second of two groups"),
        pytest.param(identity("alice", "dev"), subject("group:*"), False, id="star is a literal group"),
        pytest.param(identity("alice", "Dev"), subject("group:dev"), False, id="case counts in groups"),
        pytest.param(identity("dev"), subject("group:dev"), False, id="a user with the group's name"),
        pytest.param(identity("x", "alice"), subject("user:alice"), False, id="a group with the user's name"),
        pytest.param(identity(ROBOT), subject("sa:team-a/robot"), True, id="an account"),
        pytest.param(identity(ROBOT), subject(f"user:{ROBOT}"), True, id="an account by its user name"),
        pytest.param(
            identity(ROBOT), subject("sa:team-b/robot"), False, id="an account of another namespace"
        ),
        pytest.param(
            identity("robot"), subject("sa:team-a/robot"), False, id="a user with the account's short name"
        ),
        pytest.param(
            identity("x", ROBOT), subject("sa:team-a/robot"), False, id="a group with its user name"
        ),
        pytest.param(
            identity("x", "system:serviceaccounts:team-a"),
            subject("sa:team-a/robot"),
            False,
            id="a member of the account's group",
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
def test_a_subject_matches_a_user_by_name_or_by_group(
    who: Identity, written: Subject, expected: bool
) -> None:
    """A User matches by the user's name, a Group by the user's groups, and an account by its user name."""
    assert expected == (principal(written, "team-x") in who.principals)


@pytest.mark.parametrize("kind", ["user", "group", "serviceaccount", "SystemUser", "SystemGroup", ""])
def test_subjects_of_other_kinds_match_nobody(kind: str) -> None:
    """Only three kinds exist, and upper and lower case matter."""
    assert None is principal(Subject(kind, "alice", "team-a"), "team-a")


def test_an_account_without_a_namespace_is_in_the_bindings_namespace() -> None:
    """A RoleBinding gives the account its own namespace."""
    assert Principal("User", ROBOT) == principal(subject("sa:robot"), "team-a")
    assert Principal("User", ROBOT) != principal(subject("sa:robot"), "team-b")


def test_an_account_without_a_namespace_matches_nobody_cluster_wide() -> None:
    """A ClusterRoleBinding has no namespace that it could give the account."""
    assert None is principal(subject("sa:robot"), "")


def test_an_accounts_own_namespace_wins_over_the_bindings() -> None:
    """A RoleBinding can bind an account of another namespace."""
    assert Principal("User", ROBOT) == principal(subject("sa:team-a/robot"), "team-b")


@pytest.mark.parametrize("kind", ["User", "Group"])
def test_a_namespace_on_a_user_or_group_does_not_count(kind: str) -> None:
    """The server accepts it and ignores it."""
    assert Principal(kind, "alice") == principal(Subject(kind, "alice", "team-b"), "team-a")


def test_principals_are_the_user_and_each_group_once() -> None:
    """A group that is given twice is only one principal."""
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
        pytest.param(Principal("Group", ROBOT), Subject("Group", ROBOT), id="a group with that name"),
        pytest.param(
            Principal("User", "system:serviceaccount:team-a"),
            Subject("User", "system:serviceaccount:team-a"),
            id="a name with only a namespace",
        ),
        pytest.param(
            Principal("User", "system:serviceaccount:team-a:"),
            Subject("User", "system:serviceaccount:team-a:"),
            id="an account without a name",
        ),
        pytest.param(
            Principal("User", "system:serviceaccount::robot"),
            Subject("User", "system:serviceaccount::robot"),
            id="an account without a namespace",
        ),
        pytest.param(Principal("User", f"{ROBOT}:x"), Subject("User", f"{ROBOT}:x"), id="one colon too many"),
    ],
)
def test_a_user_that_is_an_account_is_shown_as_the_account(who: Principal, expected: Subject) -> None:
    """A user name that cannot be an account's stays a user."""
    assert expected == displayed(who)


def test_an_account_has_three_groups() -> None:
    """They are all accounts, the accounts of its namespace, and all authenticated users."""
    expected = ("system:serviceaccounts", "system:serviceaccounts:team-a", "system:authenticated")

    assert expected == service_account_groups("team-a")
