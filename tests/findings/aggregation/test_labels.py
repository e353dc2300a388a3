"""Findings about aggregation labels that no aggregated role selects."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.model import (
    ClusterRole,
)
from kubectl_kfaccess.rbac.resources import ResourceType
from tests.builders import cluster_role, expression
from tests.findings.aggregation.worlds import (
    GET,
    KUBEFLOW,
    KUBERNETES,
    NEAR,
    TO_EDIT,
    TYPES_SERVED,
    UNSELECTED,
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
    "a label that no role selects": (
        (labelled("part", f"{KUBEFLOW}trainer-view"),), [UNSELECTED]
    ),
    "a label that is switched off": ((labelled("part", f"{KUBEFLOW}trainer-view", "false"),), []),
    "a label that is not for aggregation": ((labelled("part", "app.kubernetes.io/name"),), []),
    "a label that is selected": ((edit(), labelled("part", f"{KUBEFLOW}edit")), []),
    "a label that is selected with any value": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "Exists")),
         labelled("part", f"{KUBEFLOW}edit", "perhaps")),
        [],
    ),
    "a label that is selected with several values": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "In", "yes", "true")),
         labelled("part", f"{KUBEFLOW}edit", "yes")),
        [],
    ),
    "a value in capitals": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True")), [NEAR]
    ),
    "a value with the same meaning": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "yes")), [NEAR]
    ),
    "a selected label that is switched off": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "False")), []
    ),
    "a letter too few": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.replace('gg', 'g')}edit")), [NEAR]
    ),
    "a letter too many": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}editt")), [NEAR]),
    "a wrong letter": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edot")), [NEAR]),
    "two swapped letters": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}eidt")), [NEAR]
    ),
    "a swapped word of the key": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.replace('-to-', '-ot-')}edit")), [NEAR]
    ),
    "capitals in the key": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}Edit")), [NEAR]),
    "the prefix of Kubernetes": (
        (edit(), selected("q", GET), labelled("part", f"{KUBERNETES}kubeflow-edit")), [NEAR]
    ),
    "no prefix at all": (
        (edit(), selected("q", GET), labelled("part", "aggregate-to-kubeflow-edit")), [NEAR]
    ),
    "Kubeflow's name left out": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.removesuffix('kubeflow-')}edit")), [NEAR]
    ),
    "another level is another label": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}view")), [UNSELECTED]
    ),
    "numbered names are different names": (
        (cluster_role("tenants-edit", aggregate={"example.com/aggregate-to-team-1": "true"}),
         labelled("q", "example.com/aggregate-to-team-1"),
         labelled("part", "example.com/aggregate-to-team-2")),
        [UNSELECTED],
    ),
    "another product's `aggregate-to-view`": (
        (cluster_role("view", aggregate={f"{KUBERNETES}view": "true"}),
         labelled("q", f"{KUBERNETES}view"),
         labelled("part", "rbac.crossplane.example/aggregate-to-view")),
        [UNSELECTED],
    ),
    "a near miss on a role that is selected anyway": (
        (edit(), cluster_role("part", GET, labels={**TO_EDIT, f"{KUBEFLOW}editt": "true"})), [UNSELECTED]
    ),
    "a near miss on a role that is selected through another role": (
        (edit(),
         cluster_role("middle", labels=TO_EDIT, aggregate={"to": "middle"}),
         cluster_role("part", GET, labels={"to": "middle", f"{KUBEFLOW}editt": "true"})),
        [UNSELECTED],
    ),
    "a near miss that would still lack another term": (
        (cluster_role("tenants-edit", aggregate={**TO_EDIT, "tier": "gold"}),
         cluster_role("q", GET, labels={**TO_EDIT, "tier": "gold"}),
         labelled("part", f"{KUBEFLOW}editt")),
        [UNSELECTED],
    ),
    "another kind of label with another value": (
        (cluster_role("tenants-edit", aggregate={"app.kubernetes.io/name": "kserve"}),
         cluster_role("q", GET, labels={"app.kubernetes.io/name": "kserve"}),
         labelled("part", "app.kubernetes.io/name", "katib")),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_findings_are_exactly_those_expected(case: str) -> None:
    """Each case has its findings, and healthy roles have none."""
    objects, expected = CASES[case]

    assert expected == summary(findings(*objects))


CLUSTER_READER = f"{KUBERNETES}cluster-reader"
OPENSHIFT = (*TYPES_SERVED, ResourceType("config.openshift.io", "clusterversions", namespaced=False))


@pytest.mark.parametrize(
    ("key", "types", "reader", "expected"),
    [
        pytest.param(CLUSTER_READER, TYPES_SERVED, (), [], id="a cluster without OpenShift"),
        pytest.param(CLUSTER_READER, OPENSHIFT, (), [UNSELECTED], id="OpenShift without the role"),
        pytest.param(
            CLUSTER_READER,
            OPENSHIFT,
            (cluster_role("cluster-reader", aggregate={CLUSTER_READER: "true"}),),
            [],
            id="OpenShift with the role",
        ),
        pytest.param(
            f"{KUBEFLOW}cluster-reader",
            TYPES_SERVED,
            (),
            [UNSELECTED],
            id="another prefix",
        ),
    ],
)
def test_a_label_for_openshift_counts_only_on_openshift(
    key: str,
    types: tuple[ResourceType, ...],
    reader: tuple[ClusterRole, ...],
    expected: Summary,
) -> None:
    """cert-manager sets it on every cluster, and users cannot fix that."""
    assert expected == summary(findings(labelled("part", key), *reader, types=types))


def test_a_near_miss_names_the_selected_label_and_the_role() -> None:
    """Both labels are written in full, so that they can be copied."""
    (finding,) = findings(edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))

    assert (
        f'the label `{KUBEFLOW}edit: "True"` is not `{KUBEFLOW}edit: "true"`, so `tenants-edit` does not '
        "select it"
    ) == finding.message


def test_findings_also_concern_the_roles_that_lack_rules() -> None:
    """A role that is missing from a tree because of its label is shown with that tree."""
    objects = (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))

    assert [NEAR] == summary(findings(*objects, roles={"tenants-edit", "q"}))
    assert [NEAR] == summary(findings(*objects, roles={"part"}))
    assert [] == findings(*objects, roles={"q"})


def test_labels_of_kubernetes_own_roles_are_not_checked() -> None:
    """If someone removes the aggregation from `view`, its parts are not at fault."""
    assert [] == findings(bootstrapped(labelled("system:aggregate-to-view", f"{KUBERNETES}view")))
