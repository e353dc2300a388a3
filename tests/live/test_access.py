"""`access` on a Kubeflow release: every cell is what the server's own SubjectAccessReviews say."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane
from tests.running import Result, run
from tests.truth.asking import ask

AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class Subject:
    """A subject as it is written on the command line, and as the API server knows it."""

    word: str
    user: str
    groups: tuple[str, ...] = ()

    @property
    def all_groups(self) -> tuple[str, ...]:
        """Return every group of the subject: *groups*, and those that the server adds."""
        prefix = "system:serviceaccount:"
        if self.user.startswith(prefix):
            namespace = self.user.split(":")[2]
            return ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", AUTHENTICATED)
        return (*self.groups, AUTHENTICATED)


def account(namespace: str, name: str) -> Subject:
    """Return a service account."""
    return Subject(f"sa:{namespace}/{name}", f"system:serviceaccount:{namespace}:{name}")


SUBJECTS = {
    "owner": Subject("alice@example.com", "alice@example.com"),
    "edit contributor": Subject("carol@example.com", "carol@example.com"),
    "view contributor": Subject("dave.d@example.com", "dave.d@example.com"),
    "default-editor": account("alice", "default-editor"),
    "default-viewer": account("alice", "default-viewer"),
    "pipeline-runner": account("kubeflow", "pipeline-runner"),
    "user with a granted group": Subject("greta@example.com", "greta@example.com", ("data-science",)),
    "stranger": Subject("stranger@example.com", "stranger@example.com"),
}
EACH = pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)

Point = tuple[str, str, str, str, str, str]


def points(document: dict[str, Any]) -> Iterator[tuple[Point, str]]:
    """Yield each answer: (namespace, group, resource, subresource, via, verb), and which list it is in."""
    for item in document["items"]:
        where = tuple(item[key] for key in ("namespace", "group", "resource", "subresource", "via"))
        for word in ("allowed", "denied", "unknown"):
            yield from (((*where, verb), word) for verb in item[word])


def servers(plane: ControlPlane, subject: Subject, wanted_points: list[Point]) -> dict[Point, str]:
    """Return what a SubjectAccessReview says at each point; Kubeflow's services ask about the user alone."""
    specs = [
        {
            "user": subject.user,
            "groups": list(subject.all_groups) if via == "kubectl" else [],
            "resourceAttributes": {
                "namespace": namespace, "verb": verb, "group": group, "resource": resource,
                "subresource": subresource,
            },
        }
        for namespace, group, resource, subresource, via, verb in wanted_points
    ]  # fmt: skip
    statuses = ask(plane, specs)
    return {p: "allowed" if s.allowed else "denied" for p, s in zip(wanted_points, statuses, strict=True)}


def arguments(subject: Subject) -> list[str]:
    """Return the arguments that name the subject and its known groups."""
    return [subject.word, *(flag for group in subject.groups for flag in ("--group", group))]


