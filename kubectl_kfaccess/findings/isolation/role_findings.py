"""Findings about roles that tenants have: who has them, where, and whether a release ships them so."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.isolation.tenant_roles import CLUSTER, Held, SourceRole
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request, rule_allows, rule_allows_any_name
from kubectl_kfaccess.rbac.subjects import Principal, displayed, home_of_accounts, spelled
from kubectl_kfaccess.terminal.words import counted


def role_finding(
    kind: FindingType, source: SourceRole, held: Held, can: str, *, is_shipped: bool = False
) -> Finding:
    """
    Return a finding of *kind* about a role that lets those who have it do what *can* says.

    It is a note if a release *is_shipped* with the role as it is.
    """
    shipped = ", as Kubeflow ships it" if is_shipped else ""
    message = f"it lets {who_text(held)} {can} {where_text(held)}{shipped}"
    finding = about(source.role, kind, message)
    return replace(finding, own_severity=Severity.NOTE) if is_shipped else finding


def who_text(held: Held) -> str:
    """Return who they are, for a message: the only subject, or how many there are."""
    if len(held.subjects) > 1:
        return counted(len(held.subjects), "subject")
    return "".join(f"`{spelled(displayed(who))}`" for who in held.subjects)


def where_text(held: Held) -> str:
    """Return where they are, for a message: the only namespace, or how many there are."""
    if CLUSTER in held.places:
        return "in every namespace"
    if len(held.places) > 1:
        return f"in {counted(len(held.places), 'namespace')}"
    return "".join(f"in `{place}`" for place in held.places)


def allowed(
    rules: Iterable[PolicyRule], requests: Iterable[Request], *, any_name: bool = False
) -> tuple[Request, ...]:
    """
    Return those of *requests* that *rules* allow.

    With *any_name*, rules with resourceNames count too, but not for creating, which has no name.
    """
    known = tuple(rules)

    def is_allowed(request: Request) -> bool:
        allows = rule_allows_any_name if any_name and request.verb != "create" else rule_allows
        return any(allows(rule, request) for rule in known)

    return tuple(filter(is_allowed, requests))


def is_person(who: Principal) -> bool:
    """Whether *who* is a user or a group of users, and not everybody."""
    return who not in EVERYBODY and not home_of_accounts(displayed(who))
