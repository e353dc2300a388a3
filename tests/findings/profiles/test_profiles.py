"""Profiles as a whole: what Kubeflow makes has no finding, and errors come first."""

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
    daves,
    findings,
    summary,
)
from tests.kubeflow.tenants.profile_objects import admitting, contributor, made, world


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(world(), id="the owner alone"),
        pytest.param(world(*contributor(DAVE)), id="a contributor"),
        pytest.param(world(*contributor(DAVE, "admin")), id="a contributor who is an admin"),
        pytest.param(world(*contributor(DAVE), *contributor(DAVE, "view")), id="a contributor of two roles"),
        pytest.param(world(service_account("team-a/ci"), owner="sa:ci"), id="an account as the owner"),
        pytest.param(world(owner="sa:ops/ci"), id="an account of another namespace as the owner"),
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
def test_what_kubeflow_and_its_tenants_make_has_no_finding(known: Snapshot) -> None:
    """The ordinary is left alone."""
    assert set() == summary(known)


def test_errors_come_first_and_findings_are_about_their_own_profile() -> None:
    """Another profile's objects are not its matter."""
    both = (*made("team-b", "user:bea@example.com").values(), daves("gone"), contributor(DAVE)[1])
    known = world(*both, admitting("team-a/left", NORA))

    assert ["error", "error", "warning"] == [finding.severity.value for finding in findings(known)]
    assert set() == summary(known, "team-b")
