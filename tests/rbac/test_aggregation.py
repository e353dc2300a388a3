"""What rules an aggregated ClusterRole ends up with, and by which paths they came."""

from __future__ import annotations

import time

import pytest

from kubectl_kfaccess.rbac.aggregation import MOST_PATHS, Aggregation
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, PolicyRule
from tests.builders import cluster_role, expression, labelled, rule, urls

GET, LIST, CREATE = rule("get", "pods"), rule("list", "pods"), rule("create", "pods")


def aggregation(*roles: ClusterRole) -> Aggregation:
    return Aggregation({role.name: role for role in roles})


# --- what the controller writes ---


def test_a_plain_role_has_its_own_rules() -> None:
    """Without an aggregationRule nothing is added, whatever the labels."""
    known = aggregation(cluster_role("plain", GET), cluster_role("other", LIST, labels={"to": "plain"}))

    assert (GET,) == known.rules("plain")


def test_an_aggregated_role_has_the_rules_of_the_selected_roles() -> None:
    """Roles without the label give nothing."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("chosen", GET, labels={"to": "edit"}),
        cluster_role("not-chosen", LIST, labels={"to": "view"}),
        cluster_role("unlabelled", CREATE),
    )

    assert (GET,) == known.rules("edit")


def test_selected_roles_give_their_rules_in_the_order_of_their_names() -> None:
    """The order in which roles were created or listed does not matter."""
    known = aggregation(
        cluster_role("z", GET, labels={"to": "edit"}),
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", LIST, CREATE, labels={"to": "edit"}),
    )

    assert (LIST, CREATE, GET) == known.rules("edit")


def test_selectors_come_in_their_own_order() -> None:
    """The first selector's roles stand first, even with later names."""
    known = aggregation(
        cluster_role("edit", aggregate=[labelled(part="second"), labelled(part="first")]),
        cluster_role("a", GET, labels={"part": "first"}),
        cluster_role("z", LIST, labels={"part": "second"}),
    )

    assert (LIST, GET) == known.rules("edit")


def test_selectors_are_alternatives() -> None:
    """A role that one of them selects is in, and once only."""
    known = aggregation(
        cluster_role("edit", aggregate=[labelled(one="yes"), labelled(two="yes")]),
        cluster_role("both", GET, labels={"one": "yes", "two": "yes"}),
        cluster_role("second", LIST, labels={"two": "yes"}),
    )

    assert ("both", "second") == known.selected["edit"]
    assert (GET, LIST) == known.rules("edit")


def test_terms_of_one_selector_are_all_required() -> None:
    """Two labels in one selector select the role that has both."""
    known = aggregation(
        cluster_role("edit", aggregate=labelled(one="yes", two="yes")),
        cluster_role("both", GET, labels={"one": "yes", "two": "yes"}),
        cluster_role("one", LIST, labels={"one": "yes"}),
    )

    assert (GET,) == known.rules("edit")


def test_the_same_rule_is_taken_once() -> None:
    """A rule of two roles, or twice in one, stands where it came first."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, LIST, GET, labels={"to": "edit"}),
        cluster_role("b", CREATE, GET, labels={"to": "edit"}),
    )

    assert (GET, LIST, CREATE) == known.rules("edit")


def test_rules_that_differ_in_order_are_two_rules() -> None:
    """Equality is of the whole rule, lists compared in order."""
    one, other = rule("get,list", "pods"), rule("list,get", "pods")
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", one, other, labels={"to": "edit"}),
    )

    assert (one, other) == known.rules("edit")


def test_url_rules_are_aggregated_too() -> None:
    """A rule is a rule."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", urls("get", "/metrics"), labels={"to": "edit"}),
    )

    assert (urls("get", "/metrics"),) == known.rules("edit")


