"""Services that believe the user's name in a header, and the gateway inside the cluster."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.catalogue.header_services import HEADER_SERVICES
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import version
from tests.findings.isolation.worlds import (
    findings,
    policy,
    release,
    service_account,
    summary,
    view,
)

HEADER, GATEWAY = "isolation-service-trusts-header", "isolation-cluster-local-gateway"
ERROR, WARNING = "error", "warning"
RELEASES = ("kubeflow-v1.9.1", "kubeflow-v1.10")
DENY_ALL = "authorizationpolicy/istio-system/global-deny-all"
POLICIES = {
    "profiles-kfam": "profiles-kfam",
    "centraldashboard": "central-dashboard",
    "jupyter-web-app": "jupyter-web-app",
    "volumes-web-app": "volumes-web-app",
    "tensorboards-web-app": "tensorboards-web-app",
    "katib-ui": "katib-ui",
    "ml-pipeline": "ml-pipeline",
    "ml-pipeline-ui": "ml-pipeline-ui",
    "kserve-models-web-app": "kserve-models-web-app",
}
"""The policy of each service in Kubeflow 1.9.1 and 1.10."""
EXPERIMENTS = "which believes the user's name in the header: they get that user's experiments"


WORKSPACES = (
    "---\napiVersion: v1\nkind: Namespace\n"
    "metadata: {name: kubeflow-workspaces, labels: {istio-injection: enabled}}\n"
)


def installed(corpus: Path, name: str, *, manifests: str = "", without: tuple[str, ...] = ()) -> ClusterView:
    """Return a release with the profiles that its controllers have made, and with changes."""
    files = (corpus / f"{name}-rbac.yaml", corpus / "profiles-v1.10.yaml")
    return release(*files, manifests=manifests, without=without)


def of_pipelines(cluster: ClusterView, text: str) -> ClusterView:
    """Return *cluster* with that release of Kubeflow Pipelines."""
    return replace(cluster, pipelines=Pipelines("kubeflow", Mode.MULTI_USER, "default-editor", version(text)))


@pytest.mark.parametrize("name", RELEASES)
def test_each_shipped_policy_keeps_pods_away(corpus: Path, name: str) -> None:
    """Without the denial of the whole mesh, the services are shut all the same: by their own policies."""
    assert [] == summary(installed(corpus, name, without=(DENY_ALL,)), HEADER)


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("service", POLICIES)
def test_without_its_policy_a_service_is_open(corpus: Path, name: str, service: str) -> None:
    """The labels of the table are those that the release's policy selects."""
    gone = (DENY_ALL, f"authorizationpolicy/kubeflow/{POLICIES[service]}")
    ((severity, _, where, message),) = summary(installed(corpus, name, without=gone), HEADER)

    assert WARNING == severity
    assert where.startswith("ServiceAccount kubeflow/")
    assert f"which pods send requests to `{service}`," in message


def test_the_denial_of_the_whole_mesh_is_enough(corpus: Path) -> None:
    """It allows nothing, so a service without a policy of its own is reached by nobody."""
    gone = ("authorizationpolicy/kubeflow/katib-ui",)

    assert [] == summary(installed(corpus, RELEASES[1], without=gone), HEADER)


@pytest.mark.parametrize(("pipelines", "severity"), [("2.3.0", ERROR), ("2.5.0", ERROR), ("2.0.5", WARNING)])
def test_a_policy_that_the_release_ships_has_been_removed(
    corpus: Path, pipelines: str, severity: str
) -> None:
    """Kubeflow 1.9.1 has pipelines 2.3.0. What releases before it ship is not known."""
    gone = (DENY_ALL, "authorizationpolicy/kubeflow/katib-ui")
    cluster = of_pipelines(installed(corpus, RELEASES[0], without=gone), pipelines)
    message = f"no AuthorizationPolicy limits which pods send requests to `katib-ui`, {EXPERIMENTS}"

    assert [(severity, HEADER, "ServiceAccount kubeflow/katib-ui", message)] == summary(cluster, HEADER)


@pytest.mark.parametrize(
    "spec",
    [
        "{selector: {matchLabels: {katib.kubeflow.org/component: ui}}, rules: [{}]}",
        "{selector: {matchLabels: {katib.kubeflow.org/component: ui}}, "
        "rules: [{from: [{source: {principals: ['*']}}]}]}",
        "{selector: {matchLabels: {katib.kubeflow.org/component: ui}}, "
        "rules: [{when: [{key: 'request.headers[kubeflow-userid]', values: ['*']}]}]}",
    ],
)
def test_a_policy_without_a_source_opens_a_service(corpus: Path, spec: str) -> None:
    """Another policy beside that of the release is enough, because rules of ALLOW policies only add."""
    cluster = installed(corpus, RELEASES[1], manifests=policy("kubeflow/mine", spec))
    message = f"it lets every pod of the mesh send requests to `katib-ui`, {EXPERIMENTS}"
    (finding,) = (each for each in findings(cluster) if each.type.id == HEADER)

    assert ("AuthorizationPolicy", "kubeflow", "mine") == (finding.kind, finding.namespace, finding.name)
    assert message == finding.message
    assert ("ADA-KUBEFL-13",) == finding.references


