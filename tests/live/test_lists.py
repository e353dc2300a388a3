"""Lists of a real API server: in pages, compressed, of single namespaces, and only those that are needed."""

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


def source(plane: ControlPlane, verbosity: int = 0) -> tuple[ClusterSource, io.StringIO]:
    """Return the program's source for the server, and its stderr."""
    stderr = io.StringIO()
    env = Environment(io.BytesIO(), io.StringIO(), stderr, {"HOME": "/nonexistent"}, Path("/"))
    flags = ConnectionFlags(kubeconfig=str(plane.kubeconfig()))
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

    lists = [line for line in done.stderr.splitlines() if f"limit={module.PAGE}" in line]
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


@pytest.mark.server
def test_a_cluster_without_kubeflow_has_nothing_to_check(plane: ControlPlane) -> None:
    """`check` says so, and ends with 3."""
    result = run("check", "--kubeconfig", str(plane.kubeconfig()))

    assert 3 == result.status
    assert "no Kubeflow Pipelines was found: there is nothing to check" in result.stderr
