"""Policies that let others into a profile. What Kubeflow's controllers write there lets nobody in."""

from __future__ import annotations

import pytest

from tests.findings.isolation.worlds import OPENED, namespace, policy, summary, view

ID = "isolation-mesh-open"
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
USERID = "request.headers[kubeflow-userid]"
ERROR, WARNING = "error", "warning"
EVERY_POD = "it lets every pod of the mesh reach the workloads of `team-b`"
SOME_OF_EVERY_POD = "it lets every pod of the mesh reach some workloads of `team-b`"
PODS_OF_A = "it lets pods of `team-a` reach the workloads of `team-b`"


def source(field: str, *values: str) -> str:
    """Return a rule for that source."""
    return f"{{from: [{{source: {{{field}: [{', '.join(map(repr, values))}]}}}}]}}"


def user_rule(name: str, *principals: str) -> str:
    """Return a rule for a user by the header, from these callers if there are some."""
    callers = f"from: [{{source: {{principals: {list(principals)}}}}}], " if principals else ""
    return f"{{{callers}when: [{{key: '{USERID}', values: ['{name}']}}]}}"


@pytest.mark.parametrize(
    ("spec", "severity", "message"),
    [
        pytest.param("{rules: [{}]}", ERROR, EVERY_POD, id="a rule without anything"),
        pytest.param(f"{{rules: [{source('principals', '*')}]}}", ERROR, EVERY_POD, id="any principal"),
        pytest.param(f"{{rules: [{source('namespaces', '*')}]}}", ERROR, EVERY_POD, id="any namespace"),
        pytest.param(
            f"{{rules: [{source('principals', '*/sa/default-editor')}]}}",
            ERROR, EVERY_POD, id="the editors of all namespaces",
        ),
        pytest.param(
            f"{{rules: [{source('notNamespaces', 'team-c')}]}}",
            ERROR, EVERY_POD, id="all namespaces but one",
        ),
        pytest.param(
            f"{{rules: [{source('principals', 'cluster.local/ns/team-a/sa/default-editor')}]}}",
            ERROR, PODS_OF_A, id="an account of another tenant",
        ),
        pytest.param(
            f"{{rules: [{source('serviceAccounts', 'team-a/default-viewer')}]}}",
            ERROR, PODS_OF_A, id="an account by its short name",
        ),
        pytest.param(
            f"{{rules: [{source('namespaces', 'team-a')}]}}", ERROR, PODS_OF_A, id="another namespace"
        ),
        pytest.param(
            "{rules: [{when: [{key: source.namespace, values: ['team-*']}]}]}",
            ERROR, PODS_OF_A, id="a pattern that another namespace fits",
        ),
        pytest.param(
            f"{{rules: [{source('principals', 'cluster.local/ns/team-*')}]}}",
            ERROR, PODS_OF_A, id="a pattern of principals",
        ),
        pytest.param(
            f"{{rules: [{user_rule('bob@example.com', 'cluster.local/ns/team-a/sa/default-editor')}]}}",
            ERROR, PODS_OF_A, id="an account that is trusted with the header",
        ),
        pytest.param(
            f"{{rules: [{source('principals', GATEWAY)}]}}",
            ERROR, "it lets everyone who logs in reach the workloads of `team-b`",
            id="the gateway without a user",
        ),
        pytest.param(
            f"{{rules: [{user_rule('*@example.com', GATEWAY)}]}}",
            ERROR,
            "it lets users like `*@example.com`, such as the owner of `team-a`, reach the workloads of "
            "`team-b`",
            id="a pattern of users",
        ),
        pytest.param(
            f"{{rules: [{user_rule('bob@example.com')}]}}",
            WARNING,
            "it lets every pod of the mesh that sends `bob@example.com` as the user's name reach the "
            "workloads of `team-b`",
            id="a user whose header anybody can send, as before Kubeflow 1.8",
        ),
        pytest.param(
            "{selector: {matchLabels: {app: my-model}}, rules: [{}]}",
            WARNING, SOME_OF_EVERY_POD, id="some workloads",
        ),
        pytest.param(
            "{rules: [{to: [{operation: {paths: ['/v1/models/*']}}]}]}",
            WARNING, SOME_OF_EVERY_POD, id="some paths",
        ),
        pytest.param(
            "{rules: [{to: [{operation: {paths: [/healthz]}}, {operation: {methods: [GET]}}]}]}",
            WARNING, SOME_OF_EVERY_POD, id="probes, and a method on all paths",
        ),
        pytest.param(
            "{rules: [{to: [{operation: {ports: ['8080']}}]}]}",
            WARNING, SOME_OF_EVERY_POD, id="a port",
        ),
    ],
)  # fmt: skip
def test_a_policy_lets_others_in(spec: str, severity: str, message: str) -> None:
    """The demo has team-a, team-b and team-c; the policy stands beside those of Kubeflow."""
    lines = summary(view(policy("team-b/mine", spec)), ID)

    assert [(severity, ID, "AuthorizationPolicy team-b/mine", message)] == lines


