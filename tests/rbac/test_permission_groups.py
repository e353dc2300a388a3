"""Sets of permissions in few words."""

from __future__ import annotations

from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.permission_groups import (
    MOST_LITERALS,
    PermissionGroup,
    literal_requests,
    permission_groups,
)
from kubectl_kfaccess.rbac.rules import Request

GET, LIST, EVERY = (Request(verb, "", "pods") for verb in ("get", "list", "*"))
ALL_OF_ALL = Request("*", "*", "*")


def test_verbs_of_one_resource_are_one_group() -> None:
    assert permission_groups([GET, LIST]) == (PermissionGroup(("get", "list"), "", "pods"),)


def test_a_star_stands_alone_if_the_set_has_all_that_it_covers() -> None:
    assert permission_groups([GET, LIST, EVERY], [GET, LIST, EVERY]) == (PermissionGroup(("*",), "", "pods"),)
    whole = [GET, LIST, EVERY, ALL_OF_ALL, Request("get", "", "pods", "log")]
    assert permission_groups(whole, whole) == (PermissionGroup(("*",), "*", "*"),)


def test_a_star_does_not_hide_that_something_was_held_before() -> None:
    groups = permission_groups([LIST, EVERY], [GET, LIST, EVERY])
    assert groups == (PermissionGroup(("*", "list"), "", "pods"),)


def test_names_are_left_out_where_the_whole_resource_is_in_the_set() -> None:
    named = Request("get", "", "pods", name="a")
    assert permission_groups([GET, named]) == (PermissionGroup(("get",), "", "pods"),)
    assert permission_groups([LIST, named]) == (
        PermissionGroup(("list",), "", "pods"),
        PermissionGroup(("get",), "", "pods", names=("a",)),
    )


def test_names_with_the_same_verbs_are_one_group() -> None:
    requests = [Request(verb, "", "pods", name=name) for name in "ab" for verb in ("get", "patch")]
    assert permission_groups(requests) == (PermissionGroup(("get", "patch"), "", "pods", names=("a", "b")),)


def test_a_star_at_the_end_of_a_path_covers_what_begins_so() -> None:
    star, path = Request("get", path="/logs/*"), Request("get", path="/logs/kubelet.log")
    assert permission_groups([star, path]) == (PermissionGroup(("get",), path="/logs/*"),)


def test_literals_are_every_combination_of_a_rules_words() -> None:
    rule = PolicyRule(("get", "*"), ("",), ("pods/log",), ("a",), ())
    assert [*literal_requests([rule])] == [Request(verb, "", "pods", "log", "a") for verb in ("get", "*")]
    assert [*literal_requests([PolicyRule(("get",), (), (), (), ("/metrics",))])] == [
        Request("get", path="/metrics")
    ]


def test_a_rule_with_too_many_words_has_no_literals() -> None:
    names = tuple(map(str, range(MOST_LITERALS + 1)))
    assert not [*literal_requests([PolicyRule(("get",), ("",), ("pods",), names, ())])]
