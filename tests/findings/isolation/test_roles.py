"""Findings about roles that tenants have: what they open, who has them, and what is as Kubeflow ships it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.isolation.tenant_roles import TENANTS, TenantRoles
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.kubeflow.versions import version
from tests.builders import profile, snapshot
from tests.builders import role_binding as role_binding_of
from tests.findings.isolation.roles import role, rule
from tests.findings.isolation.worlds import cluster_role_binding, role_binding, summary, view

VIEW = "isolation-view-runs-code"
ENDPOINTS = "isolation-endpoints"
MESH = "isolation-mesh-writable"
DEAD = "isolation-rule-without-effect"
NOTE, WARNING = "note", "warning"
KIM = "user:kim@example.com"
BOT = "sa:team-a/bot"
VIEWERS = (
    NOTE,
    VIEW,
    "ClusterRole /aggregate-to-kubeflow-pipelines-view",
    "it lets 5 subjects with view run code in 3 namespaces by `run-viewer`, as Kubeflow ships it",
)
SHIPPED_ENDPOINTS = (
    NOTE,
    ENDPOINTS,
    "ClusterRole /kubeflow-kubernetes-edit",
    "it lets 10 subjects write `endpoints` in 3 namespaces, as Kubeflow ships it",
)
ROUTE = rule("create,patch", "virtualservices.networking.istio.io")
OUR_ROLE = "ClusterRole /ours"


def bound(*rules: str, to: str = KIM) -> str:
    """Return a ClusterRole with *rules*, bound in team-a."""
    return role("ours", *rules) + role_binding("team-a", "by-hand", "ours", to)


def test_the_demo_has_what_kubeflow_ships_and_nothing_more() -> None:
    """The demo's roles are a part of what releases ship, with both of their defects."""
    assert [SHIPPED_ENDPOINTS, VIEWERS] == summary(view(), VIEW, ENDPOINTS, MESH, DEAD)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        pytest.param(rule("create", "pods/exec"), "act as service accounts in 3 namespaces by `exec-pod`",
                     id="a shell in a running pod"),
        pytest.param(rule("create", "serviceaccounts/token"),
                     "act as service accounts in 3 namespaces by `mint-token`", id="a token"),
        pytest.param(rule("create", "pods"), "run code in 3 namespaces by `run-pod`", id="a pod"),
        pytest.param(rule("create", "pods,pods/exec"),
                     "run code in 3 namespaces by `exec-pod`, `run-pod`", id="two ways"),
        pytest.param(rule("patch", "notebooks.kubeflow.org"), "run code in 3 namespaces by `run-notebook`",
                     id="a notebook"),
    ],
)  # fmt: skip
def test_a_role_added_to_view_that_runs_code(rules: str, text: str) -> None:
    """It is about the role that the rule is written in, and not what Kubeflow ships."""
    added = role("ours", rules, aggregated="view")

    assert [(WARNING, VIEW, OUR_ROLE, f"it lets 5 subjects with view {text}"), VIEWERS] == summary(
        view(added), VIEW
    )


def test_two_roles_added_to_view_that_are_enough_together() -> None:
    """Neither is enough alone to make a token, so it is about the role that viewers are bound to."""
    added = role("ours", rule("create", "secrets"), aggregated="view")
    more = role("ours-too", rule("list", "secrets"), aggregated="view")
    text = "it lets 5 subjects with view act as service accounts in 3 namespaces by `make-token`"

    assert [(WARNING, VIEW, "ClusterRole /kubeflow-view", text), VIEWERS] == summary(view(added + more), VIEW)
    assert [VIEWERS] == summary(view(added), VIEW)


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(role("ours", rule("get,list", "secrets"), aggregated="view"), id="Secrets are data"),
        pytest.param(role("ours", rule("create", "notebooks.kubeflow.org"), aggregated="edit"),
                     id="a role of editors"),
        pytest.param(bound(rule("create", "pods")), id="a role that is not view"),
        pytest.param(role("ours", rule("create", "pods")), id="a role that nobody has"),
        pytest.param(role("ours", rule("update", "viewers.kubeflow.org"), aggregated="view"),
                     id="what is no step"),
    ],
)  # fmt: skip
def test_what_does_not_let_viewers_run_code(manifests: str) -> None:
    """Only what Kubeflow ships is left."""
    assert [VIEWERS] == summary(view(manifests), VIEW)


def test_a_shipped_role_with_more_rules_is_not_as_shipped() -> None:
    """An administrator's rule makes it a warning."""
    rules = (rule("create,get,delete", "viewers.kubeflow.org"), rule("list", "leases.coordination.k8s.io"))
    changed = role("aggregate-to-kubeflow-pipelines-view", *rules, aggregated="pipelines-view")

    assert [
        (WARNING, VIEW, "ClusterRole /aggregate-to-kubeflow-pipelines-view",
         "it lets 5 subjects with view run code in 3 namespaces by `run-viewer`"),
    ] == summary(view(changed), VIEW)  # fmt: skip


