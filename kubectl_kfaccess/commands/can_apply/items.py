"""The answer of `can-apply` as machine data."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.not_checked import NOT_CHECKED
from kubectl_kfaccess.commands.can_apply.refusal_text import refusal_text
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import grant_data, request_data, who_data
from kubectl_kfaccess.rbac.bundle import Need, Outcome
from kubectl_kfaccess.rbac.compact_rules import compact_rules
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.role_writes import Escalation


def head(value: CanApply) -> Data:
    """Return who applies the bundle and how, the verdict, and what was not checked."""
    return {
        "subject": who_data(value.who),
        "by": value.way.value,
        "decision": value.verdict.value,
        "notChecked": [each.text for each in NOT_CHECKED],
    }


def items(value: CanApply) -> Iterator[Data]:
    """Yield the objects in the order of the bundle."""
    for outcome in value.outcomes:
        each = outcome.object
        yield {
            "object": {
                "apiVersion": each.api_version,
                "kind": each.kind,
                "namespace": each.namespace,
                "name": each.name,
            },
            "file": each.file,
            "line": each.line,
            "exists": outcome.exists,
            "needs": [_need(need, outcome) for need in outcome.needs],
            "escalation": _escalation(outcome.escalation) if outcome.escalation else None,
            "decision": outcome.verdict.value,
            "refusal": refusal_text(outcome, value.who) if outcome.verdict is Verdict.DENIED else None,
        }


def _need(need: Need, outcome: Outcome) -> Data:
    grant = {"grant": grant_data(need.grant, outcome.snapshot, {})} if need.grant else {}
    return {**request_data(need.request), "decision": need.verdict.value, **grant}


def _escalation(escalation: Escalation) -> Data:
    is_missing = escalation.verdict is not Verdict.ALLOWED
    missing = compact_rules(escalation.missing) if is_missing else ()
    return {"decision": escalation.verdict.value, "missing": [msgspec.to_builtins(rule) for rule in missing]}
