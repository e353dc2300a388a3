"""Findings about the rules of aggregated roles: missing, left over, overwritten or never selected."""

from __future__ import annotations

import json

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.aggregation.view import Reconciled, reconciled
from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.model import (
    AggregationRule,
    ClusterRole,
    LabelSelector,
    ObjectMeta,
    PolicyRule,
)
from tests.builders import cluster_role, expression, rule, snapshot
from tests.findings.aggregation.worlds import (
    CREATE,
    CYCLE,
    GET,
    INVALID,
    KUBEFLOW,
    LIST,
    NOT_RECONCILED,
    NOTHING,
    OVERWRITTEN,
    TO_EDIT,
    Summary,
    edit,
    findings,
    labelled,
    selected,
    summary,
)


def applied(role: ClusterRole, text: str) -> ClusterRole:
    """Return the role with the annotation that `kubectl apply` leaves."""
    return replace(role, metadata=replace(role.metadata, annotations={LAST_APPLIED: text}))


def ring(*rules: PolicyRule, stored: bool = False) -> tuple[ClusterRole, ClusterRole]:
    """Return two aggregated roles that select each other."""
    return (
        cluster_role("a", *rules, labels={"to-b": "yes"}, aggregate={"to-a": "yes"}, stored=stored),
        cluster_role("b", *rules, labels={"to-a": "yes"}, aggregate={"to-b": "yes"}, stored=stored),
    )


def with_selectors(*selectors: LabelSelector) -> ClusterRole:
    """Return an aggregated role with these selectors, which match no role."""
    return cluster_role("tenants-edit", GET, aggregate=selectors)


