"""Which permission each call of Kubeflow's services checks."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.pipelines_releases import (
    NEWEST,
    OLDEST,
    RELEASES,
    holds_in,
    known_release,
)
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, PIPELINES, Entry
from kubectl_kfaccess.kubeflow.catalogue.selection import areas
from kubectl_kfaccess.kubeflow.catalogue.service_calls import (
    CALLS,
    NOT_ISOLATED,
    SETTINGS,
    Call,
    calls_for,
    is_checked,
    not_isolated,
    why_never_checked,
)
from kubectl_kfaccess.kubeflow.versions import version

EACH = pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.name} {call.verb} {call.full_name}")
DATED = (*CALLS, *NOT_ISOLATED, *SETTINGS)
VIRTUAL = [entry for entry in CATALOGUE if entry.type.virtual]

# Resources that calls check but the catalogue of tenants' resources does not have, and why
BEYOND = {
    ("", "pipelines"): "the pipelines API left the group out before 2.0",
    ("autoscaling", "horizontalpodautoscalers"): "the page of models shows what scales one",
    ("kubeflow.org", "workspaces"): "Notebooks 2 is a beta, which clusters that have it serve",
    ("kubeflow.org", "workspacekinds"): "the same",
    ("storage.k8s.io", "storageclasses"): "Notebooks 2 lists them for new volumes",
    ("", "namespaces"): "Notebooks 2 lists them to choose one",
}

# Calls whose request names no namespace
OVER_ALL_NAMESPACES = ("GetAllWorkspacesHandler",)


def checks(name: str, release: str) -> set[tuple[str, str]]:
    """Return (verb, full name of the resource) for each check of a call in that release of pipelines."""
    known = known_release(release)
    return {(call.verb, call.full_name) for call in CALLS if call.name == name and holds_in(call, known)}


@EACH
def test_every_call_checks_a_known_resource(call: Call) -> None:
    """The catalogue has it, or BEYOND lists it with a reason. Unchecked calls name no resource."""
    known = {(entry.type.group, entry.resource) for entry in CATALOGUE} | set(BEYOND)

    assert (call.group, call.resource) in known if call.verb else not (call.group or call.resource)


@EACH
def test_only_reports_and_some_pages_are_checked_cluster_wide(call: Call) -> None:
    """Those are the reports of the persistence agent (report_server.go), and lists over all namespaces."""
    reports = call.group == PIPELINES and call.resource in ("workflows", "scheduledworkflows")
    kinds = call.resource in ("workspacekinds", "storageclasses", "namespaces")

    jobs = call.resource == "jobs" and call.group == "batch"

    assert call.namespaced != (reports or kinds or jobs or call.name in OVER_ALL_NAMESPACES)


@pytest.mark.parametrize("entry", VIRTUAL, ids=lambda entry: entry.type.full_name)
def test_every_virtual_verb_is_explained(entry: Entry) -> None:
    """A call checks it, or there is a reason why none does."""
    group, resource = entry.type.key
    riddles = [
        verb
        for verb in entry.verbs
        if bool(calls_for(group, resource, verb)) == bool(why_never_checked(group, resource, verb))
    ]

    assert [] == riddles


def test_the_catalogue_has_every_checked_verb() -> None:
    """In the pipelines' group, it shows every verb that a call checks."""
    catalogued = {
        (entry.type.name, verb)
        for entry in CATALOGUE
        if entry.type.group == PIPELINES
        for verb in entry.verbs
    }
    checked = {(call.resource, call.verb) for call in CALLS if call.group == PIPELINES}

    assert set() == checked - catalogued


@pytest.mark.parametrize("row", DATED, ids=lambda row: getattr(row, "name", "") or getattr(row, "what", ""))
def test_ranges_of_releases_are_valid(row: Call) -> None:
    """The first release of a range is not after the last, nor before the oldest known."""
    since, until, oldest = version(row.since), version(row.until), version(OLDEST)

    assert (bool(row.since), bool(row.until)) == (since is not None, until is not None)
    assert oldest is not None
    assert (since or oldest) >= oldest
    assert since is None or until is None or since <= until


def test_no_check_is_listed_twice() -> None:
    """Within a release, each check has one row."""
    newest = known_release(NEWEST)
    rows = [
        (call.service.name, call.name, call.path, call.verb, call.full_name)
        for call in CALLS
        if holds_in(call, newest)
    ]

    assert len(set(rows)) == len(rows)


def test_every_area_is_in_the_catalogue() -> None:
    """`--area` must be able to select it."""
    assert {call.service.area for call in CALLS} | {fact.area for fact in NOT_ISOLATED} <= set(areas())


