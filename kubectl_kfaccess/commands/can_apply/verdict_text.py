"""The verdict of `can-apply` in one sentence, and why an object is not known."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.object_text import object_text, place_text
from kubectl_kfaccess.commands.can_apply.refusal_text import forbidden
from kubectl_kfaccess.output.blocks import Headline, Tone
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.rbac.bundle import BINDINGS, Cause, Outcome
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.ways import Way
from kubectl_kfaccess.terminal.safe_text import shown
from kubectl_kfaccess.terminal.words import counted

_VERBS = {Way.CREATE: "create", Way.REPLACE: "replace", Way.DELETE: "delete"}
_WAYS = {
    Way.KUBECTL: "apply, as kubectl does",
    Way.SERVER_SIDE: "server-side apply",
    Way.CREATE: "kubectl create",
    Way.REPLACE: "kubectl replace",
    Way.DELETE: "kubectl delete",
}


def headline(value: CanApply, files: Sequence[str]) -> Headline:
    """Return the verdict in one sentence: how many objects cannot be applied, and the first of them."""
    who = "you" if value.who.is_caller else reference_text(value.who.subject)
    verb, total = _VERBS.get(value.way, "apply"), len(value.outcomes)
    denied, unknown = value.of(Verdict.DENIED), value.of(Verdict.UNKNOWN)
    if denied:
        count = _count(len(denied), total)
        text = f"no: {who} cannot {verb} {count}: {_first(denied, total)}"
        return Headline(text, Tone.BAD, details=tuple(_rest(value)), piped=True)
    if unknown:
        count = f"{len(unknown):,} of {total:,} objects" if total > 1 else "the object"
        text = f"unknown: whether {who} can {verb} {count}: {_first(unknown, total)}"
        return Headline(text, piped=True)
    count = f"all {total:,} objects" if total > 1 else "the object"
    text = f"ok: {who} can {verb} {count} of {_files(files)} ({_WAYS[value.way]})"
    return Headline(text, Tone.GOOD, piped=True)


def _count(failing: int, total: int) -> str:
    if total == 1:
        return "the object"
    return f"any of the {total:,} objects" if failing == total else f"{failing:,} of {total:,} objects"


def _first(outcomes: Sequence[Outcome], total: int) -> str:
    each = outcomes[0].object
    first = "the first is " if len(outcomes) > 1 else ""
    return f"{first if total > 1 else ''}{object_text(each)} ({place_text(each)})"


def _rest(value: CanApply) -> Sequence[str]:
    """Return what becomes of the others: kubectl does not stop at a refusal."""
    passing, unknown = len(value.of(Verdict.ALLOWED)), len(value.of(Verdict.UNKNOWN))
    parts = []
    if passing:
        parts.append(f"kubectl goes on: {counted(passing, 'object')} would be {_PASSIVE[value.way]}")
    if unknown:
        parts.append(f"{counted(unknown, 'object')} not known")
    return ("; ".join(parts),) if parts else ()


_PASSIVE = {
    Way.KUBECTL: "applied",
    Way.SERVER_SIDE: "applied",
    Way.CREATE: "created",
    Way.REPLACE: "replaced",
    Way.DELETE: "deleted",
}


def _files(files: Sequence[str]) -> str:
    names = ["standard input" if file == "-" else shown(file) for file in files]
    return names[0] if len(names) == 1 else f"{len(names)} files"


def unknown_text(outcome: Outcome, who: KnownSubject) -> str:
    """Return why it is not known whether the object can be applied."""
    each, obstacle = outcome.object, outcome.obstacle
    if obstacle and obstacle.cause is Cause.UNKNOWN_KIND:
        return f"nothing here knows the kind {shown(each.kind)} of {shown(each.api_version)}"
    unknown = [need.request for need in outcome.needs if need.verdict is Verdict.UNKNOWN]
    if unknown:
        return f"not known whether it can {unknown[0].verb} {shown(unknown[0].resource)}"
    if outcome.escalation and outcome.escalation.verdict is Verdict.UNKNOWN:
        return "not known whether they hold what it grants"
    is_denied = any(need.verdict is Verdict.DENIED for need in outcome.needs)
    if each.kind in BINDINGS and not is_denied and outcome.exists is not False:
        return "not known whether it exists and refers to another role, which cannot be changed"
    if outcome.exists is None:
        denied = [need.request for need in outcome.needs if need.verdict is Verdict.DENIED]
        user = who.user or who.subject.name
        return f"depends on whether it exists{f': {forbidden(denied[0], user)}' if denied else ''}"
    if not outcome.object.is_read and outcome.exists:
        return "depends on what it is now, which was not read: if it is the same, nothing is refused"
    return "depends on an object before it"