def test_a_role_never_selects_itself() -> None:
    """Its own label changes nothing: its hand-written rules are overwritten."""
    known = aggregation(
        cluster_role("edit", LIST, labels={"to": "edit"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert ("part",) == known.selected["edit"]
    assert (GET,) == known.rules("edit")


def test_the_empty_selector_selects_every_other_role() -> None:
    """`{}` has no term that could fail."""
    known = aggregation(
        cluster_role("all", aggregate=LabelSelector()),
        cluster_role("b", GET),
        cluster_role("a", LIST, labels={"any": "label"}),
    )

    assert ("a", "b") == known.selected["all"]
    assert (LIST, GET) == known.rules("all")


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        pytest.param(expression("to", "In", "edit", "view"), ("editor", "viewer"), id="In"),
        pytest.param(expression("to", "NotIn", "edit"), ("bare", "viewer"), id="NotIn takes the unlabelled"),
        pytest.param(expression("to", "Exists"), ("editor", "viewer"), id="Exists"),
        pytest.param(expression("to", "DoesNotExist"), ("bare",), id="DoesNotExist"),
    ],
)
def test_expressions_select_as_label_selectors_do(selector: LabelSelector, expected: tuple[str, ...]) -> None:
    """`matchExpressions` decide as anywhere in Kubernetes."""
    known = aggregation(
        cluster_role("all", aggregate=selector),
        cluster_role("bare"),
        cluster_role("editor", labels={"to": "edit"}),
        cluster_role("viewer", labels={"to": "view"}),
    )

    assert expected == known.selected["all"]


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([], id="nothing selected"),
        pytest.param([cluster_role("part", labels={"to": "edit"})], id="a selected role without rules"),
        pytest.param(
            [cluster_role("part", labels={"to": "edit"}, aggregate={"to": "nobody"})],
            id="a selected role that aggregates nothing",
        ),
    ],
)
def test_a_selection_without_rules_leaves_hand_written_rules(parts: list[ClusterRole]) -> None:
    """The controller's apply carries no `rules` then, so what people wrote stays."""
    known = aggregation(cluster_role("edit", LIST, aggregate={"to": "edit"}), *parts)

    assert (LIST,) == known.rules("edit")


def test_a_selection_with_one_rule_overwrites_hand_written_rules() -> None:
    """Nothing that was written by hand survives it."""
    known = aggregation(
        cluster_role("edit", LIST, CREATE, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (GET,) == known.rules("edit")


def test_an_aggregation_rule_without_selectors_selects_nothing() -> None:
    """The role is an ordinary one."""
    known = aggregation(cluster_role("edit", LIST, aggregate=[]), cluster_role("part", GET))

    assert (LIST,) == known.rules("edit")
    assert frozenset() == known.computed


@pytest.mark.parametrize(
    "ill_formed",
    [
        pytest.param(expression("to", "In"), id="In without values"),
        pytest.param(expression("to", "Exists", "edit"), id="Exists with values"),
        pytest.param(expression("to", "in", "edit"), id="an unknown operator"),
    ],
)
def test_one_ill_formed_selector_stops_the_whole_role(ill_formed: LabelSelector) -> None:
    """The controller gives up on that role, so its old rules stay, good selectors or not."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate=[labelled(to="edit"), ill_formed]),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (LIST,) == known.rules("edit")
    assert () == known.selected["edit"]


# --- nesting ---


def test_nested_aggregation_ends_in_the_fixpoint() -> None:
    """view, edit and admin: each has all that is below it."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", labels={"to": "admin"}, aggregate={"to": "edit"}),
        cluster_role("view", labels={"to": "edit"}, aggregate={"to": "view"}),
        cluster_role("part", GET, labels={"to": "view"}),
        cluster_role("more", CREATE, labels={"to": "edit"}),
    )

    assert (GET,) == known.rules("view")
    assert (CREATE, GET) == known.rules("edit")
    assert (CREATE, GET) == known.rules("admin")


def test_hand_written_rules_below_are_overwritten_before_they_count() -> None:
    """What a nested role loses, the role above it does not get."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (GET,) == known.rules("admin")
    assert () == known.uncertain_rules("admin")


def test_hand_written_rules_that_stand_are_passed_on() -> None:
    """A nested role with an empty selection gives what it has."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}),
    )

    assert (LIST,) == known.rules("admin")
    assert (("admin", "edit"),) == known.paths("admin", LIST)


# --- paths ---


