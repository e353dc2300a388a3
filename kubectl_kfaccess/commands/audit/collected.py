"""The findings that an audit collects: those about isolation, and on request all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from kubectl_kfaccess.findings.aggregation.view import AggregationView
from kubectl_kfaccess.findings.finding import Finding, in_order
from kubectl_kfaccess.findings.isolation.view import ClusterView, TenantView
from kubectl_kfaccess.findings.pipelines.collected import pipelines_findings
from kubectl_kfaccess.findings.registry import (
    ACCESS_OF_OTHERS,
    BY_COMMAND,
    HYGIENE,
    ISOLATION,
    ISOLATION_OF_TENANT,
    Group,
    access_findings,
    aggregation_findings,
    hygiene_findings,
    isolation_findings,
    profile_findings,
    tenant_isolation_findings,
)

AUDITED = (ISOLATION, ISOLATION_OF_TENANT, HYGIENE, ACCESS_OF_OTHERS)
"""The groups of findings without `--finding`."""


def every_group() -> tuple[Group, ...]:
    """Return the groups of all commands."""
    return tuple(group for groups in BY_COMMAND.values() for group in groups)


def collected(view: ClusterView, groups: Sequence[Group]) -> tuple[Finding, ...]:
    """Return the findings of *groups* about the profiles that the question names, errors first."""
    is_whole = groups is not AUDITED
    findings = [*_of_cluster(view)]
    for name in view.names:
        findings += _of_tenant(view, name, is_whole=is_whole)
    if is_whole:
        findings += [*_of_pipelines(view), *_of_aggregation(view)]
    return in_order(findings)


def _of_cluster(view: ClusterView) -> Iterator[Finding]:
    """Yield what is about the whole cluster, or about one of the profiles in question."""
    chosen = frozenset(view.names)
    tenants = view.crossings.tenants
    for finding in (*isolation_findings(view), *hygiene_findings(view)):
        place = finding.tenant or finding.namespace
        if place not in tenants.namespaces or place in chosen:
            yield finding


def _of_tenant(view: ClusterView, name: str, *, is_whole: bool) -> Iterable[Finding]:
    tenant = TenantView(view, view.profiles.tenant(name))
    of_profile = profile_findings(tenant.profile) if is_whole else access_findings(tenant.profile)
    return (*tenant_isolation_findings(tenant), *of_profile)


def _of_pipelines(view: ClusterView) -> Iterator[Finding]:
    """Yield what `check` says of the accounts that run steps, of their roles, and of the installation."""
    if view.pipelines:
        namespaces = (*view.names, view.pipelines.namespace)
        yield from pipelines_findings(view.snapshot, view.pipelines, view.names, namespaces)


def _of_aggregation(view: ClusterView) -> tuple[Finding, ...]:
    return aggregation_findings(AggregationView(view.snapshot, view.types))
