"""A snapshot of a real server answers as the server did, to an administrator and to a tenant."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.sources.snapshots.caller import NOT_KEPT
from tests.commands.test_anonymize import OWN, shape
from tests.controlplane.cluster import ControlPlane
from tests.live.test_access import Subject, own_kubeconfig
from tests.running import NOWHERE, run
from tests.schemas import errors, validator

pytestmark = pytest.mark.server

ALICE = Subject("alice@example.com", "alice@example.com")

QUESTIONS = (
    "who-can create inferenceservices -A",
    "who-can get,list secrets,configmaps -A",
    "who-can delete pods -n team-a",
    "who-can get pods/log -n team-a",
    "who-can impersonate users -A",
    "who-can get /metrics",
    "who-can create rolebindings -n team-a --expand-groups",
    "who-can list profiles",
    "access",
    "access alice@example.com",
    "access alice@example.com -A -a",
    "access sa:team-a/default-editor -n team-a",
    "access alice@example.com --bindings",
    "access alice@example.com --compare bob@example.com",
    "explain alice@example.com create pods -n team-a",
    "explain bob@example.com create inferenceservices -n team-a",
    "explain sa:team-a/default-editor get secrets -n team-b",
    "explain delete namespaces",
    "check",
    "check contributor-edit",
    "profiles",
    "profiles team-a",
    "aggregation",
    "aggregation kubeflow-edit",
    "resources --served",
)
OF_A_TENANT = (
    "who-can create pods -n team-b",
    "access bob@example.com -n team-b",
    "access --via kubectl -n team-a",
    "profiles team-a",
    "who-can create pods -n kube-system",
    "resources --served",
    "who-can get /metrics",
    "who-can list profiles",
    "explain delete namespaces",
    "explain create pods -n kubeflow",
    "profiles -n team-a",
    "whoami -n team-a",
)
REVIEWED_LIVE = (
    "access bob@example.com -n team-a",
    "access sa:team-a/default-editor -n team-a",
    "access -n team-a",
    "check -n team-a",
    "check default-editor -n team-a",
    "explain bob@example.com create pods -n team-a",
    "explain sa:team-a/default-editor create inferenceservices -n team-a",
    "explain create inferenceservices -n team-b",
    "who-can create pods -n team-a",
    "who-can create inferenceservices -n team-a",
)
"""What a tenant asks that single access reviews answer, so that a snapshot has to leave it open."""
IDS = [f"{number:02}-{question.split()[0]}" for number, question in enumerate(QUESTIONS, start=1)]
REVIEWED_IDS = [f"{at:02}-{question.split()[0]}" for at, question in enumerate(REVIEWED_LIVE, start=1)]
TENANT_IDS = [f"{number:02}-{question.split()[0]}" for number, question in enumerate(OF_A_TENANT, start=1)]


def snapshot(directory: Path, *connection: str, status: int = 0) -> Path:
    """Return a snapshot of the server, which is a valid document."""
    file = directory / "snapshot.json"
    done = run("snapshot", str(file), *connection)
    assert status == done.status, done.stderr
    assert [] == errors(validator("Snapshot"), json.loads(file.read_text()))
    return file


@pytest.fixture(scope="module")
def whole(demo: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the snapshot that an administrator takes."""
    return snapshot(tmp_path_factory.mktemp("whole"), "--kubeconfig", str(demo.kubeconfig()))


