"""An aggregation label that no aggregated role selects."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about

TYPE = FindingType(
    id="aggregation-label-unselected",
    severity=Severity.WARNING,
    what=(
        "A ClusterRole has an aggregation label (`…/aggregate-to-…`) that no aggregated role selects. A "
        "value such as `false`, which switches a label off, does not count. A label for OpenShift's "
        "`cluster-reader` counts only if the cluster or the files have APIs of OpenShift."
    ),
    why=(
        "The label has no effect: nobody gets the rules of the role through it. Usually the role that "
        "should select it was not installed, or was renamed."
    ),
    fix=(
        "Install the aggregated role that the label names, or give the role the label of one that exists: "
        "`kubectl label clusterrole NAME rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit=true`. "
        "If nobody needs the label, remove it. If it came with a component, you can leave it: it breaks "
        "nothing."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such label, unless it is a near miss."""
    for slip in view.slips:
        if slip.wanted is None:
            yield about(slip.role, TYPE, f'no role selects the label `{slip.key}: "{slip.value}"`')
