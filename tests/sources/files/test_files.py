"""Files as a source: what Kubernetes' own defaults add, and of which version."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.notes import text_of_note
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files.bundled import bundled_versions, defaults
from kubectl_kfaccess.sources.files.files import FilesSource, demo
from kubectl_kfaccess.sources.kinds import KINDS
from kubectl_kfaccess.sources.source import Wanted

EVERYTHING = Wanted(tuple(kind.resource for kind in KINDS))
RBAC = "rbac.authorization.k8s.io/v1"


def source(*objects: dict[str, Any], version: str = "") -> FilesSource:
    """Return the source of these objects on standard input."""
    stdin = io.BytesIO(yaml.safe_dump_all(objects).encode())
    env = Environment(stdin, io.StringIO(), io.StringIO(), {}, Path("/"))
    return FilesSource(("-",), env, kubernetes_version=version)


def read(*objects: dict[str, Any], version: str = "") -> Snapshot:
    """Return the snapshot of these objects, completed by the defaults."""
    return source(*objects, version=version).read(EVERYTHING)


def cluster_role(name: str, **more: Any) -> dict[str, Any]:
    """Return a ClusterRole."""
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": metadata, **more}


OWN = cluster_role("own")


def test_the_default_roles_and_bindings_lie_below_the_files() -> None:
    """All defaults exist and are assumed; the objects in the files are not."""
    snapshot = read(OWN)

    assert {("", "own"), ("", "cluster-admin"), ("", "view"), ("", "edit")} <= set(snapshot.cluster_roles)
    assert ("", "cluster-admin") in snapshot.cluster_role_bindings
    assert ("kube-system", "system:controller:token-cleaner") in snapshot.role_bindings
    assert [True, False] == [
        snapshot.is_assumed(snapshot.cluster_roles["", name]) for name in ("view", "own")
    ]


def test_an_object_of_the_files_wins_over_the_default_of_its_name() -> None:
    """It is no longer assumed, and its rules are its own."""
    snapshot = read(cluster_role("view", rules=[]))

    view = snapshot.cluster_roles["", "view"]
    assert ((), False) == (view.rules, snapshot.is_assumed(view))


def test_a_role_does_not_win_over_a_binding_of_its_name() -> None:
    """`cluster-admin` is a role and a binding: replacing one leaves the other assumed."""
    snapshot = read(cluster_role("cluster-admin"))

    assert not snapshot.is_assumed(snapshot.cluster_roles["", "cluster-admin"])
    assert snapshot.is_assumed(snapshot.cluster_role_bindings["", "cluster-admin"])


def test_there_are_no_gaps() -> None:
    """Files are complete by definition."""
    assert () == read(OWN).gaps


def test_what_was_assumed_is_said() -> None:
    """The note names the version."""
    (note,) = map(text_of_note, read(OWN).notes)

    assert note.startswith("the default roles and bindings of Kubernetes")


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param({}, 1, id="hand-written"),
        pytest.param({"resourceVersion": "5"}, 0, id="read from a server"),
    ],
)
def test_aggregation_that_was_computed_is_said(metadata: dict[str, str], expected: int) -> None:
    """A role from a server already has its rules; Kubernetes' own defaults are not counted."""
    rule = {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"a": "b"}}]}}

    notes = map(text_of_note, read(cluster_role("whole", metadata=metadata, **rule)).notes)

    assert expected == sum("aggregated ClusterRoles were computed" in note for note in notes)


def test_files_know_no_namespace_and_no_server() -> None:
    """All namespaces are used, and nothing can be asked again."""
    files = source(OWN)

    assert ("", False) == (files.default_namespace().name, files.live)


def test_the_types_are_those_of_the_version_and_of_the_files() -> None:
    """Kubernetes' own types come first, as in a server's discovery."""
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.a.example"},
        "spec": {"group": "a.example", "names": {"plural": "widgets", "kind": "Widget"}, "versions": []},
    }

    names = [each.full_name for each in source(definition).resource_types()]

    assert "widgets.a.example" == names[-1]
    assert {"pods", "deployments.apps", "rolebindings.rbac.authorization.k8s.io"} <= set(names)


def test_files_are_read_once() -> None:
    """Standard input would be empty the second time."""
    files = source(OWN)

    files.resource_types()
    first, second = files.read(EVERYTHING), files.read(EVERYTHING)

    assert ("", "own") in first.cluster_roles
    assert dict(first.cluster_roles) == dict(second.cluster_roles)


