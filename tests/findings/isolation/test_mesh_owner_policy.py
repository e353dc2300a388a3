"""The policy that the profile controller writes for the owner: missing, or changed by hand."""

from __future__ import annotations

import pytest

from tests.findings.isolation.worlds import OPENED, policy, summary, view

ID = "isolation-mesh-owner-policy"
ERROR, WARNING = "error", "warning"
NAME = "ns-owner-access-istio"
OWNERS = f"authorizationpolicy/team-b/{NAME}"
PRINCIPALS = (
    "[cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account, "
    "cluster.local/ns/kubeflow/sa/ml-pipeline-ui]"
)
USER = "{key: 'request.headers[kubeflow-userid]', values: [bob@example.com]}"
OWNER = f"{{from: [{{source: {{principals: {PRINCIPALS}}}}}], when: [{USER}]}}"
OWN = "{when: [{key: source.namespace, values: [team-b]}]}"
PROBES = "{to: [{operation: {paths: [/healthz, /metrics, /wait-for-drain]}}]}"
CULLER = (
    "{from: [{source: {principals: [cluster.local/ns/kubeflow/sa/notebook-controller-service-account]}}], "
    "to: [{operation: {methods: [GET], paths: ['*/api/kernels']}}]}"
)
MONITORING = "{when: [{key: source.namespace, values: [monitoring]}]}"
"""A rule that opens nothing to tenants."""


def owners(*rules: str, more: str = "") -> str:
    """Return the owner's policy of team-b with these rules."""
    return policy(f"team-b/{NAME}", f"{{rules: [{', '.join(rules)}]{more}}}")


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, MONITORING),
            "it has 1 rule that the profile controller does not write",
            id="a rule more",
        ),
        pytest.param(
            owners(OWNER, PROBES, CULLER), "it lacks 1 rule that the profile controller writes",
            id="without the profile's own pods",
        ),
        pytest.param(
            owners(OWNER.replace("[bob@", "[kim@example.com, bob@"), OWN, PROBES, CULLER),
            "it has 1 rule that the profile controller does not write, and lacks 1 rule that the profile "
            "controller writes",
            id="a second user, and no other finding is about them",
        ),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, "{from: [{source: {namespaces: [monitoring], 1: [x]}}]}", "5"),
            "it has 2 rules that the profile controller does not write",
            id="rules that Istio would refuse",
        ),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, more=", selector: {matchLabels: {app: x}}"),
            "it is for some workloads alone: the profile controller writes it for all of them",
            id="for some workloads",
        ),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, more=", action: DENY"),
            "it does not let the owner in: its action is not ALLOW",
            id="a denial",
        ),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, more=", action: AUDIT"),
            "it has no effect: it only audits, or is a dry run",
            id="an audit",
        ),
    ],
)  # fmt: skip
def test_the_policy_differs(manifest: str, message: str) -> None:
    """The other profiles of the demo have the policy as Kubeflow 1.10 writes it."""
    assert [(WARNING, ID, f"AuthorizationPolicy team-b/{NAME}", message)] == summary(view(manifest), ID)


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(owners(OWN, CULLER, OWNER, PROBES), id="in another order"),
        pytest.param(owners(OWNER, OWN, PROBES), id="as a release without the notebook controller's rule"),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER.replace("notebook-controller-service-account", "culler")),
            id="with another account of the notebook controller",
        ),
        pytest.param(
            owners(OWNER.replace("bob@example.com", "kim@example.com"), OWN, PROBES, CULLER),
            id="another owner, which profile-owner-differs reports",
        ),
        pytest.param(
            owners(OWNER, OWN, PROBES, CULLER, "{}"), id="an opening, which isolation-mesh-open reports"
        ),
        pytest.param(
            owners(f"{{when: [{USER}]}}", OWN, PROBES),
            id="as before Kubeflow 1.8, which isolation-mesh-open reports",
        ),
    ],
)
def test_the_policy_is_as_it_should_be_or_reported_already(manifest: str) -> None:
    """A fact has one id."""
    assert [] == summary(view(manifest), ID)


def test_a_missing_policy_is_an_error_if_nothing_else_limits_anybody() -> None:
    """Without the mesh's own denial and without contributors, no ALLOW policy is left."""
    gone = (
        OPENED,
        OWNERS,
        "authorizationpolicy/istio-system/global-deny-all",
        "authorizationpolicy/team-b/user-alice-example-com-clusterrole-view",
    )
    message = (
        f"there is no AuthorizationPolicy `{NAME}`, which other profiles have, and nothing else limits who "
        "reaches the workloads"
    )

    assert [(ERROR, ID, "Profile /team-b", message)] == summary(view(without=gone), ID)


def test_a_missing_policy_that_shuts_the_owner_out_is_reported_with_the_owner() -> None:
    """profile-binding-without-policy is that finding."""
    assert [] == summary(view(without=(OPENED, OWNERS)), ID)


def test_a_missing_policy_beside_another_one_for_the_owner_is_a_warning() -> None:
    """The owner gets in by it, and the profile's own pods do not."""
    other = policy("team-b/user-bob-example-com-clusterrole-admin", f"{{rules: [{OWNER}]}}")
    message = f"there is no AuthorizationPolicy `{NAME}`, which other profiles have"

    assert [(WARNING, ID, "Profile /team-b", message)] == summary(view(other, without=(OPENED, OWNERS)), ID)


def test_without_any_such_policy_there_is_no_mesh_to_speak_of() -> None:
    """Nobody knows then whether the profile controller writes any."""
    all_owners = tuple(f"authorizationpolicy/{name}/{NAME}" for name in ("team-a", "team-b", "team-c"))

    assert [] == summary(view(without=(OPENED, *all_owners)), ID)


def test_the_demo_has_them_as_kubeflow_writes_them() -> None:
    """Nothing differs."""
    assert [] == summary(view(), ID)
