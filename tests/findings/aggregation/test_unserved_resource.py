"""Findings about rules that name what no API serves."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    PolicyRule,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from tests.builders import cluster_role, rule
from tests.findings.aggregation.worlds import (
    KUBEFLOW,
    TYPES_SERVED,
    UNSELECTED,
    UNSERVED,
    Summary,
    bootstrapped,
    edit,
    findings,
    labelled,
    selected,
    summary,
)

# the world, and what is found in it
CASES: dict[str, tuple[tuple[ClusterRole, ...], Summary]] = {
    "a name with a slip": (
        (edit(), selected("part", rule("get", "lllminferenceserviceconfigs.serving.kserve.io"))), [UNSERVED]
    ),
    "a version as a subresource": (
        (edit(), selected("part", rule("get", "pipelines.pipelines.kubeflow.org/versions"))), [UNSERVED]
    ),
    "a subresource that is none": ((edit(), selected("part", rule("create", "pods/exek"))), [UNSERVED]),
    "a role that is in no tree of Kubeflow's": ((cluster_role("part", rule("get", "podz")),), []),
    "a role that has Kubeflow's label and is selected by nobody": (
        (labelled("part", f"{KUBEFLOW}trainer-view"), cluster_role("q", rule("get", "podz"))), [UNSELECTED]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_world_has_its_findings_and_no_other(case: str) -> None:
    """Each finding where it is due, and nothing in the healthy world beside it."""
    objects, expected = CASES[case]

    assert expected == summary(findings(*objects))


# A rule, and whether it has a slip. Upstream: discovery lists no finalizers; impersonation asks about users,
# groups and userextras, the kubelet about its node's subresources, and signers are named by who signs
NAMES: dict[str, tuple[PolicyRule, bool]] = {
    "a served resource": (rule("get", "pods"), False),
    "a served subresource": (rule("get", "pods/log"), False),
    "every resource": (rule("get", "*.kubeflow.org"), False),
    "every group": (rule("get", "podz.*"), False),
    "a subresource of everything": (rule("update", "*/scale"), False),
    "finalizers": (rule("update", "notebooks.kubeflow.org/finalizers"), False),
    "a status that is no subresource": (rule("get", "notebooks.kubeflow.org/status"), False),
    "the status of a slip": (rule("get", "notebook.kubeflow.org/status"), True),
    "users": (rule("impersonate", "users"), False),
    "extra fields of users": (PolicyRule(("impersonate",), ("",), ("userextras/scopes",)), False),
    "signers": (rule("sign", "signers"), False),
    "what the kubelet asks about": (rule("get", "nodes/metrics"), False),
    "a group that is not served": (rule("get", "widgets.example.com"), False),
    "a singular": (rule("get", "notebook.kubeflow.org"), True),
    "a kind": (rule("get", "Notebook.kubeflow.org"), True),
    "a resource of the other of two groups": (rule("get", "pods,deployments.apps"), False),
    "a resource that may be of a group not served": (rule("get", "podz,widgets.example.com"), False),
    "a resource of neither group": (PolicyRule(("get",), ("", "apps"), ("pods", "deployment")), True),
    "a virtual resource": (rule("archive", "runs.pipelines.kubeflow.org"), False),
    "the versions of a virtual resource": (
        rule("get", "pipelines.pipelines.kubeflow.org/versions"), True
    ),
    "a virtual group that the catalogue knows in part": (rule("get", "models.mlflow.kubeflow.org"), False),
    "a URL": (PolicyRule(("get",), non_resource_urls=("/metrics",)), False),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_only_names_that_nothing_can_mean_are_unserved(name: str) -> None:
    """A slip in a group whose resources are all known is found, and nothing that an authorizer is asked."""
    written, slip = NAMES[name]

    assert ([UNSERVED] if slip else []) == summary(findings(edit(), selected("part", written)))


def test_pipelines_that_are_served_leave_the_rest_of_their_group_virtual() -> None:
    """Where pipelines are stored in Kubernetes runs are virtual still, and the old slip is one still."""
    both = (*TYPES_SERVED, ResourceType("pipelines.kubeflow.org", "pipelines", subresources=("status",)))
    names = ("runs", "pipelines", "pipelines/versions")
    written = PolicyRule(("get",), ("pipelines.kubeflow.org",), names)

    (finding,) = findings(edit(), selected("part", written), types=both)

    assert (
        "`pipelines/versions` in `pipelines.kubeflow.org`: `pipelineversions` may be meant" in finding.message
    )


def test_what_kubernetes_own_roles_name_is_no_slip() -> None:
    """`deployments/rollback` is long gone from the API and still in the default role for editors."""
    rollback = rule("create", "deployments.apps/rollback")
    default = bootstrapped(cluster_role("system:aggregate-to-edit", rollback))

    assert [] == findings(edit(), selected("part", rollback), default)
    assert [UNSERVED] == summary(findings(edit(), selected("part", rollback)))


def test_an_aggregated_role_is_not_blamed_for_what_it_was_brought() -> None:
    """The slip is found once, in the role that it is written in."""
    slip = rule("get", "podz")

    assert [UNSERVED] == summary(findings(edit(slip, stored=True), selected("part", slip, stored=True)))


def test_the_word_that_is_meant_is_named() -> None:
    """KServe's own slip is named with the resource that it means, and that it is upstream's."""
    slip = rule("get", "lllminferenceserviceconfigs.serving.kserve.io")

    (finding,) = findings(edit(), selected("part", slip))

    assert "`llminferenceserviceconfigs` may be meant" in finding.message
    assert "KServe ships this slip since 0.16" in finding.message
