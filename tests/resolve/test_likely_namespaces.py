"""The namespaces that are tried for a caller who cannot list namespaces."""

from __future__ import annotations

from typing import Any, cast

import pytest

from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.resolve.choices import ScopeChoice
from kubectl_kfaccess.resolve.likely_namespaces import likely_namespaces
from kubectl_kfaccess.resolve.namespaces import choose_namespaces
from kubectl_kfaccess.sources.cluster.access_reviews import Reply
from tests.builders import rule
from tests.callers import FakeReviewer, FakeSource

EVERYBODY = {"": (rule("create", "selfsubjectreviews.authentication.k8s.io"),)}
OWN = rule("list", "pods")
EDITOR = "system:serviceaccount:alice:default-editor"


def tried(reviewer: FakeReviewer, context: str = "default") -> list[tuple[str, str, bool]]:
    """Return each namespace, why it was tried, and whether it is the caller's."""
    source = cast("Any", FakeSource(reviewer, context))
    return [(each.name, each.origin.value, each.is_theirs) for each in likely_namespaces(source)]


def test_a_user_has_those_called_like_them_and_the_contexts() -> None:
    """Theirs are those in which they can do something that they cannot do everywhere."""
    reviewer = FakeReviewer("alice@example.com", known_rules={**EVERYBODY, "alice": (OWN,)})

    assert [
        ("alice", "name", True),
        ("alice-example-com", "name", False),
        ("default", "context", False),
    ] == tried(reviewer)


def test_what_everybody_can_do_makes_no_namespace_theirs() -> None:
    """Otherwise `default` would be everybody's."""
    assert {False} == {is_theirs for _, _, is_theirs in tried(FakeReviewer("eve", known_rules=EVERYBODY))}


def test_an_account_has_its_own_namespace_even_without_rights() -> None:
    """It is not called like a user, and the context of a pod is its own namespace."""
    assert [("alice", "account", True)] == tried(FakeReviewer(EDITOR), "alice")
    assert [("alice", "account", True), ("bob", "context", False)] == tried(FakeReviewer(EDITOR), "bob")


def test_a_namespace_counts_as_theirs_if_the_server_does_not_say() -> None:
    """Nothing is left out because a question was refused."""
    assert ("refused", "context", True) in tried(FakeReviewer("eve"), "refused")


@pytest.mark.parametrize(
    ("user", "rules", "line"),
    [
        (
            "alice@example.com",
            {"alice": (OWN,)},
            "tried: alice and alice-example-com (from your name), default (context).  Others: -n NAME",
        ),
        (
            "eve",
            {},
            "tried: eve (from your name), default (context); nothing in them is yours.  Others: -n NAME",
        ),
    ],
    ids=["owner", "stranger"],
)
def test_one_line_says_what_was_tried(user: str, rules: dict[str, Any], line: str) -> None:
    """It is the same on every command."""
    source = cast("Any", FakeSource(FakeReviewer(user, known_rules=rules)))

    assert [line] == list(tried_lines(likely_namespaces(source)))
    assert [] == list(tried_lines(()))


@pytest.mark.parametrize(
    ("can_list", "origin", "namespace"),
    [
        (False, "default", "alice"),
        (True, "default", "default"),
        (None, "default", "default"),
        (False, "context", "default"),
    ],
    ids=["tenant", "administrator", "unknown", "the context has one"],
)
def test_the_default_of_a_tenant_is_their_own_namespace(
    can_list: bool | None, origin: str, namespace: str
) -> None:
    """Only if they cannot list namespaces, and the kubeconfig names none."""
    reviewer = FakeReviewer("alice", known_rules={"alice": (OWN,)}, decide=lambda _: Reply(can_list))
    choice = choose_namespaces(ScopeChoice(), cast("Any", FakeSource(reviewer, "default", origin)))

    assert (namespace,) == choice.namespaces
    assert choice.remarks[0].startswith(f"namespace `{namespace}` ")
