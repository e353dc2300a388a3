"""The permissions that the program needs: with all it answers as for an admin, without one it says so."""

from __future__ import annotations

import copy
import csv
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from kubectl_kfaccess.commands import COMMANDS, PAGES
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.load import load
from tests.running import REPOSITORY, Result, run

FILE = REPOSITORY / "examples" / "permissions" / "clusterrole.yaml"
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all(FILE.read_text(encoding="utf-8")))
READER = "reader@example.com"
READERS = "kfaccess-readers"  # the group that the file binds
WITHOUT_A_SERVER = {"completion", *PAGES}
WATCH_SECONDS = 60

COMMAND_LINES = (
    "who-can create inferenceservices -n team-a",
    "who-can create inferenceservices -A --verify",
    "who-can get pods -l app.kubernetes.io/part-of=kubeflow-profile",
    "who-can get --via kubeflow runs.pipelines.kubeflow.org -n team-a",
    "access alice@example.com -o wide",
    "access alice@example.com -n nowhere",
    "access model-server -n team-c",
    "access --bindings alice@example.com",
    "access carol@example.com -n team-b --verify",
    "access dave@example.com --verify=sample",
    "explain dave@example.com create inferenceservices -n team-a --verify",
    "explain dave@example.com create rolebindings -n team-a --via kubeflow",
    "check",
    "check default-editor",
    "aggregation",
    "aggregation kubeflow-edit -o mermaid",
    "diff --without clusterrole/kubeflow-kserve-edit",
    "diff demo",
    "profiles",
    "profiles team-a -o wide",
    "audit",
    "review examples/reviews.yaml",
    "resources --served",
    "version",
)


class Needed(NamedTuple):
    """
    A permission of the file, a command that needs it, and what the command says without it.

    The namespace is that of the Role, "" for the ClusterRole.
    """

    verb: str
    resource: str
    command: str
    says: str
    namespace: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """The permission."""
        return self.verb, self.resource, self.namespace


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
    Needed("list", "serviceaccounts", "access model-server -n team-c", "serviceaccounts could not be read"),
    Needed("list", "profiles", "profiles", "warning: cannot list profiles: "),
    Needed(
        "list",
        "authorizationpolicies",
        "explain dave@example.com create inferenceservices -n team-a --verify",
        "mesh unknown, because the policies of `team-a` could not be read",
    ),
    Needed(
        "create",
        "subjectaccessreviews",
        "access carol@example.com -n team-b --verify",
        "note: not verified: ",
    ),
    Needed("get", "deployments", "check", "Deployment `kubeflow/ml-pipeline` cannot be read: ", "kubeflow"),
    Needed("get", "configmaps", "check", "which cannot be read: forbidden to ", "kubeflow"),
    Needed(
        "list",
        "configmaps",
        "explain dave@example.com create rolebindings -n team-a --via kubeflow",
        "who the cluster admins of KFAM are: cannot read configmaps in namespace `kubeflow`: ",
        "kubeflow",
    ),
    Needed(
        "get",
        "configmaps",
        "profiles team-a -o wide",
        "note: cannot read configmaps in namespace `istio-system`: ",
        "istio-system",
    ),
)
# Without this permission, nobody knows whether the namespace exists, so there is no note that it does not
LOOKED_UP = Needed(
    "get", "namespaces", "access alice@example.com -n nowhere", "there is no namespace `nowhere`"
)


@pytest.fixture(scope="module")
def reader(demo: ControlPlane) -> Path:
    """Return the kubeconfig of a user on the demo cluster who has only the permissions of the file."""
    assert [] == load(demo, OBJECTS, replace=True)
    kubeconfig = demo.add_user(READER, (READERS,))
    for needed in (*NEEDED, LOOKED_UP):
        wait_until(demo, needed, allowed=True)
    return kubeconfig


def result_of(command: str, kubeconfig: Path) -> Result:
    """Return the result of a command line with that kubeconfig."""
    return run(*command.split(), "--kubeconfig", str(kubeconfig))


