"""The permissions that the program needs: with those it answers as for an admin, with one less it says so."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubectl_kfaccess.commands import COMMANDS
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.running import REPOSITORY, Result, run

FILE = REPOSITORY / "examples" / "permissions" / "clusterrole.yaml"
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))
READER = "reader@example.com"
READERS = "kfaccess-readers"  # the group that the file binds
WITHOUT_A_SERVER = {"completion"}
WATCH_SECONDS = 20

ASKED = (
    "who-can create inferenceservices -n team-a",
    "who-can create inferenceservices -A --verify",
    "who-can get pods -l app.kubernetes.io/part-of=kubeflow-profile",
    "who-can get --via kubeflow runs.pipelines.kubeflow.org -n team-a",
    "access alice@example.com -o wide",
    "access alice@example.com -n nowhere",
    "access default-editor -n team-a",
    "access --bindings alice@example.com",
    "access carol@example.com -n team-b --verify",
    "access dave@example.com --verify=sample",
    "explain dave@example.com create inferenceservices -n team-a --verify",
    "check",
    "check default-editor",
    "aggregation",
    "aggregation kubeflow-edit -o mermaid",
    "profiles",
    "profiles team-a -o wide",
    "review examples/reviews.yaml",
    "resources --served",
    "version",
)


class Needed(NamedTuple):
    """A permission of the file, a command that needs it, and what that says without it."""

    verb: str
    resource: str
    command: str
    says: str


NEEDED = (
    Needed("list", "clusterroles", "aggregation", "error: cannot list clusterroles: "),
    Needed(
        "list",
        "clusterrolebindings",
        "who-can create inferenceservices -n team-a",
        "warning: cannot list clusterrolebindings: ",
    ),
    Needed("list", "roles", "review examples/reviews.yaml", "warning: cannot list roles in namespaces "),
    Needed("list", "rolebindings", "profiles", "warning: cannot list rolebindings in namespaces "),
    Needed(
        "list",
        "namespaces",
        "who-can get pods -l app.kubernetes.io/part-of=kubeflow-profile",
        "error: cannot list namespaces, which `-l` needs: ",
    ),
    Needed("list", "serviceaccounts", "access default-editor -n team-a", "serviceaccounts could not be read"),
    Needed("list", "profiles", "profiles", "warning: cannot list profiles: "),
    Needed(
        "list",
        "authorizationpolicies",
        "explain dave@example.com create inferenceservices -n team-a --verify",
        "mesh: not known: the policies of `team-a` could not be read",
    ),
    Needed(
        "create",
        "subjectaccessreviews",
        "access carol@example.com -n team-b --verify",
        "note: not verified: ",
    ),
    Needed("get", "deployments", "check", "Deployment `kubeflow/ml-pipeline` cannot be read: "),
    Needed("get", "configmaps", "check", "which cannot be read: configmaps "),
)
# Whoever may not look a namespace up is not told that there is none: that is not known then
LOOKED_UP = Needed(
    "get", "namespaces", "access alice@example.com -n nowhere", "there is no namespace `nowhere`"
)


@pytest.fixture(scope="module")
def reader(demo: ControlPlane) -> Path:
    """The kubeconfig of a user who has nothing but what the file hands out, beside the demo cluster."""
    assert [] == load(demo, OBJECTS, replace=True)
    kubeconfig = demo.add_user(READER, (READERS,))
    for needed in (*NEEDED, LOOKED_UP):
        wait_until(demo, needed, allowed=True)
    return kubeconfig


def asked(command: str, kubeconfig: Path) -> Result:
    """What a command line prints, and how it ends, for whoever the kubeconfig logs in."""
    return run(*command.split(), "--kubeconfig", str(kubeconfig))


def permissions(objects: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Each verb with each resource that the rules of these objects name."""
    rules = [rule for one in objects for rule in one.get("rules", ())]
    return sorted((verb, name) for rule in rules for verb in rule["verbs"] for name in rule["resources"])


@contextmanager
def taken_away(plane: ControlPlane, needed: Needed) -> Iterator[None]:
    """The server without one permission of the file, which is there again afterwards."""
    before = [one for one in OBJECTS if (needed.verb, needed.resource) in permissions([one])]
    assert [] == load(plane, [without(one, needed) for one in before], replace=True)
    try:
        wait_until(plane, needed, allowed=False)
        yield
    finally:
        assert [] == load(plane, before, replace=True)
        wait_until(plane, needed, allowed=True)


def without(role: dict[str, Any], needed: Needed) -> dict[str, Any]:
    """The role less one permission."""
    less = copy.deepcopy(role)
    for rule in less["rules"]:
        if needed.verb in rule["verbs"] and needed.resource in rule["resources"]:
            rule["resources"].remove(needed.resource)
    less["rules"] = [rule for rule in less["rules"] if rule["resources"]]
    return less


