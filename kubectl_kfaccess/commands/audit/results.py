"""The findings as results for code scanning, and the verdicts as test cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.escalation.texts import node_text, sentence
from kubectl_kfaccess.findings.acceptance import acceptable as acceptable_findings
from kubectl_kfaccess.findings.accepted import Pattern, SharingPattern, pattern_of
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import Verdict
from kubectl_kfaccess.isolation.way import WayKind
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.finding_results import Places, finding_results, placed
from kubectl_kfaccess.output.report import Case
from kubectl_kfaccess.output.results import Place, Result
from kubectl_kfaccess.output.results import Step as ResultStep
from kubectl_kfaccess.rbac.subjects import reference


def results(value: Audit) -> Iterator[Result]:
    """Yield a result for each finding, with its steps."""
    for finding, result in zip(value.kept, finding_results(value.kept, value.places), strict=True):
        yield result._replace(steps=tuple(_steps(value.steps_of(finding), result.place, value.places)))


def _steps(steps: Iterable[Step], target: Place, places: Places) -> Iterator[ResultStep]:
    """Yield the steps as sentences, each at the binding that grants it, or at *target* if none does."""
    for number, step in enumerate(steps):
        binding = next((grant.binding for grant in step.grants), None)
        place = placed((binding.kind, *binding.key), places) if binding else target
        who = "" if number else f"{node_text(step.source, str)} "
        yield ResultStep(f"{who}{sentence(step, str)}", place)


def cases(value: Audit) -> Iterator[Case]:
    """Yield a test case for each tenant and each finding; one passes if nothing crosses."""
    for verdict in value.verdicts:
        error = "" if verdict.verdict is not Verdict.UNKNOWN else "whether anything crosses is not known"
        failure = "something crosses" if verdict.verdict is Verdict.CROSSES else ""
        yield Case(f"nothing crosses into {verdict.name}", "isolation", failure, error)
    for finding in value.kept:
        yield _case(finding)


def _case(finding: Finding) -> Case:
    place = "/".join(filter(None, (finding.kind, finding.namespace, finding.name)))
    name = f"{place}: {reference(finding.subject)}" if finding.subject else place
    if finding.accepted:
        return Case(name, finding.type.id, skipped=f"accepted: {acceptance(finding.accepted)}")
    text = f"{finding.severity.value}: {finding.message}"
    return Case(name, finding.type.id, failure=text)


def acceptable(value: Audit) -> Iterator[Pattern]:
    """Yield patterns for the findings that are not accepted, and for what owners share."""
    yield from acceptable_findings(value.kept)
    for way in value.ways:
        if way.kind is WayKind.SHARED:
            role = way.bindings[0].role_ref.name
            share = SharingPattern(way.into, reference(way.subject), role)
            if not value.view.accept.accepted(share):
                yield pattern_of(share)