@pytest.mark.parametrize(
    "spec",
    [
        pytest.param("{}", id="no rules allow nothing"),
        pytest.param("{rules: [{to: [{operation: {paths: [/healthz, /metrics]}}]}]}", id="probes"),
        pytest.param(f"{{rules: [{source('namespaces', 'team-b')}]}}", id="the own namespace"),
        pytest.param(f"{{rules: [{source('namespaces', 'monitoring')}]}}", id="a platform's namespace"),
        pytest.param(f"{{rules: [{source('principals', 'cluster.local/ns/kubeflow/sa/ml-pipeline')}]}}",
                     id="a platform's account"),
        pytest.param(f"{{rules: [{user_rule('bob@example.com', GATEWAY)}]}}", id="the owner"),
        pytest.param(f"{{rules: [{user_rule('zoe@example.com', GATEWAY)}]}}",
                     id="a user without a role: profile-policy-without-binding says it"),
        pytest.param(f"{{rules: [{user_rule('*@elsewhere.org', GATEWAY)}]}}", id="a pattern of nobody"),
        pytest.param(f"{{rules: [{source('requestPrincipals', '*')}]}}", id="a token, which is not read"),
        pytest.param(f"{{rules: [{source('ipBlocks', '10.0.0.0/8')}]}}", id="an address"),
        pytest.param("{action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}", id="a denial"),
        pytest.param("{action: AUDIT, rules: [{}]}", id="an audit"),
        pytest.param("{targetRefs: [{kind: Gateway, name: g}], rules: [{}]}", id="a gateway"),
    ],
)  # fmt: skip
def test_a_policy_lets_nobody_else_in(spec: str) -> None:
    """These are no openings, or are reported as something else."""
    assert [] == summary(view(policy("team-b/mine", spec)), ID)


def test_a_denial_of_everything_closes_an_opening() -> None:
    """DENY policies come before ALLOW policies."""
    opened = policy("team-b/mine", "{rules: [{}]}")
    denied = policy("team-b/closed", "{action: DENY, rules: [{}]}")

    assert [] == summary(view(opened + denied), ID)


def test_a_policy_of_the_root_namespace_has_one_finding() -> None:
    """It holds in all profiles; a copy of this rule is common to let KServe's requests through."""
    rule = "{rules: [{to: [{operation: {paths: ['/v1/models/*']}}]}]}"
    message = "it lets every pod of the mesh reach some workloads of 3 profiles"
    lines = summary(view(policy("istio-system/models", rule)), ID)

    assert [(WARNING, ID, "AuthorizationPolicy istio-system/models", message)] == lines


def test_a_profile_whose_policies_are_gone_is_open_without_the_denial_of_the_mesh() -> None:
    """If the owner's policy is missing, that finding says so; with another one there, some do limit."""
    deny_all = "authorizationpolicy/istio-system/global-deny-all"
    contributors = "authorizationpolicy/team-b/user-alice-example-com-clusterrole-view"
    owners = "authorizationpolicy/team-b/ns-owner-access-istio"

    assert [] == summary(view(without=(OPENED, deny_all)), ID)
    assert [] == summary(view(without=(OPENED, deny_all, contributors, owners)), ID)


def test_the_demo_is_closed() -> None:
    """Its policies are those of Kubeflow 1.10."""
    assert [] == summary(view(), ID)


def test_profiles_of_the_same_team_are_open_to_each_other() -> None:
    """With `--tenant-label`, profiles whose label has the same value are one tenant."""
    same = "".join(namespace(name, "org: x", "istio-injection: enabled") for name in ("team-a", "team-b"))
    opened = policy("team-b/mine", f"{{rules: [{source('namespaces', 'team-a')}]}}")

    assert [] == summary(view(same + opened, label="org"), ID)
    assert 1 == len(summary(view(same + opened), ID))
