"""What is reached over several steps, and who reaches somebody who is allowed a request."""

from __future__ import annotations

from kubectl_kfaccess.rbac.subjects import Principal
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    request,
    role_binding,
    rule,
    service_account,
)
from tests.escalation.worlds import ALICE, escalation, reach

CHAIN = (
    cluster_role("pods", rule("create", "pods")),
    cluster_role("tokens", rule("create", "serviceaccounts/token", names=["robot"])),
    cluster_role("secrets", rule("list", "secrets")),
    service_account("team-a/editor"),
    service_account("team-b/robot"),
    role_binding("team-a", "alice", "pods", "user:alice"),
    role_binding("team-b", "editor", "tokens", "sa:team-a/editor"),
    cluster_role_binding("robot", "secrets", "sa:team-b/robot"),
)


def test_a_chain_is_followed_to_its_end() -> None:
    """Alice runs code as an account that can request a token of another, which can list all Secrets."""
    proved = [text for text in reach(escalation(*CHAIN)) if not text.startswith("?")]

    assert ["code in team-a", "sa:team-a/default", "sa:team-a/editor", "sa:team-b/robot"] == proved


def test_the_best_way_to_do_something_has_each_request_and_grant() -> None:
    """The steps begin at the identity, and each has what it needs."""
    steps = escalation(*CHAIN).ways(ALICE, request("list", "secrets"))

    assert steps is not None
    assert ["run-pod", "use-account", "mint-token"] == [step.id for step in steps]
    assert [(request("create", "pods", "team-a"),), (), (_robot_token(),)] == [step.needs for step in steps]
    assert ["alice", "editor"] == [grant.binding.name for step in steps for grant in step.grants]


def test_there_is_no_way_without_the_account() -> None:
    """A token can only be requested of a service account that exists."""
    engine = escalation(*(value for value in CHAIN if value.kind != "ServiceAccount"))

    assert engine.ways(ALICE, request("list", "secrets")) is None


def test_holders_are_those_who_reach_somebody_who_is_allowed() -> None:
    """Not those who are allowed it directly."""
    engine = escalation(*CHAIN)
    holders = [*engine.holders(request("list", "secrets"), None)]

    assert [("alice", "", 3), ("system:serviceaccount:team-a:editor", "", 1)] == [
        (holder.who.name, holder.namespace, len(engine.steps(holder))) for holder in holders
    ]
    assert all(holder.is_proved for holder in holders)
    assert Principal("User", "system:serviceaccount:team-b:robot") not in {holder.who for holder in holders}


def _robot_token() -> object:
    return request("create", "serviceaccounts/token", "team-b", "robot")
