"""The rules that an aggregated ClusterRole has in the end, and the paths through which they came."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.aggregation import MOST_PATHS, Aggregation, Path
from kubectl_kfaccess.rbac.model import ClusterRole, LabelSelector, PolicyRule
from tests.builders import cluster_role, expression, labelled, rule, urls
from tests.robustness.steps import steps

GET, LIST, CREATE = rule("get", "pods"), rule("list", "pods"), rule("create", "pods")


def aggregation(*roles: ClusterRole) -> Aggregation:
    return Aggregation({role.name: role for role in roles})


# --- what the controller writes ---


def test_a_plain_role_has_its_own_rules() -> None:
    """Without an aggregation rule, a role gets no rules from others, whatever their labels."""
    known = aggregation(cluster_role("plain", GET), cluster_role("other", LIST, labels={"to": "plain"}))

    assert (GET,) == known.rules("plain")


def test_an_aggregated_role_has_the_rules_of_the_selected_roles() -> None:
    """Roles without the label add nothing."""
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


def test_rules_come_in_the_order_of_the_selectors() -> None:
    """The roles that the first selector selects come first, even if their names sort later."""
    known = aggregation(
        cluster_role("edit", aggregate=[labelled(part="second"), labelled(part="first")]),
        cluster_role("a", GET, labels={"part": "first"}),
        cluster_role("z", LIST, labels={"part": "second"}),
    )

    assert (LIST, GET) == known.rules("edit")


def test_selectors_are_alternatives() -> None:
    """A role is selected if one of the selectors selects it, and it is selected only once."""
    known = aggregation(
        cluster_role("edit", aggregate=[labelled(first="yes"), labelled(second="yes")]),
        cluster_role("both", GET, labels={"first": "yes", "second": "yes"}),
        cluster_role("second", LIST, labels={"second": "yes"}),
    )

    assert ("both", "second") == known.selected["edit"]
    assert (GET, LIST) == known.rules("edit")


def test_terms_of_one_selector_are_all_required() -> None:
    """A selector with two labels selects only a role that has both."""
    known = aggregation(
        cluster_role("edit", aggregate=labelled(first="yes", second="yes")),
        cluster_role("both", GET, labels={"first": "yes", "second": "yes"}),
        cluster_role("first", LIST, labels={"first": "yes"}),
    )

    assert (GET,) == known.rules("edit")


def test_the_same_rule_is_taken_once() -> None:
    """A rule that comes several times is kept where it came first."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, LIST, GET, labels={"to": "edit"}),
        cluster_role("b", CREATE, GET, labels={"to": "edit"}),
    )

    assert (GET, LIST, CREATE) == known.rules("edit")


def test_rules_that_differ_in_order_are_two_rules() -> None:
    """Rules are compared as a whole, and the order within their lists counts."""
    get_list, list_get = rule("get,list", "pods"), rule("list,get", "pods")
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", get_list, list_get, labels={"to": "edit"}),
    )

    assert (get_list, list_get) == known.rules("edit")


