"""A runner whose wildcard rules amount to `cluster-admin`."""

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
        "The account that runs steps is bound to `cluster-admin`, or to a rule that writes every resource of "
        "the core API group, or of every API group."
    ),
    why=(
        "This is a common but dangerous workaround for a step that was denied access. Anyone who can start "
        "a run, or change the code of a step, can then do everything that these rules allow, often in the "
        "whole cluster."
    ),
    fix=(
        "Delete the binding, and grant only what the steps need: `kubectl kfaccess check pipeline-runner "
        "--for … -o fix` prints it."
    ),
)


def find(view: RunnerView) -> Iterator[Finding]:
    """Yield a finding for each binding that gives the runner a role with such wildcards."""
    for binding in view.bindings:
        if view.rules.any_rule(binding, _is_wild):
            where = f"in `{binding.namespace}`" if binding.namespace else "in the whole cluster"
            role = f"{binding.role_ref.kind} `{binding.role_ref.name}`"
            yield about(binding, TYPE, f"gives `{view.name}` everything that {role} allows, {where}")


def _is_wild(rule: PolicyRule) -> bool:
    """Whether *rule* writes every core resource. A wildcard for groups alone reaches the listed resources."""
    is_core = not {ALL, ""}.isdisjoint(rule.api_groups)
    writes = not {ALL, "create", "update", "patch"}.isdisjoint(rule.verbs)
    return writes and not rule.resource_names and is_core and ALL in rule.resources