@pytest.mark.parametrize(("release", "severity"), [("2.17.0", NOTE), ("2.18.0", WARNING)])
def test_viewers_of_a_release_that_moved_them_to_edit(release: str, severity: str) -> None:
    """After 2.17.0, a role of viewers that can create them is left over: kubeflow/pipelines#14136."""
    cluster = view()
    assert cluster.pipelines
    newer = replace(cluster, pipelines=replace(cluster.pipelines, version=version(release)))

    assert [severity] == [found for found, *_ in summary(newer, VIEW)]


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(bound(rule("patch", "endpointslices.discovery.k8s.io")),
                     f"it lets `{KIM}` write `endpointslices` in `team-a`", id="slices"),
        pytest.param(bound(rule("update", "endpoints", "web")),
                     f"it lets `{KIM}` write `endpoints` in `team-a`", id="endpoints of one name"),
        pytest.param(bound(rule("*", "*")), f"it lets `{KIM}` write `endpoints` in `team-a`", id="a star"),
        pytest.param(bound(rule("create", "endpoints"), to=BOT),
                     f"it lets `{BOT}` write `endpoints` in `team-a`", id="an account of the profile"),
        pytest.param(bound(rule("create", "endpoints"), to="group:system:serviceaccounts:team-a"),
                     "it lets `group:system:serviceaccounts:team-a` write `endpoints` in `team-a`",
                     id="all accounts of the profile"),
        pytest.param(role("ours", rule("create", "endpoints"))
                     + cluster_role_binding("by-hand", "ours", "user:bob@example.com"),
                     "it lets `user:bob@example.com` write `endpoints` in every namespace", id="an owner"),
        pytest.param(role("ours", rule("create", "endpoints"))
                     + "".join(role_binding(f"team-{name}", "by-hand", "ours", KIM) for name in "abc"),
                     f"it lets `{KIM}` write `endpoints` in 3 namespaces", id="one role in three profiles"),
    ],
)  # fmt: skip
def test_endpoints(manifests: str, expected: str) -> None:
    """One finding for the role, no matter who has it and where."""
    assert [(WARNING, ENDPOINTS, OUR_ROLE, expected), SHIPPED_ENDPOINTS] == summary(
        view(manifests), ENDPOINTS
    )


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(bound(rule("get,list,watch,delete", "endpoints")), id="reading and deleting"),
        pytest.param(bound(rule("create", "endpoints", "web")), id="creating has no name"),
        pytest.param(bound(rule("create", "endpoints"), to="sa:operators/web"), id="an account of no tenant"),
        pytest.param(role("ours", rule("create", "endpoints"))
                     + role_binding("kubeflow", "by-hand", "ours", KIM), id="another namespace"),
        pytest.param(bound(rule("create", "services")), id="services"),
    ],
)  # fmt: skip
def test_what_does_not_write_endpoints(manifests: str) -> None:
    """Only what Kubeflow ships is left."""
    assert [SHIPPED_ENDPOINTS] == summary(view(manifests), ENDPOINTS)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        pytest.param(ROUTE, "change the traffic of others by `virtualservices`", id="a virtual service"),
        pytest.param(rule("update", "httproutes.gateway.networking.k8s.io"),
                     "change the traffic of others by `httproutes`", id="a route of the Gateway API"),
        pytest.param(rule("create", "authorizationpolicies.security.istio.io"),
                     "write `authorizationpolicies`", id="a policy of one's own namespace"),
        pytest.param(rule("create", "wasmplugins.extensions.istio.io"), "write `wasmplugins`", id="a plugin"),
        pytest.param(rule("create", "telemetries.telemetry.istio.io"), "write `telemetries`", id="telemetry"),
        pytest.param(ROUTE + rule("create", "sidecars.networking.istio.io"),
                     "change the traffic of others by `virtualservices`, and write `sidecars`", id="both"),
    ],
)  # fmt: skip
def test_mesh(rules: str, text: str) -> None:
    """The message tells apart what Istio applies to others, and what it applies to the namespace alone."""
    assert [(WARNING, MESH, OUR_ROLE, f"it lets `{KIM}` {text} in `team-a`")] == summary(
        view(bound(rules)), MESH
    )


