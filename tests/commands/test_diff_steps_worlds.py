"""
Who is looked at for steps when a cluster changes, in random clusters: nobody else gains any.

KFACCESS_SEED and KFACCESS_STEP_WORLDS set the seed and the number of worlds.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

import pytest

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.gains import Gains
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane, identified
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.subjects import Identity, Principal, displayed, home_of_accounts
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    namespace,
    role_binding,
    rule,
    service_account,
    snapshot,
)

SEED = int(os.environ.get("KFACCESS_SEED", "20261130"))
WORLDS = int(os.environ.get("KFACCESS_STEP_WORLDS", "250"))

PLACES = ("red", "green", "blue", "grey")
ACCOUNTS = ("default", "editor", "viewer")
ROLES = {
    "pods": [rule("create", "pods")],
    "workloads": [rule("patch", "deployments.apps")],
    "notebooks": [rule("create", "notebooks.kubeflow.org")],
    "exec": [rule("create", "pods/exec"), rule("get", "pods")],
    "tokens": [rule("create", "serviceaccounts/token")],
    "token-of-editor": [rule("create", "serviceaccounts/token", names=["editor"])],
    "secrets": [rule("get,list", "secrets")],
    "make-token": [rule("create,get", "secrets")],
    "adopt": [rule("create", "serviceaccounts,pods")],
    "accounts": [rule("create", "serviceaccounts")],
    "be-users": [rule("impersonate", "users")],
    "be-accounts": [rule("impersonate", "serviceaccounts")],
    "be-bob": [rule("impersonate", "users", names=["bob"])],
    "bind-pods": [
        rule("create", "rolebindings.rbac.authorization.k8s.io"),
        rule("bind", "clusterroles.rbac.authorization.k8s.io", names=["pods", "secrets"]),
    ],
    "bind": [rule("bind", "clusterroles.rbac.authorization.k8s.io")],
    "write-bindings": [rule("create,patch", "rolebindings.rbac.authorization.k8s.io")],
    "escalate": [rule("escalate,patch,create", "clusterroles.rbac.authorization.k8s.io")],
    "labels": [rule("patch", "namespaces")],
    "view": [rule("get,list", "configmaps,pods")],
    "limited": [rule("impersonate:user-info", "users.authentication.k8s.io")],
    "missing": [],
}
SUBJECTS = (
    "user:alice",
    "user:bob",
    "user:carol",
    "group:staff",
    "group:system:authenticated",
    "group:system:serviceaccounts:red",
    "group:system:serviceaccounts",
    *(f"sa:{place}/{name}" for place in PLACES for name in ACCOUNTS),
)
RARE = ("group:system:authenticated", "group:system:serviceaccounts")
"""What makes everybody concerned, and so proves little."""


def test_nobody_else_gains_anything_by_steps() -> None:
    """Those who are left out reach after a change what they reached before; all others, all that is new."""
    wrong, gaining, left_out = [], 0, 0
    for number in range(WORLDS):
        draw = Random(f"{SEED}/{number}")
        before = _world(draw)
        after = _changed(before, draw)
        gains = Gains(_escalation(before), _escalation(after))
        known = gains.after.facts.snapshot
        access = {
            who: (place,)
            for place, bound in sorted(known.bound.items())
            for who in sorted(bound)
            if draw.random() < 0.05
        }
        chosen = gains.concerned(access)
        for who in sorted(known.principals):
            identity = identified(displayed(who)).seen(Plane.KUBECTL)
            gained = [*gains.of(identity, access)]
            seen = {(gain.reached.node.user, gain.place) for gain in gained if gain.is_proved}
            missed = {*_new_access(gains, identity)} - seen
            wrong += [f"world {number}: {who.name} also reaches {each}" for each in sorted(missed)]
            gaining += bool(gained)
            left_out += who not in chosen
            if gained and who not in chosen:
                wrong.append(f"world {number}: {who.name} reaches {gained[0].reached.node}")

    assert [] == wrong[:3], f"seed {SEED}: {len(wrong)}"
    assert gaining > WORLDS / 2, f"seed {SEED}"
    assert left_out > WORLDS, f"seed {SEED}"


@pytest.mark.parametrize(
    "more",
    [
        {"role": cluster_role("code", *ROLES["pods"], *ROLES["be-accounts"])},
        {"role": cluster_role("code", *ROLES["pods"], *ROLES["accounts"])},
        {"ghost": service_account("red/ghost")},
    ],
    ids=["impersonated", "created", "in the change"],
)
def test_an_account_that_did_not_exist_is_new_to_those_who_run_code(
    more: dict[str, KubernetesObject],
) -> None:
    """Though they could act as all accounts of the namespace before, and what is bound to it is not new."""
    before: dict[str, KubernetesObject] = {
        "account": service_account("red/editor"),
        "role": cluster_role("code", *ROLES["pods"]),
        "binding": role_binding("red", "code", "code", "user:alice"),
        "dangling": role_binding("green", "ghost", "code", "sa:red/ghost"),
    }
    gains = Gains(_escalation(before), _escalation({**before, **more}))
    alice = Principal("User", "alice")
    gained = [*gains.of(identified(displayed(alice)).seen(Plane.KUBECTL), {})]

    assert alice in gains.concerned({})
    assert "green" in {gain.place for gain in gained if gain.is_proved}


def _escalation(world: dict[str, KubernetesObject]) -> Escalation:
    return Escalation(Facts(Evaluator(snapshot(*world.values())), KubernetesVersion(1, 37)))


def _world(draw: Random) -> dict[str, KubernetesObject]:
    """Return the objects of a world by a name of their own."""
    world: dict[str, KubernetesObject] = {name: _labelled(name, draw) for name in PLACES}
    world |= {
        f"role {name}": cluster_role(name, *rules) for name, rules in ROLES.items() if name != "missing"
    }
    for place in PLACES:
        for name in ACCOUNTS:
            if draw.random() < 0.5:
                world[f"account {place}/{name}"] = service_account(f"{place}/{name}")
    for number in range(draw.randint(3, 9)):
        world[f"binding {number}"] = _binding(f"b{number}", draw)
    return world


def _new_access(gains: Gains, identity: Identity) -> Iterator[tuple[str, str]]:
    """Yield who *identity* surely reaches only after the change, with each namespace they are bound in."""
    sure = [each.node for each in gains.before.reached(identity) if each.is_proved]
    if any(node.kind is Kind.CLUSTER for node in sure):
        return
    before = {node.user for node in sure}
    known = gains.after.facts.snapshot
    for each in gains.after.reached(identity):
        user = each.node.user
        if each.is_proved and each.length and each.node.kind is Kind.IDENTITY and user not in ("", *before):
            home = home_of_accounts(displayed(Principal("User", user)))
            places = known.places.get(Principal("User", user), ())
            yield from ((user, place) for place in places if place != home)


def _labelled(name: str, draw: Random) -> KubernetesObject:
    level = draw.choice(("restricted", "privileged"))
    return namespace(name, **{"pod-security.kubernetes.io/enforce": level})


def _binding(name: str, draw: Random) -> KubernetesObject:
    role = draw.choice([*ROLES])
    chosen = [each for each in SUBJECTS if each not in RARE or draw.random() < 0.1]
    subjects = draw.sample(chosen, draw.choice((1, 1, 2)))
    if draw.random() < 0.2:
        return cluster_role_binding(name, role, *subjects)
    return role_binding(draw.choice(PLACES), name, role, *subjects)


def _changed(world: dict[str, KubernetesObject], draw: Random) -> dict[str, KubernetesObject]:
    """Return the world after one to three changes."""
    after = dict(world)
    for number in range(draw.randint(1, 3)):
        what = draw.choice(("bind", "bind", "unbind", "rules", "account", "no account", "label", "role"))
        if what == "bind":
            after[f"new {number}"] = _binding(f"n{number}", draw)
        elif what == "rules":
            name = draw.choice([*ROLES][:-1])
            more = ROLES[draw.choice([*ROLES])]
            after[f"role {name}"] = cluster_role(name, *ROLES[name], *more)
        elif what == "account":
            key = f"{draw.choice(PLACES)}/{draw.choice(ACCOUNTS)}"
            after[f"account {key}"] = service_account(key)
        elif what == "label":
            place = draw.choice(PLACES)
            after[place] = _labelled(place, draw)
        else:
            kinds = {"unbind": "binding", "no account": "account", "role": "role"}
            keys = [key for key in after if key.startswith(kinds[what])]
            after.pop(draw.choice(keys), None) if keys else None
    return after
