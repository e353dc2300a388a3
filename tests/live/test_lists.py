"""Lists of a real API server: in pages, compressed, of single namespaces, and only those that are needed."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.cluster import objects
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.kubeconfig.choice import load as connection
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Wanted
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.crds import crd
from tests.controlplane.load import clear, load
from tests.running import run
from tests.truth.arena import wait_for_authorizer

MANY = 230
KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


@pytest.fixture(scope="module")
def crowded(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with a few hundred RoleBindings, in four namespaces."""
    objects = [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"binding-{number:03}", "namespace": f"crowd-{number % 4}"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": f"user-{number}"}],
        }
        for number in range(MANY)
    ]
    assert [] == load(plane, objects)
    yield plane
    clear(plane)


def source(plane: ControlPlane, verbosity: int = 0, user: str = "admin") -> tuple[ClusterSource, io.StringIO]:
    """Return the program's source for the server, and its stderr."""
    stderr = io.StringIO()
    env = Environment(io.BytesIO(), io.StringIO(), stderr, {"HOME": "/nonexistent"}, Path("/"))
    flags = ConnectionFlags(kubeconfig=str(plane.kubeconfig(user)))
    return ClusterSource(lambda: connection(flags, env), env, None, verbosity), stderr


@pytest.mark.server
def test_compressed_lists_are_the_same(crowded: ControlPlane) -> None:
    """With gzip, which is off only on loopback, the server gives the same objects."""
    plain, _ = source(crowded)
    packed, _ = source(crowded)
    packed.transport.compressed = True

    assert not plain.transport.compressed
    assert plain.read(Wanted(KINDS)).role_bindings == packed.read(Wanted(KINDS)).role_bindings


@pytest.mark.server
def test_other_hosts_are_asked_for_compressed_answers(crowded: ControlPlane) -> None:
    """Only a server on this machine, or one whose kubeconfig says so, is asked for plain bytes."""
    own, _ = source(crowded)
    far = _reached_by(own, server="https://cluster.example:6443")
    far_and_plain = _reached_by(far, disable_compression=True)

    assert [False, True, False] == [each.transport.compressed for each in (own, far, far_and_plain)]


def _reached_by(source: ClusterSource, **changes: Any) -> ClusterSource:
    """Return a source of the same cluster with another connection."""
    connection = source.connection._replace(**changes)
    return replace(source, connect=lambda: connection)


@pytest.mark.server
def test_a_question_about_one_namespace_reads_only_its_lists(crowded: ControlPlane) -> None:
    """It does not read the bindings of the whole cluster."""
    done = run(
        "who-can",
        "get",
        "pods",
        "-n",
        "crowd-1",
        "-v6",
        "-o",
        "name",
        "--kubeconfig",
        str(crowded.kubeconfig()),
    )

    requests = [line for line in done.stderr.splitlines() if line.startswith("GET ")]
    assert any("/namespaces/crowd-1/rolebindings" in line for line in requests)
    assert not any("/v1/rolebindings" in line for line in requests)
    assert "user/user-1" in done.lines
    assert "user/user-2" not in done.lines


@pytest.mark.server
def test_a_cluster_scoped_question_reads_no_role_bindings(crowded: ControlPlane) -> None:
    """RoleBindings cannot grant nodes, so they are not read."""
    done = run("who-can", "get", "nodes", "-A", "-v6", "--kubeconfig", str(crowded.kubeconfig()))

    assert "rolebindings?" not in done.stderr.replace("clusterrolebindings?", "")
    assert 0 == done.status


@pytest.mark.server
def test_a_question_about_all_namespaces_reads_one_list_per_kind(crowded: ControlPlane) -> None:
    """Each kind is read once, however many namespaces there are."""
    done = run("who-can", "get", "pods", "-A", "-v6", "-o", "name", "--kubeconfig", str(crowded.kubeconfig()))

    lists = [line for line in done.stderr.splitlines() if f"limit={objects.PAGE}" in line]
    assert len(KINDS) == len(lists)
    assert MANY == len([line for line in done.lines if line.startswith("user/user-")])


# Types that are not served in the version that our lists ask for first
OTHER_VERSIONS = [
    {"group": "kubeflow.org", "plural": "profiles", "kind": "Profile",
     "scope": "Cluster", "version": "v1beta1"},
    {"group": "security.istio.io", "plural": "authorizationpolicies", "kind": "AuthorizationPolicy",
     "scope": "Namespaced", "version": "v1"},
]  # fmt: skip


@pytest.fixture
def other_versions(plane: ControlPlane) -> Iterator[ControlPlane]:
    """Yield the API server with Kubeflow's and Istio's types in one version each, and an object of both."""
    objects = [
        crd(
            {
                **resource_type,
                "versions": [{"name": resource_type["version"], "served": True, "storage": True}],
            }
        )
        for resource_type in OTHER_VERSIONS
    ]
    objects += [
        {
            "apiVersion": "kubeflow.org/v1beta1", "kind": "Profile", "metadata": {"name": "team-x"},
            "spec": {"owner": {"kind": "User", "name": "alice@example.com"}},
        },
        {
            "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": {"name": "open", "namespace": "team-x"}, "spec": {"rules": [{}]},
        },
    ]  # fmt: skip
    assert [] == load(plane, objects)
    yield plane
    clear(plane)


