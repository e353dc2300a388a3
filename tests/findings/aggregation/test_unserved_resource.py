"""Findings about rules that name a resource that no API serves."""

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

# By case: the roles, and the expected findings
CASES: dict[str, tuple[tuple[ClusterRole, ...], Summary]] = {
    "a name with a typo": (
        (edit(), selected("part", rule("get", "lllminferenceserviceconfigs.serving.kserve.io"))), [UNSERVED]
    ),
    "a version as a subresource": (
        (edit(), selected("part", rule("get", "pipelines.pipelines.kubeflow.org/versions"))), [UNSERVED]
    ),
    "an unknown subresource": ((edit(), selected("part", rule("create", "pods/exek"))), [UNSERVED]),
    "a role outside Kubeflow's trees": ((cluster_role("part", rule("get", "podz")),), []),
    "a role with Kubeflow's label that no role selects": (
        (labelled("part", f"{KUBEFLOW}trainer-view"), cluster_role("q", rule("get", "podz"))), [UNSELECTED]
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_findings_are_exactly_those_expected(case: str) -> None:
    """Each case has its findings, and healthy roles have none."""
    objects, expected = CASES[case]

    assert expected == summary(findings(*objects))


# By case: a rule, and whether it has a typo. Upstream: discovery lists no finalizers; impersonation checks
# users, groups and userextras; the kubelet checks subresources of nodes; certificate plugins check signers
NAMES: dict[str, tuple[PolicyRule, bool]] = {
    "a served resource": (rule("get", "pods"), False),
    "a served subresource": (rule("get", "pods/log"), False),
    "every resource": (rule("get", "*.kubeflow.org"), False),
    "every group": (rule("get", "podz.*"), False),
    "a subresource of everything": (rule("update", "*/scale"), False),
    "finalizers": (rule("update", "notebooks.kubeflow.org/finalizers"), False),
    "a status that is not a subresource": (rule("get", "notebooks.kubeflow.org/status"), False),
    "the status of a misspelled resource": (rule("get", "notebook.kubeflow.org/status"), True),
    "users": (rule("impersonate", "users"), False),
    "extra fields of users": (PolicyRule(("impersonate",), ("",), ("userextras/scopes",)), False),
    "signers": (rule("sign", "signers"), False),
    "a subresource that the kubelet checks": (rule("get", "nodes/metrics"), False),
    "a group that is not served": (rule("get", "widgets.example.com"), False),
    "a singular": (rule("get", "notebook.kubeflow.org"), True),
    "a kind": (rule("get", "Notebook.kubeflow.org"), True),
    "a resource of one of two groups": (rule("get", "pods,deployments.apps"), False),
    "a resource that may belong to an unserved group": (rule("get", "podz,widgets.example.com"), False),
    "a resource of neither group": (PolicyRule(("get",), ("", "apps"), ("pods", "deployment")), True),
    "a virtual resource": (rule("archive", "runs.pipelines.kubeflow.org"), False),
    "the versions of a virtual resource": (
        rule("get", "pipelines.pipelines.kubeflow.org/versions"), True
    ),
    "a virtual group that the catalogue covers in part": (rule("get", "models.mlflow.kubeflow.org"), False),
    "a URL": (PolicyRule(("get",), non_resource_urls=("/metrics",)), False),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_only_unknown_names_in_known_groups_are_found(name: str) -> None:
    """Names that an authorizer checks are not findings, even if no API serves them."""
    written, has_typo = NAMES[name]

    assert ([UNSERVED] if has_typo else []) == summary(findings(edit(), selected("part", written)))


def test_the_group_stays_virtual_if_pipelines_are_served() -> None:
    """With pipelines stored in Kubernetes, runs are still virtual and the old typo is still one."""
    both = (*TYPES_SERVED, ResourceType("pipelines.kubeflow.org", "pipelines", subresources=("status",)))
    names = ("runs", "pipelines", "pipelines/versions")
    written = PolicyRule(("get",), ("pipelines.kubeflow.org",), names)

    (finding,) = findings(edit(), selected("part", written), types=both)

    assert (
        "`pipelines/versions` in `pipelines.kubeflow.org`: `pipelineversions` may be meant" in finding.message
    )


def test_names_in_kubernetes_own_roles_are_accepted() -> None:
    """The API no longer has `deployments/rollback`, but the default role for editors does."""
    rollback = rule("create", "deployments.apps/rollback")
    default = bootstrapped(cluster_role("system:aggregate-to-edit", rollback))

    assert [] == findings(edit(), selected("part", rollback), default)
    assert [UNSERVED] == summary(findings(edit(), selected("part", rollback)))


def test_a_typo_is_found_only_in_the_role_that_has_it() -> None:
    """The aggregated role that gets the rule is not reported as well."""
    typo = rule("get", "podz")

    assert [UNSERVED] == summary(findings(edit(typo, stored=True), selected("part", typo, stored=True)))


def test_the_message_names_the_resource_that_was_meant() -> None:
    """For KServe's own typo, the message also says that upstream ships it."""
    typo = rule("get", "lllminferenceserviceconfigs.serving.kserve.io")

    (finding,) = findings(edit(), selected("part", typo))

    assert "`llminferenceserviceconfigs` may be meant" in finding.message
    assert "KServe ships this typo since 0.16" in finding.message