def test_url_rules_are_aggregated_too() -> None:
    """Rules about non-resource URLs are aggregated like all others."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", urls("get", "/metrics"), labels={"to": "edit"}),
    )

    assert (urls("get", "/metrics"),) == known.rules("edit")


def test_a_role_never_selects_itself() -> None:
    """A role's own label changes nothing, so its hand-written rules are overwritten."""
    known = aggregation(
        cluster_role("edit", LIST, labels={"to": "edit"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert ("part",) == known.selected["edit"]
    assert (GET,) == known.rules("edit")


def test_the_empty_selector_selects_every_other_role() -> None:
    """The selector `{}` has no term that could fail."""
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
        pytest.param(
            expression("to", "NotIn", "edit"), ("bare", "viewer"), id="NotIn selects unlabelled roles"
        ),
        pytest.param(expression("to", "Exists"), ("editor", "viewer"), id="Exists"),
        pytest.param(expression("to", "DoesNotExist"), ("bare",), id="DoesNotExist"),
    ],
)
def test_match_expressions_select_as_everywhere_in_kubernetes(
    selector: LabelSelector, expected: tuple[str, ...]
) -> None:
    """Each operator of `matchExpressions` means what it means in every label selector."""
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
    """The controller then applies no `rules`, so the rules that people wrote stay."""
    known = aggregation(cluster_role("edit", LIST, aggregate={"to": "edit"}), *parts)

    assert (LIST,) == known.rules("edit")


def test_a_selection_with_one_rule_overwrites_hand_written_rules() -> None:
    """One rule from a selected role is enough to remove all hand-written rules."""
    known = aggregation(
        cluster_role("edit", LIST, CREATE, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (GET,) == known.rules("edit")


def test_an_aggregation_rule_without_selectors_selects_nothing() -> None:
    """A role with an empty list of selectors is an ordinary role."""
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
    """The controller gives up on that role, so its old rules stay, even if other selectors are good."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate=[labelled(to="edit"), ill_formed]),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (LIST,) == known.rules("edit")
    assert () == known.selected["edit"]


# --- nesting ---


def test_nested_roles_pass_their_rules_on() -> None:
    """Of view, edit and admin, each has all rules of the roles below it."""
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


def test_overwritten_rules_of_a_nested_role_are_not_passed_on() -> None:
    """A rule that a nested role loses does not reach the role above it."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (GET,) == known.rules("admin")
    assert () == known.uncertain_rules("admin")


def test_hand_written_rules_that_stay_are_passed_on() -> None:
    """A nested role that selects nothing passes its own rules on."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}),
    )

    assert (LIST,) == known.rules("admin")
    assert (("admin", "edit"),) == known.paths("admin", LIST)


# --- paths ---


def test_a_path_leads_from_the_role_to_the_role_that_the_rule_is_written_in() -> None:
    """Every role in between is on the path."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", labels={"to": "admin"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (("admin", "edit", "part"),) == known.paths("admin", GET)
    assert (("part",),) == known.paths("part", GET)


def test_a_diamond_has_both_paths() -> None:
    """As in Kubeflow's tree, a rule can come through two roles, and the paths are in order of names."""
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
    """A directly selected role is the better explanation, whatever its name."""
    known = aggregation(
        cluster_role("admin", aggregate={"to-admin": "yes"}),
        cluster_role("between", labels={"to-admin": "yes"}, aggregate={"to-between": "yes"}),
        cluster_role("zoo", GET, labels={"to-admin": "yes", "to-between": "yes"}),
    )

    assert (("admin", "zoo"), ("admin", "between", "zoo")) == known.paths("admin", GET)


def test_a_rule_that_is_written_in_two_roles_has_two_paths() -> None:
    """The aggregated role has the rule once, but each of the two roles alone would bring it."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, labels={"to": "edit"}),
        cluster_role("b", GET, labels={"to": "edit"}),
    )

    assert (("edit", "a"), ("edit", "b")) == known.paths("edit", GET)


def test_selected_roles_with_other_rules_are_on_no_path() -> None:
    """A path leads only to a role that has the rule."""
    known = aggregation(
        cluster_role("edit", aggregate={"to": "edit"}),
        cluster_role("a", GET, labels={"to": "edit"}),
        cluster_role("b", LIST, labels={"to": "edit"}),
    )

    assert (("edit", "b"),) == known.paths("edit", LIST)


def test_a_rule_that_a_selected_role_has_too_comes_from_that_role() -> None:
    """A hand-written rule is overwritten by the same rule of the selected role, so the path ends there."""
    known = aggregation(
        cluster_role("edit", GET, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (("edit", "part"),) == known.paths("edit", GET)


# --- stored roles ---


def test_a_stored_role_has_its_stored_rules() -> None:
    """The authorizer reads only `rules`, so it does not count what the selectors would bring now."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (LIST,) == known.rules("edit")
    assert frozenset() == known.computed


def test_a_stored_roles_selectors_explain_its_rules() -> None:
    """A stored role has the same paths as a computed one."""
    known = aggregation(
        cluster_role("edit", GET, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("edit", "part"),) == known.paths("edit", GET)


def test_a_stored_rule_that_no_selected_role_has_is_the_roles_own() -> None:
    """The controller may not have run yet, or a component was just removed."""
    known = aggregation(
        cluster_role("edit", LIST, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("edit",),) == known.paths("edit", LIST)


def test_an_unexplained_rule_belongs_to_the_last_role_that_has_it() -> None:
    """A path goes on to the selected role that has the rule; it does not end at the first role."""
    known = aggregation(
        cluster_role("admin", LIST, aggregate={"to": "admin"}, stored=True),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}, stored=True),
    )

    assert (("admin", "edit"),) == known.paths("admin", LIST)


def test_a_computed_role_gets_the_stored_rules_of_a_stored_role() -> None:
    """In a file of new roles beside a saved cluster, only the new roles are computed."""
    known = aggregation(
        cluster_role("admin", aggregate={"to": "admin"}),
        cluster_role("edit", LIST, labels={"to": "admin"}, aggregate={"to": "edit"}, stored=True),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert (LIST,) == known.rules("admin")
    assert frozenset({"admin"}) == known.computed


# --- cycles ---


def ring(*hand_written: PolicyRule, **parts: PolicyRule) -> list[ClusterRole]:
    """Return the roles `a` and `b`, which select each other, and *parts*, which `a` selects."""
    return [
        cluster_role("a", *hand_written, labels={"to-b": "yes"}, aggregate=labelled(**{"to-a": "yes"})),
        cluster_role("b", labels={"to-a": "yes"}, aggregate=labelled(**{"to-b": "yes"})),
        *(cluster_role(name, part_rule, labels={"to-a": "yes"}) for name, part_rule in parts.items()),
    ]


def test_a_cycle_has_the_roles_that_select_one_another() -> None:
    """A role that is selected and selects nothing is not in the cycle."""
    assert (frozenset({"a", "b"}),) == aggregation(*ring(part=GET)).rings


def test_a_chain_is_not_a_cycle() -> None:
    """A role whose label fits its own selector is not a cycle either."""
    known = aggregation(
        cluster_role("edit", labels={"to": "edit"}, aggregate={"to": "edit"}),
        cluster_role("part", GET, labels={"to": "edit"}),
    )

    assert () == known.rings


def test_a_cycle_without_hand_written_rules_is_certain() -> None:
    """A rule that enters the cycle anywhere reaches every role in it."""
    known = aggregation(*ring(part=GET))

    assert (GET,) == known.rules("a")
    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")
    assert () == known.uncertain_rules("b")


def test_paths_through_a_cycle_pass_each_role_once() -> None:
    """No path goes round the cycle."""
    known = aggregation(*ring(part=GET))

    assert (("a", "part"),) == known.paths("a", GET)
    assert (("b", "a", "part"),) == known.paths("b", GET)


def test_hand_written_rules_in_a_cycle_are_uncertain_in_all_its_roles() -> None:
    """Whether they stay depends on the order of events, so they prove neither a "yes" nor a "no"."""
    known = aggregation(*ring(LIST, part=GET))

    assert (GET,) == known.rules("a")
    assert (LIST,) == known.uncertain_rules("a")
    assert (GET,) == known.rules("b")
    assert (LIST,) == known.uncertain_rules("b")


def test_a_rule_that_is_certain_is_not_uncertain_as_well() -> None:
    """A hand-written rule that also comes from outside the cycle stays in any case."""
    known = aggregation(*ring(GET, part=GET))

    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")
    assert () == known.uncertain_rules("b")


def test_a_longer_cycle_is_solved_as_a_whole() -> None:
    """In a cycle of three roles, a rule from outside reaches all three."""
    known = aggregation(
        cluster_role("a", labels={"to": "b"}, aggregate={"to": "a"}),
        cluster_role("b", labels={"to": "c"}, aggregate={"to": "b"}),
        cluster_role("c", labels={"to": "a"}, aggregate={"to": "c"}),
        cluster_role("part", GET, labels={"to": "b"}),
    )

    assert (frozenset({"a", "b", "c"}),) == known.rings
    assert [(GET,), (GET,), (GET,)] == [known.rules(name) for name in "abc"]


def test_a_role_that_selects_an_uncertain_cycle_has_its_uncertain_rules() -> None:
    """The rules that are certain in the cycle are certain in that role, and the others are uncertain."""
    known = aggregation(
        *ring(LIST, part=GET),
        cluster_role("top", aggregate={"to-b": "yes"}),
    )

    assert (GET,) == known.rules("top")
    assert (LIST,) == known.uncertain_rules("top")


def test_hand_written_rules_above_an_uncertain_cycle_are_uncertain_too() -> None:
    """They are overwritten only if a rule comes from the cycle."""
    known = aggregation(*ring(LIST), cluster_role("top", CREATE, aggregate={"to-b": "yes"}))

    assert () == known.rules("top")
    assert {LIST, CREATE} == set(known.uncertain_rules("top"))


def test_hand_written_rules_above_a_certain_selection_are_gone() -> None:
    """One certain rule overwrites them, even if others are uncertain."""
    known = aggregation(*ring(LIST, part=GET), cluster_role("top", CREATE, aggregate={"to-b": "yes"}))

    assert CREATE not in (*known.rules("top"), *known.uncertain_rules("top"))


def test_hand_written_rules_below_a_cycle_may_enter_it() -> None:
    """They exist for a moment before they are overwritten, and a rule that is in a cycle stays in it."""
    known = aggregation(
        *ring(),
        cluster_role("below", LIST, labels={"to-a": "yes"}, aggregate={"to-below": "yes"}),
        cluster_role("part", GET, labels={"to-below": "yes"}),
    )

    assert (GET,) == known.rules("below")
    assert () == known.uncertain_rules("below")
    assert (GET,) == known.rules("a")
    assert (LIST,) == known.uncertain_rules("a")


def test_stored_roles_in_a_cycle_are_certain() -> None:
    """The server has settled them, so their stored rules count."""
    known = aggregation(
        cluster_role("a", LIST, labels={"to": "b"}, aggregate={"to": "a"}, stored=True),
        cluster_role("b", GET, labels={"to": "a"}, aggregate={"to": "b"}, stored=True),
    )

    assert (LIST,) == known.rules("a")
    assert (GET,) == known.rules("b")
    assert () == known.uncertain_rules("a")


# --- sizes that an attacker chooses ---

MOST_CALLS = 200_000  # of functions: two and a half times what the largest of these needs


def test_a_hostile_web_of_roles_is_answered_quickly() -> None:
    """Sixty roles that all select one another have too many paths to list, so only some are returned."""
    web = [cluster_role(f"r{n:02}", aggregate=LabelSelector()) for n in range(60)]
    known = aggregation(*web, cluster_role("part", GET))
    paths: list[Path] = []

    count = steps(lambda: paths.extend(known.paths("r00", GET)))

    assert count < MOST_CALLS
    assert MOST_PATHS == len(paths)
    assert {("r00", "part")} == {(path[0], path[-1]) for path in paths}
    assert (GET,) == known.rules("r59")


def test_the_shortest_path_is_found_among_too_many() -> None:
    """Sixty roles sort before the role that the rule is written in, and the direct path is still found."""
    web = [cluster_role(f"r{n:02}", aggregate=LabelSelector()) for n in range(60)]
    known = aggregation(*web, cluster_role("the-part", GET))

    assert ("r00", "the-part") == known.paths("r00", GET)[0]


def test_dead_ends_do_not_hide_the_role_that_the_rule_is_written_in() -> None:
    """Roles that have the rule only from one another must not use up the limit of steps."""
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


def test_a_hostile_ladder_of_diamonds_is_answered_quickly() -> None:
    """Twenty diamonds in a row have a million paths without any cycle."""
    known = aggregation(*_ladder(20))
    paths: list[Path] = []

    count = steps(lambda: paths.extend(known.paths("top00", GET)))

    assert count < MOST_CALLS
    assert MOST_PATHS == len(paths)
    assert len(set(paths)) == len(paths)


def test_a_rule_that_nothing_explains_is_answered_quickly() -> None:
    """Sixty roles select one another and all have the rule, so the path is the role alone."""
    web = [cluster_role(f"r{n:02}", GET, aggregate=LabelSelector(), stored=True) for n in range(60)]
    known = aggregation(*web)
    paths: list[Path] = []

    count = steps(lambda: paths.extend(known.paths("r00", GET)))

    assert count < MOST_CALLS
    assert [("r00",)] == paths


def test_a_long_chain_is_solved_and_explained() -> None:
    """A chain of roles can be longer than Python's stack is deep."""
    length = 1200
    chain = [
        cluster_role(f"r{n}", labels={"at": str(n)}, aggregate={"at": str(n + 1)}) for n in range(length)
    ]
    known = aggregation(*chain, cluster_role("part", GET, labels={"at": str(length)}))

    assert (GET,) == known.rules("r0")
    assert [length + 1] == [len(path) for path in known.paths("r0", GET)]


def _ladder(rungs: int) -> list[ClusterRole]:
    """Return roles in which each of the *rungs* down has two ways."""
    roles = [cluster_role(f"top{rungs:02}", GET, labels={"up": f"{rungs - 1}"})]
    for n in range(rungs):
        roles += [
            cluster_role(f"top{n:02}", labels={"up": f"{n - 1}"}, aggregate={"side": f"{n}"}),
            cluster_role(f"left{n:02}", labels={"side": f"{n}"}, aggregate={"up": f"{n}"}),
            cluster_role(f"right{n:02}", labels={"side": f"{n}"}, aggregate={"up": f"{n}"}),
        ]
    return roles
