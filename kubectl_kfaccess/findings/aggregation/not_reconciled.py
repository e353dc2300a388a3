"""An aggregated role whose stored rules are not those of the roles that it selects."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.aggregation.view import AggregationView, Difference, difference
from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.kubeflow.aggregation.roles import few_rules
from kubectl_kfaccess.rbac.model import ClusterRole, PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

TYPE = FindingType(
    id="aggregation-not-reconciled",
    severity=Severity.ERROR,
    what=(
        "The stored rules of an aggregated ClusterRole are not those of the roles that it selects: rules "
        "are missing, or there are rules that no selected role has. This is checked only for roles that "
        "were read from a server."
    ),
    why=(
        "The API server uses only the stored rules. Until the controller writes them again, subjects bound "
        "to the role are denied what a new component should bring, or keep what was taken away."
    ),
    fix=(
        "Run the command again after a second, because a recent change may still be in progress. If the "
        "finding stays, check that kube-controller-manager runs (`kubectl -n kube-system get pods -l "
        "component=kube-controller-manager`) with its clusterrole-aggregation-controller. Also check "
        "whether a GitOps tool keeps writing `rules: []`: if so, let it ignore `/rules` of roles with an "
        "aggregationRule."
    ),
)


_CAUSE = "the controller has not reconciled it yet, or does not run"
_MOST_TEXTS = 4


def find(view: AggregationView) -> Iterator[Finding]:
    """Yield a finding for each role, read from a server, whose stored rules differ."""
    for role in view.readable_roles:
        if rules := difference(view.snapshot, role):
            texts = tuple(_texts(view.snapshot, role, rules))
            more = len(texts) - _MOST_TEXTS
            rest = f", and {more} more differences" if more > 0 else ""
            yield about(role, TYPE, f"{', '.join(texts[:_MOST_TEXTS])}{rest}; {_CAUSE}")


def _texts(snapshot: Snapshot, role: ClusterRole, rules: Difference) -> Iterator[str]:
    for name in snapshot.aggregation.selected[role.name]:
        missing = tuple(rule for rule in snapshot.aggregation.rules(name) if rule in rules.missing)
        if missing:
            yield f"it is missing {_counted(missing)} of `{name}` ({few_rules(missing)})"
    if rules.left:
        yield f"it keeps {_counted(rules.left)} that no selected role has ({few_rules(rules.left)})"


def _counted(rules: tuple[PolicyRule, ...]) -> str:
    return f"{len(rules)} rules" if len(rules) > 1 else "a rule"
