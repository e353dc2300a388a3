"""Permissions and causes in words."""

from __future__ import annotations

from collections.abc import Sequence

from kubectl_kfaccess.commands.diff.diff import PlacedCause
from kubectl_kfaccess.findings.accepted import Accepted
from kubectl_kfaccess.kubeflow.catalogue.resources import CORE, READ
from kubectl_kfaccess.output.acceptance import acceptance
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.rbac.causes import Cause, Event
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup
from kubectl_kfaccess.terminal.safe_text import listed, part, shown
from kubectl_kfaccess.terminal.words import counted

FEW = 3
_BINDINGS = ("RoleBinding", "ClusterRoleBinding")


def place_text(group: PermissionGroup) -> str:
    """Return the type, with names if there are any, or the URL: `widgets.example.com (a, b)`."""
    if group.path is not None:
        return shown(group.path)
    names = f" ({few(listed(name, ', ') for name in group.names)})" if group.names else ""
    return f"{resource_text(group)}{names}"


def verbs_word(verbs: Sequence[str]) -> str:
    """Return a few verbs, or a word or a number for them."""
    if verbs in _WORDS:
        return _WORDS[tuple(verbs)]
    return ",".join(part(verb, " ,") for verb in verbs) if len(verbs) <= FEW else f"{len(verbs)} verbs"


_WORDS = {CORE: "all", READ: "read", ("*",): "all"}


def resource_text(group: PermissionGroup) -> str:
    """Return the resource as `TYPE.GROUP/SUBRESOURCE`."""
    kind = f"{part(group.resource)}.{part(group.group)}" if group.group else part(group.resource)
    return f"{kind}/{part(group.subresource)}" if group.subresource else kind


def cause_text(placed: PlacedCause) -> str:
    """Return the object, what happens to it, and before them where it stands in the files."""
    text = _event_text(placed.cause)
    if placed.derived:
        return f"{text}, made by the Profile controller"
    return f"{shown(placed.place)}  {text}" if placed.place else text


def _event_text(cause: Cause) -> str:
    kind, *names = cause.key
    name = f"{kind} {'/'.join(part(name) for name in names if name)}"
    of_role = f" of {part(cause.role)}" if kind in _BINDINGS else ""
    texts = {
        Event.ADDED: f"new {name}{of_role}",
        Event.REMOVED: f"no {name}{of_role} any more",
        Event.SUBJECTS: f"{name}{of_role} has other subjects",
        Event.ROLE: f"{name} refers to {part(cause.role)} now",
        Event.RULES: f"{name} has other rules",
        Event.LABELS: f"{name} {_labels_text(cause)}",
        Event.SELECTORS: f"{name} selects other roles",
    }
    return texts[Event(cause.event)]


def _labels_text(cause: Cause) -> str:
    """Return which labels the role gains and loses."""
    parts = (("gains", cause.labels), ("loses", cause.lost_labels))
    return " and ".join(
        f"{verb} the {'label' if len(labels) == 1 else 'labels'}"
        f" {', '.join(f'{shown(key)}={shown(value)}' for key, value in labels)}"
        for verb, labels in parts
        if labels
    )


def accepted_text(accepted: Accepted | None) -> str:
    """Return why a change is expected, "" if it is not."""
    return acceptance(accepted) if accepted else ""


def count_text(number: int) -> str:
    """Return how many permissions there are."""
    return counted(number, "permission")
