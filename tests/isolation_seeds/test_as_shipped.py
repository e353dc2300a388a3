"""What `audit` says of releases as they are shipped, with four profiles: nothing that has no explanation."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.running import run

PROFILES = "profiles-v1.10.yaml"
Findings = dict[tuple[str, str], int]
"""How often there is a finding, by severity and id."""

OF_PROFILES: Findings = {
    # what the real controller of 1.10.0 wrote: it set no Pod Security labels yet
    ("warning", "isolation-pod-security"): 4,
    # the owner of `robot` is an account that nobody has created
    ("warning", "profile-dangling-account"): 1,
}
OF_PIPELINES: Findings = {
    ("note", "isolation-metadata-shared"): 1,  # ML Metadata knows no namespaces
    ("note", "isolation-pipelines-shared"): 1,  # nor do pipelines that were uploaded without one
}
OF_KUBEFLOW: Findings = {
    # that account has kubeflow-admin, which the controller binds to owners
    ("warning", "isolation-account-exceeds"): 1,
    ("note", "isolation-endpoints"): 1,  # kubeflow-kubernetes-edit, as before Kubernetes 1.22
    ("note", "isolation-view-runs-code"): 1,  # viewers can create viewers.kubeflow.org
}
OF_1_9: Findings = {
    ("note", "isolation-mesh-writable"): 1,  # kubeflow-istio-edit, which 1.10 has no longer
}
OF_STANDALONE: Findings = {
    # the pipelines alone have none of Kubeflow's roles, so all 17 bindings of the profiles grant nothing
    ("error", "profile-role-missing"): 17,
}


@pytest.mark.parametrize(
    ("release", "expected", "status"),
    [
        ("kubeflow-v1.9.1", OF_PROFILES | OF_PIPELINES | OF_KUBEFLOW | OF_1_9, 0),
        ("kubeflow-v1.10", OF_PROFILES | OF_PIPELINES | OF_KUBEFLOW, 0),
        ("kfp-standalone-2.17.0", OF_PROFILES | OF_PIPELINES | OF_STANDALONE, 1),
    ],
)
def test_each_finding_about_a_release_is_explained(
    corpus: Path, release: str, expected: Findings, status: int
) -> None:
    """And nothing crosses."""
    files = (word for name in (f"{release}-rbac.yaml", PROFILES) for word in ("-f", str(corpus / name)))
    answer = run("audit", *files, "-o", "json")

    assert expected == Counter((item["severity"], item["id"]) for item in answer.json["items"])
    assert {"nothingCrosses"} == {tenant["verdict"] for tenant in answer.json["tenants"]}
    assert status == answer.status
