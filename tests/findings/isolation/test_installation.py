"""What the installed release of pipelines shares between tenants, and what profiles let pods do."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import version
from tests.findings.isolation.worlds import (
    findings,
    namespace,
    policy,
    release,
    service_account,
    summary,
    view,
)

SHARED, RELEASE = "isolation-pipelines-shared", "isolation-pipelines-release"
METADATA, PODS = "isolation-metadata-shared", "isolation-pod-security"
WARNING, NOTE = "warning", "note"
API = "Deployment kubeflow/ml-pipeline"
MESH = (
    "isolation-cluster-local-gateway",
    "isolation-mesh-absent",
    "isolation-mesh-ambient",
    "isolation-mesh-open",
    "isolation-mesh-owner-policy",
    "isolation-service-trusts-header",
)
SEEN = "pipelines without a namespace are seen by all teams"


def of_pipelines(
    cluster: ClusterView, text: str = "", mode: Mode = Mode.MULTI_USER, *, required: bool = False
) -> ClusterView:
    """Return *cluster* with pipelines of that release and mode."""
    known = Pipelines("kubeflow", mode, "default-editor", version(text), namespace_required=required)
    return replace(cluster, pipelines=known)


def test_pipelines_of_the_demo_can_be_without_a_namespace() -> None:
    """Its API server is 2.14.4."""
    assert [(NOTE, SHARED, API, f"{SEEN} (Kubeflow Pipelines 2.14)")] == summary(view(), SHARED)


@pytest.mark.parametrize(
    ("cluster", "expected"),
    [
        pytest.param(of_pipelines(view()), [SEEN], id="an unknown release"),
        pytest.param(of_pipelines(view(), "2.17.0"), [f"{SEEN} (Kubeflow Pipelines 2.17)"], id="today's"),
        pytest.param(of_pipelines(view(), "2.15.0", required=True), [], id="a namespace is required"),
        pytest.param(of_pipelines(view(), "2.14.4", Mode.STANDALONE), [], id="standalone"),
        pytest.param(of_pipelines(view(), "2.14.4", Mode.UNKNOWN), [], id="unknown mode"),
        pytest.param(replace(view(), pipelines=None), [], id="no pipelines"),
    ],
)
def test_pipelines_are_shared_by_tenants(cluster: ClusterView, expected: list[str]) -> None:
    """There are tenants only in multi-user mode."""
    assert expected == [message for _, _, _, message in summary(cluster, SHARED)]


def test_the_setting_that_requires_a_namespace_is_read() -> None:
    """It is a variable of the pipelines API server."""
    deployed = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ml-pipeline, namespace: kubeflow}
spec:
  template:
    spec:
      containers:
      - name: ml-pipeline-api-server
        image: ghcr.io/kubeflow/kfp-api-server:2.15.0
        env:
        - {name: MULTIUSER, value: "true"}
        - {name: REQUIRE_NAMESPACE_FOR_PIPELINES, value: "VALUE"}
"""

    assert [] == summary(view(deployed.replace("VALUE", "true")), SHARED)
    assert 1 == len(summary(view(deployed.replace("VALUE", "false")), SHARED))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "2.14.4",
            ["Kubeflow Pipelines 2.14.4 has 7 known ways into other tenants: 2.17.0 closes all but 3"],
        ),
        (
            "2.16.1",
            ["Kubeflow Pipelines 2.16.1 has 5 known ways into other tenants: 2.17.0 closes all but 3"],
        ),
        ("2.17.0", ["Kubeflow Pipelines 2.17.0 has 3 known ways into other tenants, closed after it"]),
        ("2.18.0", []),
        ("", []),
    ],
)
def test_a_release_with_known_ways(text: str, expected: list[str]) -> None:
    """What each release has is in `holes`."""
    assert [(NOTE, RELEASE, API, message) for message in expected] == summary(
        of_pipelines(view(), text), RELEASE
    )


def test_the_references_are_those_of_the_installed_release() -> None:
    """Not those of what is closed already."""
    (finding,) = (each for each in findings(of_pipelines(view(), "2.17.0")) if each.type.id == RELEASE)

    assert ("KFP#13683", "KFP#13684", "GHSA-v83x-544f-ph2r", "KFP#14348") == finding.references
    assert "CVE-2023-6570" in finding.type.references


def test_one_team_alone_has_no_other_tenants() -> None:
    """The API authenticates nobody in standalone mode, which `check` reports."""
    assert [] == summary(of_pipelines(view(), "2.14.4", Mode.STANDALONE), RELEASE, METADATA)