def permissions(objects: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Return each (verb, resource, namespace) in the rules of these objects; "" is the whole cluster."""
    return sorted(
        (verb, name, manifest["metadata"].get("namespace", ""))
        for manifest in objects
        for rule in manifest.get("rules", ())
        for verb in rule["verbs"]
        for name in rule["resources"]
    )


@contextmanager
def removed(plane: ControlPlane, needed: Needed) -> Iterator[None]:
    """Remove one permission of the file from the server, and restore it afterwards."""
    before = [role for role in OBJECTS if needed.key in permissions([role])]
    assert [] == load(plane, [without(role, needed) for role in before], replace=True)
    try:
        wait_until(plane, needed, allowed=False)
        yield
    finally:
        assert [] == load(plane, before, replace=True)
        wait_until(plane, needed, allowed=True)


def without(role: dict[str, Any], needed: Needed) -> dict[str, Any]:
    """Return the role without one permission."""
    less = copy.deepcopy(role)
    for rule in less["rules"]:
        if needed.verb in rule["verbs"] and needed.resource in rule["resources"]:
            rule["resources"].remove(needed.resource)
    less["rules"] = [rule for rule in less["rules"] if rule["resources"]]
    return less


def wait_until(plane: ControlPlane, needed: Needed, *, allowed: bool) -> None:
    """Wait until the server's authorizer has seen the change: it watches roles, so it is a little late."""
    deadline = time.monotonic() + WATCH_SECONDS
    while has_permission(plane, needed) is not allowed:
        assert time.monotonic() < deadline, f"{needed.verb} {needed.resource}: not {allowed} after a change"
        time.sleep(0.02)


def has_permission(plane: ControlPlane, needed: Needed) -> bool:
    """Return whether the server says that the reader has the permission, in the scope that the file says."""
    (role,) = [manifest for manifest in OBJECTS if needed.key in permissions([manifest])]
    (rule,) = [
        rule
        for rule in role["rules"]
        if needed.verb in rule["verbs"] and needed.resource in rule["resources"]
    ]
    attributes = {
        "verb": needed.verb,
        "group": rule["apiGroups"][0],
        "resource": needed.resource,
        "namespace": needed.namespace,
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


def test_a_command_needs_every_permission_of_the_file() -> None:
    """Each permission has a case below that shows why it is there, and none is there twice."""
    assert sorted(needed.key for needed in (*NEEDED, LOOKED_UP)) == permissions(OBJECTS)


def test_whoami_prints_the_permissions_of_the_file() -> None:
    """The file binds a group, and `whoami -o fix` the caller; the permissions are the same."""
    fix = run("whoami", "--demo", "--as", READER, "-o", "fix").stdout

    assert exact_permissions(OBJECTS) == exact_permissions(list(yaml.safe_load_all(fix)))


def exact_permissions(objects: list[dict[str, Any]]) -> set[tuple[str, ...]]:
    """Return each permission in the rules of these objects, with its API group and names."""
    return {
        (manifest["metadata"].get("namespace", ""), verb, group, name, *rule.get("resourceNames", ()))
        for manifest in objects
        for rule in manifest.get("rules", ())
        for verb in rule["verbs"]
        for group in rule["apiGroups"]
        for name in rule["resources"]
    }


def test_the_file_cannot_change_anything_or_read_secrets() -> None:
    """It has read verbs and access reviews, and no wildcard, Secrets or impersonation."""
    review = ("create", "subjectaccessreviews", "")
    reads = [permission for permission in permissions(OBJECTS) if permission != review]

    assert {"get", "list"} == {verb for verb, _, _ in reads}
    assert set() == {name for _, name, _ in reads} & {"*", "secrets", "pods"}


def test_every_command_that_asks_a_server_is_covered() -> None:
    """Some have tests of their own: about the caller, about gaps, and about the name of the cluster."""
    covered = {command.split()[0] for command in COMMAND_LINES}
    assert set(COMMANDS) - WITHOUT_A_SERVER == covered | {"whoami", "snapshot", "can-apply", "report"}


@pytest.mark.server
@pytest.mark.parametrize("command", COMMAND_LINES)
def test_the_permissions_suffice(command: str, demo: ControlPlane, reader: Path) -> None:
    """A user with exactly these permissions gets the same bytes and the same status as an admin."""
    assert result_of(command, demo.kubeconfig()) == result_of(command, reader)


@pytest.mark.server
def test_the_permissions_suffice_for_a_report(demo: ControlPlane, reader: Path) -> None:
    """The sheet has the same rows and ids; only the name of the cluster is that of another context."""

    def rows(kubeconfig: Path) -> list[dict[str, str]]:
        answer = result_of("report -o csv", kubeconfig)
        assert (0, "") == (answer.status, answer.stderr)
        return [{**row, "CLUSTER": ""} for row in csv.DictReader(answer.stdout.splitlines())]

    assert len(rows(demo.kubeconfig())) > 20
    assert rows(demo.kubeconfig()) == rows(reader)


@pytest.mark.server
def test_the_permissions_suffice_to_explain_a_no(demo: ControlPlane, reader: Path) -> None:
    """Near misses, contacts and fixes are the same. Only a reader is told that they cannot apply a fix."""
    ask = "explain grace@example.com create inferenceservices -n team-b"
    admins = result_of(ask, demo.kubeconfig())

    readers = result_of(ask, reader)

    none = "      you cannot apply any of these yourself\n"
    expected = re.sub(r"      you can apply [1-9, ]+\n", none, admins.stdout)
    assert expected != admins.stdout
    assert Result(expected, admins.stderr, 1) == readers


@pytest.mark.server
def test_whoami_shows_that_a_reader_lacks_nothing(reader: Path) -> None:
    """A reader can list every kind and ask about everybody, so they do not need reviews of one namespace."""
    items = result_of("whoami -o json", reader).json["items"]

    assert len(items) > len(NEEDED)
    assert {"localsubjectaccessreviews"} == {item["resource"] for item in items if not item["allowed"]}


@pytest.mark.server
@pytest.mark.parametrize("needed", NEEDED, ids=[" ".join(needed.key).strip() for needed in NEEDED])
def test_without_a_permission_a_command_says_what_it_could_not_read(
    needed: Needed, demo: ControlPlane, reader: Path
) -> None:
    """Each permission is needed, and nobody mistakes the rest for the complete answer."""
    whole = result_of(needed.command, reader)
    with removed(demo, needed):
        less = result_of(needed.command, reader)

    assert needed.says not in whole.stdout + whole.stderr
    assert needed.says in less.stdout + less.stderr


@pytest.mark.server
def test_a_missing_namespace_is_noticed_only_with_permission_to_get_it(
    demo: ControlPlane, reader: Path
) -> None:
    """Without that permission, a typing error in a namespace goes unnoticed."""
    whole = result_of(LOOKED_UP.command, reader)
    with removed(demo, LOOKED_UP):
        less = result_of(LOOKED_UP.command, reader)

    assert LOOKED_UP.says in whole.stderr
    assert LOOKED_UP.says not in less.stderr