@pytest.mark.server
@EACH
def test_every_cell_is_what_the_server_says(
    release: ControlPlane, subject: Subject, record_property: Callable[[str, object], None]
) -> None:
    """Over every catalogue resource, verb and namespace, the answer is that of SubjectAccessReviews."""
    flags = ("-A", "-a", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    done = run("access", *arguments(subject), *flags)
    ours = dict(points(done.json))
    server_answers = servers(release, subject, list(ours))

    allowed = sum(word == "allowed" for word in server_answers.values())
    record_property(
        "figures", f"access {subject.word}: {len(ours):,} cells, {allowed:,} allowed, as the server"
    )
    assert (0, {}) == (
        done.status,
        {p: (w, server_answers[p]) for p, w in ours.items() if w != server_answers[p]},
    )
    assert {"alice", "bob", "kubeflow", "kube-system"} <= {point[0] for point in ours}
    assert len(ours) > 5000


@pytest.mark.server
@EACH
def test_verifying_everything_finds_no_disagreement(release: ControlPlane, subject: Subject) -> None:
    """`--verify=all` asks the server about every cell, says how many, and each row is verified."""
    flags = ("--verify=all", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    done = run("access", *arguments(subject), *flags)

    count = len(list(points(done.json)))
    assert f"asking the server {count:,} access reviews" in done.stderr
    assert f"verified: {count:,} asked, 0 disagree, 0 not answered" in done.notes
    assert (0, {True}) == (done.status, {item["verified"] for item in done.json["items"]})


def own_kubeconfig(plane: ControlPlane, subject: Subject) -> list[str]:
    """Flags to ask as the subject: with its own token."""
    if subject.user.startswith("system:serviceaccount:"):
        _, _, namespace, name = subject.user.split(":")
        token = plane.service_account_token(namespace, name)
        return ["--server", plane.server, "--certificate-authority", str(plane.ca_file), "--token", token]
    plane.add_user(subject.user, subject.groups)
    return ["--kubeconfig", str(plane.kubeconfig(subject.user))]


@pytest.mark.server
@pytest.mark.parametrize("namespace", ["alice", "bob", "kubeflow"])
@EACH
def test_everybody_gets_a_complete_answer_about_themselves(
    release: ControlPlane, subject: Subject, namespace: str
) -> None:
    """Without SUBJECT and with their own token, each cell is known, whatever they can read."""
    done = run("access", "-n", namespace, "-o", "json", *own_kubeconfig(release, subject))
    ours = dict(points(done.json))
    server_answers = servers(release, subject, list(ours))

    unknown = {point for point, word in ours.items() if word == "unknown"}
    only_by_groups = {p for p in unknown if p[4] == "kubeflow" and subject.groups}
    assert {} == {
        p: (w, server_answers[p]) for p, w in ours.items() if w not in ("unknown", server_answers[p])
    }
    assert set() == unknown - only_by_groups
    assert bool(unknown) == (done.status == 3)
    assert len(ours) > 100


# Of SUBJECTS, without the owner: the editors of `alice`, one of them by a group
CAN_CREATE = {"carol@example.com", "default-editor", "greta@example.com"}


@pytest.mark.server
@EACH
def test_who_can_never_says_nobody_falsely(release: ControlPlane, subject: Subject) -> None:
    """Each subject learns what can be known about who can create InferenceServices, and what cannot."""
    done = run(
        "who-can",
        "create",
        "inferenceservices",
        "-n",
        "alice",
        "-o",
        "json",
        *own_kubeconfig(release, subject),
    )
    listed = {item["subject"]["name"] for item in done.json["items"]}

    assert (3, False) == (done.status, done.json["coverage"]["complete"])
    assert "nobody can" not in done.stderr
    expected = {
        "alice@example.com",
        "carol@example.com",
        "erin@example.com",
        "data-science",
        "default-editor",
    }
    names = {subject.user, subject.word.rpartition("/")[2]}
    assert listed == (expected if subject is SUBJECTS["owner"] else names & CAN_CREATE)


@pytest.mark.server
def test_an_owner_can_explain_another_subject(release: ControlPlane) -> None:
    """LocalSubjectAccessReviews give the server's own reason, although owners cannot read ClusterRoles."""
    flags = own_kubeconfig(release, SUBJECTS["owner"])
    yes = run("explain", "carol@example.com", "create", "isvc", "-n", "alice", "-o", "json", *flags)
    no = run("explain", "dave.d@example.com", "create", "isvc", "-n", "alice", "-o", "json", *flags)

    assert (0, "Allowed") == (yes.status, yes.json["decision"])
    assert "user-carol-example-com-clusterrole-edit/alice" in yes.json["items"][0]["serverReason"]
    assert (1, "Denied") == (no.status, no.json["decision"])


@pytest.mark.server
@EACH
def test_an_owner_learns_everything_about_others_in_their_namespace(
    release: ControlPlane, subject: Subject
) -> None:
    """The server answers what owners cannot read: every cell is known, and is the server's."""
    flags = ("-n", "alice", "-o", "json", *own_kubeconfig(release, SUBJECTS["owner"]))
    done = run("access", *arguments(subject), *flags)
    ours = dict(points(done.json))

    assert (0, servers(release, subject, list(ours))) == (done.status, ours)


@pytest.mark.server
def test_an_editor_learns_nothing_about_others(release: ControlPlane) -> None:
    """Editors can neither read bindings nor ask about others: nothing is denied, everything is unknown."""
    flags = ("-n", "alice", "-o", "json", *own_kubeconfig(release, SUBJECTS["edit contributor"]))
    done = run("access", "alice@example.com", *flags)

    assert (3, {"unknown"}) == (done.status, set(dict(points(done.json)).values()))
    assert "cannot create resource" in done.stderr


@pytest.mark.server
@pytest.mark.parametrize("how", ["", "=all", "=sample"])
def test_who_can_is_verified_row_by_row(release: ControlPlane, how: str) -> None:
    """The server is asked about each subject as the binding names it; a line on stderr says how often."""
    flags = ("-A", "-o", "json", "--kubeconfig", str(release.kubeconfig()))
    done = run("who-can", "create", "inferenceservices", f"--verify{how}", *flags)

    rows = done.json["items"]
    assert f"asking the server {len(rows)} access reviews" in done.stderr
    assert (0, {True}) == (done.status, {row["verified"] for row in rows})
    assert any("0 disagree" in note for note in done.notes)


def environ_of(plane: ControlPlane, user: str) -> dict[str, str]:
    """Return the environment of a user who has a kubeconfig, and no cache."""
    return {"KUBECONFIG": str(plane.kubeconfig(user)), "HOME": "/"}


def table_of(plane: ControlPlane, user: str) -> tuple[Result, list[dict[str, Any]]]:
    """Return the access table as *user* gets it, and its lines."""
    answer = run(
        "access",
        "--all-subjects",
        "-o",
        "jsonl",
        environ=environ_of(plane, user),
    )
    return answer, list(map(json.loads, answer.lines))


@pytest.mark.server
def test_the_table_of_a_cluster_has_the_name_of_its_context(release: ControlPlane) -> None:
    """Its rows are those of `access`, about which the server was asked above."""
    answer, lines = table_of(release, "admin")
    kubeconfig = yaml.safe_load(release.kubeconfig("admin").read_text())

    assert (0, "") == (answer.status, answer.stderr)
    assert {kubeconfig["current-context"]} == {line["cluster"] for line in lines}
    alice = [line for line in lines if line["subject"]["ref"] == "alice@example.com"]
    expected = run(
        "access",
        "alice@example.com",
        "-o",
        "json",
        environ=environ_of(release, "admin"),
    ).json["items"]
    own = {line["namespace"] for line in alice}
    assert own
    keys = ("namespace", "group", "resource", "subresource")
    assert [
        ([item[key] for key in keys], item["via"], item["allowed"])
        for item in expected
        if item["namespace"] in own and item["allowed"]
    ] == [([line[key] for key in keys], line["plane"], line["verbs"]) for line in alice]


@pytest.mark.server
def test_a_tenants_table_says_what_it_lacks(release: ControlPlane) -> None:
    """They cannot read the roles, so their rows are unknown, and the status says so."""
    answer, lines = table_of(release, "alice@example.com")

    assert 3 == answer.status
    assert "clusterroles" in answer.stderr
    assert "`access` without a subject says more about yourself" in answer.stderr
    assert lines
    assert {"alice"} == {line["namespace"] for line in lines}
    assert {"unknown"} == {line["access"] for line in lines}
