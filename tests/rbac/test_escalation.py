"""Which rules cover which, as in the server's escalation check."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.escalation import rules_for, uncovered
from kubectl_kfaccess.rbac.model import PolicyRule
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    expression,
    identity,
    role,
    role_binding,
    rule,
    snapshot,
    urls,
)


@pytest.mark.parametrize(
    ("owned", "wanted"),
    [
        pytest.param(rule("get", "pods"), rule("get", "pods"), id="the same"),
        pytest.param(rule("get,list", "pods"), rule("list", "pods"), id="one of two verbs"),
        pytest.param(rule("*", "pods"), rule("get,anything", "pods"), id="every verb"),
        pytest.param(rule("*", "pods"), rule("*", "pods"), id="a star, by a star"),
        pytest.param(rule("get", "pods,secrets"), rule("get", "secrets"), id="one of two resources"),
        pytest.param(rule("get", "*"), rule("get", "pods,pods/log"), id="every resource"),
        pytest.param(rule("get", "*/log"), rule("get", "pods/log"), id="a subresource of everything"),
        pytest.param(rule("get", "*/a/b"), rule("get", "pods/a/b"), id="a subresource with a slash"),
        pytest.param(rule("get", "runs.kf.io"), rule("get", "runs.kf.io"), id="a group"),
        pytest.param(PolicyRule(("get",), ("*",), ("runs",)), rule("get", "runs.kf.io"), id="every group"),
        pytest.param(rule("get", "pods"), rule("get", "pods", names=["a"]), id="any name"),
        pytest.param(
            rule("get", "pods", names=["a", "b"]), rule("get", "pods", names=["b", "a"]), id="the same names"
        ),
        pytest.param(urls("get", "/a"), urls("get", "/a"), id="a URL"),
        pytest.param(urls("get", "*"), urls("get", "/a", "/b/*"), id="every URL"),
        pytest.param(urls("get", "/a/*"), urls("get", "/a/b", "/a/*", "/a/**"), id="URLs with that prefix"),
        pytest.param(urls("get", "/a**"), urls("get", "/ab"), id="all trailing stars are cut"),
        pytest.param(rule("get", "pods"), PolicyRule(), id="an empty rule"),
        pytest.param(rule("get", "pods"), PolicyRule(("get",), ("",)), id="a rule without resources"),
    ],
)
def test_a_rule_covers(owned: PolicyRule, wanted: PolicyRule) -> None:
    """No part of the wanted rule is left."""
    assert () == uncovered([owned], [wanted])


@pytest.mark.parametrize(
    ("owned", "wanted"),
    [
        pytest.param(rule("get", "pods"), rule("list", "pods"), id="another verb"),
        pytest.param(rule("get", "pods"), rule("*", "pods"), id="every verb"),
        pytest.param(rule("get", "pods"), rule("get", "secrets"), id="another resource"),
        pytest.param(rule("get", "pods"), rule("get", "*"), id="every resource wanted"),
        pytest.param(rule("get", "pods"), rule("get", "pods/log"), id="a subresource wanted"),
        pytest.param(
            rule("get", "pods/*"), rule("get", "pods/log"), id="a star after the slash is no wildcard"
        ),
        pytest.param(rule("get", "*/log"), rule("get", "log"), id="a resource without a subresource"),
        pytest.param(rule("get", "*/b"), rule("get", "pods/a/b"), id="the end of a subresource"),
        pytest.param(rule("get", "*/*"), rule("get", "pods/log"), id="two stars are no wildcard"),
        pytest.param(rule("get", "runs"), rule("get", "runs.kf.io"), id="another group"),
        pytest.param(rule("get", "runs"), PolicyRule(("get",), ("*",), ("runs",)), id="every group wanted"),
        pytest.param(rule("get", "pods", names=["a"]), rule("get", "pods"), id="any name wanted"),
        pytest.param(
            rule("get", "pods", names=["a"]), rule("get", "pods", names=["b"]), id="another name wanted"
        ),
        pytest.param(
            rule("get", "pods", names=["*"]),
            rule("get", "pods", names=["a"]),
            id="a star is no wildcard for names",
        ),
        pytest.param(urls("get", "/a"), urls("get", "/a/b"), id="a longer URL"),
        pytest.param(urls("get", "/a/*"), urls("get", "/a"), id="a shorter URL"),
        pytest.param(urls("get", "/a"), urls("get", "/a*"), id="every URL with a prefix"),
        pytest.param(urls("get", "/a"), urls("post", "/a"), id="another method"),
        pytest.param(rule("get", "*"), urls("get", "/a"), id="a URL, by a rule about resources"),
        pytest.param(urls("get", "*"), rule("get", "pods"), id="a resource, by a rule about URLs"),
    ],
)
def test_a_rule_does_not_cover(owned: PolicyRule, wanted: PolicyRule) -> None:
    """The wanted rule is left unchanged."""
    assert (wanted,) == uncovered([owned], [wanted])


def test_several_rules_can_cover_one_rule_together() -> None:
    """The wanted rule is split first, and one rule is enough for each part."""
    owned = [rule("get", "pods"), rule("list", "pods"), rule("get,list", "secrets")]

    assert () == uncovered(owned, [rule("get,list", "pods,secrets")])


def test_a_rule_is_split_by_names() -> None:
    """One rule can cover one name, and another rule the next."""
    owned = [rule("get", "pods", names=["a"]), rule("get", "pods", names=["b"])]

    assert () == uncovered(owned, [rule("get", "pods", names=["a", "b"])])


def test_the_rest_is_returned_in_parts() -> None:
    """Each part has one verb, one group, one resource and one name."""
    wanted = PolicyRule(("get", "list"), ("", "apps"), ("pods",), ("a", "b"))
    owned = [PolicyRule(("get",), ("", "apps"), ("pods",)), PolicyRule(("list",), ("",), ("*",), ("a",))]

    expected = (
        PolicyRule(("list",), ("",), ("pods",), ("b",)),
        PolicyRule(("list",), ("apps",), ("pods",), ("a",)),
        PolicyRule(("list",), ("apps",), ("pods",), ("b",)),
    )
    assert expected == uncovered(owned, [wanted])


def test_urls_and_resources_of_one_rule_are_split() -> None:
    """A server refuses a rule with both, but a file can have one."""
    both = PolicyRule(("get",), ("",), ("pods",), (), ("/a",))

    assert (urls("get", "/a"),) == uncovered([rule("get", "pods")], [both])


def test_rules_come_from_all_bindings_that_count_in_the_namespace() -> None:
    """ClusterRoleBindings and the namespace's RoleBindings count, for the user and for their groups."""
    known = snapshot(
        cluster_role("everywhere", rule("get", "nodes")),
        cluster_role("here", rule("get", "pods")),
        role("team-a/own", rule("get", "secrets")),
        cluster_role("elsewhere", rule("get", "configmaps")),
        cluster_role_binding("all", "everywhere", "user:alice"),
        role_binding("team-a", "one", "here", "group:staff"),
        role_binding("team-a", "two", "Role/own", "user:alice"),
        role_binding("team-a", "three", "missing", "user:alice"),
        role_binding("team-b", "four", "elsewhere", "user:alice"),
    )
    alice = identity("alice", "staff")

    expected = {rule("get", "nodes"), rule("get", "pods"), rule("get", "secrets")}
    assert expected == set(rules_for(known, alice, "team-a"))
    assert (rule("get", "nodes"),) == rules_for(known, alice, "")


def test_uncertain_rules_count_only_on_request() -> None:
    """In a cycle of aggregated roles, it depends on the order of events whether hand-written rules stay."""
    known = snapshot(
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role_binding("all", "a", "user:alice"),
    )
    alice = identity("alice")

    assert () == rules_for(known, alice, "")
    assert (rule("get", "pods"),) == rules_for(known, alice, "", uncertain=True)
