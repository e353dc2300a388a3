"""Lists of a real API server: in pages, compressed, of single namespaces, and only what is needed."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.cluster import cluster as module
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.kubeconfig.choice import load as connection
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.source import Wanted
from tests.controlplane.cluster import ControlPlane
from tests.controlplane.crds import crd
from tests.controlplane.load import clear, load
from tests.running import run

MANY = 230
KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings")


@pytest.fixture(scope="module")
def crowded(plane: ControlPlane) -> Iterator[ControlPlane]:
    """The API server with a few hundred RoleBindings, in four namespaces."""
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


def source(plane: ControlPlane, verbosity: int = 0) -> tuple[ClusterSource, io.StringIO]:
    """Return the program's view of the server, and what it says on stderr."""
    stderr = io.StringIO()
    env = Environment(io.BytesIO(), io.StringIO(), stderr, {"HOME": "/nonexistent"}, Path("/"))
    flags = ConnectionFlags(kubeconfig=str(plane.kubeconfig()))
    return ClusterSource(lambda: connection(flags, env), env, None, verbosity), stderr


@pytest.mark.server
def test_compressed_lists_are_the_same(crowded: ControlPlane) -> None:
    """With gzip, which is left out on loopback only, the server gives the same objects."""
    plain, _ = source(crowded)
    packed, _ = source(crowded)
    packed.transport.compressed = True

    assert not plain.transport.compressed
    assert plain.read(Wanted(KINDS)).role_bindings == packed.read(Wanted(KINDS)).role_bindings


@pytest.mark.server
def test_other_hosts_are_asked_for_compressed_answers(crowded: ControlPlane) -> None:
    """Only a server on this machine is asked for plain bytes, or one whose kubeconfig says so."""
    own, _ = source(crowded)
    far = _reached_by(own, server="https://cluster.example:6443")
    far_and_plain = _reached_by(far, disable_compression=True)

    assert [False, True, False] == [one.transport.compressed for one in (own, far, far_and_plain)]


def _reached_by(source: ClusterSource, **changes: Any) -> ClusterSource:
    """The same cluster, connected to otherwise."""
    connection = source.connection._replace(**changes)
    return replace(source, connect=lambda: connection)


@pytest.mark.server
def test_one_namespace_takes_its_own_lists_only(crowded: ControlPlane) -> None:
    """A question about one namespace reads that namespace's bindings, not the whole cluster's."""
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

    asked = [line for line in done.stderr.splitlines() if line.startswith("GET ")]
    assert any("/namespaces/crowd-1/rolebindings" in line for line in asked)
    assert not any("/v1/rolebindings" in line for line in asked)
    assert "user/user-1" in done.lines
    assert "user/user-2" not in done.lines


@pytest.mark.server
def test_a_cluster_scoped_question_reads_no_role_bindings(crowded: ControlPlane) -> None:
    """RoleBindings cannot grant nodes, so nobody fetches them."""
    done = run("who-can", "get", "nodes", "-A", "-v6", "--kubeconfig", str(crowded.kubeconfig()))

    assert "rolebindings?" not in done.stderr.replace("clusterrolebindings?", "")
    assert 0 == done.status


@pytest.mark.server
def test_all_namespaces_take_one_list_a_kind(crowded: ControlPlane) -> None:
    """However many namespaces there are, each kind is asked for once."""
    done = run("who-can", "get", "pods", "-A", "-v6", "-o", "name", "--kubeconfig", str(crowded.kubeconfig()))

    lists = [line for line in done.stderr.splitlines() if f"limit={module.PAGE}" in line]
    assert len(KINDS) == len(lists)
    assert MANY == len([line for line in done.lines if line.startswith("user/user-")])


# By the group: the version that our lists ask for first is not the one that these serve
ELSEWHERE = [
    {"group": "kubeflow.org", "plural": "profiles", "kind": "Profile",
     "scope": "Cluster", "version": "v1beta1"},
    {"group": "security.istio.io", "plural": "authorizationpolicies", "kind": "AuthorizationPolicy",
     "scope": "Namespaced", "version": "v1"},
]  # fmt: skip


@pytest.fixture
def other_versions(plane: ControlPlane) -> Iterator[ControlPlane]:
    """The API server with Kubeflow's and Istio's types in one version each, and an object of both."""
    objects = [
        crd({**one, "versions": [{"name": one["version"], "served": True, "storage": True}]})
        for one in ELSEWHERE
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
    """An older Kubeflow, or a newer Istio, is not taken for one that is not installed."""
    found, _ = source(other_versions)

    snapshot = found.read(Wanted(("profiles", "authorizationpolicies"), ("team-x",)))

    assert ([("", "team-x")], [("team-x", "open")], ()) == (
        list(snapshot.profiles), list(snapshot.authorization_policies), snapshot.gaps,
    )  # fmt: skip


@pytest.mark.server
def test_types_that_are_not_installed_are_no_gap(plane: ControlPlane) -> None:
    """A cluster without Kubeflow has no profiles, and that is known."""
    found, _ = source(plane)

    snapshot = found.read(Wanted(("profiles", "authorizationpolicies")))

    assert ({}, {}, ()) == (snapshot.profiles, snapshot.authorization_policies, snapshot.gaps)


@pytest.mark.server
def test_a_cluster_without_kubeflow_has_nothing_to_check(plane: ControlPlane) -> None:
    """`check` says so, and does not pass."""
    found = run("check", "--kubeconfig", str(plane.kubeconfig()))

    assert 3 == found.status
    assert "no Kubeflow Pipelines was found: there is nothing to check" in found.stderr
