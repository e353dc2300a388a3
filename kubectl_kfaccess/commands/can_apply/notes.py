"""What to know beside the verdict: what comes later, what could not be read, what kubectl does itself."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.can_apply.can_apply import CanApply
from kubectl_kfaccess.commands.can_apply.object_text import object_text
from kubectl_kfaccess.notes import Note, StandingNote
from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.ways import Way

_APPLIES = (Way.KUBECTL, Way.SERVER_SIDE)


def bundle_notes(value: CanApply) -> Iterator[Note]:
    """Yield the notes on the bundle."""
    objects = [outcome.object for outcome in value.outcomes]
    yield from _unread(value)
    if value.way is not Way.DELETE:
        yield from _profiles(objects)
        yield from _new_kinds(objects, value.way)
    default = {each.namespace for each in objects if each.is_defaulted}
    for namespace in sorted(default):
        text = "objects without a namespace are taken for"
        yield StandingNote(f"{text} `{namespace}`, as kubectl would")


def _unread(value: CanApply) -> Iterator[str]:
    """Yield each object with the reason why it is not known whether it exists."""
    for outcome in value.outcomes:
        each = outcome.object
        if outcome.exists is None and each.type and each.name:
            reason = f": {each.why}" if each.why else ""
            yield f"cannot read whether {object_text(each)} exists{reason}"


def _profiles(objects: list[BundleObject]) -> Iterator[str]:
    for each in objects:
        if each.kind == "Profile" and each.type and each.type.group == "kubeflow.org":
            made = "its namespace, bindings and accounts"
            yield f"{object_text(each)}: the Profile controller makes {made} later, not in the bundle's order"


def _new_kinds(objects: list[BundleObject], way: Way) -> Iterator[str]:
    """Yield that kubectl must start again to know a new kind, if a definition has objects behind it."""
    defined = {each.defines.key for each in objects if each.defines and each.exists is False}
    used = [each for each in objects if each.type and each.type.key in defined]
    if used and way in _APPLIES:
        text = "kubectl reads all kinds before it applies the first object"
        yield f"{object_text(used[0])} is of a new kind: {text}, so apply its definition first"
