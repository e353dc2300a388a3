"""Roles without their rules: what is bound to them, or aggregates them, is unknown and not denied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot, UnreadRole
from kubectl_kfaccess.rbac.unread_roles import Labels, selecting_unread
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    decide,
    expression,
    gap,
    request,
    role_binding,
    rule,
    snapshot,
    verdict,
)

ALLOWED, DENIED, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN
REASON = gap("clusterroles")
EDIT = cluster_role("edit", aggregate={"to-edit": "yes"})
VIEW = cluster_role("view", labels={"to-edit": "yes"}, aggregate={"to-view": "yes"})
PODS = cluster_role("pods", rule("get", "pods"), labels={"to-edit": "yes"})
WORLD = snapshot(
    EDIT,
    VIEW,
    PODS,
    cluster_role_binding("a", "edit", "user:alice"),
    cluster_role_binding("b", "view", "user:bob"),
    cluster_role_binding("p", "pods", "user:pam"),
)
SECRETS = request("get", "secrets", "team-a")


def lacking(world: Snapshot, labels: Labels, kind: str = "ClusterRole", name: str = "odd") -> Snapshot:
    """Return *world* with a role whose rules are not known."""
    return replace(world, unread_roles={(kind, "", name): (UnreadRole(labels, REASON),)})


@pytest.mark.parametrize(
    ("labels", "alice", "bob"),
    [
        pytest.param({}, DENIED, DENIED, id="no labels"),
        pytest.param({"to-edit": "no"}, DENIED, DENIED, id="another value"),
        pytest.param({"to-edit": "yes"}, UNKNOWN, DENIED, id="selected"),
        pytest.param({"to-view": "yes"}, UNKNOWN, UNKNOWN, id="selected, and selected again"),
        pytest.param(None, UNKNOWN, UNKNOWN, id="unknown labels"),
    ],
)
def test_what_aggregates_an_unread_role_is_unknown(labels: Labels, alice: Verdict, bob: Verdict) -> None:
    """A role that aggregates nothing is as it stands."""
    known = lacking(WORLD, labels)

    assert (alice, bob, DENIED) == tuple(verdict(known, who, SECRETS) for who in ("alice", "bob", "pam"))
    assert (REASON,) * (alice is UNKNOWN) == decide(known, "alice", SECRETS).doubts
    assert (REASON,) * (alice is UNKNOWN) == Evaluator(known).gaps(None)


def test_what_an_aggregated_role_certainly_has_is_proved() -> None:
    """Rules only add."""
    assert ALLOWED is verdict(lacking(WORLD, None), "alice", request("get", "pods"))


def test_a_stored_role_has_the_rules_that_it_stores() -> None:
    """The authorizer reads them, and not the selectors."""
    stored = cluster_role("edit", aggregate={"to-edit": "yes"}, stored=True)
    known = replace(WORLD, cluster_roles={**WORLD.cluster_roles, stored.key: stored})

    assert DENIED is verdict(lacking(known, {"to-edit": "yes"}), "alice", SECRETS)


def test_a_role_of_a_namespace_is_never_aggregated() -> None:
    """Whatever its labels."""
    assert DENIED is verdict(lacking(WORLD, None, kind="Role"), "alice", SECRETS)


def test_a_selector_that_the_controller_cannot_read_selects_nothing() -> None:
    """syncClusterRole ends with an error."""
    known = snapshot(cluster_role("bad", aggregate=expression("a", "DoesNotExist", "b")))

    assert {} == selecting_unread(known.aggregation, [("odd", {}), ("unknown", None)])


def test_a_binding_to_an_unread_role() -> None:
    """Its own reason is given, also if a role of that name is known from somewhere else."""
    for name in ("odd", "pods"):
        world = snapshot(PODS, cluster_role_binding("b", name, "user:alice"))

        known = replace(lacking(world, {}, name=name), elsewhere="in other files")

        assert (UNKNOWN, (REASON,)) == (decide(known, "alice", SECRETS).verdict, Evaluator(known).gaps(None))


def test_roles_that_can_be_elsewhere() -> None:
    """A binding whose role is not here does not prove a no; one of a kind that cannot exist does."""
    known = replace(
        snapshot(
            PODS,
            cluster_role_binding("c", "gone", "user:alice"),
            role_binding("team-a", "r", "Role/gone", "user:bob"),
            cluster_role_binding("never", "Role/gone", "user:carol"),
        ),
        elsewhere="in other files",
    )

    verdicts = [verdict(known, who, SECRETS) for who in ("alice", "bob", "carol", "dave")]

    assert [UNKNOWN, UNKNOWN, DENIED, DENIED] == verdicts
    assert ["never"] == [binding.name for binding in Evaluator(known).dangling(None)]
    assert [("clusterroles", ""), ("roles", "team-a")] == [
        (each.resource, each.namespace) for each in Evaluator(known).gaps(None)
    ]
    assert all(each.is_of_files and each.reason == "in other files" for each in Evaluator(known).gaps(None))
    assert isinstance(decide(known, "alice", SECRETS).doubts[0], Gap)
