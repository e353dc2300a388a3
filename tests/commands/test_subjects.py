"""SUBJECT: every spelling of a user, a group and a service account, and what cannot be read."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.errors import ErrorCode, UsageError
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.resolve.subject_words import look_up_subject, parse_subject
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
    """Kinds are read in any case; so are kubectl's `KIND/NAME` and the user names in tokens."""
    assert Subject(kind, name, namespace) == parse_subject(text, "context")


@pytest.mark.parametrize("text", ["default-editor", "alice", "system:masters", "ml-team"])
def test_a_bare_name_has_to_be_looked_up(text: str) -> None:
    """Without a kind and without an `@`, only the cluster shows what kind of subject it is."""
    assert parse_subject(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the subject is empty", id="nothing"),
        pytest.param("robot:marvin", "`robot` is not a kind of subject", id="an unknown kind"),
        pytest.param("users:alice", "`users` is not a kind of subject", id="a plural"),
        pytest.param("user:", "cannot read `user:`: the name is missing", id="a kind without a name"),
        pytest.param("group:", "cannot read `group:`: the name is missing", id="a group without a name"),
        pytest.param("sa:team-a/", "cannot read `sa:team-a/`", id="an account without a name"),
        pytest.param("sa:/bot", "cannot read `sa:/bot`", id="an account without a namespace"),
        pytest.param("sa:a/b/c", "cannot read `sa:a/b/c`", id="too many parts"),
        pytest.param("sa:a:b", "cannot read `sa:a:b`", id="a colon for the slash"),
        pytest.param(
            "system:serviceaccount:a", "cannot read `system:serviceaccount:a`", id="half a user name"
        ),
        pytest.param(
            "system:serviceaccount:a:b:c",
            "cannot read `system:serviceaccount:a:b:c`",
            id="a user name with too many parts",
        ),
    ],
)
def test_a_subject_that_cannot_be_read_is_an_error(text: str, message: str) -> None:
    """The status is 2, and a hint says what to write instead."""
    access = run("access", text, "--demo")
    explain = run("explain", text, "get", "pods", "-A", "--demo")

    assert (2, 2) == (access.status, explain.status)
    assert message in access.stderr
    assert "hint: " in access.stderr
    assert access.stderr == explain.stderr


KNOWN = snapshot(
    service_account("a/bot"),
    service_account("b/bot"),
    service_account("a/lone"),
    role_binding("a", "one", "view", "user:hal", "group:crew", "group:bot"),
)


@pytest.mark.parametrize(
    ("text", "namespace", "subject"),
    [
        ("lone", "", Subject("ServiceAccount", "lone", "a")),
        ("hal", "", Subject("User", "hal")),
        ("crew", "", Subject("Group", "crew")),
    ],
)
def test_a_bare_name_that_one_subject_has_is_that_subject(
    text: str, namespace: str, subject: Subject
) -> None:
    """The subject is an existing service account, or a user or group in a binding."""
    assert subject == look_up_subject(text, KNOWN, namespace)


@pytest.mark.parametrize(
    ("namespace", "candidates"),
    [("", "`sa:a/bot`, `sa:b/bot`, `group:bot`"), ("b", "`sa:b/bot`, `group:bot`")],
    ids=["anywhere", "in a namespace"],
)
def test_a_bare_name_that_several_subjects_have_lists_them(namespace: str, candidates: str) -> None:
    """The program does not guess."""
    with pytest.raises(UsageError, match="can be several subjects") as error:
        look_up_subject("bot", KNOWN, namespace)

    assert error.value.message.endswith(candidates)
    assert ErrorCode.AMBIGUOUS_NAME is error.value.code


def test_a_bare_name_that_no_subject_has_is_an_unknown_name() -> None:
    """The error code is `unknown-name`, even if a similar name is suggested."""
    with pytest.raises(UsageError, match="neither a service account nor named") as error:
        look_up_subject("bott", KNOWN)

    assert ErrorCode.UNKNOWN_NAME is error.value.code


def test_the_error_about_an_unknown_name_says_where_it_was_looked_up() -> None:
    """The hint shows how to write a subject that the cluster does not know."""
    result = run("access", "nobody", "-n", "team-a", "--demo")

    assert 2 == result.status
    assert (
        "`nobody` is neither a service account in namespace `team-a` nor named by any binding"
        in result.stderr
    )
    assert "hint: write user:NAME, group:NAME or sa:NAMESPACE/NAME" in result.stderr


def test_an_account_is_looked_up_in_the_namespace_that_is_asked_about() -> None:
    """Of two accounts of one name `-n` chooses one."""
    account = "apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: bot, namespace: {}}}\n---\n"
    files = "".join(map(account.format, ("team-a", "team-b"))).encode()
    everywhere = run("access", "bot", "-f", "-", stdin=files)
    subject = run("access", "bot", "-n", "team-a", "-f", "-", "-o", "json", stdin=files).json["subject"]

    assert 2 == everywhere.status
    assert "`sa:team-a/bot`, `sa:team-b/bot`" in everywhere.stderr
    assert ("bot", "team-a") == (subject["name"], subject["namespace"])
