"""Which rules cover which, as the server's escalation check compares them."""

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
        pytest.param(rule("get,list", "pods"), rule("list", "pods"), id="one verb of two"),
        pytest.param(rule("*", "pods"), rule("get,anything", "pods"), id="every verb"),
        pytest.param(rule("*", "pods"), rule("*", "pods"), id="every verb wanted, too"),
        pytest.param(rule("get", "pods,secrets"), rule("get", "secrets"), id="one resource of two"),
        pytest.param(rule("get", "*"), rule("get", "pods,pods/log"), id="every resource"),
        pytest.param(rule("get", "*/log"), rule("get", "pods/log"), id="a subresource of everything"),
        pytest.param(rule("get", "*/a/b"), rule("get", "pods/a/b"), id="a subresource with a slash"),
        pytest.param(rule("get", "runs.kf.io"), rule("get", "runs.kf.io"), id="a group"),
        pytest.param(PolicyRule(("get",), ("*",), ("runs",)), rule("get", "runs.kf.io"), id="every group"),
        pytest.param(rule("get", "pods"), rule("get", "pods", names=["a"]), id="any name"),
        pytest.param(
            rule("get", "pods", names=["a", "b"]), rule("get", "pods", names=["b", "a"]), id="the same names"
        ),
        pytest.param(urls("get", "/a"), urls("get", "/a"), id="a url"),
        pytest.param(urls("get", "*"), urls("get", "/a", "/b/*"), id="every url"),
        pytest.param(urls("get", "/a/*"), urls("get", "/a/b", "/a/*", "/a/**"), id="urls that start so"),
        pytest.param(urls("get", "/a**"), urls("get", "/ab"), id="all trailing stars are cut"),
        pytest.param(rule("get", "pods"), PolicyRule(), id="a rule about nothing"),
        pytest.param(rule("get", "pods"), PolicyRule(("get",), ("",)), id="a rule without resources"),
    ],
)
def test_a_rule_covers(owned: PolicyRule, wanted: PolicyRule) -> None:
    """Nothing is left of what is wanted."""
    assert () == uncovered([owned], [wanted])


@pytest.mark.parametrize(
    ("owned", "wanted"),
    [
        pytest.param(rule("get", "pods"), rule("list", "pods"), id="another verb"),
        pytest.param(rule("get", "pods"), rule("*", "pods"), id="every verb wanted"),
        pytest.param(rule("get", "pods"), rule("get", "secrets"), id="another resource"),
        pytest.param(rule("get", "pods"), rule("get", "*"), id="every resource wanted"),
        pytest.param(rule("get", "pods"), rule("get", "pods/log"), id="a subresource wanted"),
        pytest.param(rule("get", "pods/*"), rule("get", "pods/log"), id="a star after the slash is a letter"),
        pytest.param(rule("get", "*/log"), rule("get", "log"), id="no subresource"),
        pytest.param(rule("get", "*/b"), rule("get", "pods/a/b"), id="the end of a subresource"),
        pytest.param(rule("get", "*/*"), rule("get", "pods/log"), id="two stars are letters"),
        pytest.param(rule("get", "runs"), rule("get", "runs.kf.io"), id="another group"),
        pytest.param(rule("get", "runs"), PolicyRule(("get",), ("*",), ("runs",)), id="every group wanted"),
        pytest.param(rule("get", "pods", names=["a"]), rule("get", "pods"), id="any name wanted"),
        pytest.param(
            rule("get", "pods", names=["a"]), rule("get", "pods", names=["b"]), id="another name wanted"
        ),
        pytest.param(
            rule("get", "pods", names=["*"]), rule("get", "pods", names=["a"]), id="a star is no name"
        ),
        pytest.param(urls("get", "/a"), urls("get", "/a/b"), id="a url below"),
        pytest.param(urls("get", "/a/*"), urls("get", "/a"), id="the url above"),
        pytest.param(urls("get", "/a"), urls("get", "/a*"), id="a star wanted"),
        pytest.param(urls("get", "/a"), urls("post", "/a"), id="another method"),
        pytest.param(rule("get", "*"), urls("get", "/a"), id="a url, by a rule about resources"),
        pytest.param(urls("get", "*"), rule("get", "pods"), id="a resource, by a rule about urls"),
    ],
)
def test_a_rule_does_not_cover(owned: PolicyRule, wanted: PolicyRule) -> None:
    """What is wanted is left, as it was."""
    assert (wanted,) == uncovered([owned], [wanted])


def test_several_rules_cover_together() -> None:
    """What is wanted is taken apart first: each part needs one rule."""
    owned = [rule("get", "pods"), rule("list", "pods"), rule("get,list", "secrets")]

    assert () == uncovered(owned, [rule("get,list", "pods,secrets")])


def test_names_are_taken_apart() -> None:
    """One rule may have one name, another the next."""
    owned = [rule("get", "pods", names=["a"]), rule("get", "pods", names=["b"])]

    assert () == uncovered(owned, [rule("get", "pods", names=["a", "b"])])


def test_what_is_left_is_said_in_parts() -> None:
    """One verb, one group, one resource and one name each."""
    wanted = PolicyRule(("get", "list"), ("", "apps"), ("pods",), ("a", "b"))
    owned = [PolicyRule(("get",), ("", "apps"), ("pods",)), PolicyRule(("list",), ("",), ("*",), ("a",))]

    expected = (
        PolicyRule(("list",), ("",), ("pods",), ("b",)),
        PolicyRule(("list",), ("apps",), ("pods",), ("a",)),
        PolicyRule(("list",), ("apps",), ("pods",), ("b",)),
    )
    assert expected == uncovered(owned, [wanted])


def test_urls_and_resources_of_one_rule_are_two_things() -> None:
    """A rule cannot have both on a server; in a file it can."""
    both = PolicyRule(("get",), ("",), ("pods",), (), ("/a",))

    assert (urls("get", "/a"),) == uncovered([rule("get", "pods")], [both])


def test_rules_come_from_everything_that_is_bound_there() -> None:
    """ClusterRoleBindings and the namespace's own RoleBindings, to the user and to his groups."""
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


def test_uncertain_rules_count_only_when_asked_for() -> None:
    """Hand-written rules in a cycle of aggregated roles stay or go by chance."""
    known = snapshot(
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role_binding("all", "a", "user:alice"),
    )
    alice = identity("alice")

    assert () == rules_for(known, alice, "")
    assert (rule("get", "pods"),) == rules_for(known, alice, "", uncertain=True)
