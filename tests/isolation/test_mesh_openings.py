"""What the mesh lets into a profile: the policies that are told by their form are as closed as they look."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kubectl_kfaccess.isolation.mesh_openings import MeshOpenings
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import authorization_policy, config_map, gap, namespace, profile, snapshot

SEED = 20261130
WORLDS = 1500
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
PAGE = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
CULLER = "cluster.local/ns/kubeflow/sa/notebook-controller-service-account"
HEADER = "request.headers[kubeflow-userid]"
SETTINGS = {
    "ISTIO_INGRESS_GATEWAY_PRINCIPAL": GATEWAY,
    "KFP_UI_PRINCIPAL": PAGE,
    "USERID_HEADER": "kubeflow-userid",
    "USERID_PREFIX": "",
}

SOURCES: tuple[Any, ...] = (
    None, [],
    [{"source": {"principals": [GATEWAY, PAGE]}}],
    [{"source": {"principals": [CULLER]}}],
    [{"source": {"principals": ["cluster.local/ns/team-b/sa/default-editor", PAGE]}}],
    [{"source": {"principals": ["*"]}}],
    [{"source": {"principals": [PAGE]}}, {"source": {"namespaces": ["team-b"]}}],
    [{"source": {"principals": [CULLER], "notNamespaces": ["x"]}}],
    [{"source": {"notPrincipals": [GATEWAY]}}],
    [{"source": {"namespaces": ["team-a"]}}],
    [{}],
)  # fmt: skip
CONDITIONS: tuple[Any, ...] = (
    None, [],
    [{"key": HEADER, "values": ["a@x"]}],
    [{"key": HEADER, "values": ["*@x"]}],
    [{"key": HEADER, "notValues": ["*"]}],
    [{"key": "source.namespace", "values": ["team-a"]}],
    [{"key": "source.namespace", "values": ["team-a", "team-b"]}],
    [{"key": HEADER, "values": ["a@x"]}, {"key": "source.namespace", "values": ["istio-system"]}],
    [{"key": "request.headers[x-other]", "values": ["v"]}],
)  # fmt: skip
OPERATIONS: tuple[Any, ...] = (
    None, [],
    [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}],
    [{"operation": {"paths": ["/healthz"]}}, {"operation": {"methods": ["GET"]}}],
    [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}],
    [{"operation": {"notPaths": ["/healthz"]}}],
    [{"operation": {}}],
)  # fmt: skip
REST: tuple[dict[str, Any], ...] = (
    {}, {}, {}, {},
    {"selector": {"matchLabels": {"app": "x"}}},
    {"action": "DENY"},
    {"action": "AUDIT"},
    {"action": "ALLOW"},
)  # fmt: skip


def world(draw: random.Random) -> Snapshot:
    """Return two profiles, with up to three policies in the first and perhaps one for the whole mesh."""
    policies = [
        authorization_policy(f"team-a/p{number}", _spec(draw)) for number in range(draw.randint(0, 3))
    ]
    if draw.random() < 0.5:
        policies.append(authorization_policy("istio-system/deny", draw.choice(({}, _spec(draw)))))
    return snapshot(
        profile("team-a", "user:a@x"),
        profile("team-b", "user:b@x"),
        *(namespace(name, **{"istio-injection": "enabled"}) for name in ("team-a", "team-b")),
        config_map("kubeflow/profiles-config", **SETTINGS),
        authorization_policy("team-b/own", {}),
        *policies,
    )


def _spec(draw: random.Random) -> dict[str, Any]:
    rules = [_rule(draw) for _ in range(draw.randint(0, 3))]
    return {"rules": rules, **draw.choice(REST)}


def _rule(draw: random.Random) -> dict[str, Any]:
    parts = {"from": draw.choice(SOURCES), "when": draw.choice(CONDITIONS), "to": draw.choice(OPERATIONS)}
    return {key: value for key, value in parts.items() if value is not None}


def test_what_is_told_by_its_form_has_no_openings() -> None:
    """Each world is compared as well, whether its policies look closed or not."""
    draw = random.Random(SEED)
    shut = opened = 0
    for number in range(WORLDS):
        known = world(draw)
        openings = MeshOpenings(ProfileIndex(known))
        compared = openings.compared("team-a")

        assert openings.of("team-a") == compared, f"seed {SEED}, world {number}"
        opened += bool(compared)
        shut += not compared
    assert opened > WORLDS / 10
    assert shut > WORLDS / 10


@pytest.mark.parametrize("place", ["team-a", "istio-system", ""])
def test_policies_that_were_not_read_can_shut_it(place: str) -> None:
    """A DENY policy among them could refuse what the one that was read allows."""
    known = snapshot(
        profile("team-a", "user:a@x"),
        namespace("team-a", **{"istio-injection": "enabled"}),
        authorization_policy("team-a/open", {"rules": [{}]}),
        gaps=[gap("authorizationpolicies", place)],
    )

    assert () == MeshOpenings(ProfileIndex(known)).of("team-a")
