"""Which access review each call of Kubeflow's services asks for."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, PIPELINES, Entry
from kubectl_kfaccess.kubeflow.catalogue.selection import areas
from kubectl_kfaccess.kubeflow.catalogue.service_calls import (
    CALLS,
    NEWEST,
    NOT_ISOLATED,
    OLDEST,
    SETTINGS,
    Call,
    calls_for,
    holds_in,
    is_asked_about,
    known_release,
    never_asked,
    not_isolated,
)
from kubectl_kfaccess.kubeflow.versions import version

EACH = pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.name} {call.verb} {call.full_name}")
DATED = (*CALLS, *NOT_ISOLATED, *SETTINGS)
VIRTUAL = [entry for entry in CATALOGUE if entry.type.virtual]

# Resources that calls name though the catalogue of what tenants work with lacks them, and why
BEYOND = {
    ("", "pipelines"): "the pipelines API left the group out before 2.0",
    ("autoscaling", "horizontalpodautoscalers"): "the page of models shows what scales one",
}


def checks(name: str, release: str) -> set[tuple[str, str]]:
    """What a call asks for in that release of pipelines: verbs and full names of resources."""
    found = known_release(release)
    return {(c.verb, c.full_name) for c in CALLS if c.name == name and holds_in(c, found)}


@EACH
def test_a_call_names_a_resource_that_is_known(call: Call) -> None:
    """The catalogue has it, or it is listed here with its reason; what is unchecked names none."""
    known = {(entry.type.group, entry.resource) for entry in CATALOGUE} | set(BEYOND)

    assert (call.group, call.resource) in known if call.verb else not (call.group or call.resource)


@EACH
def test_a_call_asks_in_a_namespace_when_the_resource_is_in_one(call: Call) -> None:
    """Only the reports of the persistence agent are asked about cluster-wide (report_server.go)."""
    reports = call.group == PIPELINES and call.resource in ("workflows", "scheduledworkflows")

    assert (not reports) == call.namespaced


@pytest.mark.parametrize("entry", VIRTUAL, ids=lambda entry: entry.type.full_name)
def test_every_verb_of_a_virtual_resource_is_asked_for_or_said_not_to_be(entry: Entry) -> None:
    """No verb of the catalogue is a riddle."""
    group, resource = entry.type.key
    riddles = [
        verb
        for verb in entry.verbs
        if bool(calls_for(group, resource, verb)) == bool(never_asked(group, resource, verb))
    ]

    assert [] == riddles


def test_the_pipelines_group_is_asked_for_nothing_that_the_catalogue_lacks() -> None:
    """The other way round: the catalogue shows every verb that some call asks for."""
    shown = {
        (entry.type.name, verb)
        for entry in CATALOGUE
        if entry.type.group == PIPELINES
        for verb in entry.verbs
    }
    asked = {(call.resource, call.verb) for call in CALLS if call.group == PIPELINES}

    assert set() == asked - shown


@pytest.mark.parametrize("one", DATED, ids=lambda one: getattr(one, "name", "") or getattr(one, "what", ""))
def test_releases_are_versions_in_their_order(one: Call) -> None:
    """A range begins before it ends, and within what was read."""
    since, until, oldest = version(one.since), version(one.until), version(OLDEST)

    assert (bool(one.since), bool(one.until)) == (since is not None, until is not None)
    assert oldest is not None
    assert (since or oldest) >= oldest
    assert since is None or until is None or since <= until


def test_no_call_asks_for_one_thing_twice() -> None:
    """In one release a check stands once."""
    newest = known_release(NEWEST)
    rows = [(c.service.name, c.name, c.path, c.verb, c.full_name) for c in CALLS if holds_in(c, newest)]

    assert len(set(rows)) == len(rows)


def test_every_area_is_one_of_the_catalogue() -> None:
    """So that `--area` can choose it."""
    assert {call.service.area for call in CALLS} | {one.area for one in NOT_ISOLATED} <= set(areas())


# Read in kubeflow/pipelines at these tags: backend/src/apiserver/server, frontend/server/handlers.
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
        "RunArtifactServer.ReadArtifactV1",
        "2.15.0",
        {("readArtifact", "runs.pipelines.kubeflow.org")},
        id="artifacts since 2.15",
    ),
    pytest.param("RunLogServer.ReadRunLogV1", "1.8.0", {("", "")}, id="logs in 1.8"),
    pytest.param("RunLogServer.ReadRunLogV1", "2.17.0", {("", "")}, id="logs in 2.17"),
    pytest.param(
        "PipelineService.DeletePipelineVersionV1",
        "1.8.22",
        {("list", "pipelines.pipelines.kubeflow.org")},
        id="versions deleted by who lists in 1.8",
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
def test_what_a_call_asks_for_is_what_its_source_says(
    name: str, release: str, expected: set[tuple[str, str]]
) -> None:
    """Release by release, from the service's own code."""
    assert expected == checks(name, release)