def test_a_path_runs_from_the_role_to_the_owner_of_the_rule() -> None:
    """Every role in between is named."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", labels={"to": "admin"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (("admin", "edit", "part"),) == known.paths("admin", GET)
    assert (("part",),) == known.paths("part", GET)


def test_a_diamond_has_both_paths() -> None:
    """Kubeflow's tree: the same rule comes by two roles, shortest way first, then by name."""
    known = aggregation(
        cluster_role("admin", aggregate={"to-admin": "yes"}),
        cluster_role("kserve-admin", labels={"to-admin": "yes"}, aggregate={"to-kserve-admin": "yes"}),
        cluster_role("edit", labels={"to-admin": "yes"}, aggregate={"to-edit": "yes"}),
        cluster_role("kserve-edit", CREATE, labels={"to-edit": "yes", "to-kserve-admin": "yes"}),
    )

    expected = (("admin", "edit", "kserve-edit"), ("admin", "kserve-admin", "kserve-edit"))
    assert expected == known.paths("admin", CREATE)
    assert (CREATE,) == known.rules("admin")


def test_the_shortest_path_comes_first() -> None:
    """A direct contributor is the better explanation, whatever its name."""
    known = aggregation(
        cluster_role("admin", aggregate={"to-admin": "yes"}),
        cluster_role("between", labels={"to-admin": "yes"}, aggregate={"to-between": "yes"}),
        cluster_role("zoo", GET, labels={"to-admin": "yes", "to-between": "yes"}),
    )

    assert (("admin", "zoo"), ("admin", "between", "zoo")) == known.paths("admin", GET)


def test_two_owners_of_one_rule_are_two_paths() -> None:
    """The rule stands once in the role, yet either owner alone would bring it."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, labels={"to": "edit"}),
        cluster_role("b", GET, labels={"to": "edit"}),
    )

    assert (("edit", "a"), ("edit", "b")) == known.paths("edit", GET)


def test_only_owners_of_that_rule_are_on_its_paths() -> None:
    """Contributors of other rules do not appear."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, labels={"to": "edit"}),
        cluster_role("b", LIST, labels={"to": "edit"}),
    )

    assert (("edit", "b"),) == known.paths("edit", LIST)


