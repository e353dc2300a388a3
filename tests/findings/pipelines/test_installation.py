"""Findings about shipped roles, and about how pipelines are installed."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.pipelines.view import InstallationView
from kubectl_kfaccess.findings.registry import installation_findings, shipped_role_findings
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.pipelines.role_drift import baseline
from kubectl_kfaccess.kubeflow.pipelines.shipped_roles import PIPELINE_RUNNER
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.output.findings import object_text
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    cluster_role,
    rule,
    snapshot,
)


def test_drift_is_a_finding_for_each_direction() -> None:
    """Missing rules and added rules are separate findings."""
    shipped = PIPELINE_RUNNER.releases[-1].rules
    more = rule("create", "inferenceservices.serving.kserve.io")

    def ids(*rules: PolicyRule) -> list[str]:
        findings = shipped_role_findings([baseline(PIPELINE_RUNNER, "kubeflow", rules)], snapshot())
        return [finding.type.id for finding in findings]

    assert [] == ids(*shipped)
    assert ["runner-rules-missing"] == ids(*shipped[1:])
    assert ["runner-rules-added"] == ids(*shipped, more)
    assert ["runner-rules-added", "runner-rules-missing"] == ids(*shipped[1:], more)


SHARED = cluster_role("kubeflow-edit", rule("get", "secrets"), rule("create", "runs.pipelines.kubeflow.org"))


@pytest.mark.parametrize(
    ("world", "release", "expected"),
    [
        (snapshot(SHARED), "2.17.0", ["runner-any-account", "runner-secrets-shared"]),
        (snapshot(SHARED), "", ["runner-any-account", "runner-secrets-shared"]),
        (snapshot(SHARED), "2.18.0", ["runner-secrets-shared"]),
        (snapshot(cluster_role("kubeflow-edit", rule("get", "pods"))), "2.17.0", []),
        (snapshot(), "2.17.0", []),
    ],
    ids=[
        "as shipped",
        "release unknown",
        "a release that checks the account",
        "a role without both rules",
        "no role",
    ],
)
def test_findings_about_contributors_name_their_role(
    world: Snapshot, release: str, expected: list[str]
) -> None:
    """There is one finding for the role, not one for each profile."""
    many = Pipelines("kubeflow", Mode.MULTI_USER, "default-editor", version(release))

    assert expected == [finding.type.id for finding in installation_findings(InstallationView(world, many))]


def test_standalone_pipelines_authenticate_nobody() -> None:
    """Anyone who can reach the API can run steps as any service account."""
    alone = Pipelines("kubeflow", Mode.STANDALONE, "pipeline-runner")

    (finding,) = installation_findings(InstallationView(snapshot(), alone))

    assert ("runner-any-account", "Namespace/kubeflow") == (finding.type.id, object_text(finding))