def test_the_calls_of_a_check_begin_with_those_of_the_newest_release() -> None:
    """What an old release alone asks comes last: in 1.8 a version was read by who lists pipelines."""
    names = [call.name for call in calls_for(PIPELINES, "pipelines", "list")]

    assert "PipelineService.ListPipelines" == names[0]
    assert "PipelineService.GetTemplate" in names[names.index("PipelineService.ListPipelineVersionsV1") :]


def test_recurring_runs_are_asked_about_as_jobs() -> None:
    """The resource has kept the old word."""
    expected = {"RecurringRunService.EnableRecurringRun", "JobService.EnableJob"}

    assert expected == {call.name for call in calls_for(PIPELINES, "jobs", "enable")}
    assert not is_asked_about(PIPELINES, "recurringruns")


def test_versions_are_never_asked_about_by_their_own_name() -> None:
    """Whoever may use the pipeline may use its versions."""
    assert () == calls_for(PIPELINES, "pipelineversions", "get")
    assert "pipelines" in never_asked(PIPELINES, "pipelineversions", "get")
    assert "" == never_asked(PIPELINES, "pipelines", "get")


def test_a_verb_that_no_call_checks_is_said_to_be_none() -> None:
    """Of the pipelines' group everything was read; of other groups there is nothing to say."""
    assert NEWEST in never_asked(PIPELINES, "runs", "watch")
    assert "" == never_asked("", "pods", "watch")


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
def test_what_a_check_does_not_guard_is_known_by_release(
    resource: str, verb: str, release: str, expected: set[str]
) -> None:
    """canAccessPipeline of pipeline_server.go and canUploadVersionedPipeline of pipeline_upload_server.go."""
    found = known_release(release)

    assert expected == {one.what for one in not_isolated(PIPELINES, resource, verb) if holds_in(one, found)}


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param("2.5.0", {"MULTIUSER", "MULTIUSER_SHARED_READ"}, id="2.5.0"),
        pytest.param(
            "2.15.0", {"MULTIUSER", "MULTIUSER_SHARED_READ", "REQUIRE_NAMESPACE_FOR_PIPELINES"}, id="2.15.0"
        ),
        pytest.param("2.18.0", {one.name for one in SETTINGS}, id="to come"),
    ],
)
def test_a_setting_is_there_from_its_release_on(release: str, expected: set[str]) -> None:
    """common/config.go at the tags; the last one was merged after 2.17.0."""
    assert expected == {one.name for one in SETTINGS if holds_in(one, known_release(release))}


@pytest.mark.parametrize("text", ["1.7.0", "2.0.0-beta.1", "2.0.0-rc.1", "2.5", "latest", ""])
def test_a_release_that_was_not_read_is_not_known(text: str) -> None:
    """Older ones, the betas of 2.0.0, and what is no version."""
    assert known_release(text) is None


@pytest.mark.parametrize("text", ["1.8.0", "v2.5.0", "2.0.0-alpha.7", "2.17.0", "2.99.0"])
def test_other_releases_are_known(text: str) -> None:
    """One that is newer than what was read counts as the newest."""
    assert known_release(text) is not None
