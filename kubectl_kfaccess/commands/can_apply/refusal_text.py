"""The refusal that an object gets, as kubectl and the API server word it."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.output.rbac_terms import rule_text
from kubectl_kfaccess.rbac.bundle import Cause, Need, Obstacle, Outcome
from kubectl_kfaccess.rbac.compact_rules import compact_rules
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.overlay import RoleRefChange
from kubectl_kfaccess.rbac.role_writes import RESOURCES, Escalation
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.terminal.safe_text import line, part

_NO_NAMESPACE = {
    Cause.NO_NAMESPACE: "",
    Cause.NAMESPACE_LATER: ": the bundle makes it only later",
    Cause.NAMESPACE_NOT_MADE: ": the bundle cannot make it",
}
_NO_KIND = {
    Cause.UNKNOWN_KIND: "",
    Cause.OTHER_VERSION: "",
    Cause.KIND_LATER: ": its definition comes later in the bundle",
    Cause.KIND_NOT_MADE: ": its definition in the bundle cannot be applied",
}


def refusal_text(outcome: Outcome, who: KnownSubject) -> str:
    """Return the first refusal that the object gets, "" if none is proved."""
    return next(map(line, _refusals(outcome, who)), "")


def short_refusal(outcome: Outcome, who: KnownSubject) -> str:
    """Return the first refusal in few words if it is about a verb; "" if it is about something else."""
    user = who.at(outcome.object.namespace).user or who.subject.name
    first = refusal_text(outcome, who)
    denied = (need.request for need in outcome.needs if need.verdict is Verdict.DENIED)
    for request in denied:
        if line(forbidden(request, user)) == first:
            return f"forbidden: cannot {part(request.verb)} {part(request.combined_resource, ' ,')}"
    return ""


def _refusals(outcome: Outcome, who: KnownSubject) -> Iterator[str]:
    """Yield the refusals in the order in which kubectl and the server find them."""
    obstacle = outcome.obstacle
    if obstacle and obstacle.is_before_the_server:
        yield _of_kubectl(obstacle, outcome)
        return
    user = who.at(outcome.object.namespace).user or who.subject.name
    first, further = _by_time(outcome)
    yield from (_denied(need, outcome, user) for need in first if need.verdict is Verdict.DENIED)
    if obstacle and obstacle.cause in _NO_NAMESPACE:
        yield f'namespaces "{outcome.object.namespace}" not found{_NO_NAMESPACE[obstacle.cause]}'
    if outcome.escalation and outcome.escalation.verdict is Verdict.DENIED:
        yield _escalation(outcome.escalation, outcome, user)
    yield from (forbidden(need.request, user) for need in further if need.verdict is Verdict.DENIED)
    if obstacle:
        yield _of_server(obstacle, outcome)


def _by_time(outcome: Outcome) -> tuple[list[Need], list[Need]]:
    """Return the needs that are asked first, and those that are asked when a PATCH or PUT creates."""
    creates = [need for need in outcome.needs if need.request.verb == "create" and need.request.name]
    return [need for need in outcome.needs if need not in creates], creates


def _denied(need: Need, outcome: Outcome, user: str) -> str:
    """Return the refusal of a request; without a version from `get`, the server refuses the PUT itself."""
    if outcome.needs[0].request.verb != "update" or need.request.verb != "get":
        return forbidden(need.request, user)
    request = need.request
    named = f"{_full(request.group, request.resource)} {_quoted(request.name)}"
    return f"{named} is invalid: metadata.resourceVersion: must be specified for an update, which takes get"


def forbidden(request: Request, user: str) -> str:
    """Return the server's words for a forbidden request (upstream: forbiddenMessage, NewForbidden)."""
    named = f"{_full(request.group, request.resource)}{f' {_quoted(request.name)}' if request.name else ''}"
    where = f"in the namespace {_quoted(request.namespace)}" if request.namespace else "at the cluster scope"
    what = f"resource {_quoted(request.combined_resource)} in API group {_quoted(request.group)}"
    return f"{named} is forbidden: User {_quoted(user)} cannot {request.verb} {what} {where}"


def _escalation(escalation: Escalation, outcome: Outcome, user: str) -> str:
    each, check = outcome.object, escalation.check
    if check.absent:  # the server names the resource of the request with the name of the role
        return f"{_full(check.exemption.group, RESOURCES[each.kind])} {_quoted(check.absent.name)} not found"
    named = f"{_full(check.exemption.group, RESOURCES[each.kind])} {_quoted(each.name)} is forbidden"
    rules = "; ".join(rule_text(rule) for rule in compact_rules(escalation.missing))
    lacking = f"is attempting to grant RBAC permissions not currently held: {rules}"
    return f"{named}: user {_quoted(user)} {lacking}"


def _of_kubectl(obstacle: Obstacle, outcome: Outcome) -> str:
    each, cause = outcome.object, obstacle.cause
    if cause in _NO_KIND:
        known = f"no matches for kind {_quoted(each.kind)} in version {_quoted(each.api_version)}"
        return f"{known}{_NO_KIND[cause]}"
    if cause is Cause.KIND_GONE:
        return "the server could not find the requested resource: its definition is deleted before"
    if cause is Cause.GENERATED_NAME:
        return f"from {each.generate_name}: cannot use generate name with apply"
    if cause is Cause.NO_NAME:
        return "resource name may not be empty"
    return (
        f"the namespace from the provided object {_quoted(each.namespace)} does not match the namespace"
        f" {_quoted(each.elsewhere)}"
    )


def _of_server(obstacle: Obstacle, outcome: Outcome) -> str:
    each = outcome.object
    named = f"{_full(each.type.group, each.type.name)} {_quoted(each.name)}" if each.type else ""
    if obstacle.cause is Cause.EXISTS:
        return f"{named} already exists"
    if obstacle.cause is Cause.DOES_NOT_EXIST:
        return f"{named} not found"
    refusal = obstacle.refusal
    if isinstance(refusal, RoleRefChange):
        existing = f"{refusal.existing.kind} {_quoted(refusal.existing.name)}"
        return f"{named} is invalid: roleRef: field is immutable: it is {existing}"
    problems = "; ".join(f"{each.path}: {each.text}" for each in (refusal.problems if refusal else ()))
    return f"{named} is invalid: {problems}"


def _full(group: str, resource: str) -> str:
    return f"{resource}.{group}" if group else resource


def _quoted(text: str) -> str:
    return f'"{text}"'