# Taken from kubeflow/pipelines at these tags: backend/src/apiserver/server, frontend/server/handlers.
HISTORY = [
    pytest.param("RunService.CreateRun", "1.8.22", set(), id="no v2beta1 before 2.0"),
    pytest.param("RunService.CreateRun", "2.17.0", {("create", "runs.pipelines.kubeflow.org")}, id="runs"),
    pytest.param(
        "RunService.CreateRun",
        "2.18.0",
        {("create", "runs.pipelines.kubeflow.org"), ("use", "serviceaccounts")},
        id="the account of a run after 2.17.0",
    ),
    pytest.param("RunService.ReadArtifactV1", "1.8.22", {("", "")}, id="artifacts unchecked in 1.8"),
    pytest.param(
        "RunService.ReadArtifactV1",
        "2.0.0-alpha.7",
        {("readArtifact", "runs.pipelines.kubeflow.org")},
        id="artifacts in the platform's 1.7",
    ),
    pytest.param("RunService.ReadArtifactV1", "2.15.0", set(), id="artifacts elsewhere since 2.15"),
    pytest.param(
        "RunArtifactServer.ReadArtifactV1", "2.15.0", {("", "")}, id="artifacts since 2.15, to nobody"
    ),
    pytest.param("RunLogServer.ReadRunLogV1", "1.8.0", {("", "")}, id="logs in 1.8"),
    pytest.param("RunLogServer.ReadRunLogV1", "2.17.0", {("", "")}, id="logs in 2.17"),
    pytest.param(
        "PipelineService.DeletePipelineVersionV1",
        "1.8.22",
        {("list", "pipelines.pipelines.kubeflow.org")},
        id="versions deleted with `list` in 1.8",
    ),
    pytest.param(
        "PipelineService.DeletePipelineVersionV1",
        "2.0.5",
        {("delete", "pipelines.pipelines.kubeflow.org")},
        id="versions deleted in 2.0",
    ),
    pytest.param(
        "PipelineService.CreatePipelineV1", "1.8.22", {("create", "pipelines")}, id="no group in 1.8"
    ),
    pytest.param("PipelineService.UpdatePipeline", "2.16.1", set(), id="no update before 2.17"),
    pytest.param(
        "PipelineService.UpdatePipelineVersion",
        "2.17.0",
        {("update", "pipelines.pipelines.kubeflow.org")},
        id="a version is updated as its pipeline",
    ),
    pytest.param("ReportService.ReportWorkflowV1", "2.0.0", {("", "")}, id="reports unchecked in 2.0.0"),
    pytest.param(
        "ReportService.ReportWorkflowV1",
        "2.0.1",
        {("report", "workflows.pipelines.kubeflow.org")},
        id="reports since 2.0.1",
    ),
    pytest.param("getPodLogsHandler", "2.15.0", {("", "")}, id="logs of pods in the pages in 2.15"),
    pytest.param("getPodLogsHandler", "2.16.0", {("get", "viewers.kubeflow.org")}, id="since 2.16"),
    pytest.param("getArtifactsHandler", "2.16.1", {("", "")}, id="artifacts in the pages in 2.16"),
    pytest.param("getArtifactsHandler", "2.17.0", {("get", "viewers.kubeflow.org")}, id="since 2.17"),
    pytest.param("FetchNASJobInfo", "2.17.0", {("", "")}, id="Katib's architecture search"),
    pytest.param(
        "FetchTrialLogs", "2.17.0", {("get", "trials.kubeflow.org"), ("get", "pods/log")}, id="Katib's logs"
    ),
]


@pytest.mark.parametrize(("name", "release", "expected"), HISTORY)
def test_checks_match_the_services_source(name: str, release: str, expected: set[tuple[str, str]]) -> None:
    """The expected values come from the code of the service, release by release."""
    assert expected == checks(name, release)


def test_calls_of_the_newest_release_come_first() -> None:
    """Calls of only old releases are last: in 1.8, `list` on pipelines was enough to read a version."""
    names = [call.name for call in calls_for(PIPELINES, "pipelines", "list")]

    assert "PipelineService.ListPipelines" == names[0]
    assert "PipelineService.GetTemplate" in names[names.index("PipelineService.ListPipelineVersionsV1") :]


def test_recurring_runs_are_checked_as_jobs() -> None:
    """The resource has kept its old name."""
    expected = {"RecurringRunService.EnableRecurringRun", "JobService.EnableJob"}

    assert expected == {call.name for call in calls_for(PIPELINES, "jobs", "enable")}
    assert not is_checked(PIPELINES, "recurringruns")


