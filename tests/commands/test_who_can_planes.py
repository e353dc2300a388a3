"""`who-can --via`: the same question as kubectl and as Kubeflow's own services ask it."""

from __future__ import annotations

import csv

import pytest

from tests.running import Result, run

TERMINATE = ("who-can", "terminate", "runs.pipelines.kubeflow.org", "-n", "team-a")
GROUPS = {
    "ml-team",
    "platform-admins",
    "system:masters",
}  # the demo's bindings grant it to these, see facts.yaml


def answer_with(*flags: str) -> Result:
    """Return the answer about the demo as JSON."""
    return run(*TERMINATE, *flags, "--demo", "-o", "json")


def subjects(answer: Result) -> dict[str, set[str]]:
    """Return the listed names by kind."""
    names_by_kind: dict[str, set[str]] = {}
    for item in answer.json["items"]:
        names_by_kind.setdefault(item["subject"]["kind"], set()).add(item["subject"]["name"])
    return names_by_kind


def marked(*flags: str) -> list[str]:
    """Return the subjects with a note that the grant does not count."""
    rows = csv.DictReader(run(*TERMINATE, *flags, "--demo", "-o", "csv").lines)
    return [row["SUBJECT"] for row in rows if "kubectl only" in row["NOTE"]]


def test_kubeflows_own_services_see_no_groups() -> None:
    """Groups are left out and counted; users and accounts stay."""
    everybody, seen = answer_with(), answer_with("--via", "kubeflow")

    assert GROUPS == subjects(everybody)["Group"]
    assert subjects(seen) == {kind: names for kind, names in subjects(everybody).items() if kind != "Group"}
    assert "3 groups are left out: Kubeflow asks about the user's name alone" in seen.notes
    assert 0 == seen.status


def test_accounts_are_not_listed_for_a_group_that_does_not_count() -> None:
    """`--expand-groups` lists no subject to which the service would say no."""
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
    """All subjects are listed, and none is marked."""
    assert subjects(answer_with()) == subjects(answer_with("--via", "kubectl"))
    assert GROUPS == set(marked())
    assert [] == marked("--via", "kubectl")
    assert not any("do not count" in note for note in answer_with("--via", "kubectl").notes)


def test_machines_get_the_planes_on_which_a_grant_counts() -> None:
    """`--via` changes what is listed, not what is said of a grant."""
    counts = {
        item["subject"]["name"]: item["grants"][0]["counts"]["services"]
        for item in answer_with("--via", "kubectl").json["items"]
    }

    assert GROUPS == {name for name, services in counts.items() if services == {"ml-pipeline": "no"}}
    assert {"ml-pipeline": "yes"} == counts["alice@example.com"]


def test_masters_are_an_ordinary_group_in_kubeflow() -> None:
    """The note that they can do everything is about kubectl."""
    assert "system:masters" in str(answer_with().json["notes"])
    assert "system:masters" not in str(answer_with("--via", "kubeflow").json["notes"])


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        pytest.param(
            ("create", "rolebindings"), "the dashboard lets the owner in the Profile", id="contributors"
        ),
        pytest.param(("create", "inferenceservices"), "", id="a page asks it"),
    ],
)
def test_what_no_service_asks_is_noted(words: tuple[str, str], reason: str) -> None:
    """The rows say what RBAC grants, and no service looks at it; for kubectl there is nothing to note."""
    argv = ("who-can", *words, "-n", "team-a", "--demo")
    notes = [note for note in run(*argv, "--via", "kubeflow").notes if "never ask" in note]

    assert bool(reason) == any(reason in note for note in notes)
    assert not any("never ask" in note for note in run(*argv, "--via", "kubectl").notes)


@pytest.mark.parametrize(("plane", "status"), [("kubeflow", 0), ("kubectl", 1)])
def test_an_expectation_is_about_the_chosen_plane(plane: str, status: int) -> None:
    """An expectation without groups is met on the plane on which groups do not count."""
    assert status == answer_with("--via", plane, "--expect-only", "user:*", "--expect-only", "sa:*").status


def test_an_unknown_plane_is_an_error() -> None:
    """`mesh` is not a plane of `--via`: the mesh knows neither verbs nor types."""
    answer = run(*TERMINATE, "--via", "mesh", "--demo")

    assert (2, "") == (answer.status, answer.stdout)
    assert "`mesh`" in answer.stderr