ACCOUNT = service_account("kubeflow/metadata-grpc-server")
SHIPPED = policy(
    "kubeflow/metadata-grpc-service",
    "{action: ALLOW, selector: {matchLabels: {component: metadata-grpc-server}}, rules: [{}]}",
)


def test_the_metadata_of_all_tenants_are_in_one_place() -> None:
    """With the policy that Kubeflow ships for the service."""
    message = "metadata of artifacts and executions is not separated by namespace"
    place = "ServiceAccount kubeflow/metadata-grpc-server"

    assert [(NOTE, METADATA, place, message)] == summary(view(ACCOUNT + SHIPPED), METADATA)


@pytest.mark.parametrize("manifests", ["", SHIPPED, ACCOUNT])
def test_without_the_service_or_shut_by_the_mesh_nothing_is_shared(manifests: str) -> None:
    """The demo has no such service; its mesh refuses what no policy allows."""
    assert [] == summary(view(manifests), METADATA)


LEVEL = "pod-security.kubernetes.io/enforce"
NO_LEVEL = "it enforces no Pod Security level, so pods there can get at the node"


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("baseline", []),
        ("restricted", []),
        ("privileged", ["it enforces the Pod Security level `privileged`"]),
        ("Baseline", ["it enforces the Pod Security level `Baseline`"]),
        ("''", [NO_LEVEL]),
    ],
)
def test_the_level_of_a_profile(level: str, expected: list[str]) -> None:
    """A level that Kubernetes does not know limits nothing for certain."""
    cluster = view(namespace("team-c", f"{LEVEL}: {level}"))

    assert [(WARNING, PODS, "Namespace /team-c", message) for message in expected] == summary(cluster, PODS)


@pytest.mark.parametrize(
    ("text", "severity"), [("2.0.5", NOTE), ("2.4.1", NOTE), ("2.5.0", WARNING), ("", WARNING)]
)
def test_a_release_without_levels_makes_it_a_note(text: str, severity: str) -> None:
    """Kubeflow 1.10.0 and 1.10.2 have the same pipelines, and 1.10.2 sets the level."""
    cluster = of_pipelines(view(namespace("team-c", f"{LEVEL}: ''")), text)

    assert [(severity, PODS, "Namespace /team-c", NO_LEVEL)] == summary(cluster, PODS)


def test_a_level_that_somebody_has_lowered_is_no_note() -> None:
    """No release writes `privileged`."""
    cluster = of_pipelines(view(namespace("team-c", f"{LEVEL}: privileged")), "2.0.5")

    assert [WARNING] == [severity for severity, *_ in summary(cluster, PODS)]


RELEASES = ("kubeflow-v1.9.1", "kubeflow-v1.10")


@pytest.mark.parametrize("name", RELEASES)
def test_what_the_releases_give(corpus: Path, name: str) -> None:
    """
    Nothing but what is known of the releases themselves.

    - metadata: the release's policy for the service admits everybody;
    - pipelines without a namespace: there is no Deployment in these files, so the release is not known;
    - pod security: these profiles were made by the controller of Kubeflow 1.10.0, which sets no level.

    The policies of the gateways admit everybody, but what the profile controller writes keeps them out; each
    service that believes the user's header has a policy; the profile `kubeflow-user-example-com` is not made
    yet, so nothing of it is missing.
    """
    cluster = release(corpus / f"{name}-rbac.yaml", corpus / "profiles-v1.10.yaml")
    profiles = ("alice", "bob", "ml-team", "robot")
    metadata = "metadata of artifacts and executions is not separated by namespace"

    assert sorted(summary(cluster, SHARED, RELEASE, METADATA, PODS, *MESH)) == sorted([
        (NOTE, METADATA, "ServiceAccount kubeflow/metadata-grpc-server", metadata),
        (NOTE, SHARED, API, SEEN),
        *((WARNING, PODS, f"Namespace /{profile}", NO_LEVEL) for profile in profiles),
    ])  # fmt: skip


def test_the_demo_gives_what_is_known_of_its_release() -> None:
    """Its policies and its Pod Security levels are those of Kubeflow; its pipelines are 2.14.4."""
    ids = (SHARED, RELEASE, METADATA, PODS, *MESH)
    ways = "Kubeflow Pipelines 2.14.4 has 7 known ways into other tenants: 2.17.0 closes all but 3"

    assert summary(view(), *ids) == [
        (NOTE, RELEASE, API, ways),
        (NOTE, SHARED, API, f"{SEEN} (Kubeflow Pipelines 2.14)"),
    ]