def test_versions_are_checked_as_pipelines() -> None:
    """A caller who can use the pipeline can use its versions."""
    assert () == calls_for(PIPELINES, "pipelineversions", "get")
    assert "pipelines" in why_never_checked(PIPELINES, "pipelineversions", "get")
    assert "" == why_never_checked(PIPELINES, "pipelines", "get")


def test_unchecked_verbs_have_a_reason() -> None:
    """For other groups than the pipelines' own, no reason is known."""
    assert NEWEST in why_never_checked(PIPELINES, "runs", "watch")
    assert "" == why_never_checked("", "pods", "watch")


@pytest.mark.parametrize(
    ("resource", "verb", "release", "expected"),
    [
        pytest.param("pipelines", "delete", "2.16.0", {"shared pipelines"}, id="shared, before 2.16.1"),
        pytest.param("pipelines", "delete", "2.16.1", set(), id="shared, deleting since"),
        pytest.param("pipelines", "get", "2.16.1", {"reading shared pipelines"}, id="shared, reading since"),
        pytest.param("pipelines", "create", "2.17.0", {"uploading shared pipelines"}, id="shared, uploading"),
        pytest.param("runs", "get", "2.17.0", {"logs of steps"}, id="logs"),
        pytest.param("runs", "terminate", "2.17.0", set(), id="terminating"),
        pytest.param("experiments", "get", "1.8.0", set(), id="experiments"),
    ],
)
def test_unprotected_data_depends_on_the_release(
    resource: str, verb: str, release: str, expected: set[str]
) -> None:
    """canAccessPipeline of pipeline_server.go and canUploadVersionedPipeline of pipeline_upload_server.go."""
    known = known_release(release)

    assert expected == {
        fact.what for fact in not_isolated(PIPELINES, resource, verb) if holds_in(fact, known)
    }


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param("2.5.0", {"MULTIUSER", "MULTIUSER_SHARED_READ"}, id="2.5.0"),
        pytest.param(
            "2.15.0", {"MULTIUSER", "MULTIUSER_SHARED_READ", "REQUIRE_NAMESPACE_FOR_PIPELINES"}, id="2.15.0"
        ),
        pytest.param("2.18.0", {setting.name for setting in SETTINGS}, id="the next release"),
    ],
)
def test_a_setting_exists_from_its_first_release(release: str, expected: set[str]) -> None:
    """See common/config.go at the tags; the last setting was merged after 2.17.0."""
    assert expected == {setting.name for setting in SETTINGS if holds_in(setting, known_release(release))}


@pytest.mark.parametrize(
    ("release", "same"),
    [
        pytest.param("2.14.6", "2.14.4", id="between two minor releases"),
        pytest.param("2.15.2", "2.15.0", id="a patch release that was not read"),
        pytest.param("1.8.9", "1.8.5", id="between two patch releases"),
        pytest.param("2.9.0", "2.5.0", id="a minor release that does not exist"),
    ],
)
def test_ranges_have_no_holes(release: str, same: str) -> None:
    """A release that was not read has the rows of the newest one before it."""
    here, earlier = known_release(release), known_release(same)

    for rows in (CALLS, NOT_ISOLATED, SETTINGS):
        assert [row for row in rows if holds_in(row, earlier)] == [row for row in rows if holds_in(row, here)]


@pytest.mark.parametrize("row", DATED, ids=lambda row: getattr(row, "name", "") or getattr(row, "what", ""))
def test_a_range_begins_and_ends_with_a_release_that_was_read(row: Call) -> None:
    """Otherwise a release in between would get the rows of neither side."""
    assert {row.since, row.until} <= {"", *RELEASES}


@pytest.mark.parametrize("call", [call for call in CALLS if call.until], ids=lambda call: call.name)
def test_a_call_goes_on_after_a_row_ends(call: Call) -> None:
    """The next release checks something else for it, and does not lose it: no call was ever removed."""
    following = known_release(RELEASES[RELEASES.index(call.until) + 1])
    request = (call.service.name, call.method, call.path)

    assert request in {
        (other.service.name, other.method, other.path) for other in CALLS if holds_in(other, following)
    }


@pytest.mark.parametrize("text", ["1.7.0", "2.0.0-beta.1", "2.0.0-rc.1", "2.5", "latest", ""])
def test_releases_that_the_tables_lack_are_unknown(text: str) -> None:
    """These are older ones, the betas of 2.0.0, and text that is not a version."""
    assert known_release(text) is None


@pytest.mark.parametrize("text", ["1.8.0", "v2.5.0", "2.0.0-alpha.7", "2.17.0", "2.99.0"])
def test_other_releases_are_known(text: str) -> None:
    """A release newer than the tables counts as the newest."""
    assert known_release(text) is not None
