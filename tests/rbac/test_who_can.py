"""Who can: one item for each subject and namespace, in a fixed order."""

from __future__ import annotations

from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.rbac.subjects import Principal
from kubectl_kfaccess.rbac.who_can import Item, Listing, list_subjects, merged, with_accounts
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    labelled,
    request,
    role_binding,
    rule,
    service_account,
    snapshot,
    spelled,
)

READER = cluster_role("reader", rule("get", "secrets"))
NAMED = cluster_role("named", rule("get", "secrets", names=["b", "a"]))


def who_can(known: Snapshot, namespaces: Namespaces = None, verb: str = "get", name: str = "") -> Listing:
    """Return who can do *verb* to secrets."""
    return list_subjects(Evaluator(known), Question(request(verb, "secrets", name=name), namespaces))


def rows(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    """Return the namespace and the subject of each item."""
    return [(item.namespace, spelled(item.subject)) for item in items]


def expanded(*objects: KubernetesObject) -> list[tuple[str, str]]:
    """Return the rows, with the accounts that are members of a group."""
    known = snapshot(READER, *objects)
    return rows(with_accounts(who_can(known).items, known))


def test_subjects_are_listed_with_the_namespace_of_their_grant() -> None:
    """The item of a cluster-wide grant has no namespace."""
    known = snapshot(
        READER,
        cluster_role_binding("all", "reader", "user:root"),
        role_binding("team-a", "x", "reader", "user:alice", "sa:team-b/robot"),
    )

    assert [("", "user:root"), ("team-a", "user:alice"), ("team-a", "sa:team-b/robot")] == rows(
        who_can(known).items
    )


def test_the_order_is_by_namespace_kind_and_name() -> None:
    """The order of the bindings and of their subjects does not matter."""
    known = snapshot(
        READER,
        role_binding("b", "a", "reader", "user:z", "group:z", "user:a"),
        role_binding("a", "z", "reader", "user:z", "group:a"),
    )

    assert [
        ("a", "group:a"),
        ("a", "user:z"),
        ("b", "group:z"),
        ("b", "user:a"),
        ("b", "user:z"),
    ] == rows(who_can(known).items)


def test_a_subject_is_one_item_with_all_its_grants_in_a_namespace() -> None:
    """Two bindings in a namespace are two grants of one item. Another namespace is another item."""
    known = snapshot(
        READER,
        role_binding("a", "one", "reader", "user:alice"),
        role_binding("a", "two", "reader", "user:alice"),
        role_binding("b", "one", "reader", "user:alice"),
    )

    items = who_can(known).items

    assert [("a", ["one", "two"]), ("b", ["one"])] == [
        (item.namespace, [grant.binding.name for grant in item.grants]) for item in items
    ]


def test_a_user_and_a_group_with_the_same_name_are_two_subjects() -> None:
    """A subject has a kind and a name."""
    known = snapshot(READER, role_binding("a", "x", "reader", "user:dev", "group:dev"))

    assert [("a", "group:dev"), ("a", "user:dev")] == rows(who_can(known).items)


def test_an_account_and_its_user_name_are_one_subject() -> None:
    """A User with the user name of an account is that account."""
    known = snapshot(
        READER,
        role_binding("a", "one", "reader", "user:system:serviceaccount:a:robot"),
        role_binding("a", "two", "reader", "sa:robot"),
    )

    assert [("a", "sa:a/robot")] == rows(who_can(known).items)


def test_only_the_chosen_namespaces_are_listed() -> None:
    """Cluster-wide grants are always listed."""
    known = snapshot(
        READER,
        cluster_role_binding("all", "reader", "user:root"),
        role_binding("a", "x", "reader", "user:alice"),
        role_binding("b", "x", "reader", "user:bob"),
    )

    assert [("", "user:root"), ("b", "user:bob")] == rows(who_can(known, ("b",)).items)
    assert [("", "user:root")] == rows(who_can(known, ()).items)


# --- named objects ---


def test_subjects_that_can_act_only_on_named_objects_are_listed_apart() -> None:
    """A rule with resourceNames does not allow a request without a name."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("a", "named", "named", "user:bob"),
    )

    result = who_can(known)

    assert [("a", "user:alice")] == rows(result.items)
    assert [("a", "user:bob")] == rows(result.named)
    assert [("a", "b")] == [item.names for item in result.named]
    assert [None] == [item.names for item in result.items]


def test_a_grant_for_any_name_hides_one_for_named_objects() -> None:
    """The wider grant includes the narrower one."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("a", "named", "named", "user:alice"),
    )

    assert () == who_can(known).named


