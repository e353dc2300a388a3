"""Findings about the ClusterRoles that the components of Kubeflow ship for tenants."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    KubernetesObject,
    PolicyRule,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from tests.builders import cluster_role, rule, service_account
from tests.findings.aggregation.worlds import (
    GET,
    KSERVE,
    KUBEFLOW,
    Summary,
    findings,
    summary,
)

PLATFORM = tuple(
    cluster_role(
        name,
        labels={f"{KUBEFLOW}{above}": "true"} if above else {},
        aggregate={f"{KUBEFLOW}{name.removeprefix('kubeflow-')}": "true"},
    )
    for name, above in (("kubeflow-admin", ""), ("kubeflow-edit", "admin"), ("kubeflow-view", "edit"))
) + tuple(
    cluster_role(f"kubeflow-kubernetes-{level}", rule("get", "pods"), labels={f"{KUBEFLOW}{level}": "true"})
    for level in ("admin", "edit", "view")
)


def kserve(
    *levels: str, rules: tuple[PolicyRule, ...] = (rule("get", "inferenceservices.serving.kserve.io"),)
) -> tuple[ClusterRole, ...]:
    """Return KServe's roles for tenants of these *levels*."""
    return tuple(
        cluster_role(f"kubeflow-kserve-{level}", *rules, labels={f"{KUBEFLOW}{level}": "true"})
        for level in levels
    )


def missing(*names: str) -> Summary:
    """Return the findings about missing roles with these names."""
    return [("component-role-missing", name) for name in names]


ALL_OF_KSERVE = missing("kubeflow-kserve-admin", "kubeflow-kserve-edit", "kubeflow-kserve-view")

# By case: the objects, the served types, and the expected findings
COMPONENTS: dict[str, tuple[tuple[KubernetesObject, ...], tuple[ResourceType, ...], Summary]] = {
    "the platform alone": (PLATFORM, (), []),
    "a component with its roles": ((*PLATFORM, *kserve("admin", "edit", "view")), (KSERVE,), []),
    "a component whose resources are served": (PLATFORM, (KSERVE,), ALL_OF_KSERVE),
    "a component with its account": (
        (*PLATFORM, service_account("kubeflow/kserve-controller-manager")), (), ALL_OF_KSERVE
    ),
    "a tenant's account with that name": (
        (*PLATFORM, service_account("team-a/kserve-controller-manager")), (), []
    ),
    "a component with some of its roles": (
        (*PLATFORM, *kserve("view")), (), missing("kubeflow-kserve-admin", "kubeflow-kserve-edit")
    ),
    "KServe without the platform": (
        (service_account("kserve/kserve-controller-manager"),), (KSERVE,), []
    ),
    "standalone pipelines": (
        (service_account("kubeflow/ml-pipeline"),),
        (ResourceType("kubeflow.org", "scheduledworkflows"),),
        [],
    ),
    "pipelines without their roles": (
        PLATFORM,
        (ResourceType("kubeflow.org", "scheduledworkflows"),),
        missing(
            "aggregate-to-kubeflow-pipelines-edit",
            "aggregate-to-kubeflow-pipelines-view",
            "kubeflow-pipelines-edit",
            "kubeflow-pipelines-view",
        ),
    ),
    "roles with other names in another release": (
        (*PLATFORM,
         *(cluster_role(f"models-{level}", rule("get", "inferenceservices.serving.kserve.io"),
                        labels={f"{KUBEFLOW}{level}": "true"}) for level in ("admin", "edit", "view"))),
        (KSERVE,),
        [],
    ),
    "a missing role of the platform itself": (
        tuple(role for role in PLATFORM if role.name != "kubeflow-view"), (),
        [*missing("kubeflow-view"), ("aggregation-label-unselected", "kubeflow-kubernetes-view")],
    ),
    "the trainer": (
        PLATFORM,
        (ResourceType("trainer.kubeflow.org", "trainjobs"),),
        missing("kubeflow-trainer-admin", "kubeflow-trainer-edit", "kubeflow-trainer-view"),
    ),
    "the training operator": (
        PLATFORM,
        (ResourceType("kubeflow.org", "pytorchjobs"),),
        missing("kubeflow-training-admin", "kubeflow-training-edit", "kubeflow-training-view"),
    ),
    "Katib": (
        PLATFORM,
        (ResourceType("kubeflow.org", "experiments"),),
        missing("kubeflow-katib-admin", "kubeflow-katib-edit", "kubeflow-katib-view"),
    ),
    "the virtual experiments of pipelines do not mean Katib": (
        PLATFORM, (ResourceType("pipelines.kubeflow.org", "experiments", virtual=True),), []
    ),
    "notebooks": (
        PLATFORM,
        (ResourceType("kubeflow.org", "notebooks"),),
        missing(*(f"notebook-controller-kubeflow-notebooks-{level}" for level in ("admin", "edit", "view"))),
    ),
    "Spark": (
        PLATFORM,
        (ResourceType("sparkoperator.k8s.io", "sparkapplications"),),
        missing("kubeflow-spark-admin", "kubeflow-spark-edit", "kubeflow-spark-view"),
    ),
    "a role that lost its label": (
        (*PLATFORM, *kserve("admin", "view"), cluster_role("kubeflow-kserve-edit", GET)),
        (KSERVE,),
        [("component-role-not-aggregated", "kubeflow-kserve-edit")],
    ),
    "a role whose label has a typo": (
        (*PLATFORM, *kserve("admin", "view"),
         cluster_role("kubeflow-kserve-edit", GET, labels={f"{KUBEFLOW}edit": "True"})),
        (KSERVE,),
        [("aggregation-label-near-miss", "kubeflow-kserve-edit")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMPONENTS)
def test_missing_component_roles_are_found(case: str) -> None:
    """The platform must exist, and the component by a served resource, an account or another role."""
    objects, types, expected = COMPONENTS[case]

    assert expected == summary(findings(*objects, types=types))


def test_the_message_says_how_we_know_the_component() -> None:
    """The reader must not have to guess why the role should exist."""
    message = findings(*PLATFORM, types=(KSERVE,))[1].message

    assert "`inferenceservices.serving.kserve.io` is served" in message
    assert "`kubeflow-edit` has no rules from it" in message


def test_a_missing_role_concerns_its_parent_role() -> None:
    """It is shown with the tree of its parent, and with no other tree."""
    assert missing("kubeflow-kserve-edit") == summary(
        findings(*PLATFORM, types=(KSERVE,), roles={"kubeflow-edit"})
    )
