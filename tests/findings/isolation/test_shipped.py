"""What the findings about isolation and hygiene say of releases of Kubeflow as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.resolve.isolation import crossings_of
from kubectl_kfaccess.resolve.pipelines import pipelines_read
from kubectl_kfaccess.sources.files.files import FilesSource
from kubectl_kfaccess.sources.source import Wanted
from tests.findings.isolation.worlds import KINDS, summary

WITH_PROFILES = (
    ("isolation-endpoints", "ClusterRole /kubeflow-kubernetes-edit"),
    ("isolation-view-runs-code", "ClusterRole /aggregate-to-kubeflow-pipelines-view"),
)
"""Kubeflow never took endpoints out of its edit role, and view can create viewers up to pipelines 2.17.0."""
OLD_MESH = ("isolation-mesh-writable", "ClusterRole /kubeflow-istio-edit")
"""Up to 1.9.1, editors can write everything of networking.istio.io."""


def shipped(corpus: Path, *names: str) -> ClusterView:
    """Return the view of these files of the corpus together."""
    source = FilesSource(tuple(str(corpus / f"{name}.yaml") for name in names), Environment.actual())
    snapshot = source.read(Wanted(KINDS))
    pipelines = pipelines_read(source, snapshot)
    profiles = ProfileIndex(snapshot)
    crossings = crossings_of(source, snapshot, profiles.tenants, pipelines=pipelines)
    names = tuple(profile_namespaces(snapshot))
    types = tuple(source.resource_types())
    return ClusterView(profiles, crossings.escalation, crossings, names, types, pipelines)


@pytest.mark.parametrize(
    ("release", "notes"),
    [
        ("kubeflow-v1.9.1", (WITH_PROFILES[0], OLD_MESH, WITH_PROFILES[1])),
        ("kubeflow-v1.10", WITH_PROFILES),
        ("kfp-standalone-2.17.0", ()),
    ],
)
def test_a_release_with_profiles(corpus: Path, release: str, notes: tuple[tuple[str, str], ...]) -> None:
    """
    The release's own defects are notes.

    The account that owns the profile `robot` has kubeflow-admin there, so everyone who edits it is an admin:
    that is how its Profile was written, and no defect of the release. The standalone pipelines have none of
    Kubeflow's roles, so the profiles' bindings grant nothing.
    """
    found = summary(shipped(corpus, f"{release}-rbac", "profiles-v1.10"))
    warnings = [(kind, target) for severity, kind, target, _ in found if severity == "warning"]

    assert list(notes) == [(kind, target) for severity, kind, target, _ in found if severity == "note"]
    assert all(text.endswith(", as Kubeflow ships it") for severity, *_, text in found if severity == "note")
    owner = [("isolation-account-exceeds", "RoleBinding robot/namespaceAdmin")] if notes else []
    assert owner == [each for each in warnings if each[0] != "isolation-group-members"]
    assert not [severity for severity, *_ in found if severity == "error"]


@pytest.mark.parametrize("release", ["kubeflow-v1.9.1", "kubeflow-v1.10", "kfp-standalone-2.17.0"])
def test_a_release_without_profiles_has_no_finding(corpus: Path, release: str) -> None:
    """The controllers' rights are no tenant's."""
    assert [] == summary(shipped(corpus, f"{release}-rbac"))
