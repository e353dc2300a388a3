"""Who can: one item per subject and namespace, in a settled order."""

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
    """Who can do that to secrets."""
    return list_subjects(Evaluator(known), Question(request(verb, "secrets", name=name), namespaces))


def rows(items: tuple[Item, ...]) -> list[tuple[str, str]]:
    """Namespace and subject of each item."""
    return [(item.namespace, spelled(item.subject)) for item in items]


def expanded(*objects: KubernetesObject) -> list[tuple[str, str]]:
    """The rows with the accounts behind groups."""
    known = snapshot(READER, *objects)
    return rows(with_accounts(who_can(known).items, known))


def test_everybody_is_listed_where_they_may() -> None:
    """Cluster-wide grants stand under no namespace."""
    known = snapshot(
        READER,
        cluster_role_binding("all", "reader", "user:root"),
        role_binding("team-a", "x", "reader", "user:alice", "sa:team-b/robot"),
    )

    assert [("", "user:root"), ("team-a", "user:alice"), ("team-a", "sa:team-b/robot")] == rows(
        who_can(known).items
    )


def test_the_order_is_by_namespace_kind_and_name() -> None:
    """Whatever the order of bindings and of subjects."""
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


def test_a_subject_is_one_item_with_all_its_grants() -> None:
    """Two bindings in a namespace are two grants, not two rows; another namespace is another row."""
    known = snapshot(
        READER,
        role_binding("a", "one", "reader", "user:alice"),
        role_binding("a", "two", "reader", "user:alice"),
        role_binding("b", "one", "reader", "user:alice"),
    )

    found = who_can(known).items

    assert [("a", ["one", "two"]), ("b", ["one"])] == [
        (item.namespace, [grant.binding.name for grant in item.grants]) for item in found
    ]


def test_a_user_and_a_group_of_the_same_name_are_two() -> None:
    """Kind and name make a subject."""
    known = snapshot(READER, role_binding("a", "x", "reader", "user:dev", "group:dev"))

    assert [("a", "group:dev"), ("a", "user:dev")] == rows(who_can(known).items)


def test_an_account_and_its_user_name_are_one() -> None:
    """A User spelled as an account is that account."""
    known = snapshot(
        READER,
        role_binding("a", "one", "reader", "user:system:serviceaccount:a:robot"),
        role_binding("a", "two", "reader", "sa:robot"),
    )

    assert [("a", "sa:a/robot")] == rows(who_can(known).items)


def test_only_the_chosen_namespaces_are_listed() -> None:
    """Cluster-wide grants are always there."""
    known = snapshot(
        READER,
        cluster_role_binding("all", "reader", "user:root"),
        role_binding("a", "x", "reader", "user:alice"),
        role_binding("b", "x", "reader", "user:bob"),
    )

    assert [("", "user:root"), ("b", "user:bob")] == rows(who_can(known, ("b",)).items)
    assert [("", "user:root")] == rows(who_can(known, ()).items)


# --- named objects ---


def test_those_who_may_for_certain_names_only_stand_apart() -> None:
    """A request without a name is not answered by rules with resourceNames."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("a", "named", "named", "user:bob"),
    )

    found = who_can(known)

    assert [("a", "user:alice")] == rows(found.items)
    assert [("a", "user:bob")] == rows(found.named)
    assert [("a", "b")] == [item.names for item in found.named]
    assert [None] == [item.names for item in found.items]


def test_whoever_may_for_any_name_is_not_listed_for_certain_ones() -> None:
    """The wider grant says it all."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("a", "named", "named", "user:alice"),
    )

    assert () == who_can(known).named


