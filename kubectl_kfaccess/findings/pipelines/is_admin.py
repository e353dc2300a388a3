"""A runner with wildcards that amount to `cluster-admin`."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.pipelines.view import RunnerView
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import ALL

TYPE = FindingType(
    id="runner-is-admin",
    severity=Severity.ERROR,
    what=(
        "The account that runs steps is bound to `cluster-admin`, or to rules with wildcards for every API "
        "group or every core resource."
    ),
    why=(
        "It is the common wrong answer to a step that was forbidden something. Whoever may start a run, or "
        "change the code of a step, then may do all of that, often in the whole cluster."
    ),
    fix=(
        "Delete the binding, and grant what is needed: `kubectl kfaccess check pipeline-runner --for … -o "
        "fix`."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding for each binding that gives the runner such a role."""
    for binding in view.bindings:
        if view.rules.any_rule(binding, _is_wild):
            where = f"in `{binding.namespace}`" if binding.namespace else "in the whole cluster"
            role = f"{binding.role_ref.kind} `{binding.role_ref.name}`"
            yield about(binding, TYPE, f"gives `{view.name}` everything that {role} allows, {where}")


def _is_wild(rule: PolicyRule) -> bool:
    every_group = ALL in rule.api_groups
    core = every_group or "" in rule.api_groups
    writes = not {ALL, "create", "update", "patch"}.isdisjoint(rule.verbs)
    return writes and not rule.resource_names and (every_group or (core and ALL in rule.resources))
