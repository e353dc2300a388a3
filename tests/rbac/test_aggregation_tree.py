"""The trees of aggregated roles: their roots, their order, and roles that are reached twice."""

from __future__ import annotations

import random
from functools import partial

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
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import cluster_role, expression, rule, snapshot
from tests.robustness.steps import steps

GET = rule("get", "pods")
LIST = rule("list", "pods")


def node(name: str, *goes_into: str, aggregated: bool = True, stored: bool = False) -> ClusterRole:
    """Return a role that the roles *goes_into* select, and that selects every role labelled with its name."""
    return cluster_role(
        name,
        *(() if aggregated else (GET,)),
        labels=dict.fromkeys(goes_into, "yes"),
        aggregate={name: "yes"} if aggregated else None,
        stored=stored,
    )


def aggregation_of(*roles: ClusterRole) -> Aggregation:
    """Return the aggregation of *roles*."""
    return snapshot(*roles).aggregation


DIAMOND = (
    node("top"),
    node("left", "top"),
    node("right", "top"),
    node("end", "left", "right", aggregated=False),
)


def test_roots_are_the_aggregated_roles_that_no_other_selects() -> None:
    """A role that is selected is not a root, and neither is a role that is not aggregated."""
    roles = (node("b"), node("a"), node("part", "a"), node("plain", aggregated=False))

    assert ("a", "b") == roots(aggregation_of(*roles))


def test_a_role_that_fits_its_own_selector_is_a_root() -> None:
    """A role does not select itself, whatever its labels."""
    assert ("a",) == roots(aggregation_of(node("a", "a")))


@pytest.mark.parametrize("stored", [False, True], ids=["in files", "stored"])
def test_a_cycle_that_no_other_role_selects_has_one_root(stored: bool) -> None:
    """The first name in the cycle is the root, so that no role of it is left out."""
    cycle = (node("b", "a", stored=stored), node("c", "b", stored=stored), node("a", "c", stored=stored))

    assert ("a",) == roots(aggregation_of(*cycle))


def test_a_cycle_that_another_role_selects_has_no_root() -> None:
    """The cycle is shown below the role that selects it."""
    assert ("top",) == roots(aggregation_of(node("top"), node("a", "b", "top"), node("b", "a")))


def test_the_folded_tree_shows_a_role_below_its_first_parent() -> None:
    """The second place of the role is marked, and selected roles come in order of their names."""
    assert [
        Node(("top",)),
        Node(("top", "left")),
        Node(("top", "left", "end")),
        Node(("top", "right")),
        Node(("top", "right", "end"), shown_under="left"),
    ] == list(folded(aggregation_of(*DIAMOND), "top"))


def test_the_folded_tree_shows_a_role_nearest_to_the_root() -> None:
    """Otherwise the paths of roles that all select each other would get as long as there are roles."""
    web = aggregation_of(*(node(name, *(other for other in "abcd" if other != name)) for name in "abcd"))

    places = list(folded(web, "a"))

    assert 4 + 3 * 3 == len(places)  # each role once, and what the other three select
    assert [("a",), ("a", "b"), ("a", "c"), ("a", "d")] == [p.path for p in places if not p.shown_under]
    assert 3 == max(len(place.path) for place in places)


def test_the_unfolded_tree_has_every_path() -> None:
    """Each path from the root is a node, and none is marked."""
    assert [
        Node(("top",)),
        Node(("top", "left")),
        Node(("top", "left", "end")),
        Node(("top", "right")),
        Node(("top", "right", "end")),
    ] == list(unfolded(aggregation_of(*DIAMOND), "top"))


def test_a_cycle_is_closed_in_the_folded_tree_only() -> None:
    """
    The folded tree marks the role that closes the cycle.

    The unfolded tree has no path with a role twice.
    """
    cycle = aggregation_of(node("a", "b"), node("b", "a"))

    closing = list(folded(cycle, "a"))[-1]

    assert Node(("a", "b", "a"), shown_under="a") == closing
    assert closing.is_cycle
    assert [Node(("a",)), Node(("a", "b"))] == list(unfolded(cycle, "a"))


def test_a_second_path_to_a_role_is_not_a_cycle() -> None:
    """Only a role that is its own ancestor closes a cycle."""
    assert not any(place.is_cycle for place in folded(aggregation_of(*DIAMOND), "top"))


def test_the_tree_and_the_rule_have_the_same_paths() -> None:
    """The tree shows the same paths that explain a grant."""
    aggregation = aggregation_of(*DIAMOND)

    drawn = {place.path for place in unfolded(aggregation, "top") if place.role == "end"}

    assert drawn == set(aggregation.paths("top", GET))