@pytest.mark.parametrize("version", bundled_versions())
def test_every_bundled_version_has_its_defaults(version: str) -> None:
    """It has the well-known roles, and the types that rules name."""
    bundled = defaults(version)

    snapshot = bundled.snapshot()
    assert bundled.version.startswith(f"{version}.")
    assert {("", name) for name in ("admin", "edit", "view", "cluster-admin")} <= set(snapshot.cluster_roles)
    assert {"", "apps", "batch", "rbac.authorization.k8s.io"} <= {
        resource_type.group for resource_type in bundled.resources
    }
    assert len(snapshot.assumed) == len(bundled.objects)


def test_versions_are_in_the_order_of_their_numbers() -> None:
    """The last one is the newest; as text, 1.10 would come before 1.9."""
    versions = bundled_versions()

    assert sorted(versions, key=lambda text: tuple(map(int, text.split(".")))) == versions
    assert defaults().version == defaults(versions[-1]).version


@pytest.mark.parametrize(
    "version", ["1.33", "v1.33", "1.33.0", "v1.33.7+k3s1", "1.33.13-eks-1234"], ids=lambda text: f"`{text}`"
)
def test_a_version_may_be_spelled_as_servers_spell_theirs(version: str) -> None:
    """Only major and minor count."""
    assert defaults("1.33").version == defaults(version).version


@pytest.mark.parametrize("version", ["1.2", "2", "newest", "../1.33", "1.33x"], ids=lambda text: f"`{text}`")
def test_a_version_that_is_not_bundled_is_a_mistake(version: str) -> None:
    """The hint names the bundled versions."""
    with pytest.raises(UsageError, match="is not bundled") as raised:
        defaults(version)

    assert f"`--kubernetes-version` takes {', '.join(bundled_versions())}" == raised.value.hint


def test_the_demo_is_files() -> None:
    """It has three profiles, Kubeflow's own namespaces and two others, and needs no kubeconfig."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/nonexistent"))

    snapshot = demo(env).read(EVERYTHING)

    assert {"team-a", "team-b", "team-c", "kubeflow", "istio-system", "monitoring"} == {
        name for _, name in snapshot.namespaces
    }
    assert () == snapshot.gaps


def config_map(name: str, namespace: str | None = None, **data: Any) -> dict[str, Any]:
    """Return a ConfigMap; without *namespace* the file names none."""
    where = {"namespace": namespace} if namespace else {}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **where}, "data": data}


def test_the_settings_of_the_mesh_are_kept_and_other_config_maps_are_not() -> None:
    """Each is kept in its own namespace; those of pipelines wherever they are installed."""
    kept = [
        ("kubeflow", "profiles-config"),
        ("kubeflow", "profiles-config-46c7tgh6fd"),
        ("istio-system", "istio"),
        ("kfp", "pipeline-install-config"),
    ]
    others = [("team-a", "profiles-config"), ("kubeflow", "istio"), ("kubeflow", "kubeflow-config")]

    snapshot = read(*(config_map(name, namespace, ADMIN="ann") for namespace, name in (*kept, *others)))

    assert set(kept) == set(snapshot.config_maps)
    assert {"ADMIN": "ann"} == snapshot.config_maps["kubeflow", "profiles-config"].data


def test_the_namespace_of_the_flag_counts_for_settings_too() -> None:
    """A file for `kubectl apply -n kubeflow` names no namespace."""
    settings = config_map("profiles-config")

    assert {} == read(settings).config_maps
    flagged = replace(source(settings), namespace_of_flag="kubeflow").read(EVERYTHING)
    assert [("kubeflow", "profiles-config")] == list(flagged.config_maps)


def test_files_without_settings_have_no_gap() -> None:
    """Files are complete; who needs the settings says that they are not there."""
    assert () == read(OWN).gaps


def test_settings_that_a_server_refuses_are_a_gap_whatever_namespace_is_wanted() -> None:
    """They are in a place of their own, so `-n` does not leave them out."""
    refused = source(config_map("profiles-config", "kubeflow", ADMIN=1))

    for namespaces in (None, ("team-a",)):
        (gap,) = refused.read(Wanted(("configmaps",), namespaces)).gaps
        assert ("configmaps", "kubeflow", True) == (gap.resource, gap.namespace, gap.is_of_settings)
    assert () == refused.read(Wanted(("roles",), ("team-a",))).gaps