def test_an_overwritten_rule_that_comes_back_is_the_contributors() -> None:
    """A hand-written rule that a contributor has too is owed to the contributor."""
    known = aggregation(
        cluster_role("edit", GET, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (("edit", "part"),) == known.paths("edit", GET)


# --- stored roles ---


def test_a_stored_role_has_its_stored_rules() -> None:
    """The authorizer reads `rules` only: what the selectors would give now does not count."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (LIST,) == known.rules("edit")
    assert frozenset() == known.computed


def test_a_stored_roles_selectors_explain_its_rules() -> None:
    """Paths are as for a computed role."""
    known = aggregation(
        cluster_role("edit", GET, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("edit", "part"),) == known.paths("edit", GET)


def test_a_stored_rule_that_nothing_explains_is_the_roles_own() -> None:
    """The controller may not have run yet, or a component was removed a moment ago."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("edit",),) == known.paths("edit", LIST)


def test_an_unexplained_rule_of_a_contributor_is_the_contributors() -> None:
    """A path ends in the last role that has the rule, not in the first for want of an explanation."""
    known = aggregation(
        cluster_role("admin", LIST, aggregate={"to": "admin"}, stored=True),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("admin", "edit"),) == known.paths("admin", LIST)


def test_a_computed_role_takes_the_stored_rules_of_a_stored_one() -> None:
    """A file with new roles beside a saved cluster: each role by its own origin."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (LIST,) == known.rules("admin")
    assert frozenset({"admin"}) == known.computed


# --- cycles ---


def ring(*middle: PolicyRule, **parts: PolicyRule) -> list[ClusterRole]:
    """The roles `a` and `b`, which select each other; `a` has hand-written rules, *parts* feed both."""
    return [
        cluster_role("a", *middle, labels={"to-b": "yes"}, aggregate=labelled(**{"to-a": "yes"})),
        cluster_role("b", labels={"to-a": "yes"}, aggregate=labelled(**{"to-b": "yes"})),
        *(cluster_role(name, given, labels={"to-a": "yes"}) for name, given in parts.items()),
    ]


def test_a_cycle_is_named() -> None:
    """Its members are found, and nothing that merely feeds them."""
    assert (frozenset({"a", "b"}),) == aggregation(*ring(part=GET)).rings


def test_a_chain_is_no_cycle() -> None:
    """Nor is a role whose own label fits its own selector."""
    known = aggregation(
        cluster_role("edit", labels={"to": "edit"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert () == known.rings


def test_a_cycle_without_hand_written_rules_is_certain() -> None:
    """What enters it anywhere reaches every member."""
    known = aggregation(*ring(part=GET))

    assert (GET,) == known.rules("a")
    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")
    assert () == known.uncertain_rules("b")


def test_paths_through_a_cycle_pass_each_role_once() -> None:
    """The walk does not turn round."""
    known = aggregation(*ring(part=GET))

    assert (("a", "part"),) == known.paths("a", GET)
    assert (("b", "a", "part"),) == known.paths("b", GET)


def test_hand_written_rules_in_a_cycle_are_uncertain_in_all_its_members() -> None:
    """They survive or not by the order of events: no proof, and no proof of the contrary."""
    known = aggregation(*ring(LIST, part=GET))

    assert (GET,) == known.rules("a")
    assert (LIST,) == known.uncertain_rules("a")
    assert (GET,) == known.rules("b")
    assert (LIST,) == known.uncertain_rules("b")


def test_a_rule_that_is_certain_is_not_uncertain_as_well() -> None:
    """A hand-written rule that also comes from outside the cycle is there in any case."""
    known = aggregation(*ring(GET, part=GET))

    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")
    assert () == known.uncertain_rules("b")


def test_a_longer_cycle_is_solved_as_a_whole() -> None:
    """Three roles in a ring, and one outside that feeds one of them."""
    known = aggregation(
        cluster_role("a", labels={"to": "b"}, aggregate={"to": "a"}),
        cluster_role("b", labels={"to": "c"}, aggregate={"to": "b"}),
        cluster_role("c", labels={"to": "a"}, aggregate={"to": "c"}),
        cluster_role("part", GET, labels={"to": "b"}),
    )

    assert (frozenset({"a", "b", "c"}),) == known.rings
    assert [(GET,), (GET,), (GET,)] == [known.rules(name) for name in "abc"]


def test_downstream_of_an_uncertain_cycle_is_uncertain_too() -> None:
    """A role that selects a member has its certain rules for certain, the others perhaps."""
    known = aggregation(
        *ring(LIST, part=GET),
        cluster_role("top", aggregate={"to-b": "yes"}),
    )

    assert (GET,) == known.rules("top")
    assert (LIST,) == known.uncertain_rules("top")


def test_hand_written_rules_above_an_uncertain_cycle_are_uncertain_too() -> None:
    """Whether they are overwritten depends on whether anything comes."""
    known = aggregation(*ring(LIST), cluster_role("top", CREATE, aggregate={"to-b": "yes"}))

    assert () == known.rules("top")
    assert {LIST, CREATE} == set(known.uncertain_rules("top"))


def test_hand_written_rules_above_a_certain_selection_are_gone() -> None:
    """One certain rule overwrites them, whatever else is uncertain."""
    known = aggregation(*ring(LIST, part=GET), cluster_role("top", CREATE, aggregate={"to-b": "yes"}))

    assert CREATE not in (*known.rules("top"), *known.uncertain_rules("top"))


def test_hand_written_rules_below_a_cycle_may_enter_it() -> None:
    """Before its own selection overwrites them they are there for a moment, and a cycle forgets nothing."""
    known = aggregation(
        *ring(),
        cluster_role("below", LIST, labels={"to-a": "yes"}, aggregate={"to-below": "yes"}),
        cluster_role("part", GET, labels={"to-below": "yes"}),
    )

    assert (GET,) == known.rules("below")
    assert () == known.uncertain_rules("below")
    assert (GET,) == known.rules("a")
    assert (LIST,) == known.uncertain_rules("a")


def test_stored_roles_in_a_ring_are_certain() -> None:
    """The server has settled them: their rules are what they are."""
    known = aggregation(
        cluster_role("a", LIST, labels={"to": "b"}, aggregate={"to": "a"}, stored=True),
        cluster_role("b", GET, labels={"to": "a"}, aggregate={"to": "b"}, stored=True),
    )

    assert (LIST,) == known.rules("a")
    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")


# --- sizes that an attacker chooses ---


def test_a_hostile_web_of_roles_is_answered_at_once() -> None:
    """Sixty roles that all select each other have more paths than anybody could list: a few are enough."""
    web = [cluster_role(f"r{n:02}", aggregate=LabelSelector()) for n in range(60)]
    known = aggregation(*web, cluster_role("part", GET))
    begin = time.perf_counter()

    paths = known.paths("r00", GET)

    assert 1.0 > time.perf_counter() - begin
    assert MOST_PATHS == len(paths)
    assert {("r00", "part")} == {(path[0], path[-1]) for path in paths}
    assert (GET,) == known.rules("r59")


def test_the_shortest_path_is_there_however_many_there_are() -> None:
    """Sixty roles stand before the owner in the order of names; the direct way is still found."""
    web = [cluster_role(f"r{n:02}", aggregate=LabelSelector()) for n in range(60)]
    known = aggregation(*web, cluster_role("the-part", GET))

    assert ("r00", "the-part") == known.paths("r00", GET)[0]


def test_dead_ends_do_not_hide_the_owner() -> None:
    """Roles that have the rule from one another only cannot use up the patience for the one that wrote it."""
    web = [
        cluster_role(f"r{n:02}", GET, labels={"web": "y"}, aggregate={"web": "y"}, stored=True)
        for n in range(20)
    ]
    known = aggregation(
        *web,
        cluster_role("top", GET, aggregate=[labelled(web="y"), labelled(owner="y")], stored=True),
        cluster_role("owner", GET, labels={"owner": "y"}, stored=True),
    )

    assert ("top", "owner") in known.paths("top", GET)


def test_a_hostile_ladder_of_diamonds_is_answered_at_once() -> None:
    """Twenty diamonds in a row have a million paths, without any cycle."""
    known = aggregation(*_ladder(20))
    begin = time.perf_counter()

    paths = known.paths("top00", GET)

    assert 1.0 > time.perf_counter() - begin
    assert MOST_PATHS == len(paths)
    assert len(set(paths)) == len(paths)


def test_a_web_without_the_rule_is_walked_through_quickly() -> None:
    """A rule that nothing explains is the role's own, however many roles could have explained it."""
    web = [cluster_role(f"r{n:02}", GET, aggregate=LabelSelector(), stored=True) for n in range(60)]
    known = aggregation(*web)
    begin = time.perf_counter()

    paths = known.paths("r00", GET)

    assert 1.0 > time.perf_counter() - begin
    assert (("r00",),) == paths


def test_a_long_chain_is_solved_and_explained() -> None:
    """A chain of roles may be longer than Python's stack is deep."""
    length = 1200
    chain = [
        cluster_role(f"r{n}", labels={"at": str(n)}, aggregate={"at": str(n + 1)}) for n in range(length)
    ]
    known = aggregation(*chain, cluster_role("part", GET, labels={"at": str(length)}))

    assert (GET,) == known.rules("r0")
    assert [length + 1] == [len(path) for path in known.paths("r0", GET)]


def _ladder(steps: int) -> list[ClusterRole]:
    """Roles in which every step down can be taken by two ways."""
    roles = [cluster_role(f"top{steps:02}", GET, labels={"up": f"{steps - 1}"})]
    for n in range(steps):
        roles += [
            cluster_role(f"top{n:02}", labels={"up": f"{n - 1}"}, aggregate={"side": f"{n}"}),
            cluster_role(f"left{n:02}", labels={"side": f"{n}"}, aggregate={"up": f"{n}"}),
            cluster_role(f"right{n:02}", labels={"side": f"{n}"}, aggregate={"up": f"{n}"}),
        ]
    return roles