# By case: the roles, and the expected findings
CASES: dict[str, tuple[tuple[ClusterRole, ...], Summary]] = {
    # syncClusterRole compares the union of the selected roles with the stored rules
    "a stored role lacks a rule": (
        (edit(GET, stored=True), selected("part", GET, LIST, stored=True)), [NOT_RECONCILED]
    ),
    "a stored role keeps a rule that no selected role has": (
        (edit(GET, LIST, stored=True), selected("part", GET, stored=True)), [NOT_RECONCILED]
    ),
    "a stored role has what it selects": (
        (edit(GET, LIST, stored=True), selected("part", GET, LIST, stored=True)), []
    ),
    "rules in another order are the same access": (
        (edit(LIST, GET, stored=True), selected("part", GET, LIST, stored=True)), []
    ),
    "two roles with the same rule bring it once": (
        (edit(GET, stored=True), selected("p", GET, stored=True), selected("q", GET, stored=True)), []
    ),
    "a manifest has no rules yet": ((edit(), selected("part", GET)), []),
    # an empty selection applies no `rules` field, so rules that the controller did not write stay
    "a selection without rules changes nothing": (
        (edit(GET, stored=True), selected("part", stored=True)), []
    ),
    "an aggregated part is compared as it is stored": (
        (edit(GET, stored=True),
         cluster_role("middle", GET, labels=TO_EDIT, aggregate={"to": "middle"}, stored=True),
         cluster_role("part", GET, LIST, labels={"to": "middle"}, stored=True)),
        [("aggregation-not-reconciled", "middle")],
    ),
    "a selector without a match": ((edit(),), [NOTHING]),
    "a selector without a match next to one with a match": (
        (cluster_role("tenants-edit", aggregate=(LabelSelector(TO_EDIT), LabelSelector({"to": "x"}))),
         selected("part", GET)),
        [NOTHING],
    ),
    "a role does not select itself": (
        (cluster_role("tenants-edit", labels=TO_EDIT, aggregate=TO_EDIT),), [NOTHING]
    ),
    "hand-written rules that aggregation replaces": ((edit(LIST), selected("part", GET)), [OVERWRITTEN]),
    "hand-written rules that aggregation also brings": ((edit(GET), selected("part", GET, LIST)), []),
    "hand-written rules that nothing replaces": ((edit(LIST), selected("part")), []),
    "rules of a stored role are the controller's": (
        (edit(GET, stored=True), selected("part", GET, stored=True)), []
    ),
    "an applied manifest with rules": (
        (applied(edit(GET, stored=True), json.dumps({"rules": [{"verbs": ["get"], "apiGroups": [""],
                                                                "resources": ["secrets"]}]})),
         selected("part", GET, stored=True)),
        [OVERWRITTEN],
    ),
    "an applied manifest without rules": (
        (applied(edit(GET, stored=True), '{"rules": []}'), selected("part", GET, stored=True)), []
    ),
    "an annotation that is not a manifest": (
        (applied(edit(GET, stored=True), "[[[" * 10_000), selected("part", GET, stored=True)), []
    ),
    "a cycle in files": (ring(GET), [CYCLE]),
    "a cycle on a server": (ring(GET, stored=True), [CYCLE]),
    "a chain": (
        (cluster_role("a", aggregate={"to-a": "yes"}),
         cluster_role("b", labels={"to-a": "yes"}, aggregate={"to-b": "yes"}),
         cluster_role("c", GET, labels={"to-b": "yes"})),
        [],
    ),
    "an unknown operator": ((with_selectors(expression("to", "in", "edit")),), [INVALID]),
    "`In` without values": ((with_selectors(expression("to", "In")),), [INVALID]),
    "`Exists` with values": ((with_selectors(expression("to", "Exists", "edit")),), [INVALID]),
    "no selector": (
        (ClusterRole(ObjectMeta("tenants-edit"), (GET,), AggregationRule()),), [INVALID]
    ),
    "valid selectors": (
        (with_selectors(expression("to", "Exists"), expression("to", "NotIn", "x")), labelled("part", "to")),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_findings_are_exactly_those_expected(case: str) -> None:
    """Each case has its findings, and healthy roles have none."""
    objects, expected = CASES[case]

    assert expected == summary(findings(*objects))


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        pytest.param(
            (edit(GET, stored=True), selected("part", GET, stored=True)),
            Reconciled(as_selected=("tenants-edit",)),
            id="a stored role with the rules that it selects",
        ),
        pytest.param(
            (edit(stored=True), selected("part", GET, stored=True)),
            Reconciled(differing=("tenants-edit",)),
            id="a stored role that lacks a rule",
        ),
        pytest.param(
            (edit(GET, LIST, stored=True), selected("part", GET, stored=True)),
            Reconciled(differing=("tenants-edit",)),
            id="a stored role that keeps a rule",
        ),
        pytest.param(
            (edit(GET, stored=True),),
            Reconciled(as_selected=("tenants-edit",)),
            id="a stored role that selects nothing",
        ),
        pytest.param(
            (edit(), selected("part", GET)), Reconciled(computed=("tenants-edit",)), id="a role from files"
        ),
        pytest.param(ring(GET), Reconciled(unknown=("a", "b")), id="a cycle in files with rules of its own"),
        pytest.param(
            ring(GET, stored=True), Reconciled(as_selected=("a", "b")), id="a cycle that a server has settled"
        ),
        pytest.param(
            (with_selectors(expression("to", "In")),),
            Reconciled(unknown=("tenants-edit",)),
            id="an invalid selector",
        ),
        pytest.param((selected("part", GET),), Reconciled(), id="no aggregated role"),
    ],
)
def test_aggregated_roles_are_sorted_by_state(objects: tuple[ClusterRole, ...], expected: Reconciled) -> None:
    """Stored roles are compared with the controller's result; those from files are computed."""
    known = snapshot(*objects)

    assert expected == reconciled(known, (role.name for role in objects))


def test_rules_that_stay_in_force_are_named() -> None:
    """A selector that matches nothing does not empty a role."""
    (finding,) = findings(edit(rule("get", "secrets")))

    assert f'`{KUBEFLOW}edit: "true"`' in finding.message
    assert "its own rules stay in force: `get` on `secrets`" in finding.message


def test_a_missing_rule_is_named_with_the_role_that_has_it() -> None:
    """Left-over rules are named separately."""
    (finding,) = findings(edit(GET, CREATE, stored=True), selected("part", GET, LIST, stored=True))

    assert "is missing a rule of `part` (`list` on `notebooks`)" in finding.message
    assert "keeps a rule that no selected role has (`create` on `notebooks`)" in finding.message


@pytest.mark.parametrize("stored", [True, False], ids=["stored", "in files"])
def test_rules_that_a_cycle_keeps_alive_are_named(stored: bool) -> None:
    """Rules that a role outside the cycle still brings are not named."""
    outside = cluster_role("part", LIST, labels={"to-a": "yes"}, stored=stored)
    rules = (GET, LIST) if stored else (GET,)

    (finding,) = findings(*ring(*rules, stored=stored), outside)

    assert "it and `b` select one another" in finding.message
    assert "`get` on `notebooks`" in finding.message
    assert "`list` on `notebooks`" not in finding.message
