"""What Istio's documentation says about AuthorizationPolicies, page by page, as cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.planes.mesh.answer import reaches
from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from tests.builders import authorization_policy, subject
from tests.kubeflow.planes.mesh.usual import usual

Case = Mapping[str, Any]
CASES: list[Case] = yaml.safe_load(Path(__file__).with_name("pages.yaml").read_text(encoding="utf-8"))[
    "cases"
]
NAMESPACE = "foo"


def policies(case: Case) -> list[AuthorizationPolicy]:
    """Return the policies of the case, with the annotation for a dry run if it has one."""
    annotations = {"istio.io/dry-run": case["dryRun"]} if "dryRun" in case else {}
    case_policies = [authorization_policy(key, spec) for key, spec in case["policies"].items()]
    return [
        replace(policy, metadata=replace(policy.metadata, annotations=annotations))
        for policy in case_policies
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_mesh_matches_the_page(case: Case) -> None:
    """Each subject of the case reaches the workloads as expected."""
    known = usual(*policies(case))

    assert case["reach"] == {
        who: reaches(identified(subject(who)), NAMESPACE, known).reach.value for who in case["reach"]
    }


def test_every_case_names_its_page_and_section() -> None:
    """Readers can check the case there. The names of cases are unique."""
    sources = [(case["page"], case["section"], case["says"]) for case in CASES]

    assert [] == [
        source for source in sources if not source[0].startswith("docs/") or not (source[1] and source[2])
    ]
    assert len(CASES) == len({case["name"] for case in CASES})
    assert {"yes", "no", "unknown"} == {reach for case in CASES for reach in case["reach"].values()}


@pytest.mark.parametrize(
    "page",
    [
        "docs/concepts/security/",
        "docs/reference/config/security/authorization-policy/",
        "docs/reference/config/security/conditions/",
        "docs/reference/config/security/normalization/",
        "docs/tasks/security/authorization/authz-custom/",
        "docs/tasks/security/authorization/authz-dry-run/",
        "docs/tasks/security/authorization/authz-td-migration/",
    ],
)
def test_every_page_about_policies_has_its_cases(page: str) -> None:
    """These are the concepts, the reference, the conditions, and the tasks that affect policies."""
    assert page in {case["page"] for case in CASES}
