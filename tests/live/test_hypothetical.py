"""`--with` and `--without`: the answers before a change are those after the real kubectl has made it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.load import clear, load, wait_for_aggregation
from tests.running import Result, run
from tests.truth.arena import wait_for_authorizer

pytestmark = pytest.mark.server

GROUP = "rbac.authorization.k8s.io"
VERSION = f"{GROUP}/v1"
SPACE, OTHER = "as-if", "as-if-other"
TENANT = "tenant@example.com"
TO_SUM = {"as-if/to-sum": "true"}

Object = dict[str, Any]


def rule(verb: str, resource: str) -> Object:
    """Return a rule on a resource of the core group."""
    return {"verbs": [verb], "apiGroups": [""], "resources": [resource]}


def cluster_role(name: str, *rules: Object, labels: Object | None = None, **rest: Any) -> Object:
    """Return a ClusterRole."""
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": VERSION, "kind": "ClusterRole", "metadata": metadata, "rules": [*rules], **rest}


def binding(name: str, role: str, *users: str, namespace: str = SPACE) -> Object:
    """Return a RoleBinding of a ClusterRole to users, cluster-wide if *namespace* is ""."""
    return {
        "apiVersion": VERSION,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": GROUP, "kind": "User", "name": user} for user in users],
    }


def space(name: str) -> Object:
    """Return a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


SUM = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": TO_SUM}]}}
WORLD = (
    space(SPACE),
    cluster_role("as-if-get", rule("get", "secrets"), labels=TO_SUM),
    cluster_role("as-if-list", rule("list", "secrets")),
    cluster_role("as-if-sum", **SUM),
    binding("as-if-sum", "as-if-sum", "ann"),
    binding("as-if-list", "as-if-list", "bob"),
    binding("as-if-all", "as-if-list", "cid", namespace=""),
)

CHANGES: dict[str, tuple[list[Object], list[str]]] = {
    "a new binding": ([binding("new", "as-if-sum", "dan")], []),
    "other subjects": ([binding("as-if-sum", "as-if-sum", "dan", "eve")], []),
    "another roleRef": ([binding("as-if-sum", "as-if-list", "dan")], []),
    "a role without a name in its binding": ([binding("new", "", "dan")], []),
    "a label that aggregates": ([cluster_role("as-if-list", rule("list", "secrets"), labels=TO_SUM)], []),
    "a new role that is aggregated": (
        [cluster_role("as-if-new", rule("watch", "secrets"), labels=TO_SUM)],
        [],
    ),
    "no label any more": (
        [cluster_role("as-if-get", rule("get", "secrets"), labels={"as-if/to-sum": "no"})],
        [],
    ),
    "a namespace, and a binding in it": (
        [space(OTHER), binding("new", "as-if-sum", "dan", namespace=OTHER)],
        [],
    ),
    "a binding before its namespace": (
        [binding("new", "as-if-sum", "dan", namespace=OTHER), space(OTHER)],
        [],
    ),
    "a binding for the whole cluster": ([binding("as-if-new", "as-if-sum", "dan", namespace="")], []),
    "a binding less": ([], [f"rolebinding/{SPACE}/as-if-sum"]),
    "a binding of the whole cluster less": ([], ["clusterrolebinding/as-if-all"]),
    "an aggregated part less": ([], ["clusterrole/as-if-get"]),
    "a namespace less": ([], [f"ns/{SPACE}"]),
    "both": ([binding("new", "as-if-sum", "dan")], [f"rolebinding/{SPACE}/as-if-list"]),
}