def test_named_grants_are_counted_by_namespace() -> None:
    """Who may everything here may be restricted there."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:alice"),
        role_binding("b", "named", "named", "user:alice"),
    )

    assert [("b", "user:alice")] == rows(who_can(known).named)


def test_a_cluster_wide_grant_leaves_nobody_with_certain_names_only() -> None:
    """Who may everywhere for any name is not restricted in a namespace."""
    known = snapshot(
        READER,
        NAMED,
        cluster_role_binding("full", "reader", "user:alice"),
        role_binding("b", "named", "named", "user:alice"),
    )

    assert () == who_can(known).named


def test_a_question_with_a_name_is_answered_by_rules_for_it() -> None:
    """Then nobody is restricted: it was this object that was asked about."""
    known = snapshot(NAMED, role_binding("a", "named", "named", "user:bob"))

    found = who_can(known, name="a")

    assert [("a", "user:bob")] == rows(found.items)
    assert () == found.named
    assert () == who_can(known, name="c").items


def test_names_for_another_verb_do_not_count() -> None:
    """Only the names may differ from what was asked."""
    known = snapshot(NAMED, role_binding("a", "named", "named", "user:bob"))

    assert () == who_can(known, verb="delete").named


# --- uncertain ---

CYCLE = (
    cluster_role("a", rule("get", "secrets"), labels={"to-b": "y"}, aggregate=labelled(**{"to-a": "y"})),
    cluster_role("b", labels={"to-a": "y"}, aggregate=labelled(**{"to-b": "y"})),
)


def test_what_a_cycle_decides_stands_apart() -> None:
    """It is neither among those who may nor left out."""
    known = snapshot(*CYCLE, role_binding("a", "x", "b", "user:alice"))

    found = who_can(known)

    assert () == found.items
    assert [("a", "user:alice")] == rows(found.uncertain)


def test_whoever_certainly_may_is_not_uncertain() -> None:
    """One certain grant is enough."""
    known = snapshot(
        *CYCLE,
        READER,
        role_binding("a", "x", "b", "user:alice"),
        role_binding("a", "y", "reader", "user:alice"),
    )

    found = who_can(known)

    assert [("a", "user:alice")] == rows(found.items)
    assert () == found.uncertain


# --- groups of accounts ---

ACCOUNTS = (service_account("a/one"), service_account("a/two"), service_account("b/one"))


def test_the_group_of_all_accounts_is_expanded() -> None:
    """The group stays, the accounts that exist join it, in the settled order."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts")

    assert [
        ("x", "group:system:serviceaccounts"),
        ("x", "sa:a/one"),
        ("x", "sa:a/two"),
        ("x", "sa:b/one"),
    ] == expanded(binding, *ACCOUNTS)


def test_the_group_of_a_namespaces_accounts_is_expanded() -> None:
    """Accounts of other namespaces are no members."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts:a")

    assert [
        ("x", "group:system:serviceaccounts:a"),
        ("x", "sa:a/one"),
        ("x", "sa:a/two"),
    ] == expanded(binding, *ACCOUNTS)


def test_a_group_named_like_a_namespace_has_no_accounts() -> None:
    """`a` is not `system:serviceaccounts:a`."""
    binding = role_binding("x", "x", "reader", "group:a")

    assert [("x", "group:a")] == expanded(binding, *ACCOUNTS)


def test_a_user_named_like_the_group_has_no_accounts() -> None:
    """Only a Group has members."""
    binding = role_binding("x", "x", "reader", "user:system:serviceaccounts")

    assert [("x", "user:system:serviceaccounts")] == expanded(binding, *ACCOUNTS)


def test_an_account_that_is_listed_anyway_is_not_repeated() -> None:
    """Its own grant is the better explanation."""
    binding = role_binding("x", "x", "reader", "group:system:serviceaccounts:b", "sa:b/one")

    assert [("x", "group:system:serviceaccounts:b"), ("x", "sa:b/one")] == expanded(binding, *ACCOUNTS)


def test_an_expanded_account_names_the_group_that_brought_it() -> None:
    """The evidence is the group's."""
    known = snapshot(READER, *ACCOUNTS, role_binding("x", "x", "reader", "group:system:serviceaccounts:b"))

    group, account = with_accounts(who_can(known).items, known)

    assert None is group.through
    assert Principal("Group", "system:serviceaccounts:b") == account.through
    assert group.grants == account.grants


def test_merged_items_are_in_the_settled_order() -> None:
    """Those for certain names stand between the others."""
    known = snapshot(
        READER,
        NAMED,
        role_binding("a", "full", "reader", "user:a", "user:c"),
        role_binding("a", "named", "named", "user:b"),
    )
    found = who_can(known)

    assert ["user:a", "user:b", "user:c"] == [name for _, name in rows(merged(found.items, found.named))]
