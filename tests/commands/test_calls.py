"""`resources --calls`: what each call of Kubeflow's services checks, in every format."""

from __future__ import annotations

import csv

import pytest

from tests.running import run

CALLS = ("resources", "--calls")


def test_no_cluster_is_asked() -> None:
    """What the services check is the same for every cluster."""
    answer = run(*CALLS)

    assert (0, "") == (answer.status, answer.stderr)
    assert "RunService.CreateRun" in answer.stdout


def test_a_table_is_followed_by_what_is_open_and_by_the_settings() -> None:
    """Both are lists, and each line has the releases for which it holds."""
    _, table_end, after = run(*CALLS).stdout.partition("\n\n")
    lines = after.splitlines()

    assert table_end
    assert "not isolated, whatever RBAC says:" == lines[0]
    assert "settings of the pipelines' API server:" in lines
    assert any(line.startswith("  - shared pipelines (<= 2.16.0): ") for line in lines)
    assert any(line.startswith("  - MULTIUSER_SHARED_READ: ") for line in lines)
    assert any(line.startswith("  - ALLOWEDSERVICEACCOUNTS (> 2.17.0): ") for line in lines)


def test_the_services_are_told_apart_by_what_they_ask_about() -> None:
    """Notebooks 2 and the page of model registries send the groups of a user, the others do not."""
    lines, services = run(*CALLS).lines, run(*CALLS, "-o", "json").json["services"]
    with_groups = [service["name"] for service in services if service["identity"] == "nameAndGroups"]

    assert ["workspaces-backend", "model-registry-ui"] == with_groups
    assert "  - the user's name and groups: workspaces-backend, model-registry-ui" in lines
    assert any(line.startswith("  - the user's name alone") and "katib-ui" in line for line in lines)
    assert any(line == "  - nothing: the Profile and annotated RoleBindings decide: kfam" for line in lines)
    assert all(service["source"] for service in services)


def test_an_area_has_its_services_alone() -> None:
    """A kind of question that none of them asks is left out."""
    answer = run(*CALLS, "--area", "katib")

    assert "what the services ask about:" in answer.lines
    assert "the user's name and groups" not in answer.stdout


def test_the_wide_table_has_the_request_and_its_reviews() -> None:
    """The usual table has the check only."""
    usual, wide = run(*CALLS).lines[0].split(), run(*CALLS, "-o", "wide").lines[0].split()

    assert ["SERVICE", "CALL", "VERB", "RESOURCE", "VERSIONS", "NOTE"] == usual
    assert {"METHOD", "PATH", "NAMED", "REVIEWS", "REFUSES"} == set(wide) - set(usual)


def test_a_call_without_a_check_has_dashes() -> None:
    """It has neither verb nor resource."""
    rows = list(csv.DictReader(run(*CALLS, "-o", "csv").lines))
    (logs,) = (row for row in rows if row["CALL"] == "RunLogServer.ReadRunLogV1")

    assert ("-", "-", "all") == (logs["VERB"], logs["RESOURCE"], logs["VERSIONS"])


@pytest.mark.parametrize(
    ("call", "release", "words"),
    [
        pytest.param("RunService.GetRun", "2.17.0", ("get", "yes", "1", "denied"), id="a name"),
        pytest.param("RunService.CreateRun", "2.17.0", ("create", "no", "1", "denied"), id="no name"),
        pytest.param(
            "RunService.CreateRunV1", "1.8.22", ("create", "yes", "1", "denied"), id="a name in 1.8"
        ),
        pytest.param("PipelineService.GetPipelineV1", "2.5.0", ("get", "yes", "2", "denied"), id="twice"),
        pytest.param(
            "RunService.ReportRunMetricsV1",
            "2.15.1",
            ("reportMetrics", "yes", "1 per metric", "denied"),
            id="one for each metric",
        ),
        pytest.param(
            "RunArtifactServer.ReadArtifact", "2.17.0", ("-", "-", "-", "everybody"), id="nobody gets through"
        ),
        pytest.param(
            "RunLogServer.ReadRunLogV1", "2.17.0", ("-", "-", "-", "nobody"), id="open to everybody"
        ),
    ],
)
def test_the_wide_table_shows_what_a_review_has(call: str, release: str, words: tuple[str, ...]) -> None:
    """The verb, whether it has the object's name, how often it is sent, and who is refused."""
    rows = csv.DictReader(run(*CALLS, "--kfp-version", release, "-o", "csv").lines)
    (row,) = (row for row in rows if row["CALL"] == call)

    assert words == tuple(row[column] for column in ("VERB", "NAMED", "REVIEWS", "REFUSES"))