def test_grants_for_named_objects_are_compared_in_their_namespace() -> None:
    """A subject can have all objects in one namespace and only named ones in another."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("b", "named", "named", "user:alice"),
    )

    assert [("b", "user:alice")] == rows(who_can(known).named)


def test_a_cluster_wide_grant_for_any_name_hides_one_for_named_objects() -> None:
    """A subject that can act on every object cluster-wide is not restricted in any namespace."""
    known = snapshot(
        READER,
        NAMED,
        cluster_role_binding("full", "reader", "user:alice"),
        role_binding("b", "named", "named", "user:alice"),
    )

    assert () == who_can(known).named


def test_a_rule_for_a_name_answers_a_question_with_that_name() -> None:
    """Nobody is listed apart then, because the question is about that one object."""
    known = snapshot(NAMED, role_binding("a", "named", "named", "user:bob"))

    result = who_can(known, name="a")

    assert [("a", "user:bob")] == rows(result.items)
    assert () == result.named
    assert () == who_can(known, name="c").items


def test_names_for_another_verb_do_not_count() -> None:
    """A grant for named objects must match the request in everything but the name."""
    known = snapshot(NAMED, role_binding("a", "named", "named", "user:bob"))

    assert () == who_can(known, verb="delete").named


# --- uncertain ---

CYCLE = (
    cluster_role("a", rule("get", "secrets"), labels={"to-b": "y"}, aggregate=labelled(**{"to-a": "y"})),
    cluster_role("b", labels={"to-a": "y"}, aggregate=labelled(**{"to-b": "y"})),
)


def test_subjects_that_depend_on_a_cycle_are_listed_apart() -> None:
    """They are not among the allowed subjects, and they are not left out."""
    known = snapshot(*CYCLE, role_binding("a", "x", "b", "user:alice"))

    result = who_can(known)

    assert () == result.items
    assert [("a", "user:alice")] == rows(result.uncertain)


def test_a_certain_grant_hides_an_uncertain_one() -> None:
    """One certain grant is enough to be allowed."""
    known = snapshot(
        *CYCLE,
        READER,
        role_binding("a", "x", "b", "user:alice"),
        role_binding("a", "y", "reader", "user:alice"),
    )

    result = who_can(known)

    assert [("a", "user:alice")] == rows(result.items)
    assert () == result.uncertain


# --- groups of accounts ---

ACCOUNTS = (service_account("a/one"), service_account("a/two"), service_account("b/one"))


def test_the_group_of_all_accounts_is_expanded() -> None:
    """The group stays in the list, and the existing accounts are added in the fixed order."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts")

    assert [
        ("x", "group:system:serviceaccounts"),
        ("x", "sa:a/one"),
        ("x", "sa:a/two"),
        ("x", "sa:b/one"),
    ] == expanded(binding, *ACCOUNTS)


def test_the_group_of_a_namespaces_accounts_is_expanded() -> None:
    """Accounts of other namespaces are not members of the group."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts:a")

    assert [
        ("x", "group:system:serviceaccounts:a"),
        ("x", "sa:a/one"),
        ("x", "sa:a/two"),
    ] == expanded(binding, *ACCOUNTS)


def test_a_group_with_the_name_of_a_namespace_has_no_accounts() -> None:
    """The group `a` is not the group `system:serviceaccounts:a`."""
    binding = role_binding("x", "x", "reader", "group:a")

    assert [("x", "group:a")] == expanded(binding, *ACCOUNTS)


def test_a_user_with_the_name_of_that_group_has_no_accounts() -> None:
    """Only a Group has members."""
    binding = role_binding("x", "x", "reader", "user:system:serviceaccounts")

    assert [("x", "user:system:serviceaccounts")] == expanded(binding, *ACCOUNTS)


def test_an_account_that_has_its_own_grant_is_listed_once() -> None:
    """Its own grant explains more than the grant of its group."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts:b", "sa:b/one")

    assert [("x", "group:system:serviceaccounts:b"), ("x", "sa:b/one")] == expanded(binding, *ACCOUNTS)


def test_an_expanded_account_names_its_group() -> None:
    """Its evidence is the grants of the group."""
    known = snapshot(READER, *ACCOUNTS, role_binding("x", "x", "reader", "group:system:serviceaccounts:b"))

    group, account = with_accounts(who_can(known).items, known)

    assert None is group.through
    assert Principal("Group", "system:serviceaccounts:b") == account.through
    assert group.grants == account.grants


def test_merged_items_are_in_the_fixed_order() -> None:
    """Items for named objects are sorted among the others."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:a", "user:c"),
        role_binding("a", "named", "named", "user:b"),
    )
    result = who_can(known)

    assert ["user:a", "user:b", "user:c"] == [name for _, name in rows(merged(result.items, result.named))]
