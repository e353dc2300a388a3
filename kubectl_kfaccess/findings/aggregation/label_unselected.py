"""A label for aggregation that no aggregated role selects."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about

TYPE = FindingType(
    id="aggregation-label-unselected",
    severity=Severity.WARNING,
    what=(
        "A ClusterRole carries an aggregation label (`…/aggregate-to-…`) that no aggregated role selects. "
        "A value such as `false`, which switches a label off, is not counted; a label for OpenShift's "
        "`cluster-reader` is counted where the cluster or the files have APIs of OpenShift."
    ),
    why=(
        "The label does nothing: the rules of the role reach nobody through it. Usually the role that "
        "should select it was not installed, or was renamed."
    ),
    fix=(
        "Install the aggregated role that the label names, or give the role the label of one that exists: "
        "`kubectl label clusterrole NAME rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit=true`. "
        "If nobody needs the label, remove it; if it came with a component, nothing is broken by leaving "
        "it."
    ),
)


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each such label that is not almost one that is selected."""
    for slip in view.slips:
        if slip.wanted is None:
            yield about(slip.role, TYPE, f'no role selects the label `{slip.key}: "{slip.value}"`')
