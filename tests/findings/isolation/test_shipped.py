"""What the findings about roles say of releases of Kubeflow as they are shipped."""

from __future__ import annotations

from pathlib import Path

import pytest

from kubectl_kfaccess.findings.registry import HYGIENE, types
from tests.findings.isolation.worlds import release, summary

WITH_PROFILES = (
    ("isolation-endpoints", "ClusterRole /kubeflow-kubernetes-edit"),
    ("isolation-view-runs-code", "ClusterRole /aggregate-to-kubeflow-pipelines-view"),
)
"""Kubeflow never took endpoints out of its edit role, and view can create viewers up to pipelines 2.17.0."""
OLD_MESH = ("isolation-mesh-writable", "ClusterRole /kubeflow-istio-edit")
"""Up to 1.9.1, editors can write everything of networking.istio.io."""

OF_ROLES = (
    "isolation-account-exceeds",
    "isolation-endpoints",
    "isolation-mesh-writable",
    "isolation-rule-without-effect",
    "isolation-shared-writer",
    "isolation-view-runs-code",
    *(kind.id for kind in types(HYGIENE)),
)


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        ("kubeflow-v1.9.1", (WITH_PROFILES[0], OLD_MESH, WITH_PROFILES[1])),
        ("kubeflow-v1.10", WITH_PROFILES),
        ("kfp-standalone-2.17.0", ()),
    ],
)
def test_a_release_with_profiles(corpus: Path, name: str, notes: tuple[tuple[str, str], ...]) -> None:
    """
    The release's own defects are notes.

    The account that owns the profile `robot` has kubeflow-admin there, so everyone who edits it is an admin:
    that is how its Profile was written, and no defect of the release. The standalone pipelines have none of
    Kubeflow's roles, so the profiles' bindings grant nothing.
    """
    found = summary(release(corpus / f"{name}-rbac.yaml", corpus / "profiles-v1.10.yaml"), *OF_ROLES)
    warnings = [(kind, target) for severity, kind, target, _ in found if severity == "warning"]

    assert list(notes) == [(kind, target) for severity, kind, target, _ in found if severity == "note"]
    assert all(text.endswith(", as Kubeflow ships it") for severity, *_, text in found if severity == "note")
    owner = [("isolation-account-exceeds", "RoleBinding robot/namespaceAdmin")] if notes else []
    assert owner == warnings
    assert not [severity for severity, *_ in found if severity == "error"]


@pytest.mark.parametrize("name", ["kubeflow-v1.9.1", "kubeflow-v1.10", "kfp-standalone-2.17.0"])
def test_a_release_without_profiles_has_no_finding(corpus: Path, name: str) -> None:
    """The controllers' rights are no tenant's."""
    assert [] == summary(release(corpus / f"{name}-rbac.yaml"), *OF_ROLES)