def test_the_mesh_as_an_old_release_ships_it() -> None:
    """Kubeflow 1.9.1 lets editors write all of networking.istio.io (kubeflow-istio-edit)."""
    name = "kubeflow-istio-edit"
    shipped = rule("get,list,watch,create,delete,deletecollection,patch,update", "*.networking.istio.io")
    labelled = role(name, shipped, aggregated="edit")

    ((severity, _, subject, text),) = summary(view(labelled), MESH)

    assert (NOTE, f"ClusterRole /{name}") == (severity, subject)
    assert text.startswith("it lets 10 subjects change the traffic of others by `destinationrules`, ")
    assert text.endswith(" in 3 namespaces, as Kubeflow ships it")


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(bound(rule("get,list,watch", "*.networking.istio.io")), id="reading"),
        pytest.param(bound(ROUTE, to="sa:istio-operator/web"), id="an account of no tenant"),
        pytest.param(role("ours", ROUTE) + role_binding("istio-system", "by-hand", "ours", KIM),
                     id="another namespace"),
        pytest.param(bound(rule("create", "virtualservices.networking.example.com")), id="another group"),
    ],
)  # fmt: skip
def test_what_does_not_change_the_mesh(manifests: str) -> None:
    """Nothing is said."""
    assert [] == summary(view(manifests), MESH)


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        pytest.param(rule("list", "nodes"), "`list nodes`", id="a cluster-scoped resource"),
        pytest.param(rule("get", "nodes/proxy"), "`get nodes/proxy`", id="its subresource"),
        pytest.param(rule("list", "namespaces"), "`list namespaces`", id="all namespaces"),
        pytest.param(rule("bind", "rolebindings.rbac.authorization.k8s.io"), "`bind rolebindings`",
                     id="bind on bindings"),
        pytest.param(rule("escalate", "clusterroles.rbac.authorization.k8s.io"), "`escalate clusterroles`",
                     id="escalate is asked in no namespace"),
        pytest.param(rule("create", "configmaps", "a"), "`create configmaps`", id="creating by name"),
        pytest.param(rule("deletecollection", "configmaps", "a"), "`deletecollection configmaps`",
                     id="deleting a collection by name"),
        pytest.param(rule("impersonate", "users"), "`impersonate users`", id="users are in no namespace"),
        pytest.param(rule("approve", "signers.certificates.k8s.io"), "`approve signers`", id="signers"),
        pytest.param('- {verbs: [get], nonResourceURLs: ["/metrics"]}\n', "`/metrics`", id="a URL"),
        pytest.param(rule("get", "pods,nodes"), "`get nodes`", id="the rest of the rule counts"),
    ],
)  # fmt: skip
def test_rules_without_effect(rules: str, text: str) -> None:
    """Through a RoleBinding; each of these is refused by the API server however the role is written."""
    assert [(NOTE, DEAD, OUR_ROLE, f"grants nothing by a RoleBinding on {text}")] == summary(
        view(bound(rules)), DEAD
    )


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(bound(rule("get,patch", "namespaces")), id="the namespace itself"),
        pytest.param(bound(rule("bind", "clusterroles.rbac.authorization.k8s.io")),
                     id="bind is asked in the namespace of the binding"),
        pytest.param(bound(rule("impersonate", "serviceaccounts")), id="accounts are in namespaces"),
        pytest.param(bound(rule("get,list,watch,update", "configmaps", "a")), id="verbs with a name"),
        pytest.param(bound(rule("create", "pods/exec", "a")), id="a subresource has the pod's name"),
        pytest.param(bound(rule("create", "runs.pipelines.kubeflow.org", "a")),
                     id="pipelines ask with the name of what is created"),
        pytest.param(bound(rule("list", "widgets.example.com")), id="a type that nobody knows"),
        pytest.param(bound(rule("list", "nodes")) + cluster_role_binding("all", "ours", "group:ops"),
                     id="a ClusterRoleBinding grants it as well"),
        pytest.param(role_binding("team-a", "by-hand", "system:node", KIM), id="a role of Kubernetes"),
        pytest.param(role("ours", rule("list", "nodes"))
                     + role_binding("kubeflow", "by-hand", "ours", KIM), id="no tenant has it"),
    ],
)  # fmt: skip
def test_rules_with_effect(manifests: str) -> None:
    """Nothing is said."""
    assert [] == summary(view(manifests), DEAD)


def test_a_role_of_one_namespace() -> None:
    """A Role is named with its namespace."""
    manifests = role("ours", rule("list", "nodes"), namespace="team-a") + role_binding(
        "team-a", "by-hand", "ours", KIM
    ).replace("kind: ClusterRole,", "kind: Role,")

    assert [(NOTE, DEAD, "Role team-a/ours", "grants nothing by a RoleBinding on `list nodes`")] == summary(
        view(manifests), DEAD
    )


def test_a_role_that_many_profiles_have_is_looked_at_once() -> None:
    """Bindings only add to the numbers: the roles are the same as with one binding each."""
    names = [f"team-{number:03}" for number in range(300)]
    objects = (
        *(profile(name, f"user:owner-{name}") for name in names),
        *(role_binding_of(name, "edit", "kubeflow-edit", f"user:owner-{name}") for name in names),
        *(role_binding_of(name, "ours", "ours", f"sa:{name}/bot") for name in names),
    )
    cluster = view(role("ours", rule("create", "endpoints")))
    many = TenantRoles(snapshot(*objects).over(cluster.snapshot), Tenants(snapshot(*objects)))

    ours = [source for source in many.sources if source.role.name == "ours"]

    assert [300] == [len(source.held(*TENANTS).places) for source in ours]
    assert len(many.sources) < 40
