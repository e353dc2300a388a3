"""Profiles as a whole: objects that Kubeflow creates have no findings, and errors come first."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    cluster_role_binding,
    service_account,
)
from tests.findings.profiles.worlds import (
    DAVE,
    NORA,
    READER,
    SERVER,
    binding,
    daves_binding,
    findings,
    summary,
)
from tests.kubeflow.tenants.profile_objects import admitting, contributor, controller_objects, world


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(world(), id="only the owner"),
        pytest.param(world(*contributor(DAVE)), id="a contributor"),
        pytest.param(world(*contributor(DAVE, "admin")), id="a contributor who is an admin"),
        pytest.param(
            world(*contributor(DAVE), *contributor(DAVE, "view")), id="a contributor with two roles"
        ),
        pytest.param(world(service_account("team-a/ci"), owner="sa:ci"), id="an account as the owner"),
        pytest.param(world(owner="sa:ops/ci"), id="an account from another namespace as the owner"),
        pytest.param(world(owner="user:CgcyMzQyNzQ5"), id="an owner whose name is an id with capitals"),
        pytest.param(
            world(binding("models", "Role/reads-models", "sa:team-a/server"), READER, SERVER),
            id="an account of the profile with a role of its own",
        ),
        pytest.param(
            world(binding("all", "kubeflow-view", "group:system:serviceaccounts:team-a")),
            id="the group of the profile's own accounts",
        ),
        pytest.param(
            world(binding("pipelines", "kubeflow-edit", "sa:kubeflow/ml-pipeline")),
            id="an account of the platform",
        ),
        pytest.param(
            world(
                binding("operator", "kubeflow-edit", "sa:tools/spark-operator-controller"),
                cluster_role_binding("operator", "kubeflow-view", "sa:tools/spark-operator-controller"),
            ),
            id="a well-known controller that is installed elsewhere",
        ),
    ],
)
def test_ordinary_profiles_have_no_findings(known: Snapshot) -> None:
    """These are objects that Kubeflow and its tenants normally create."""
    assert set() == summary(known)


def test_errors_come_first_within_one_profile() -> None:
    """Objects of another profile do not count."""
    both = (
        *controller_objects("team-b", "user:bea@example.com").values(),
        daves_binding("gone"),
        contributor(DAVE)[1],
    )
    known = world(*both, admitting("team-a/left", NORA))

    assert ["error", "error", "warning"] == [finding.severity.value for finding in findings(known)]
    assert set() == summary(known, "team-b")