@pytest.mark.server
def test_types_are_read_in_the_version_that_is_served(other_versions: ControlPlane) -> None:
    """An older Kubeflow or a newer Istio is not mistaken for a missing one."""
    cluster, _ = source(other_versions)

    snapshot = cluster.read(Wanted(("profiles", "authorizationpolicies"), ("team-x",)))

    assert ([("", "team-x")], [("team-x", "open")], ()) == (
        list(snapshot.profiles), list(snapshot.authorization_policies), snapshot.gaps,
    )  # fmt: skip


@pytest.mark.server
def test_missing_types_are_not_a_gap(plane: ControlPlane) -> None:
    """A cluster without Kubeflow certainly has no profiles."""
    cluster, _ = source(plane)

    snapshot = cluster.read(Wanted(("profiles", "authorizationpolicies")))

    assert ({}, {}, ()) == (snapshot.profiles, snapshot.authorization_policies, snapshot.gaps)


def config_map(namespace: str, name: str) -> dict[str, Any]:
    """Return a ConfigMap that says its own name."""
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"name": name}}


def role_of(user: str, verb: str, name: str) -> list[dict[str, Any]]:
    """Return a Role in `kubeflow` with the permission to *verb* the ConfigMap *name*, bound to *user*."""
    metadata = {"name": verb, "namespace": "kubeflow"}
    rule = {"apiGroups": [""], "resources": ["configmaps"], "resourceNames": [name], "verbs": [verb]}
    api = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": metadata, "rules": [rule]},
        {
            "apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": metadata,
            "roleRef": {"apiGroup": api, "kind": "Role", "name": verb},
            "subjects": [{"apiGroup": api, "kind": "User", "name": user}],
        },
    ]  # fmt: skip


PLAIN, HASHED = "profiles-config", "profiles-config-46c7tgh6fd"


@pytest.fixture
def settings(plane: ControlPlane) -> Iterator[Callable[..., None]]:
    """Yield a function that puts ConfigMaps of these names into `kubeflow`, beside others, and `istio`."""

    def put(*names: str) -> None:
        others = [config_map("kubeflow", f"other-{number}") for number in range(5)]
        named = [config_map("kubeflow", name) for name in names]
        assert [] == load(plane, [*others, *named, config_map("istio-system", "istio")])

    yield put
    clear(plane)


@pytest.mark.server
@pytest.mark.parametrize("names", [(PLAIN,), (HASHED,), (PLAIN, HASHED)], ids="+".join)
def test_settings_are_read_by_their_names(
    plane: ControlPlane, settings: Callable[..., None], names: tuple[str, ...]
) -> None:
    """Whether kustomize has put a hash behind the name or not. The others are only named in a list."""
    settings(*names)
    cluster, stderr = source(plane, verbosity=6)

    snapshot = cluster.read(Wanted(("configmaps",), ("team-x",)))

    assert {("istio-system", "istio"), *(("kubeflow", name) for name in names)} == set(snapshot.config_maps)
    assert all(known.data == {"name": known.name} for known in snapshot.config_maps.values())
    assert () == snapshot.gaps
    assert 2 + len(names) == len(stderr.getvalue().splitlines()), stderr.getvalue()


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "expected"),
    [pytest.param(PLAIN, [("kubeflow", PLAIN)], id="the plain name"), pytest.param(HASHED, [], id="a hash")],
)
def test_a_tenant_who_cannot_list_gets_the_plain_name(
    plane: ControlPlane, settings: Callable[..., None], name: str, expected: list[tuple[str, str]]
) -> None:
    """What cannot be read is a gap, with the server's own reason."""
    settings(name)
    assert [] == load(plane, role_of("tenant", "get", name))
    wait_for_authorizer(plane)
    plane.add_user("tenant")
    cluster, _ = source(plane, user="tenant")

    snapshot = cluster.read(Wanted(("configmaps",)))

    assert expected == list(snapshot.config_maps)
    gaps = {gap.namespace: gap.reason for gap in snapshot.gaps}
    assert {"istio-system", *(() if expected else ("kubeflow",))} == set(gaps)
    assert 'configmaps "istio" is forbidden: User "tenant" cannot get resource' in gaps["istio-system"]
    assert expected or 'User "tenant" cannot list resource "configmaps"' in gaps["kubeflow"]


@pytest.mark.server
def test_a_cluster_without_settings_has_gaps(plane: ControlPlane) -> None:
    """Unlike in files, what is missing there may have another name."""
    cluster, _ = source(plane)

    gaps = cluster.read(Wanted(("configmaps",))).gaps

    assert ["istio-system", "kubeflow"] == [gap.namespace for gap in gaps]
    assert [True, True] == [gap.reason.startswith("there is no ConfigMap `") for gap in gaps]


@pytest.mark.server
def test_a_cluster_without_kubeflow_has_nothing_to_check(plane: ControlPlane) -> None:
    """`check` says so, and ends with 3."""
    result = run("check", "--kubeconfig", str(plane.kubeconfig()))

    assert 3 == result.status
    assert "no Kubeflow Pipelines was found: there is nothing to check" in result.stdout
