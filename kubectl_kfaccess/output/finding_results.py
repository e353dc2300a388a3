"""Findings as results for code scanning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.verdicts import CROSSING
from kubectl_kfaccess.output.reference_links import reference_link
from kubectl_kfaccess.output.results import Place, Result, Rule
from kubectl_kfaccess.output.shapes import fingerprint
from kubectl_kfaccess.rbac.overlay import ObjectKey

Places = Mapping[ObjectKey, tuple[str, int]]
"""The files and lines of objects; `-` is standard input, and line 0 is not known."""

_SECURITY = ("isolation-", "hygiene-")
_SEVERITIES = {Severity.ERROR: "8.0", Severity.WARNING: "5.0", Severity.NOTE: "2.0"}
"""In the words of GitHub: high, medium, low."""
_NOWHERE: Places = {}


def finding_results(findings: Iterable[Finding], places: Places = _NOWHERE) -> Iterator[Result]:
    """Yield a result for each finding, accepted ones too."""
    for finding in findings:
        yield Result(
            rule_of(finding.type),
            finding.severity.value,
            finding.message,
            placed((finding.kind, finding.namespace, finding.name), places),
            fingerprint(finding),
            accepted=finding.accepted,
        )


def placed(key: ObjectKey, places: Places) -> Place:
    """Return the object with its file and line, if it has them."""
    file, line = places.get(key, ("", 0))
    return Place(*key, "", 0) if file == "-" else Place(*key, file, line)


def rule_of(kind: FindingType) -> Rule:
    """Return the rule that all findings of a type have; its help is that of `explain FINDING-ID`."""
    text = "\n".join((kind.what, kind.why, kind.fix))
    markdown = f"{kind.what}\n\n{kind.why}\n\n**Fix:** {kind.fix}"
    if kind.references:
        text += f"\nReferences: {', '.join(kind.references)}"
        markdown += f"\n\n**References:** {', '.join(map(_linked, kind.references))}"
    return Rule(
        kind.id,
        kind.what,
        text,
        markdown,
        kind.severity.value,
        _security_severity(kind),
        kind.references,
    )


def _security_severity(kind: FindingType) -> str:
    """Return how bad it is for security: a way into a tenant is always high."""
    if kind.id in CROSSING:
        return _SEVERITIES[Severity.ERROR]
    return _SEVERITIES[kind.severity] if kind.id.startswith(_SECURITY) else ""


def _linked(reference: str) -> str:
    link = reference_link(reference)
    return f"[{reference}]({link})" if link else reference
