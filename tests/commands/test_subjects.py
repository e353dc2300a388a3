"""SUBJECT: every spelling of a user, a group and a service account, and what is none."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.resolve.subject_words import looked_up, subject_in
from tests.builders import role_binding, service_account, snapshot
from tests.running import run


@pytest.mark.parametrize(
    ("text", "kind", "name", "namespace"),
    [
        ("alice@example.com", "User", "alice@example.com", ""),
        ("user:alice", "User", "alice", ""),
        ("user/alice", "User", "alice", ""),
        ("USER:Alice", "User", "Alice", ""),
        ("user:oidc:alice", "User", "oidc:alice", ""),
        ("oidc:alice@example.com", "User", "oidc:alice@example.com", ""),
        ("group:data-science", "Group", "data-science", ""),
        ("group:system:authenticated", "Group", "system:authenticated", ""),
        ("group/a/b", "Group", "a/b", ""),
        ("sa:team-a/default-editor", "ServiceAccount", "default-editor", "team-a"),
        ("serviceaccount/team-a/default-editor", "ServiceAccount", "default-editor", "team-a"),
        ("sa:default-editor", "ServiceAccount", "default-editor", "context"),
        ("system:serviceaccount:team-a:default-editor", "ServiceAccount", "default-editor", "team-a"),
        ("user:system:serviceaccount:team-a:bot", "ServiceAccount", "bot", "team-a"),
        ("user:system:serviceaccount:odd", "User", "system:serviceaccount:odd", ""),
        ("alice@x:y", "User", "alice@x:y", ""),
        ("user: spaced ", "User", " spaced ", ""),
    ],
)
def test_a_spelling_means_one_subject(text: str, kind: str, name: str, namespace: str) -> None:
    """Kinds in any case, kubectl's `KIND/NAME` and the user names of tokens included."""
    assert Subject(kind, name, namespace) == subject_in(text, "context")


@pytest.mark.parametrize("text", ["default-editor", "alice", "system:masters", "ml-team"])
def test_a_bare_name_has_to_be_looked_up(text: str) -> None:
    """Without a kind and without an `@` only the cluster tells what it is."""
    assert subject_in(text) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "the subject is empty", id="nothing"),
        pytest.param("robot:marvin", "`robot` is not a kind of subject", id="an unknown kind"),
        pytest.param("users:alice", "`users` is not a kind of subject", id="a plural"),
        pytest.param("user:", "names nobody", id="a kind without a name"),
        pytest.param("group:", "names nobody", id="a group without a name"),
        pytest.param("sa:team-a/", "cannot read `sa:team-a/`", id="an account without a name"),
        pytest.param("sa:/bot", "cannot read `sa:/bot`", id="an account without a namespace"),
        pytest.param("sa:a/b/c", "cannot read `sa:a/b/c`", id="too many parts"),
        pytest.param("sa:a:b", "cannot read `sa:a:b`", id="a colon for the slash"),
        pytest.param(
            "system:serviceaccount:a", "cannot read `system:serviceaccount:a`", id="half a user name"
        ),
        pytest.param(
            "system:serviceaccount:a:b:c", "cannot read `system:serviceaccount:a:b:c`", id="too long a one"
        ),
    ],
)
def test_what_is_no_subject_is_an_error(text: str, said: str) -> None:
    """Status 2, with what to write instead."""
    asked = run("access", text, "--demo")
    explained = run("explain", text, "get", "pods", "-A", "--demo")

    assert (2, 2) == (asked.status, explained.status)
    assert said in asked.stderr
    assert "hint: " in asked.stderr
    assert asked.stderr == explained.stderr


KNOWN = snapshot(
    service_account("a/bot"),
    service_account("b/bot"),
    service_account("a/lone"),
    role_binding("a", "one", "view", "user:hal", "group:crew", "group:bot"),
)


@pytest.mark.parametrize(
    ("text", "namespace", "found"),
    [
        ("lone", "", Subject("ServiceAccount", "lone", "a")),
        ("hal", "", Subject("User", "hal")),
        ("crew", "", Subject("Group", "crew")),
    ],
)
def test_a_bare_name_that_fits_one_subject_is_that_one(text: str, namespace: str, found: Subject) -> None:
    """An account that is there, or a user or group whom a binding names."""
    assert found == looked_up(text, KNOWN, namespace)


@pytest.mark.parametrize(
    ("namespace", "candidates"),
    [("", "`sa:a/bot`, `sa:b/bot`, `group:bot`"), ("b", "`sa:b/bot`, `group:bot`")],
    ids=["anywhere", "in a namespace"],
)
def test_a_bare_name_that_fits_several_lists_them(namespace: str, candidates: str) -> None:
    """Nobody has to guess which one was meant."""
    with pytest.raises(UsageError, match="fits several subjects") as error:
        looked_up("bot", KNOWN, namespace)

    assert error.value.message.endswith(candidates)
    assert ErrorCode.AMBIGUOUS_NAME is error.value.code


def test_a_bare_name_that_fits_nothing_is_an_unknown_name() -> None:
    """Whatever its message suggests."""
    with pytest.raises(UsageError, match="neither a service account nor named") as error:
        looked_up("bott", KNOWN)

    assert ErrorCode.UNKNOWN_NAME is error.value.code


def test_a_bare_name_that_nobody_has_is_an_error() -> None:
    """It is said where was looked, and how to name whom the cluster does not know."""
    result = run("access", "nobody", "-n", "team-a", "--demo")

    assert 2 == result.status
    assert (
        "`nobody` is neither a service account in namespace `team-a` nor named by any binding"
        in result.stderr
    )
    assert "hint: write user:NAME, group:NAME or sa:NAMESPACE/NAME" in result.stderr


def test_an_account_is_looked_up_in_the_namespace_that_is_asked_about() -> None:
    """The three default-editors of the demo are one with -n."""
    several = run("access", "default-editor", "--demo")
    one = run("access", "default-editor", "-n", "team-a", "--demo", "-o", "json")

    assert 2 == several.status
    assert "`sa:team-a/default-editor`, `sa:team-b/default-editor`" in several.stderr
    assert ("default-editor", "team-a") == (one.json["subject"]["name"], one.json["subject"]["namespace"])