def test_a_policy_for_requests_without_the_header_opens_nothing(corpus: Path) -> None:
    """As for ml-pipeline: what comes without the header needs a token."""
    rule = "{when: [{key: 'request.headers[kubeflow-userid]', notValues: ['*']}]}"
    spec = f"{{selector: {{matchLabels: {{katib.kubeflow.org/component: ui}}}}, rules: [{rule}]}}"

    assert [] == summary(installed(corpus, RELEASES[1], manifests=policy("kubeflow/mine", spec)), HEADER)


def test_the_workspaces_of_notebooks_are_open_as_they_ship() -> None:
    """components/istio/authorization-policy.yaml of workspaces/backend in kubeflow/notebooks admits all."""
    labels = "app.kubernetes.io/component: workspaces-backend"
    spec = f"{{action: ALLOW, selector: {{matchLabels: {{{labels}}}}}, rules: [{{}}]}}"
    shipped = policy("kubeflow-workspaces/workspaces-backend", spec)
    account = service_account("kubeflow-workspaces/workspaces-backend")
    message = (
        "it lets every pod of the mesh send requests to `workspaces-backend`, which believes the user's name "
        "in the header: they get that user's workspaces"
    )
    place = "AuthorizationPolicy kubeflow-workspaces/workspaces-backend"

    assert [(WARNING, HEADER, place, message)] == summary(view(WORKSPACES + account + shipped), HEADER)


def test_new_and_old_labels_of_the_access_management_count(corpus: Path) -> None:
    """Dashboard 2.0.0 has the same account and other labels, and its policy selects those."""
    selector = "{app.kubernetes.io/component: controller-manager, app.kubernetes.io/name: profile-controller}"
    source = "{principals: [cluster.local/ns/kubeflow/sa/dashboard]}"
    spec = f"{{selector: {{matchLabels: {selector}}}, rules: [{{from: [{{source: {source}}}]}}]}}"
    old = (DENY_ALL, "authorizationpolicy/kubeflow/profiles-kfam")
    cluster = installed(corpus, RELEASES[1], manifests=policy("kubeflow/kfam", spec), without=old)

    assert [] == summary(cluster, HEADER)


def test_a_service_that_is_not_installed_is_not_open() -> None:
    """The demo has no dashboard, and no volumes page."""
    names = {finding.name for finding in findings(view(without=(DENY_ALL,))) if finding.type.id == HEADER}

    assert {"jupyter-web-app-service-account", "katib-ui", "kserve-models-web-app", "ml-pipeline-ui"} == names


def test_the_demo_is_shut() -> None:
    """Its mesh refuses what no policy allows."""
    assert [] == summary(view(), HEADER, GATEWAY)


def test_the_table_has_each_service_once() -> None:
    """The name is in the messages."""
    names = [service.name for service in HEADER_SERVICES]

    assert sorted(set(names)) == sorted(names)
    assert POLICIES.keys() <= set(names)


OPEN_GATEWAY = (DENY_ALL, "authorizationpolicy/istio-system/cluster-local-gateway")
NO_POLICY = "no AuthorizationPolicy limits which pods send requests through `cluster-local-gateway`"
BY_POLICY = "it lets every pod of the mesh send requests through `cluster-local-gateway`"
ACCOUNT = "cluster-local-gateway-service-account"
ADMITS = policy(
    "alice/models",
    f"{{rules: [{{from: [{{source: {{principals: [cluster.local/ns/istio-system/sa/{ACCOUNT}]}}}}]}}]}}",
)
REQUIRE_TOKEN = policy(
    "istio-system/cluster-local-gateway-require-jwt",
    "{selector: {matchLabels: {app: cluster-local-gateway, istio: cluster-local-gateway}}, action: DENY, "
    "rules: [{from: [{source: {notRequestPrincipals: ['*']}}], to: [{operation: {notPaths: [/healthz]}}]}]}",
)
"""As the overlay m2m-auth of common/istio/cluster-local-gateway in kubeflow/manifests has it."""


def test_a_gateway_that_no_policy_selects_is_open(corpus: Path) -> None:
    """Without the denial of the whole mesh."""
    lines = summary(installed(corpus, RELEASES[1], without=OPEN_GATEWAY), GATEWAY)

    assert [(WARNING, GATEWAY, f"ServiceAccount istio-system/{ACCOUNT}", NO_POLICY)] == lines


@pytest.mark.parametrize("name", RELEASES)
def test_the_shipped_gateway_matters_if_a_profile_lets_it_in(corpus: Path, name: str) -> None:
    """The release opens the gateway to everybody. What the profile controller writes keeps it out."""
    lines = summary(installed(corpus, name, manifests=ADMITS), GATEWAY)
    place, message = (
        "AuthorizationPolicy istio-system/cluster-local-gateway",
        f"{BY_POLICY}, and `alice` lets",
    )

    assert [] == summary(installed(corpus, name), GATEWAY)
    assert [(WARNING, GATEWAY, place, f"{message} the gateway in")] == lines


def test_a_gateway_that_asks_for_a_token_is_shut(corpus: Path) -> None:
    """Who has a token is another question."""
    assert [] == summary(installed(corpus, RELEASES[1], manifests=ADMITS + REQUIRE_TOKEN), GATEWAY)


def test_a_gateway_that_the_mesh_shuts_is_no_way(corpus: Path) -> None:
    """Its own policy is gone, and the denial of the whole mesh is there."""
    cluster = installed(corpus, RELEASES[1], manifests=ADMITS, without=OPEN_GATEWAY[1:])

    assert [] == summary(cluster, GATEWAY)
