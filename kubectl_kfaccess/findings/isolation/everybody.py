"""Everybody, or every service account, that has rights in a tenant's namespace."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.isolation.way_findings import direct_findings
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, displayed

TYPE = FindingType(
    id="isolation-everybody",
    severity=Severity.ERROR,
    what=(
        "A binding gives everybody rights in the namespaces of tenants: all who log in, all who do not, or "
        "all service accounts of the cluster."
    ),
    why=(
        "Every tenant is a part of everybody, and so is everything that runs on the cluster. Nothing shuts "
        "them out of this namespace."
    ),
    fix=(
        "Delete the binding. Bind the users or groups who need the access, each in the namespaces where they "
        "need it."
    ),
)

_EVERYBODY = frozenset(map(displayed, EVERYBODY))


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each name of everybody; all accounts in one profile are a foreign account."""
    for way in view.crossings.direct:
        is_foreign_account = way.into and way.subject.name == ALL_SERVICE_ACCOUNTS
        if way.crosses and way.subject in _EVERYBODY and not is_foreign_account:
            yield from direct_findings(TYPE, (way,))
