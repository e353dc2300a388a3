"""Findings about labels that were meant for an aggregated role and miss it."""

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

# the world, and what is found in it
CASES: dict[str, tuple[tuple[ClusterRole, ...], Summary]] = {
    "a label that nobody asks for": (
        (labelled("part", f"{KUBEFLOW}trainer-view"),), [UNSELECTED]
    ),
    "a label that is switched off": ((labelled("part", f"{KUBEFLOW}trainer-view", "false"),), []),
    "a label that is no aggregation's": ((labelled("part", "app.kubernetes.io/name"),), []),
    "a label that is selected": ((edit(), labelled("part", f"{KUBEFLOW}edit")), []),
    "a label that any value of is selected": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "Exists")),
         labelled("part", f"{KUBEFLOW}edit", "perhaps")),
        [],
    ),
    "a label that one of several values of is selected": (
        (cluster_role("tenants-edit", aggregate=expression(f"{KUBEFLOW}edit", "In", "yes", "true")),
         labelled("part", f"{KUBEFLOW}edit", "yes")),
        [],
    ),
    "a value in capitals": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True")), [NEAR]
    ),
    "a value that says yes otherwise": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "yes")), [NEAR]
    ),
    "the switch in the off position": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "False")), []
    ),
    "a letter too few": (
        (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW.replace('gg', 'g')}edit")), [NEAR]
    ),
    "a letter too many": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}editt")), [NEAR]),
    "a letter that is another": ((edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edot")), [NEAR]),
    "two letters that are swapped": (
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
    "numbered names are two things": (
        (cluster_role("tenants-edit", aggregate={"example.com/aggregate-to-team-1": "true"}),
         labelled("q", "example.com/aggregate-to-team-1"),
         labelled("part", "example.com/aggregate-to-team-2")),
        [UNSELECTED],
    ),
    "somebody else's `aggregate-to-view`": (
        (cluster_role("view", aggregate={f"{KUBERNETES}view": "true"}),
         labelled("q", f"{KUBERNETES}view"),
         labelled("part", "rbac.crossplane.example/aggregate-to-view")),
        [UNSELECTED],
    ),
    "a near miss on a role that is selected all the same": (
        (edit(), cluster_role("part", GET, labels={**TO_EDIT, f"{KUBEFLOW}editt": "true"})), [UNSELECTED]
    ),
    "a near miss on a role that comes in by another way": (
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
    "a label of another sort with another value": (
        (cluster_role("tenants-edit", aggregate={"app.kubernetes.io/name": "kserve"}),
         cluster_role("q", GET, labels={"app.kubernetes.io/name": "kserve"}),
         labelled("part", "app.kubernetes.io/name", "katib")),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_world_has_its_findings_and_no_other(case: str) -> None:
    """Each finding where it is due, and nothing in the healthy world beside it."""
    objects, expected = CASES[case]

    assert expected == summary(findings(*objects))


CLUSTER_READER = f"{KUBERNETES}cluster-reader"
OPENSHIFT = (*TYPES_SERVED, ResourceType("config.openshift.io", "clusterversions", namespaced=False))


@pytest.mark.parametrize(
    ("key", "types", "reader", "expected"),
    [
        pytest.param(CLUSTER_READER, TYPES_SERVED, (), [], id="a cluster that is none of OpenShift's"),
        pytest.param(CLUSTER_READER, OPENSHIFT, (), [UNSELECTED], id="an OpenShift that lacks its role"),
        pytest.param(
            CLUSTER_READER,
            OPENSHIFT,
            (cluster_role("cluster-reader", aggregate={CLUSTER_READER: "true"}),),
            [],
            id="an OpenShift that has it",
        ),
        pytest.param(
            f"{KUBEFLOW}cluster-reader",
            TYPES_SERVED,
            (),
            [UNSELECTED],
            id="a label of that name of another's",
        ),
    ],
)
def test_a_label_for_openshift_is_judged_on_openshift_alone(
    key: str,
    types: tuple[ResourceType, ...],
    reader: tuple[ClusterRole, ...],
    expected: Summary,
) -> None:
    """cert-manager has it on every cluster, where nothing can be mended about it."""
    assert expected == summary(findings(labelled("part", key), *reader, types=types))


def test_a_near_miss_names_the_label_that_was_meant_and_who_asks_for_it() -> None:
    """Both labels in full, as one types them."""
    (finding,) = findings(edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))

    assert (
        f'the label `{KUBEFLOW}edit: "True"` is not `{KUBEFLOW}edit: "true"`, so `tenants-edit` does not '
        "select it"
    ) == finding.message


def test_findings_matter_to_the_roles_that_lack_the_rules_too() -> None:
    """A role that its label keeps out of a tree is found with the tree."""
    objects = (edit(), selected("q", GET), labelled("part", f"{KUBEFLOW}edit", "True"))

    assert [NEAR] == summary(findings(*objects, roles={"tenants-edit", "q"}))
    assert [NEAR] == summary(findings(*objects, roles={"part"}))
    assert [] == findings(*objects, roles={"q"})


def test_kubernetes_own_roles_are_not_judged_by_their_labels() -> None:
    """Where somebody took the aggregation from `view`, its parts are no mistake of theirs."""
    assert [] == findings(bootstrapped(labelled("system:aggregate-to-view", f"{KUBERNETES}view")))
