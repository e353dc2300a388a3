"""`resources --calls`: what each call of Kubeflow's services checks, in every format."""

from __future__ import annotations

import csv

import pytest

from tests.running import run

CALLS = ("resources", "--calls")


def test_it_asks_no_cluster() -> None:
    """What the services check is the same for every cluster, so none has to be there."""
    answer = run(*CALLS)

    assert (0, "") == (answer.status, answer.stderr)
    assert "RunService.CreateRun" in answer.stdout


def test_a_table_is_followed_by_what_no_check_guards_and_by_the_settings() -> None:
    """Both as lists, each line with the releases in which it is so."""
    _, table_end, after = run(*CALLS).stdout.partition("\n\n")
    lines = after.splitlines()

    assert table_end
    assert "not isolated, whatever RBAC says:" == lines[0]
    assert "settings of the pipelines' API server:" in lines
    assert any(line.startswith("  - shared pipelines (<= 2.16.0): ") for line in lines)
    assert any(line.startswith("  - MULTIUSER_SHARED_READ: ") for line in lines)
    assert any(line.startswith("  - ALLOWEDSERVICEACCOUNTS (> 2.17.0): ") for line in lines)


def test_the_wide_table_has_method_and_path() -> None:
    """The usual one has room for the check only."""
    usual, wide = run(*CALLS).lines[0].split(), run(*CALLS, "-o", "wide").lines[0].split()

    assert ["SERVICE", "CALL", "VERB", "RESOURCE", "VERSIONS", "NOTE"] == usual
    assert {"METHOD", "PATH"} == set(wide) - set(usual)


def test_what_is_not_checked_is_a_dash() -> None:
    """A call without a check has neither verb nor resource."""
    rows = list(csv.DictReader(run(*CALLS, "-o", "csv").lines))
    (logs,) = (row for row in rows if row["CALL"] == "RunLogServer.ReadRunLogV1")

    assert ("-", "-", "all") == (logs["VERB"], logs["RESOURCE"], logs["VERSIONS"])


@pytest.mark.parametrize(
    ("release", "there", "gone"),
    [
        pytest.param("1.8.22", "PipelineService.GetTemplate", "RunService.CreateRun", id="before v2beta1"),
        pytest.param("2.5.0", "RunService.ReadArtifact", "RunArtifactServer.ReadArtifact", id="2.5.0"),
        pytest.param("v2.17.0", "RunArtifactServer.ReadArtifact", "RunService.ReadArtifact", id="2.17.0"),
    ],
)
def test_one_release_is_narrowed_to(release: str, there: str, gone: str) -> None:
    """Only what holds in it is listed, of the settings as well."""
    answer = run(*CALLS, "--kfp-version", release, "-o", "json").json
    names = {item["name"] for item in answer["items"]}

    assert release.removeprefix("v") == answer["kfpVersion"]
    assert there in names
    assert gone not in names
    assert (release == "v2.17.0") == (
        "REQUIRE_NAMESPACE_FOR_PIPELINES" in {s["name"] for s in answer["settings"]}
    )


def test_a_release_that_is_newer_than_what_was_read_is_noted() -> None:
    """It is answered as the newest, and said so."""
    answer = run(*CALLS, "--kfp-version", "2.99.0", "-o", "json")

    assert ["2.17.0 is the newest release that is known: 2.99.0 may check otherwise"] == answer.notes
    assert answer.notes == [note["text"] for note in answer.json["notes"]]
    assert [] == run(*CALLS, "--kfp-version", "2.17.0").notes


def test_an_area_has_the_calls_of_its_services_and_about_its_resources() -> None:
    """Claims for volumes are asked about by other pages as well, and the settings are of pipelines."""
    answer = run(*CALLS, "--area", "storage", "-o", "json").json
    services = {item["service"] for item in answer["items"]}

    assert {"volumes-web-app", "jupyter-web-app", "tensorboards-web-app", "katib-ui"} == services
    assert ([], []) == (answer["notIsolated"], answer["settings"])


def test_names_are_those_of_calls() -> None:
    """One line a call, however many checks it has."""
    lines = run(*CALLS, "--area", "notebooks", "-o", "name").lines

    assert "jupyter-web-app/post_pvc" in lines
    assert len(set(lines)) == len(lines)


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        pytest.param(("resources", "--kfp-version", "2.5.0", "--demo"), "`--calls`", id="a version alone"),
        pytest.param((*CALLS, "--served"), "`--served`", id="--served"),
        pytest.param((*CALLS, "-a"), "`-a`", id="-a"),
        pytest.param((*CALLS, "--kfp-version", "2.0.0-beta.1"), "`2.0.0-beta.1`", id="a beta"),
        pytest.param((*CALLS, "--kfp-version", "latest"), "`latest`", id="no version"),
        pytest.param((*CALLS, "--area", "servin"), "`servin`", id="an unknown area"),
    ],
)
def test_what_does_not_go_together_is_a_mistake(argv: tuple[str, ...], said: str) -> None:
    """Status 2, nothing on stdout."""
    answer = run(*argv)

    assert (2, "") == (answer.status, answer.stdout)
    assert said in answer.stderr
