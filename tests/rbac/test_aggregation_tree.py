"""The trees of aggregated roles: their roots, their order, and what happens where ways meet or turn round."""

from __future__ import annotations

import random

import pytest

from kubectl_kfaccess.rbac.aggregation import Aggregation
from kubectl_kfaccess.rbac.aggregation_tree import (
    Node,
    all_nodes,
    dangling,
    folded,
    goes_into,
    is_invalid,
    members,
    part,
    roots,
    unfolded,
)
from kubectl_kfaccess.rbac.model import AggregationRule, ClusterRole, LabelSelector, ObjectMeta
from tests.builders import cluster_role, expression, rule, snapshot

GET = rule("get", "pods")
LIST = rule("list", "pods")


def node(name: str, *goes_into: str, aggregated: bool = True, stored: bool = False) -> ClusterRole:
    """A role that each of the others named selects, and that selects whoever says so of itself."""
    return cluster_role(
        name,
        *(() if aggregated else (GET,)),
        labels=dict.fromkeys(goes_into, "yes"),
        aggregate={name: "yes"} if aggregated else None,
        stored=stored,
    )


def known(*roles: ClusterRole) -> Aggregation:
    """The aggregation of these roles."""
    return snapshot(*roles).aggregation


DIAMOND = (
    node("top"),
    node("left", "top"),
    node("right", "top"),
    node("end", "left", "right", aggregated=False),
)


def test_roots_are_the_aggregated_roles_that_no_other_selects() -> None:
    """Neither a role that is selected nor one that selects nothing by nature."""
    roles = (node("b"), node("a"), node("part", "a"), node("plain", aggregated=False))

    assert ("a", "b") == roots(known(*roles))


def test_a_role_that_fits_its_own_selector_is_a_root() -> None:
    """It does not select itself, whatever its labels."""
    assert ("a",) == roots(known(node("a", "a")))


@pytest.mark.parametrize("stored", [False, True], ids=["in files", "stored"])
def test_a_ring_that_nobody_selects_has_one_root(stored: bool) -> None:
    """The first of its names, so that none of it is left out."""
    ring = (node("b", "a", stored=stored), node("c", "b", stored=stored), node("a", "c", stored=stored))

    assert ("a",) == roots(known(*ring))


def test_a_ring_that_somebody_selects_has_no_root() -> None:
    """It hangs below the one that selects it."""
    assert ("top",) == roots(known(node("top"), node("a", "b", "top"), node("b", "a")))


def test_a_diamond_is_entered_once_for_people() -> None:
    """Its second occurrence is marked; what selectors select comes in the order of names."""
    assert [
        Node(("top",)),
        Node(("top", "left")),
        Node(("top", "left", "end")),
        Node(("top", "right")),
        Node(("top", "right", "end"), again=True),
    ] == list(folded(known(*DIAMOND), "top"))


def test_a_diamond_has_all_its_paths_for_machines() -> None:
    """Every way from the root to every role, none marked."""
    assert [
        Node(("top",)),
        Node(("top", "left")),
        Node(("top", "left", "end")),
        Node(("top", "right")),
        Node(("top", "right", "end")),
    ] == list(unfolded(known(*DIAMOND), "top"))


def test_a_cycle_is_shown_and_ends() -> None:
    """For people the role that closes it is marked, for machines it is no path."""
    ring = known(node("a", "b"), node("b", "a"))

    closing = list(folded(ring, "a"))[-1]

    assert Node(("a", "b", "a"), again=True) == closing
    assert closing.is_cycle
    assert [Node(("a",)), Node(("a", "b"))] == list(unfolded(ring, "a"))


def test_the_second_way_to_a_role_is_no_cycle() -> None:
    """Only a role above itself closes one."""
    assert not any(one.is_cycle for one in folded(known(*DIAMOND), "top"))


def test_the_ways_of_the_trees_are_the_ways_of_a_rule() -> None:
    """What explains a grant and what is drawn come from one selection."""
    aggregation = known(*DIAMOND)

    drawn = {one.path for one in unfolded(aggregation, "top") if one.role == "end"}

    assert drawn == set(aggregation.paths("top", GET))


