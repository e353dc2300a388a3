"""Many tenants: only what an identity touches is looked at, and nothing grows faster than the bindings."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, Identity
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    request,
    role_binding,
    rule,
    service_account,
)
from tests.escalation.worlds import escalation, reach

CHAIN = 20  # tenants whose accounts can edit in the next one, in a circle


def tenants(count: int) -> Iterator[KubernetesObject]:
    """Yield tenants with an owner and two accounts, a circle, and a controller that creates pods."""
    yield cluster_role("edit", rule("create,patch", "pods,secrets"), rule("get", "secrets"))
    yield cluster_role("view", rule("get", "configmaps"))
    yield cluster_role("pods", rule("create", "pods"))
    yield cluster_role_binding("controller", "pods", "sa:kube-system/controller")
    yield cluster_role_binding("everybody", "view", f"group:{AUTHENTICATED}")
    yield service_account("kube-system/controller")
    for number in range(count):
        team = f"team-{number}"
        yield service_account(f"{team}/default-editor")
        yield service_account(f"{team}/default-viewer")
        yield role_binding(team, "owner", "edit", f"user:owner-{number}")
        yield role_binding(team, "editor", "edit", f"sa:{team}/default-editor")
        yield role_binding(team, "viewer", "view", f"sa:{team}/default-viewer")
        if number < CHAIN:
            yield role_binding(team, "next", "edit", f"sa:team-{(number + 1) % CHAIN}/default-editor")


def owner(number: int) -> Identity:
    """Return the owner of a tenant."""
    return Identity(f"owner-{number}", (AUTHENTICATED,))


def looked_at(engine: Escalation) -> int:
    """Return how many nodes had their edges found."""
    return len(engine.graph._edges)


def test_an_identity_looks_at_what_it_touches() -> None:
    """Not at the other tenants."""
    few, many = escalation(*tenants(50)), escalation(*tenants(500))
    for engine in (few, many):
        assert "sa:team-40/default-editor" in reach(engine, owner(40))

    assert looked_at(few) == looked_at(many) < 20


def test_a_circle_of_tenants_ends() -> None:
    """Each owner in it reaches the accounts of all, and nobody else's."""
    engine = escalation(*tenants(50))
    proved = [text for text in reach(engine, owner(3)) if text.startswith("sa:") and "by" not in text]

    assert {f"sa:team-{number}/default-editor" for number in range(CHAIN)} <= set(proved)
    assert not [text for text in proved if "team-40" in text]


def test_the_holders_in_a_namespace_need_no_others() -> None:
    """A way to an account begins at somebody with a binding in its namespace."""
    few, many = escalation(*tenants(50)), escalation(*tenants(500))
    wanted = request("get", "secrets")
    names = [
        {holder.who.name for holder in engine.holders(wanted, ("team-40",)) if holder.is_proved}
        for engine in (few, many)
    ]

    assert names[0] == names[1] == {"system:serviceaccount:kube-system:controller"}
    assert looked_at(few) == looked_at(many) < 60


def test_the_holders_everywhere_grow_with_the_bindings() -> None:
    """Ten times the tenants are at most ten times the nodes."""
    sizes = []
    for count in (50, 500):
        engine = escalation(*tenants(count))
        holders = [*engine.holders(request("get", "secrets"), None)]

        assert count < len(holders)
        sizes.append(looked_at(engine))
    assert sizes[1] <= 10 * sizes[0]


def test_a_controller_reaches_the_accounts_of_every_tenant() -> None:
    """Each of them once, in two steps at most."""
    engine = escalation(*tenants(200))
    controller = Identity(
        "system:serviceaccount:kube-system:controller",
        ("system:serviceaccounts", "system:serviceaccounts:kube-system", AUTHENTICATED),
    )
    reached = engine.reached(controller)
    accounts = [each for each in reached if each.is_proved and each.node.user.endswith(":default-editor")]

    assert 200 <= len(accounts) <= 400
    assert {1} == {each.length for each in accounts if each.node.hold == 0}
