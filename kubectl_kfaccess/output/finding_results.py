"""Findings as results for code scanning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType
from kubectl_kfaccess.output.results import Place, Result, Rule
from kubectl_kfaccess.output.shapes import fingerprint


def finding_results(findings: Iterable[Finding]) -> Iterator[Result]:
    """Yield a result for each finding, accepted ones too."""
    for finding in findings:
        yield Result(
            rule_of(finding.type),
            finding.severity.value,
            finding.message,
            Place(finding.kind, finding.namespace, finding.name),
            fingerprint(finding),
            accepted=finding.accepted,
        )


def rule_of(kind: FindingType) -> Rule:
    """Return the rule that all findings of a type have; its help is that of `explain FINDING-ID`."""
    return Rule(
        kind.id,
        kind.what,
        "\n".join((kind.what, kind.why, kind.fix)),
        f"{kind.what}\n\n{kind.why}\n\n**Fix:** {kind.fix}",
        kind.severity.value,
    )
