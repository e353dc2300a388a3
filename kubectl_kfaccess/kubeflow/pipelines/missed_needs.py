"""Whether a role is missing rules that an installed component needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.rules import rule_allows


def misses_a_need(
    role: Baseline, needs: Iterable[NeedVerdict], served: Collection[tuple[str, str]], namespace: str
) -> bool:
    """
    Return whether a rule that *role* lacks would meet one of the *needs*, of runners in *namespace*.

    Needs count that are not met, and whose resource (group, plural name) is in *served*.
    """
    unmet = (each.need for each in needs if each.verdict is Verdict.DENIED)
    installed = (need for need in unmet if (need.group, need.resource) in served)
    requests = [request for need in installed for request in need.requests(namespace)]
    return any(rule_allows(rule, request) for rule in role.missing for request in requests)