def test_uploads_hide_the_reason_of_a_refusal() -> None:
    """Since 2.15.0 a denied upload only says that it failed; before, the answer had the reason."""
    notes = {
        release: next(
            item["note"]
            for item in run(*CALLS, "--kfp-version", release, "-o", "json").json["items"]
            if item["name"] == "PipelineUploadServer.UploadPipeline"
        )
        for release in ("2.14.6", "2.15.0")
    }

    assert "hides its reason" not in notes["2.14.6"]
    assert notes["2.15.0"].endswith("a refusal hides its reason")


@pytest.mark.parametrize(
    ("release", "present", "absent"),
    [
        pytest.param("1.8.22", "PipelineService.GetTemplate", "RunService.CreateRun", id="before v2beta1"),
        pytest.param("2.5.0", "RunService.ReadArtifact", "RunArtifactServer.ReadArtifact", id="2.5.0"),
        pytest.param("2.14.6", "RunService.ReadArtifact", "RunArtifactServer.ReadArtifact", id="2.14.6"),
        pytest.param("v2.17.0", "RunArtifactServer.ReadArtifact", "RunService.ReadArtifact", id="2.17.0"),
    ],
)
def test_kfp_version_limits_the_calls_to_a_release(release: str, present: str, absent: str) -> None:
    """Calls and settings of other releases are left out."""
    answer = run(*CALLS, "--kfp-version", release, "-o", "json").json
    names = {item["name"] for item in answer["items"]}

    assert release.removeprefix("v") == answer["kfpVersion"]
    assert present in names
    assert absent not in names
    assert (release == "v2.17.0") == (
        "REQUIRE_NAMESPACE_FOR_PIPELINES" in {s["name"] for s in answer["settings"]}
    )


def test_a_release_newer_than_the_newest_known_one_is_noted() -> None:
    """It is answered like the newest known release."""
    answer = run(*CALLS, "--kfp-version", "2.99.0", "-o", "json")

    assert ["2.17.0 is the newest release that is known: 2.99.0 may check otherwise"] == answer.notes
    assert answer.notes == [note["text"] for note in answer.json["notes"]]
    assert [] == run(*CALLS, "--kfp-version", "2.17.0").notes


def test_a_release_that_was_not_read_is_noted() -> None:
    """It is answered like the newest one before it that was."""
    answer = run(*CALLS, "--kfp-version", "2.14.6", "-o", "json")

    assert ["2.14.6 was not read: it is answered as 2.14.4"] == answer.notes
    assert answer.json["items"] == run(*CALLS, "--kfp-version", "2.14.4", "-o", "json").json["items"]


def test_an_area_has_the_calls_of_its_services_and_about_its_resources() -> None:
    """Other pages ask about volume claims as well; settings belong to pipelines."""
    answer = run(*CALLS, "--area", "storage", "-o", "json").json
    services = {item["service"] for item in answer["items"]}

    pages = {"volumes-web-app", "jupyter-web-app", "tensorboards-web-app", "katib-ui", "workspaces-backend"}
    assert pages == services
    assert ([], []) == (answer["notIsolated"], answer["settings"])


def test_names_are_the_calls() -> None:
    """A call has one line, however many checks it has."""
    lines = run(*CALLS, "--area", "notebooks", "-o", "name").lines

    assert "jupyter-web-app/post_pvc" in lines
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        pytest.param(("resources", "--kfp-version", "2.5.0", "--demo"), "`--calls`", id="a version alone"),
        pytest.param((*CALLS, "-a"), "`-a`", id="-a"),
        pytest.param((*CALLS, "--kfp-version", "2.0.0-beta.1"), "`2.0.0-beta.1`", id="a beta"),
        pytest.param((*CALLS, "--kfp-version", "latest"), "`latest`", id="no version"),
        pytest.param((*CALLS, "--area", "servin"), "`servin`", id="an unknown area"),
    ],
)
def test_flags_that_cannot_be_combined_are_an_error(argv: tuple[str, ...], message: str) -> None:
    """The status is 2, and stdout is empty."""
    answer = run(*argv)

    assert (2, "") == (answer.status, answer.stdout)
    assert message in answer.stderr


