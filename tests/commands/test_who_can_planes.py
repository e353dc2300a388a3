"""`who-can --via`: the same question as kubectl asks it, and as Kubeflow's own services do."""

from __future__ import annotations

import csv

import pytest

from tests.running import Result, run

TERMINATE = ("who-can", "terminate", "runs.pipelines.kubeflow.org", "-n", "team-a")
GROUPS = {"ml-team", "platform-admins", "system:masters"}  # whom the demo's bindings let do it, by facts.yaml


def asked(*flags: str) -> Result:
    """The answer about the demo, as JSON."""
    return run(*TERMINATE, *flags, "--demo", "-o", "json")


def subjects(answer: Result) -> dict[str, set[str]]:
    """The names that are listed, by kind."""
    found: dict[str, set[str]] = {}
    for item in answer.json["items"]:
        found.setdefault(item["subject"]["kind"], set()).add(item["subject"]["name"])
    return found


def marked(*flags: str) -> list[str]:
    """The subjects whose row says that the grant does not count."""
    rows = csv.DictReader(run(*TERMINATE, *flags, "--demo", "-o", "csv").lines)
    return [row["SUBJECT"] for row in rows if "does not count" in row["NOTE"]]


def test_kubeflows_own_services_see_no_group() -> None:
    """Groups are left out and counted; users and accounts stay."""
    everybody, seen = asked(), asked("--via", "kubeflow")

    assert GROUPS == subjects(everybody)["Group"]
    assert subjects(seen) == {kind: names for kind, names in subjects(everybody).items() if kind != "Group"}
    assert "3 groups are left out: Kubeflow asks about the user's name alone" in seen.notes
    assert 0 == seen.status


def test_no_accounts_come_in_through_a_group_that_does_not_count() -> None:
    """Expanding groups names nobody whom the service would not let."""
    world = b"""
apiVersion: v1
kind: ServiceAccount
metadata: {name: bot, namespace: ci}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: accounts, namespace: ci}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, name: 'system:serviceaccounts:ci'}]
"""
    argv = (
        "who-can",
        "list",
        "runs",
        "-n",
        "ci",
        "-f",
        "-",
        "--expand-groups",
        "--no-platform",
        "-o",
        "name",
    )

    assert "serviceaccount/ci/bot" in run(*argv, stdin=world).lines
    assert [] == run(*argv, "--via", "kubeflow", stdin=world).lines


def test_for_kubectl_every_grant_counts() -> None:
    """All are listed, and none is marked."""
    assert subjects(asked()) == subjects(asked("--via", "kubectl"))
    assert GROUPS == set(marked())
    assert [] == marked("--via", "kubectl")
    assert not any("do not count" in note for note in asked("--via", "kubectl").notes)


def test_which_plane_a_grant_counts_for_stays_in_the_data() -> None:
    """The flag narrows and marks; what is true of a grant is told all the same."""
    counts = {
        item["subject"]["name"]: item["grants"][0]["counts"]["services"]["kubeflow"]
        for item in asked("--via", "kubectl").json["items"]
    }

    assert GROUPS == {name for name, counted in counts.items() if counted == "no"}


def test_masters_are_a_group_as_others_in_kubeflow() -> None:
    """The note that they may do everything is kubectl's."""
    assert any("system:masters" in note for note in asked().notes)
    assert not any("system:masters" in note for note in asked("--via", "kubeflow").notes)


@pytest.mark.parametrize(("plane", "status"), [("kubeflow", 0), ("kubectl", 1)])
def test_an_expectation_is_about_that_plane(plane: str, status: int) -> None:
    """A closed world without groups is met where they do not count."""
    assert status == asked("--via", plane, "--expect-only", "user:*", "--expect-only", "sa:*").status


def test_an_unknown_plane_is_a_mistake() -> None:
    """The mesh knows neither verb nor type."""
    answer = run(*TERMINATE, "--via", "mesh", "--demo")

    assert (2, "") == (answer.status, answer.stdout)
    assert "`mesh`" in answer.stderr
