"""Findings about custom resources of Kubeflow that no role of tenants names."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.findings.aggregation.resource_not_granted import TYPE
from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.registry import aggregation_findings
from kubectl_kfaccess.rbac.model import ClusterRole, KubernetesObject, PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from tests.builders import cluster_role, expression, gap, rule, snapshot
from tests.findings.aggregation.test_component_roles import ALL_OF_KSERVE, PLATFORM, kserve
from tests.findings.aggregation.worlds import (
    GET,
    KSERVE,
    KUBEFLOW,
    Summary,
    findings,
    labelled,
    summary,
)

GRAPHS = ResourceType("serving.kserve.io", "inferencegraphs", subresources=("status",))
ODD = ResourceType("new.kubeflow.org", "widgets")
OF_ODD = [("aggregation-resource-not-granted", "widgets.new.kubeflow.org")]
OF_GRAPHS = [("aggregation-resource-not-granted", "inferencegraphs.serving.kserve.io")]
ALL_KSERVE = (*PLATFORM, *kserve("admin", "edit", "view"))


def granting(written: PolicyRule, level: str = "view") -> tuple[ClusterRole, ...]:
    """Return the platform's roles, and a role with *written* that one of them selects."""
    return (*PLATFORM, cluster_role("own", written, labels={f"{KUBEFLOW}{level}": "true"}))


# By case: the objects, the served types, and the expected findings
CASES: dict[str, tuple[tuple[KubernetesObject, ...], tuple[ResourceType, ...], Summary]] = {
    "a resource that no role names": (PLATFORM, (ODD,), OF_ODD),
    "a resource of KServe before 0.15": (ALL_KSERVE, (KSERVE, GRAPHS), OF_GRAPHS),
    "two resources": (ALL_KSERVE, (ODD, KSERVE, GRAPHS), [*OF_GRAPHS, *OF_ODD]),
    "a resource that the admin role names": (
        granting(rule("create", "widgets.new.kubeflow.org"), "admin"), (ODD,), []
    ),
    "a resource that the view role names": (granting(rule("get", "widgets.new.kubeflow.org")), (ODD,), []),
    "everything in the group": (granting(rule("get", "*.new.kubeflow.org")), (ODD,), []),
    "a subresource": (granting(rule("get", "widgets.new.kubeflow.org/status")), (ODD,), []),
    "a subresource of everything": (granting(rule("get", "*.new.kubeflow.org/status")), (ODD,), []),
    "an object by its name": (granting(rule("get", "widgets.new.kubeflow.org", names=["a"])), (ODD,), []),
    "the same name in another group": (granting(rule("get", "widgets.example.com")), (ODD,), OF_ODD),
    "a longer name": (granting(rule("get", "widgetsets.new.kubeflow.org")), (ODD,), OF_ODD),
    "a role that no role for tenants selects": (
        (*PLATFORM, cluster_role("own", rule("get", "widgets.new.kubeflow.org"))), (ODD,), OF_ODD
    ),
    "a cluster-scoped resource": (
        PLATFORM, (ResourceType("kubeflow.org", "profiles", namespaced=False),), []
    ),
    "a virtual resource": (PLATFORM, (ResourceType("mlflow.kubeflow.org", "experiments", virtual=True),), []),
    "a resource of another project": (PLATFORM, (ResourceType("argoproj.io", "workflowtasksets"),), []),
    "a group that only ends like Kubeflow's": (PLATFORM, (ResourceType("notkubeflow.org", "widgets"),), []),
    "no roles for tenants": ((cluster_role("own", GET),), (ODD,), []),
    "roles for tenants that are not aggregated": ((cluster_role("kubeflow-edit", GET),), (ODD,), []),
    "one role for tenants": (PLATFORM[:1], (ODD,), OF_ODD),
    "a component whose roles are missing": (
        PLATFORM, (KSERVE, GRAPHS), ALL_OF_KSERVE
    ),
    "a label with a typo": (
        (*PLATFORM,
         cluster_role("own", rule("get", "widgets.new.kubeflow.org"), labels={f"{KUBEFLOW}edit": "True"})),
        (ODD,),
        [("aggregation-label-near-miss", "own")],
    ),
    "a resource that KServe misspells": (
        (*ALL_KSERVE, cluster_role("own", rule("get", "lllminferenceserviceconfigs.serving.kserve.io"),
                                   labels={f"{KUBEFLOW}edit": "true"})),
        (KSERVE, ResourceType("serving.kserve.io", "llminferenceserviceconfigs")),
        [("aggregation-unserved-resource", "own")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_findings_are_exactly_those_expected(case: str) -> None:
    """A resource counts as granted if one of the three roles names it in any way."""
    objects, types, expected = CASES[case]

    rows = summary(findings(*objects, types=types))

    assert [row for row in expected if row[0] == TYPE.id] == [row for row in rows if row[0] == TYPE.id]
    assert set(expected) <= set(rows)


def test_a_shipped_role_that_lost_its_label_explains_it() -> None:
    """The role would grant the resource, so that its label is the problem."""
    lost = cluster_role("kubeflow-kserve-edit", rule("get", "inferencegraphs.serving.kserve.io"))

    rows = summary(findings(*PLATFORM, *kserve("admin", "view"), lost, types=(KSERVE, GRAPHS)))

    assert ("component-role-not-aggregated", "kubeflow-kserve-edit") in rows
    assert OF_GRAPHS[0] not in rows


def test_a_rule_that_the_controller_has_not_copied_yet_counts() -> None:
    """That the role is not reconciled is a finding of its own."""
    roles = (
        cluster_role("kubeflow-edit", aggregate={f"{KUBEFLOW}edit": "true"}, stored=True),
        labelled("own", f"{KUBEFLOW}edit"),
        cluster_role("new", rule("get", "widgets.new.kubeflow.org"), labels={f"{KUBEFLOW}edit": "true"}),
    )

    assert TYPE not in [finding.type for finding in findings(*roles, types=(ODD,))]


def test_what_could_not_be_read_can_grant_it() -> None:
    """With a gap among the roles, or a selector that cannot be read, nobody knows what tenants get."""
    with_gap = AggregationView(snapshot(*PLATFORM, gaps=[gap("clusterroles")]), (ODD,))
    odd = cluster_role("kubeflow-view", aggregate=expression("to", "like", "x"))

    assert TYPE not in [finding.type for finding in aggregation_findings(with_gap)]
    assert TYPE not in [finding.type for finding in findings(*PLATFORM[:2], odd, types=(ODD,))]


def test_the_finding_is_about_the_resource_and_says_if_upstream_ships_it_so() -> None:
    """It is a warning, and concerns each role that could grant it."""
    (finding,) = (each for each in findings(*ALL_KSERVE, types=(KSERVE, GRAPHS)) if each.type is TYPE)

    assert "warning" == finding.severity.value
    assert "CustomResourceDefinition" == finding.kind
    assert "no role that tenants get grants anything on it (KServe shipped no rule for it up to 0.14)" == (
        finding.message
    )
    assert ("kubeflow-admin", "kubeflow-edit", "kubeflow-view") == finding.roles
