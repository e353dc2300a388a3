"""A ClusterRole as the controller leaves it; tests/live compares it with what a real one stores."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.rbac.computed_roles import Doubt, computed_role
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.model import ClusterRole, ObjectMeta
from kubectl_kfaccess.rbac.reconciliation import CONTROLLER
from tests.builders import cluster_role, expression, labelled, rule, snapshot

GET, LIST, WATCH, OLD = (rule(verb, "pods") for verb in ("get", "list", "watch", "delete"))


def test_a_stored_role_gets_what_its_selection_brings_today() -> None:
    """The controller has not run: two levels of stored rules are old, and in another order."""
    roles = snapshot(
        cluster_role("top", OLD, aggregate={"to": "top"}, stored=True),
        cluster_role("middle", LIST, GET, labels={"to": "top"}, aggregate={"to": "middle"}, stored=True),
        cluster_role("a", GET, labels={"to": "middle"}, stored=True),
        cluster_role("b", LIST, WATCH, GET, labels={"to": "middle"}, stored=True),
    )

    assert (GET, LIST, WATCH) == computed_role(roles, "middle").role.rules
    assert (GET, LIST, WATCH) == computed_role(roles, "top").role.rules


def test_rules_come_in_the_order_of_selectors_and_then_of_names() -> None:
    """Each rule comes once, and the role's own never."""
    selectors = (labelled(to="z"), labelled(to="a"))
    roles = snapshot(
        cluster_role("sum", OLD, labels={"to": "a"}, aggregate=selectors),
        cluster_role("a", GET, labels={"to": "a"}),
        cluster_role("z2", WATCH, labels={"to": "z"}),
        cluster_role("z1", LIST, GET, labels={"to": "z"}),
    )

    assert (LIST, GET, WATCH) == computed_role(roles, "sum").role.rules


@pytest.mark.parametrize(
    ("role", "rules"),
    [
        pytest.param(cluster_role("empty", OLD, aggregate={"to": "x"}), (OLD,), id="of a file"),
        pytest.param(
            cluster_role("empty", OLD, aggregate={"to": "x"}, stored=True), (OLD,), id="of an installer"
        ),
        pytest.param(
            cluster_role("empty", aggregate={"to": "x"}, stored=True).with_rules((OLD,), CONTROLLER),
            (),
            id="of the controller",
        ),
        pytest.param(
            cluster_role("empty", aggregate={"to": "x"}, stored=True).with_rules((OLD,), "helm"),
            (OLD,),
            id="of another manager",
        ),
    ],
)
def test_without_a_selection_only_rules_of_the_controller_go(
    role: ClusterRole, rules: tuple[object, ...]
) -> None:
    """The controller applies no `rules` field then, so others' stay (syncClusterRole)."""
    assert rules == computed_role(snapshot(role), "empty").role.rules


def test_a_role_that_is_not_aggregated_keeps_its_rules() -> None:
    """Nobody but its author writes them."""
    result = computed_role(snapshot(cluster_role("own", LIST, GET, stored=True)), "own")

    assert (LIST, GET) == result.role.rules
    assert (False, None) == (result.is_aggregated, result.doubt)


def test_a_cycle_of_files_with_rules_of_its_own_is_in_doubt() -> None:
    """Whether they stay depends on the order in which the controller sees the roles."""
    roles = snapshot(
        cluster_role("a", OLD, labels={"to": "b"}, aggregate={"to": "a"}),
        cluster_role("b", labels={"to": "a"}, aggregate={"to": "b"}),
        cluster_role("c", GET, labels={"to": "a"}),
        cluster_role("above", aggregate={"to": "b"}),
    )

    for name in ("a", "b", "above"):
        result = computed_role(roles, name)
        assert ((GET,), (OLD,), Doubt.CYCLE) == (result.role.rules, result.uncertain, result.doubt)


def test_a_stored_cycle_that_has_settled_stays_as_it_is() -> None:
    """Each role has the rules of the others, in its own order, so the controller writes nothing."""
    roles = snapshot(
        cluster_role("a", GET, LIST, labels={"to": "b"}, aggregate={"to": "a"}, stored=True),
        cluster_role("b", GET, LIST, labels={"to": "a"}, aggregate={"to": "b"}, stored=True),
        cluster_role("c", GET, labels={"to": "b"}, stored=True),
    )

    result = computed_role(roles, "a")
    assert ((GET, LIST), None) == (result.role.rules, result.doubt)


def test_a_stored_cycle_gets_what_is_new() -> None:
    """The rule of `c` reaches both roles; that of a single role can be overwritten before it spreads."""
    roles = snapshot(
        cluster_role("a", OLD, labels={"to": "b"}, aggregate={"to": "a"}, stored=True),
        cluster_role("b", labels={"to": "a"}, aggregate={"to": "b"}, stored=True),
        cluster_role("c", GET, labels={"to": "b"}, stored=True),
    )

    result = computed_role(roles, "a")
    assert ((GET,), (OLD,), Doubt.CYCLE) == (result.role.rules, result.uncertain, result.doubt)


def test_a_selector_that_cannot_be_read_leaves_the_rules_and_a_doubt() -> None:
    """The controller's sync ends with an error."""
    roles = snapshot(cluster_role("odd", OLD, aggregate=(expression("to", "like", "x"), labelled(to="y"))))

    result = computed_role(roles, "odd")
    assert ((OLD,), Doubt.SELECTOR) == (result.role.rules, result.doubt)


def test_the_object_to_apply_has_labels_and_annotations_and_nothing_of_the_server() -> None:
    """What kubectl and the server write is left out: applying the object must not carry it along."""
    metadata = ObjectMeta(
        "sum", labels={"app": "x"}, annotations={LAST_APPLIED: "{}", "team": "y"}, resource_version="7"
    )
    role = replace(cluster_role("sum", aggregate={"to": "sum"}), metadata=metadata)

    manifest = computed_role(snapshot(role.with_rules((OLD,), CONTROLLER)), "sum").manifest()

    assert {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": "sum", "labels": {"app": "x"}, "annotations": {"team": "y"}},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "sum"}}]},
        "rules": [],
    } == json.loads(json.dumps(manifest))