def test_trees_of_random_roles_have_the_paths_of_their_rules() -> None:
    """Each rule of a root has a path to the node of the role that it is written in."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    names = [f"r{number}" for number in range(8)]
    # only earlier roles select later ones, so there is no cycle
    roles = [
        cluster_role(
            name,
            *(() if position < 4 else (rule("get", name),)),
            labels={parent: "yes" for parent in names[:position] if chance.random() < 0.5},
            aggregate={name: "yes"} if position < 4 else None,
        )
        for position, name in enumerate(names)
    ]
    aggregation = aggregation_of(*roles)
    for root in roots(aggregation):
        rules = aggregation.rules(root)
        paths = {path for root_rule in rules for path in aggregation.paths(root, root_rule)}

        drawn = {place.path for place in unfolded(aggregation, root) if int(place.role[1:]) >= 4}

        assert paths == drawn, f"seed {seed}"


def test_too_many_paths_are_folded() -> None:
    """Layers of diamonds have more paths than anybody can read, so each role is expanded only once."""
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
    aggregation = aggregation_of(*roles)

    nodes = all_nodes(aggregation, ("00-a",))

    assert list(folded(aggregation, "00-a")) == list(nodes)
    assert 4 * layers > len(nodes)


def test_few_paths_are_all_shown() -> None:
    """Every path of every tree is shown, in the order of the trees."""
    aggregation = aggregation_of(*DIAMOND, node("other"), node("leaf", "other", aggregated=False))

    assert [*unfolded(aggregation, "other"), *unfolded(aggregation, "top")] == list(
        all_nodes(aggregation, ("other", "top"))
    )


def test_members_are_all_roles_of_the_trees() -> None:
    """The roots are members too."""
    aggregation = aggregation_of(*DIAMOND, node("other"))

    assert {"left", "end"} == members(aggregation, ("left",))
    assert {"left", "end", "other"} == members(aggregation, ("left", "other"))


def test_a_role_goes_into_the_roles_that_select_it_directly_or_indirectly() -> None:
    """Direct parents and indirect ones are listed apart, and a cycle does not lead back to the role."""
    assert (("left", "right"), ("top",)) == goes_into(aggregation_of(*DIAMOND), "end")
    assert ((), ()) == goes_into(aggregation_of(*DIAMOND), "top")
    assert (("b",), ()) == goes_into(aggregation_of(node("a", "b"), node("b", "a")), "a")


def test_a_part_has_the_rules_that_are_written_in_it() -> None:
    """A stored rule that no selected role has is written in the role itself."""
    world = snapshot(
        cluster_role("top", GET, LIST, aggregate={"to": "top"}, stored=True),
        cluster_role("part", GET, labels={"to": "top"}, stored=True),
    )

    assert (LIST,) == part(world, "top").rules
    assert (GET,) == part(world, "part").rules
    assert [True, False] == [part(world, name).aggregated for name in ("top", "part")]


def test_rules_that_an_empty_selection_leaves_are_the_roles_own() -> None:
    """A role that selects nothing can still have rules of its own."""
    world = snapshot(cluster_role("top", GET, aggregate={"to": "top"}))

    assert (GET,) == part(world, "top").rules
    assert (LabelSelector({"to": "top"}),) == part(world, "top").dangling


def test_only_selectors_without_a_match_are_dangling() -> None:
    """Each selector is looked at alone, and the role itself is no match."""
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
        pytest.param(
            cluster_role("a", aggregate=expression("x", "In", "y")), False, id="a well-formed selector"
        ),
        pytest.param(
            cluster_role("a", aggregate=expression("x", "Equals", "y")), True, id="an unknown operator"
        ),
        pytest.param(cluster_role("a"), False, id="not aggregated"),
        pytest.param(ClusterRole(ObjectMeta("a"), (), AggregationRule()), True, id="without a selector"),
    ],
)
def test_selectors_that_the_controller_cannot_read_are_invalid(role: ClusterRole, *, expected: bool) -> None:
    """Upstream, LabelSelectorAsSelector fails, or validation requires at least one selector."""
    assert expected == is_invalid(role)


def test_the_controllers_next_step_brings_stored_rules() -> None:
    """It brings the rules that the selected roles have stored now, not those that they will have."""
    aggregation = aggregation_of(
        cluster_role("top", aggregate={"to": "top"}, stored=True),
        cluster_role("middle", GET, labels={"to": "top"}, aggregate={"to": "middle"}, stored=True),
        cluster_role("part", GET, LIST, labels={"to": "middle"}, stored=True),
    )

    assert (GET,) == aggregation.brought("top")
    assert (GET, LIST) == aggregation.brought("middle")


def all_dangling(known: Snapshot) -> int:
    """Return how many selectors of all roles select no role."""
    return sum(len(dangling(known, each)) for each in known.cluster_roles.values())


def test_the_work_grows_with_the_roles_and_what_they_select() -> None:
    """Four times the roles, in a cycle or with selectors that match nothing: at most five times the steps."""
    rings, lonely = [], []
    for size in (10, 40):
        ring = aggregation_of(*(node(f"r{n}", f"r{(n + 1) % size}") for n in range(size)))
        alone = snapshot(*(node(f"r{n}") for n in range(size)))
        assert ("r0",) == roots(ring)  # the index of what selects what is made here, and not counted below
        assert size == all_dangling(alone)
        rings.append(steps(partial(roots, ring)))
        lonely.append(steps(partial(all_dangling, alone)))

    assert rings[1] < 5 * rings[0], rings
    assert lonely[1] < 5 * lonely[0], lonely
