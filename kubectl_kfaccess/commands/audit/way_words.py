"""Ways and the findings about them in words. What is returned is safe to show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from shlex import quote

from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.isolation.verdicts import is_way
from kubectl_kfaccess.findings.isolation.way_findings import CAN
from kubectl_kfaccess.findings.removal import Removal
from kubectl_kfaccess.isolation.way import Way, WayKind
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.few import few, few_in_sentence
from kubectl_kfaccess.output.findings import object_phrase
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import step_lines
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import home_of_accounts
from kubectl_kfaccess.terminal.safe_text import NOTHING, line, listed, part, shown

ELSEWHERE = "elsewhere"
MOST_STEPS = 8


def into_text(namespace: str, number_of_tenants: int, *, is_tenant: bool) -> str:
    """Return the tenant that a way leads into, or how many."""
    if not namespace:
        return f"{number_of_tenants:,} teams"
    return shown(namespace) if is_tenant else ELSEWHERE


def from_text(way: Way) -> str:
    """Return the tenant that a way comes from."""
    if way.from_tenant:
        return shown(way.from_tenant)
    return ELSEWHERE if home_of_accounts(way.subject) else NOTHING


def by_text(way: Way, subjects: Iterable[Subject]) -> str:
    """Return which *subjects* use ways like *way*, and by what if that is not a binding of theirs."""
    who = subjects_text(subjects)
    if way.kind is WayKind.SHARED:
        return f"{who}, by the profile's owner"
    if way.kind is WayKind.OTHER and not home_of_accounts(way.subject):
        return f"{who}, not a contributor"
    if way.kind is WayKind.INDIRECT:
        return f"{who}, {'by steps' if way.is_proved else 'possibly by steps'}"
    return who


def subjects_text(subjects: Iterable[Subject]) -> str:
    """Return the first of *subjects*, and how many others there are."""
    return few(map(reference_text, subjects))


def can_text(level: TenantLevel) -> str:
    """Return what somebody with that level can do: `can edit`."""
    return CAN.get(level, "has some access")


def title_of(finding: Finding, way: Way | None) -> str:
    """Return what the finding about *way* is, in a few words: `team-b can edit in team-a`."""
    if way is None or not (is_way(finding) and finding.from_tenant):
        return line(finding.message)
    into = shown(way.into) if way.into else "all tenants"
    if finding.reached:
        return f"{shown(finding.from_tenant)} gets into {into} by steps"
    return f"{shown(finding.from_tenant)} {can_text(way.level)} in {into}"


def details_of(
    finding: Finding, way: Way | None, steps: Sequence[Step], stop: Iterable[Removal]
) -> Iterator[str]:
    """Yield who it is and by what, the steps, and what stops it."""
    subjects = subjects_text(way.subjects) if way else line(finding.message)
    phrase = object_phrase(finding)
    if steps:
        if finding.subject:
            yield subjects
        for number, (text, source) in enumerate([*step_lines(steps)][:MOST_STEPS], 1):
            yield f"{number}. {text}{f' ({source})' if source else ''}"
    elif is_way(finding) and finding.subject:
        people = few_in_sentence(map(reference_text, way.through if way else ()))
        so_can = f"; so can {people}, who can run code as it" if people else ""
        yield f"{reference_text(finding.subject)}, by {phrase}{so_can}"
    elif phrase:
        yield phrase
    if stop:
        yield f"stop it: {stop_text(stop)}"


def stop_text(removals: Iterable[Removal]) -> str:
    """Return the commands that stop a way; all of them are needed."""
    return "; ".join(map(stop_command, removals))


def stop_command(removal: Removal) -> str:
    """Return how to remove it: a command, or what to take out of a binding."""
    kind, namespace, name = removal.key
    where = f" -n {quote(shown(namespace))}" if namespace else ""
    if removal.subject is None:
        return f"kubectl delete {kind.lower()} {quote(shown(name))}{where}"
    who = listed(reference_text(removal.subject))
    return f"take {who} out of {kind} {'/'.join(filter(None, (part(namespace), part(name))))} (-o fix)"
