"""The verdicts and the findings as results of policies, each in the namespace of a profile or the cluster."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.audit.audit import Audit
from kubectl_kfaccess.commands.audit.unknown_text import doubts
from kubectl_kfaccess.commands.audit.way_words import stop_text
from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.findings.isolation.verdicts import TenantVerdict, Verdict
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.policy_results import Outcome, PolicyResult
from kubectl_kfaccess.output.results import Place
from kubectl_kfaccess.output.shapes import fingerprint
from kubectl_kfaccess.output.step_text import step_lines
from kubectl_kfaccess.rbac.subjects import reference

POLICY = "isolation"
"""The policy of the verdicts; those of the findings are their ids."""
_VERDICTS = {
    Verdict.CROSSES: (Outcome.FAIL, "something crosses into it", "high"),
    Verdict.UNKNOWN: (Outcome.ERROR, "whether anything crosses into it is not known", "medium"),
    Verdict.NOTHING_CROSSES: (Outcome.PASS, "nothing crosses into it by RBAC", ""),
}
_SEVERITIES = {
    Severity.ERROR: (Outcome.FAIL, "high"),
    Severity.WARNING: (Outcome.WARN, "medium"),
    Severity.NOTE: (Outcome.WARN, "low"),
}
_TENANTS = ("Profile", "Namespace")


def policy_results(value: Audit) -> Iterator[PolicyResult]:
    """Yield the verdict on each profile, then the findings."""
    for verdict in value.verdicts:
        for profile in verdict.profiles:
            yield _of_verdict(value, verdict, profile)
    for finding in value.kept:
        yield _of_finding(value, finding)


def _of_verdict(value: Audit, verdict: TenantVerdict, profile: str) -> PolicyResult:
    outcome, text, severity = _VERDICTS[verdict.verdict]
    reasons = "; ".join(doubts(verdict)) if verdict.verdict is Verdict.UNKNOWN else ""
    properties = {
        "tenant": verdict.name,
        "lookedAt": ", ".join(value.looked_at),
        "notLookedAt": ", ".join(value.not_looked_at),
    }
    message = ": ".join(filter(None, (text, reasons)))
    return PolicyResult(profile, POLICY, outcome, message, severity, None, tuple(properties.items()))


def _of_finding(value: Audit, finding: Finding) -> PolicyResult:
    outcome, severity = _SEVERITIES[finding.severity]
    message = finding.message
    if finding.accepted:
        outcome, message = Outcome.SKIP, f"{message}; accepted: {acceptance(finding.accepted)}"
    target = Place(finding.kind, finding.namespace, finding.name)
    properties = tuple((name, text) for name, text in _properties(value, finding) if text)
    place = _profile_of(value, finding)
    return PolicyResult(place, finding.type.id, outcome, message, severity, target, properties)


def _properties(value: Audit, finding: Finding) -> Iterator[tuple[str, str]]:
    yield ("subject", reference(finding.subject) if finding.subject else "")
    yield ("tenant", finding.tenant)
    yield ("fromTenant", finding.from_tenant)
    steps = enumerate(step_lines(value.steps_of(finding)), 1)
    yield ("steps", "; ".join(f"{number}. {text}" for number, (text, _) in steps))
    yield ("stop", stop_text(value.stop_of(finding)))
    yield ("fix", finding.type.fix)
    yield ("references", ", ".join(finding.references))
    yield ("fingerprint", fingerprint(finding))


def _profile_of(value: Audit, finding: Finding) -> str:
    """Return the profile that the finding is about; "" if it is about none, or about several."""
    own = finding.name if finding.kind in _TENANTS else finding.namespace
    profiles = value.view.crossings.tenants.namespaces
    return next((name for name in (own, finding.tenant) if name in profiles), "")