def test_random_worlds_are_drawn_as_their_rules_came() -> None:
    """Each rule of a root ends at the node of the role that it is written in."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    names = [f"r{number}" for number in range(8)]
    # only earlier roles select later ones, so there is no cycle
    roles = [
        cluster_role(
            name,
            *(() if at < 4 else (rule("get", name),)),
            labels={one: "yes" for one in names[:at] if chance.random() < 0.5},
            aggregate={name: "yes"} if at < 4 else None,
        )
        for at, name in enumerate(names)
    ]
    aggregation = known(*roles)
    for root in roots(aggregation):
        paths = {path for one in aggregation.rules(root) for path in aggregation.paths(root, one)}

        drawn = {one.path for one in unfolded(aggregation, root) if int(one.role[1:]) >= 4}

        assert paths == drawn, f"seed {seed}"


def test_too_many_paths_are_folded() -> None:
    """Layers of diamonds have more ways than anybody can read: each role is entered once then."""
    layers = 40
    roles = [
        cluster_role(
            f"{layer:02}-{side}",
            labels={f"layer-{layer}": "yes"},
            aggregate={f"layer-{layer + 1}": "yes"},
        )
        for layer in range(layers)
        for side in "ab"
    ]
    aggregation = known(*roles)

    found = all_nodes(aggregation, ("00-a",))

    assert list(folded(aggregation, "00-a")) == list(found)
    assert 4 * layers > len(found)


def test_few_paths_are_all_there() -> None:
    """Of every tree, in the order of the trees."""
    aggregation = known(*DIAMOND, node("other"), node("leaf", "other", aggregated=False))

    assert [*unfolded(aggregation, "other"), *unfolded(aggregation, "top")] == list(
        all_nodes(aggregation, ("other", "top"))
    )


def test_members_are_all_roles_of_the_trees() -> None:
    """The roots among them."""
    aggregation = known(*DIAMOND, node("other"))

    assert {"left", "end"} == members(aggregation, ("left",))
    assert {"left", "end", "other"} == members(aggregation, ("left", "other"))


def test_a_role_goes_into_those_that_select_it_and_into_theirs() -> None:
    """Directly, and with them; a ring does not lead back."""
    assert (("left", "right"), ("top",)) == goes_into(known(*DIAMOND), "end")
    assert ((), ()) == goes_into(known(*DIAMOND), "top")
    assert (("b",), ()) == goes_into(known(node("a", "b"), node("b", "a")), "a")


def test_a_part_has_the_rules_that_are_written_in_it() -> None:
    """What the selected roles bring is theirs; a stored rule that none of them has is the role's own."""
    world = snapshot(
        cluster_role("top", GET, LIST, aggregate={"to": "top"}, stored=True),
        cluster_role("part", GET, labels={"to": "top"}, stored=True),
    )

    assert (LIST,) == part(world, "top").rules
    assert (GET,) == part(world, "part").rules
    assert [True, False] == [part(world, name).aggregated for name in ("top", "part")]


def test_rules_that_an_empty_selection_leaves_are_the_roles_own() -> None:
    """A role that aggregates nothing is not a role that grants nothing."""
    world = snapshot(cluster_role("top", GET, aggregate={"to": "top"}))

    assert (GET,) == part(world, "top").rules
    assert (LabelSelector({"to": "top"}),) == part(world, "top").dangling


def test_only_selectors_without_a_match_dangle() -> None:
    """Each by itself; the role itself is no match."""
    role = cluster_role(
        "top",
        labels={"self": "yes"},
        aggregate=tuple(LabelSelector({key: "yes"}) for key in ("x", "y", "self")),
    )
    world = snapshot(role, cluster_role("part", labels={"x": "yes"}))

    assert (LabelSelector({"y": "yes"}), LabelSelector({"self": "yes"})) == dangling(world, role)


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        pytest.param(cluster_role("a", aggregate=expression("x", "In", "y")), False, id="a good one"),
        pytest.param(cluster_role("a", aggregate=expression("x", "Equals", "y")), True, id="a bad operator"),
        pytest.param(cluster_role("a"), False, id="not aggregated"),
        pytest.param(ClusterRole(ObjectMeta("a"), (), AggregationRule()), True, id="without a selector"),
    ],
)
def test_selectors_that_the_controller_cannot_read_are_told(role: ClusterRole, *, expected: bool) -> None:
    """By upstream: LabelSelectorAsSelector fails, or validation wants at least one selector."""
    assert expected == is_invalid(role)


def test_what_the_controller_would_write_is_one_step() -> None:
    """The rules of the selected roles as they are stored, not as they will be."""
    aggregation = known(
        cluster_role("top", aggregate={"to": "top"}, stored=True),
        cluster_role("middle", GET, labels={"to": "top"}, aggregate={"to": "middle"}, stored=True),
        cluster_role("part", GET, LIST, labels={"to": "middle"}, stored=True),
    )

    assert (GET,) == aggregation.brought("top")
    assert (GET, LIST) == aggregation.brought("middle")
