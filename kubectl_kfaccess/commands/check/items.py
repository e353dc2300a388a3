"""The answer of `check` as machine data."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import msgspec

from kubectl_kfaccess.commands.check.check import Check, RunnerResult
from kubectl_kfaccess.commands.check.evidence_text import evidence_lines
from kubectl_kfaccess.commands.check.need_rows import NeedRows
from kubectl_kfaccess.kubeflow.pipelines.need_verdicts import NeedVerdict
from kubectl_kfaccess.kubeflow.pipelines.role_drift import Baseline
from kubectl_kfaccess.kubeflow.planes.counting import Counts, ResourceVerb, Services, grant_counts
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import finding_data, grant_data, named_object_data, subject_data
from kubectl_kfaccess.rbac.evaluator import Grant, Verdict
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.snapshot import Snapshot

_MET = {Verdict.ALLOWED: True, Verdict.DENIED: False, Verdict.UNKNOWN: None}


def head(value: Check, persona: str) -> Data:
    """Return the persona that was checked, and how pipelines run."""
    pipelines = value.pipelines
    return {
        "persona": persona,
        "mode": pipelines.mode.value,
        "pipelines": {
            "namespace": pipelines.namespace,
            "version": str(pipelines.version) if pipelines.version else "",
            "account": pipelines.account,
            "evidence": list(evidence_lines(pipelines)),
        },
        "baselines": [_baseline_data(drift) for drift in value.baselines],
        "findings": [finding_data(finding) for finding in value.platform],
    }


def items(value: Check, rows: NeedRows) -> Iterator[Data]:
    """Yield the result for each runner."""
    services = installed_services(value.snapshot)
    return (_item(result, rows, value.snapshot, services) for result in value.results)


def _item(result: RunnerResult, rows: NeedRows, snapshot: Snapshot, services: Services) -> Data:
    namespace = result.runner.namespace
    return {
        "namespace": namespace,
        "subject": subject_data(result.runner.who.subject),
        "decision": result.verdict.value,
        "needs": [
            data
            for verdict in result.needs
            for data in _need_data(verdict, rows.note(verdict), namespace, snapshot, services)
        ],
        "baseline": _baseline_data(result.baseline) if result.baseline else None,
        "findings": [finding_data(finding) for finding in result.findings],
    }


def _need_data(
    verdict: NeedVerdict, note: str, namespace: str, snapshot: Snapshot, services: Services
) -> Iterator[Data]:
    """Yield one item per verb of a need."""
    need = verdict.need
    for verb, decision, grant in zip(need.verbs, verdict.verdicts, verdict.grants, strict=True):
        reviewed = ResourceVerb(need.group, need.resource, verb)
        yield {
            "verb": verb,
            "group": need.group,
            "resource": need.resource,
            "name": need.name,
            "via": need.via.value,
            "decision": decision.value,
            "core": need.core,
            "for": need.purpose,
            "why": need.why,
            "versions": str(need.versions),
            "met": _MET[verdict.verdict],
            "decides": verdict.decides,
            "note": note,
            "through": _grant_data(grant, namespace, snapshot, grant_counts(grant, reviewed, services))
            if grant
            else None,
        }


def _grant_data(grant: Grant, namespace: str, snapshot: Snapshot, counts: Counts) -> Data:
    """Return the grant with *namespace* as its namespace: runners with equal bindings share one grant."""
    binding, role = grant.binding, grant.role
    return {
        **grant_data(grant, snapshot, counts),
        "binding": named_object_data(binding.kind, namespace if binding.namespace else "", binding.name),
        "role": named_object_data(role.kind, namespace if role.namespace else "", role.name),
    }


def _baseline_data(drift: Baseline) -> Data:
    rules: Callable[[tuple[PolicyRule, ...]], list[Data]] = msgspec.to_builtins
    return {
        "role": {"kind": drift.kind, "namespace": drift.namespace, "name": drift.name},
        "product": drift.product,
        "versions": list(drift.versions),
        "expected": drift.expected,
        "missing": rules(drift.missing),
        "added": rules(drift.added),
    }