@pytest.fixture
def world(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with a small world, in which every test makes its change."""
    assert [] == load(plane, WORLD)
    wait_for_aggregation(plane)
    yield plane
    for name, kind, path in (
        (OTHER, "Namespace", f"/api/v1/namespaces/{OTHER}"),
        ("as-if-new", "ClusterRole", f"/apis/{VERSION}/clusterroles/as-if-new"),
        ("as-if-new", "ClusterRoleBinding", f"/apis/{VERSION}/clusterrolebindings/as-if-new"),
    ):
        if plane.request("GET", path)[0] == 200:
            plane.loaded.append(Loaded(kind, "", name, path, None))
    clear(plane)


def ask(plane: ControlPlane, *argv: str, user: str = "") -> Result:
    """Return the answer of a command on the server."""
    config = plane.kubeconfig(user) if user else plane.kubeconfig()
    return run(*argv, "--kubeconfig", str(config), "-o", "json")


def answers(plane: ControlPlane, *flags: str) -> dict[str, Any]:
    """Return what four commands answer, without what only speaks of how it was read."""
    commands = {
        "who can": ("who-can", "get,list,watch", "secrets", "-A"),
        "in the namespace": ("who-can", "get,list,watch", "secrets", "-n", SPACE),
        "in another": ("who-can", "get,list,watch", "secrets", "-n", OTHER),
        "explain": ("explain", "dan", "get", "secrets", "-n", SPACE),
        "access": ("access", "dan", "-n", SPACE, "--resource", "secrets"),
        "bindings": ("access", "dan", "--bindings"),
    }
    return {name: stable(ask(plane, *argv, *flags)) for name, argv in commands.items()}


def stable(result: Result) -> Any:
    """Return the items and the status of an answer."""
    return result.status, [item for item in result.json["items"] if "sentinel" not in str(item)]


def kubectl(plane: ControlPlane, *argv: str) -> None:
    """Run the real kubectl; what the server refuses is a part of the change."""
    command = [str(plane.kubectl), "--kubeconfig", str(plane.kubeconfig()), *argv]
    subprocess.run(command, capture_output=True, timeout=120, check=False)


def write(folder: Path, objects: list[Object]) -> str:
    """Write the objects to a file and return its path."""
    file = folder / "change.yaml"
    file.write_text(yaml.safe_dump_all(objects), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_as_if_answers_what_the_changed_cluster_answers(
    change: tuple[list[Object], list[str]], world: ControlPlane, tmp_path: Path
) -> None:
    """Aggregation by the controller included."""
    applied, deleted = change
    file = write(tmp_path, applied) if applied else ""
    flags = (*(("--with", file) if file else ()), *(word for name in deleted for word in ("--without", name)))

    assumed = answers(world, *flags)
    if file:
        kubectl(world, "apply", "-f", file)
        wait_for_aggregation(world)
    for text in deleted:
        kind, *place, name = text.split("/")
        kubectl(world, "delete", kind, name, *(("-n", place[0]) if place else ()), "--wait=true")
    wait_for_aggregation(world)

    assert answers(world) == assumed


def test_a_kind_that_the_server_lacks_is_not_counted(world: ControlPlane, tmp_path: Path) -> None:
    """As kubectl says "no matches for kind"; the Profile controller makes nothing then."""
    spec = {"owner": {"kind": "User", "name": "dan"}}
    profile = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": OTHER}, "spec": spec}
    file = write(tmp_path, [profile])

    result = ask(world, "who-can", "get", "secrets", "-n", OTHER, "--with", file)

    assert stable(result) == stable(ask(world, "who-can", "get", "secrets", "-n", OTHER))
    assert "the server has no kind Profile of kubeflow.org" in result.stderr


def test_an_object_to_delete_has_to_exist(world: ControlPlane) -> None:
    """On the server as in files."""
    result = ask(world, "who-can", "get", "secrets", "-n", OTHER, "--without", f"rolebinding/{SPACE}/no")

    assert 2 == result.status
    assert f"there is no RoleBinding `{SPACE}/no`" in result.stderr


def test_the_world_is_different_after_each_kind_of_change(world: ControlPlane, tmp_path: Path) -> None:
    """So that the comparison above compares something."""
    file = write(tmp_path, [binding("new", "as-if-sum", "dan")])

    assert answers(world) != answers(world, "--with", file)
    assert answers(world) != answers(world, "--without", f"rolebinding/{SPACE}/as-if-list")


@pytest.fixture
def tenant(world: ControlPlane) -> ControlPlane:
    """Yield the API server with a user who can read secrets, and no RBAC."""
    role = {"apiVersion": VERSION, "kind": "Role", "metadata": {"name": "own", "namespace": SPACE}}
    own = binding("own", "own", TENANT)
    own["roleRef"]["kind"] = "Role"
    assert [] == load(world, [{**role, "rules": [rule("get", "secrets")]}, own])
    world.add_user(TENANT)
    wait_for_authorizer(world)
    return world


def test_a_yes_about_the_caller_counts_if_the_change_only_adds(tenant: ControlPlane, tmp_path: Path) -> None:
    """A tenant cannot read RBAC, so all depends on reviews, which speak of the present."""
    question = ("explain", "get", "secrets", "-n", SPACE)
    other = ("explain", "list", "secrets", "-n", SPACE)
    new = ("--with", write(tmp_path, [binding("new", "as-if-list", "dan")]))
    gone = ("--without", f"rolebinding/{SPACE}/own")

    assert 0 == ask(tenant, *question, user=TENANT).status
    assert 1 == ask(tenant, *other, user=TENANT).status
    # the tenant cannot read whether the binding is there, and whose it would replace
    assert 3 == ask(tenant, *question, *new, user=TENANT).status
    assert 3 == ask(tenant, *question, *gone, user=TENANT).status
    assert 3 == ask(tenant, *other, *new, user=TENANT).status

    reader = {"verbs": ["get"], "apiGroups": [GROUP], "resources": ["rolebindings"]}
    role = {"apiVersion": VERSION, "kind": "Role", "metadata": {"name": "read", "namespace": SPACE}}
    own = binding("read", "read", TENANT)
    own["roleRef"]["kind"] = "Role"
    assert [] == load(tenant, [{**role, "rules": [reader]}, own])
    wait_for_authorizer(tenant)

    # now the tenant can: it is new, so it takes nothing away
    assert 0 == ask(tenant, *question, *new, user=TENANT).status
    assert 3 == ask(tenant, *other, *new, user=TENANT).status
    assert 3 == ask(tenant, *question, *gone, user=TENANT).status


def test_nothing_is_asked_about_others(tenant: ControlPlane, tmp_path: Path) -> None:
    """The server would answer for the present."""
    new = ("--with", write(tmp_path, [binding("new", "as-if-list", "dan")]))

    result = ask(tenant, "explain", "user:bob", "list", "secrets", "-n", SPACE, *new, user=TENANT)

    assert 3 == result.status
    assert f"RoleBinding `{SPACE}/new` is taken for new" in result.stderr