# --- what decides without an access review, and what only some clusters have ---


def test_the_calls_of_kfam_send_no_review() -> None:
    """
    Only the owner in the Profile, and KFAM's own cluster admins, add and remove contributors.

    Reading needs nothing: components/access-management/kfam/api_default.go of kubeflow/dashboard 2.0.0.
    """
    rows = list(csv.DictReader(run(*CALLS, "--area", "profile", "-o", "csv").lines))

    assert {"kfam"} == {row["SERVICE"] for row in rows}
    assert {"-"} == {row[column] for row in rows for column in ("VERB", "RESOURCE", "REVIEWS")}
    assert {"CreateBinding", "DeleteBinding", "DeleteProfile"} == {
        row["CALL"] for row in rows if row["REFUSES"] == "others"
    }
    assert {"ReadBinding", "CreateProfile", "QueryClusterAdmin"} == {
        row["CALL"] for row in rows if row["REFUSES"] == "nobody"
    }


CONTROLLER = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: odh-notebook-controller-manager-role}
rules: []
"""
OPERATOR = """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: datascienceclusters.datasciencecluster.opendatahub.io}
spec:
  group: datasciencecluster.opendatahub.io
  names: {kind: DataScienceCluster, plural: datascienceclusters}
  scope: Cluster
  versions: [{name: v2, served: true, storage: true}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: some}
rules: []
"""
NAMED = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: some}
rules: [{apiGroups: [datasciencecluster.opendatahub.io], resources: ["*"], verbs: [get]}]
"""
NOTHING = """
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: some}
rules: [{apiGroups: [kubeflow.org], resources: [notebooks], verbs: [get]}]
"""
PROXY_OF_NOTEBOOKS = ("notebooks", "kubeflow.org")
PROXY_OF_MODELS = ("inferenceservices", "serving.kserve.io")


@pytest.mark.parametrize(
    ("manifests", "proxies"),
    [
        pytest.param(CONTROLLER, [PROXY_OF_NOTEBOOKS], id="the controller of notebooks alone"),
        pytest.param(OPERATOR, [PROXY_OF_NOTEBOOKS, PROXY_OF_MODELS], id="an API of the operator"),
        pytest.param(NAMED, [PROXY_OF_NOTEBOOKS, PROXY_OF_MODELS], id="a role that names that API"),
        pytest.param(NOTHING, [], id="Kubeflow alone"),
    ],
)
def test_the_proxies_of_openshift_ai_are_listed_where_they_are(
    manifests: str, proxies: list[tuple[str, str]]
) -> None:
    """
    Each lets through who is allowed `get` on the object behind it, by its name.

    As in the ConfigMaps that notebook_kube_rbac_auth.go of opendatahub-io/kubeflow and createSarCm of
    opendatahub-io/kserve write.
    """
    argv = (*CALLS, "-f", "-", "-o", "json")
    answer = run(*argv, stdin=manifests.encode()).json
    items = [item for item in answer["items"] if item["service"].startswith("kube-rbac-proxy")]
    services = {service["name"]: service["identity"] for service in answer["services"]}

    assert proxies == [(item["resource"], item["group"]) for item in items]
    assert all((item["verb"], item["named"], item["namespaced"]) == ("get", True, True) for item in items)
    assert all(services[item["service"]] == "nameAndGroups" for item in items)
    assert "kube-rbac-proxy" not in run(*CALLS).stdout


def test_served_leaves_out_the_services_that_the_cluster_does_not_have() -> None:
    """The role of the Notebooks 2 backend shows it; the page of model registries is not there."""
    manifests = NOTHING.replace("name: some", "name: workspaces-backend").encode()
    services = {
        flags: [service["name"] for service in run(*CALLS, *flags, stdin=manifests).json["services"]]
        for flags in (("-f", "-", "-o", "json"), ("-f", "-", "-o", "json", "--served"))
    }
    everything, served = services.values()

    assert {"model-registry-ui"} == set(everything) - set(served)
    assert "workspaces-backend" in served
