"""The rules that releases ship for tenants come from rendered releases, and are compared part by part."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.kubeflow.aggregation.shipped_rules import shipped_rules, unshipped
from kubectl_kfaccess.rbac.model import PolicyRule
from tools.shipped_roles import FILE, rendered_releases, roles, text

PODS = {"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}


def test_the_file_is_what_the_tool_writes(corpus: Path) -> None:
    """From the rendered releases, byte for byte."""
    assert FILE.read_text("utf-8") == text(rendered_releases(corpus))


def cluster_role(**fields: Any) -> dict[str, Any]:
    """Return a ClusterRole with rules and a label of Kubeflow's aggregation, unless *fields* differ."""
    labels = {"rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit": "true"}
    return {"kind": "ClusterRole", "metadata": {"name": "a", "labels": labels}, "rules": [PODS], **fields}


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        pytest.param(cluster_role(), ["a"], id="an aggregated role"),
        pytest.param(cluster_role(kind="Role"), [], id="a Role is never aggregated"),
        pytest.param(cluster_role(rules=[]), [], id="a role that only aggregates others"),
        pytest.param(cluster_role(metadata={"name": "a"}), [], id="a role of a controller"),
    ],
)
def test_aggregated_roles_with_rules_count(item: dict[str, Any], expected: list[str]) -> None:
    """Tenants get nothing else."""
    assert expected == [role.name for role in roles([item, None])]


@pytest.mark.parametrize(
    ("kind", "name", "rule", "is_shipped"),
    [
        pytest.param(
            "ClusterRole", "kubeflow-kubernetes-edit", PolicyRule(("create",), ("",), ("endpoints",)), True,
            id="what every release ships",
        ),
        pytest.param(
            "ClusterRole", "kubeflow-istio-edit",
            PolicyRule(("create",), ("networking.istio.io",), ("gateways",)), True,
            id="what 1.9.1 ships and 1.10 does not",
        ),
        pytest.param(
            "ClusterRole", "kubeflow-kubernetes-edit", PolicyRule(("create",), ("",), ("nodes",)), False,
            id="a rule that was added",
        ),
        pytest.param(
            "ClusterRole", "our-edit", PolicyRule(("create",), ("",), ("endpoints",)), False,
            id="another role",
        ),
        pytest.param(
            "Role", "kubeflow-kubernetes-edit", PolicyRule(("create",), ("",), ("endpoints",)), False,
            id="a Role of that name",
        ),
        pytest.param(
            "Role", "pipeline-runner", PolicyRule(("get",), ("",), ("secrets",)), True,
            id="the role of a standalone installation",
        ),
        pytest.param(
            "ClusterRole", "aggregate-to-kubeflow-pipelines-view",
            PolicyRule(("list",), ("pipelines.kubeflow.org",), ("pipelineversions",)), True,
            id="what a release after the rendered ones ships",
        ),
    ],
)  # fmt: skip
def test_a_rule_is_shipped_if_a_release_gives_it_to_that_role(
    kind: str, name: str, rule: PolicyRule, *, is_shipped: bool
) -> None:
    """Rules are compared as the escalation check compares them, verb by verb and resource by resource."""
    assert unshipped(kind, name, (rule,)) == (() if is_shipped else (rule,))


def test_only_the_parts_that_no_release_has_are_unshipped() -> None:
    """A rule that was extended is one part more."""
    rule = PolicyRule(("create",), ("",), ("endpoints", "nodes"))

    added = (PolicyRule(("create",), ("",), ("nodes",)),)
    assert added == unshipped("ClusterRole", "kubeflow-kubernetes-edit", (rule,))
    assert ("ClusterRole", "cluster-admin") not in shipped_rules()
