"""Roles that let people create tokens of service accounts."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.hygiene.rights import Right, requests, right_findings
from kubectl_kfaccess.findings.isolation.view import ClusterView

TYPE = FindingType(
    id="hygiene-create-tokens",
    severity=Severity.WARNING,
    what=(
        "A role lets people, or accounts from elsewhere, create tokens of the service accounts of a tenant."
    ),
    why=(
        "With a token they act as the account from anywhere, and no pod shows it. A token can be made for "
        "any audience, and be valid for a year."
    ),
    fix=(
        "Take `create` on `serviceaccounts/token` out of the role. Who needs a token of one account can "
        "have that account's name in `resourceNames`."
    ),
    references=(
        "CIS-5.1.13",
        "C-0282",
    ),
)

_RIGHT = Right("create tokens of service accounts", requests(("create",), ("", "serviceaccounts", "token")))


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each role that lets tenants, or others in their namespaces, do that."""
    return right_findings(TYPE, _RIGHT, view)
