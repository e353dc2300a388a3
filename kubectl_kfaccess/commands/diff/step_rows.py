"""The rows for who gets into another tenant by steps: those who get in alike share one, or each has one."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.diff.diff import StepChange, Steps
from kubectl_kfaccess.commands.diff.folded_rows import subjects_text
from kubectl_kfaccess.commands.diff.permission_text import accepted_text, cause_text
from kubectl_kfaccess.commands.diff.step_words import ALL_TENANTS, before_text, what_text
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.output.blocks import MARK_MORE, MARK_UNKNOWN, Row
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE, toned
from kubectl_kfaccess.rbac.subjects import reference
from kubectl_kfaccess.terminal.safe_text import listed, shown

AREA = "by steps"


def folded(steps: Steps) -> Iterator[Row]:
    """Yield the rows of the table for people."""
    alike: dict[object, list[StepChange]] = {}
    for change in steps.changes:
        key = (
            change.is_proved, change.subject.kind, before_text(change), what_text(change), change.accepted
        )  # fmt: skip
        alike.setdefault(key, []).append(change)
    for changes in alike.values():
        first = changes[0]
        names = subjects_text([*dict.fromkeys(change.subject for change in changes)])
        where = few(shown(change.namespace) if change.namespace else ALL_TENANTS for change in changes)
        levels = (toned(before_text(first)), toned(what_text(first)))
        yield (*_mark(first), names, where, AREA, *levels, accepted_text(first.accepted))


def full(steps: Steps) -> Iterator[Row]:
    """Yield a row for each subject and tenant, for `full_rows.COLUMNS`."""
    for change in steps.changes:
        where = shown(change.namespace) if change.namespace else CLUSTER_WIDE
        because = "; ".join(map(cause_text, change.causes))
        who, what = shown(reference(change.subject)), node_text(change.reached.node, listed)
        yield (*_mark(change), who, where, "", what, "", "", "yes", accepted_text(change.accepted), because)


def _mark(change: StepChange) -> tuple[str, str]:
    return (MARK_MORE, "gained by steps") if change.is_proved else (MARK_UNKNOWN, "possible by steps")