@pytest.fixture(scope="module")
def of_tenant(demo: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the snapshot that the owner of team-a takes."""
    connection = (*own_kubeconfig(demo, ALICE), "-n", "team-a")
    return snapshot(tmp_path_factory.mktemp("tenant"), *connection, status=3)


REVIEWED = ("mayApply", "serverReason", "reason", "verified", "asked")
"""Keys whose values come from access reviews, or quote the server."""


def answered(*argv: str) -> tuple[int, Any, Any]:
    """Return the status, the items without what access reviews add, and whether the answer is complete."""
    done = run(*argv, "-o", "json", environ=NOWHERE)
    return done.status, unreviewed(done.json["items"]), done.json["coverage"]["complete"]


def unreviewed(data: Any) -> Any:
    """Return plain data without the keys of REVIEWED."""
    if isinstance(data, dict):
        return {key: unreviewed(value) for key, value in data.items() if key not in REVIEWED}
    return [unreviewed(value) for value in data] if isinstance(data, list) else data


@pytest.mark.parametrize("question", QUESTIONS, ids=IDS)
def test_a_snapshot_answers_as_the_server(demo: ControlPlane, whole: Path, question: str) -> None:
    """The items are the same."""
    words = shlex.split(question)

    assert answered(*words, "--kubeconfig", str(demo.kubeconfig())) == answered(*words, "-f", str(whole))


@pytest.mark.parametrize("question", OF_A_TENANT, ids=TENANT_IDS)
def test_the_snapshot_of_a_tenant_answers_as_the_server_did(
    demo: ControlPlane, of_tenant: Path, question: str
) -> None:
    """What they could not read is unknown in both."""
    words = shlex.split(question)

    assert answered(*words, *own_kubeconfig(demo, ALICE)) == answered(*words, "-f", str(of_tenant))


def test_the_message_says_what_a_snapshot_lacks_for_what_could_not_be_read(
    demo: ControlPlane, tmp_path: Path
) -> None:
    """The lists that were refused are named, and what no command will know without them."""
    done = run("snapshot", str(tmp_path / "file"), *own_kubeconfig(demo, ALICE), "-n", "team-a")

    assert done.stderr.startswith("warning: cannot list authorizationpolicies, ")
    assert done.stderr.endswith(
        "not known: who else has access, what roles allow, which namespaces and accounts there are, the mesh,"
        " which release runs\n"
    )


def test_tenants_know_what_they_can_do_themselves(demo: ControlPlane, of_tenant: Path) -> None:
    """Their own rules are in the snapshot, so the answer about kubectl needs no access review."""
    words = ("explain", "create", "pods", "--via", "kubectl", "-o", "json")
    file = ("-f", str(of_tenant))
    live = [
        run(*words, *own_kubeconfig(demo, ALICE), "-n", name).json["decision"]
        for name in ("team-a", "kubeflow")
    ]

    assert ["Allowed", "Denied"] == live
    assert live == [run(*words, *file, "-n", name).json["decision"] for name in ("team-a", "kubeflow")]


@pytest.mark.parametrize("question", REVIEWED_LIVE, ids=REVIEWED_IDS)
def test_what_access_reviews_answered_is_not_known_afterwards(
    demo: ControlPlane, of_tenant: Path, question: str
) -> None:
    """Each verdict is the server's or unknown, something is unknown, the status is 3, and it is said why."""
    words = shlex.split(question)
    live = run(*words, "-o", "json", *own_kubeconfig(demo, ALICE), environ=NOWHERE)
    saved = run(*words, "-o", "json", "-f", str(of_tenant))
    known, kept = ({row for row in verdicts(done.json) if "Unknown" not in row} for done in (live, saved))

    assert (3, False) == (saved.status, saved.json["coverage"]["complete"])
    assert kept < known
    assert any(text in saved.stdout + saved.stderr for text in (NOT_KEPT, "perhaps only by them"))
    assert not any("the server was asked" in line or "server answered" in line for line in saved.notes)
    assert "--as" not in saved.stderr


def verdicts(answer: Any) -> Iterator[tuple[str, ...]]:
    """Yield each yes and no of a machine answer, with what it is about."""
    if "decision" in answer:
        yield ("", answer["decision"])
    for item in answer["items"]:
        place = tuple(str(item.get(key, "")) for key in ("namespace", "group", "resource", "via"))
        yield from ((*place, verb, word) for word in ("allowed", "denied") for verb in item.get(word, ()))
        yield from ((*place, str(need), need["decision"]) for need in map(about, item.get("needs", ())))
        if "subject" in item:
            yield (*place, item["subject"]["ref"])


def about(need: dict[str, Any]) -> dict[str, str]:
    """Return what a need is about, and its decision."""
    return {key: need[key] for key in ("verb", "group", "resource", "name", "decision")}


def test_a_snapshot_says_which_cluster_it_is_and_who_read_it(demo: ControlPlane, whole: Path) -> None:
    """The UID of kube-system stands for the cluster."""
    document = json.loads(whole.read_text())

    assert ("server", 36) == (document["origin"], len(document["cluster"]["uid"]))
    assert demo.version in document["cluster"]["version"]
    assert "system:authenticated" in document["by"]["groups"]


def test_no_secret_and_no_other_setting_is_in_it(whole: Path) -> None:
    """Of a Deployment and of ConfigMaps only the settings that are read are kept."""
    objects = json.loads(whole.read_text())["objects"]
    (deployment,) = objects["deployments"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]

    assert "secrets" not in objects
    assert {"name", "image", "env", "envFrom"} == container.keys()
    assert ["template"] == list(deployment["spec"])
    assert {"mesh", "MULTIUSER", "DEFAULTPIPELINERUNNERSERVICEACCOUNT"} <= {
        key for config_map in objects["configmaps"] for key in config_map["data"]
    }


@pytest.mark.parametrize("who", ["whole", "of_tenant"])
def test_without_names_a_real_snapshot_has_none(
    request: pytest.FixtureRequest, tmp_path: Path, who: str
) -> None:
    """Applied manifests, the server's reasons and what the caller may do contain names as well."""
    named, nameless = request.getfixturevalue(who), tmp_path / "nameless.json"
    run("snapshot", str(nameless), "-f", str(named), "--anonymize")
    text = nameless.read_text().lower()
    user = json.loads(text)["by"]["user"]

    assert [] == errors(validator("Snapshot"), json.loads(nameless.read_text()))
    assert [] == [name for name in OWN if re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", text)]
    assert user in run("whoami", "-f", str(nameless), "-o", "name").stdout
    questions = ("profiles", "check", "aggregation", "who-can create pods -A") if who == "whole" else ()
    for question in questions:
        live, other = (run(*question.split(), "-f", str(f), "-o", "json") for f in (named, nameless))
        assert (question, live.status, shape(live.json)) == (question, other.status, shape(other.json))