def wait_until(plane: ControlPlane, needed: Needed, *, allowed: bool) -> None:
    """Nothing, once the server's authorizer has seen the change: it watches roles, and so lags behind."""
    deadline = time.monotonic() + WATCH_SECONDS
    while may(plane, needed) is not allowed:
        assert time.monotonic() < deadline, f"{needed.verb} {needed.resource}: not {allowed} after a change"
        time.sleep(0.02)


def may(plane: ControlPlane, needed: Needed) -> bool:
    """Whether the server says that the reader has the permission, where the file says so."""
    (rule,) = [
        rule
        for one in OBJECTS
        for rule in one.get("rules", ())
        if needed.verb in rule["verbs"] and needed.resource in rule["resources"]
    ]
    (role,) = [one for one in OBJECTS if rule in one.get("rules", ())]
    attributes = {
        "verb": needed.verb,
        "group": rule["apiGroups"][0],
        "resource": needed.resource,
        "namespace": role["metadata"].get("namespace", ""),
        "name": rule.get("resourceNames", [""])[0],
    }
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": READER, "groups": [READERS], "resourceAttributes": attributes},
    }
    status, answer = plane.request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
    assert 201 == status, answer
    return bool(answer["status"]["allowed"])


def test_every_permission_of_the_file_is_one_that_a_command_needs() -> None:
    """Nothing is handed out without a case below that shows what it is for, and nothing twice."""
    assert sorted((one.verb, one.resource) for one in (*NEEDED, LOOKED_UP)) == permissions(OBJECTS)


def test_nothing_of_the_file_changes_anything_or_reads_secrets() -> None:
    """Reading, and asking; no wildcard, no Secret, no impersonation."""
    kept = [one for one in permissions(OBJECTS) if one != ("create", "subjectaccessreviews")]

    assert {"get", "list"} == {verb for verb, _ in kept}
    assert set() == {name for _, name in kept} & {"*", "secrets", "pods"}


def test_every_command_that_asks_a_server_is_asked() -> None:
    """No command can be forgotten here; `whoami` has a test of its own, its answer is about the caller."""
    assert set(COMMANDS) - WITHOUT_A_SERVER == {command.split()[0] for command in ASKED} | {"whoami"}


@pytest.mark.server
@pytest.mark.parametrize("command", ASKED)
def test_the_permissions_suffice(command: str, demo: ControlPlane, reader: Path) -> None:
    """A user with exactly these gets what an admin gets: the same bytes, and the same status."""
    assert asked(command, demo.kubeconfig()) == asked(command, reader)


@pytest.mark.server
def test_the_permissions_suffice_to_explain_a_no(demo: ControlPlane, reader: Path) -> None:
    """What is near, whom to ask and the fixes are the same; that a reader may not apply one is said."""
    ask = "explain grace@example.com create inferenceservices -n team-b"
    admins = asked(ask, demo.kubeconfig())

    readers = asked(ask, reader)

    expected = admins.stdout.replace("; you may apply it\n", "; you may not apply it yourself\n")
    assert expected != admins.stdout
    assert Result(expected, admins.stderr, 1) == readers


@pytest.mark.server
def test_whoami_tells_a_reader_that_nothing_is_missing(reader: Path) -> None:
    """He may list every kind and ask about all; the review of one namespace is for who lacks the other."""
    items = asked("whoami -o json", reader).json["items"]

    assert len(items) > len(NEEDED)
    assert {"localsubjectaccessreviews"} == {one["resource"] for one in items if not one["allowed"]}


@pytest.mark.server
@pytest.mark.parametrize("needed", NEEDED, ids=[f"{one.verb} {one.resource}" for one in NEEDED])
def test_without_a_permission_a_command_says_what_it_could_not_read(
    needed: Needed, demo: ControlPlane, reader: Path
) -> None:
    """None of them can be left out, and nobody takes what is left for the whole truth."""
    whole = asked(needed.command, reader)
    with taken_away(demo, needed):
        less = asked(needed.command, reader)

    assert needed.says not in whole.stdout + whole.stderr
    assert needed.says in less.stdout + less.stderr


@pytest.mark.server
def test_only_who_may_look_a_namespace_up_is_told_that_there_is_none(
    demo: ControlPlane, reader: Path
) -> None:
    """Without that permission a namespace that was mistyped goes unnoticed."""
    whole = asked(LOOKED_UP.command, reader)
    with taken_away(demo, LOOKED_UP):
        less = asked(LOOKED_UP.command, reader)

    assert LOOKED_UP.says in whole.stderr
    assert LOOKED_UP.says not in less.stderr
