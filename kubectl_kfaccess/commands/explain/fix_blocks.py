"""What can be done about a "no": fixes with what else each one grants, and who can help."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kubectl_kfaccess.commands.explain.explanation import Explanation, PlaneAnswer, ProposedFix
from kubectl_kfaccess.fixes.actions import FixNote, RestoreLabel
from kubectl_kfaccess.fixes.contacts import Contact, dashboard_can_grant
from kubectl_kfaccess.output.blocks import (
    Block,
    Column,
    Labelled,
    Paragraph,
    Point,
    Points,
    Section,
    Table,
)
from kubectl_kfaccess.output.fix_words import (
    action_text,
    contact_text,
    cost_text,
    gain_text,
    manager_of_changed_text,
    note_text,
    short_action_text,
)
from kubectl_kfaccess.output.rbac_terms import typed_subject
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import MASTERS
from kubectl_kfaccess.terminal.safe_text import line, shown

MOST_SHOWN = 3
"""The largest number of fixes, and of contacts, without `-o wide`."""
_ROLES_AND_BINDINGS = ("clusterrolebindings", "clusterroles", "rolebindings", "roles")
_COLUMNS = (Column("FIX"), Column("WHAT"), Column("GRANTS", prose=True))
_CAN_APPLY = {
    Verdict.ALLOWED: "; you can apply it",
    Verdict.DENIED: "; you cannot apply it yourself",
    Verdict.UNKNOWN: "",
    None: "",
}


def fix_blocks(answer: PlaneAnswer, value: Explanation, *, wide: bool) -> Iterator[Block]:
    """Yield the fixes and the contacts of an answer that is not a yes; with *wide* all, with their notes."""
    if answer.fixes:
        parts = _all_fixes(answer.fixes) if wide else _first_fixes(answer.fixes)
        yield Labelled("fix", (*parts, *_remarks(answer.fixes, value.snapshot, wide=wide)))
    contacts = tuple(_contact_lines(answer, value, most=len(answer.contacts) if wide else MOST_SHOWN))
    if contacts:
        yield Labelled("ask", (Paragraph(contacts),))


def _first_fixes(proposals: Sequence[ProposedFix]) -> tuple[Block, ...]:
    rows = [
        (str(number), line(short_action_text(proposal.fix.action)), gain_text(proposal.fix))
        for number, proposal in enumerate(proposals[:MOST_SHOWN], 1)
    ]
    return (Table(_COLUMNS, lambda: (Section("", rows),), headers=False),)


def _all_fixes(proposals: Sequence[ProposedFix]) -> tuple[Block, ...]:
    """Return the numbered list of fixes; a note that several share is shown once, below the list."""
    shared = _shared_notes(proposals)
    points = tuple(
        Point(
            f"{line(action_text(proposal.fix.action))}: {cost_text(proposal.fix)}"
            f"{_CAN_APPLY[proposal.applicable]}",
            tuple(line(note_text(note)) for note in proposal.fix.notes if note not in shared),
        )
        for proposal in proposals
    )
    remarks = tuple(f"{numbers}: {line(note_text(note))}" for note, numbers in shared.items())
    return (Points("each with what else it grants", points, numbered=True, remarks=remarks),)


def _shared_notes(proposals: Sequence[ProposedFix]) -> dict[FixNote, str]:
    """Return the notes that several fixes share, each with the numbers of these fixes."""
    numbers: dict[FixNote, list[str]] = {}
    for number, proposal in enumerate(proposals, 1):
        for note in proposal.fix.notes:
            numbers.setdefault(note, []).append(str(number))
    return {note: ", ".join(of_note) for note, of_note in numbers.items() if len(of_note) > 1}


def _remarks(proposals: Sequence[ProposedFix], snapshot: Snapshot, *, wide: bool) -> Iterator[Block]:
    """Yield what to know before a fix is applied, and how to print it."""
    lines = [*_managers(proposals if wide else proposals[:MOST_SHOWN])]
    if not wide:
        lines += [*_notes(proposals[:MOST_SHOWN]), *_who_applies(proposals[:MOST_SHOWN])]
    unread = sorted({gap.resource for gap in snapshot.gaps if gap.resource in _ROLES_AND_BINDINGS})
    if unread:
        lines.append(f"what else a fix grants is only what can be seen without {', '.join(unread)}")
    left_out = len(proposals) - MOST_SHOWN
    more = f"; {left_out} more: -o wide" if left_out > 0 and not wide else ""
    yield Paragraph((*lines, f"print one: -o fix --fix 1{more}"))


def _managers(proposals: Sequence[ProposedFix]) -> Iterator[str]:
    """Yield the tool that manages an object that a fix changes, and would undo the change."""
    for number, proposal in enumerate(proposals, 1):
        if text := manager_of_changed_text(proposal.fix.action):
            yield f"{number}: {text}"


def _notes(proposals: Sequence[ProposedFix]) -> Iterator[str]:
    """Yield the notes that decide whether a fix is right or enough."""
    numbers: dict[FixNote, list[str]] = {}
    for number, proposal in enumerate(proposals, 1):
        for note in proposal.fix.notes:
            if note.decides:
                numbers.setdefault(note, []).append(str(number))
    for note, of_note in numbers.items():
        yield f"{', '.join(of_note)}: {line(note_text(note))}"


def _who_applies(proposals: Sequence[ProposedFix]) -> Iterator[str]:
    """Yield which of the fixes the caller can apply, if that is known."""
    verdicts = [proposal.applicable for proposal in proposals]
    can = [str(number) for number, verdict in enumerate(verdicts, 1) if verdict is Verdict.ALLOWED]
    if can:
        yield f"you can apply {', '.join(can)}"
    elif verdicts and all(verdict is Verdict.DENIED for verdict in verdicts):
        yield "you cannot apply any of these yourself"


def _contact_lines(answer: PlaneAnswer, value: Explanation, *, most: int) -> Iterator[str]:
    """Yield who can help, at most *most*: people and groups, never controllers."""
    first = next(iter(answer.fixes), None)
    if first and isinstance(first.fix.action, RestoreLabel):
        yield "an administrator: fix 1 changes a ClusterRole"
    yield from map(_contact_line, answer.contacts[:most])
    if len(answer.contacts) > most:
        yield f"{len(answer.contacts) - most} more: -o wide"
    if not answer.contacts:
        yield from _unread_owner(answer, value)


def _contact_line(contact: Contact) -> str:
    if contact.subject.name == MASTERS:
        return f"an administrator, in group {MASTERS}"
    who = "you" if contact.is_caller else typed_subject(contact.subject)
    return f"{who}: {line(contact_text(contact))}"


def _unread_owner(answer: PlaneAnswer, value: Explanation) -> Iterator[str]:
    """Yield who can help if the owner of the namespace cannot be read."""
    is_owner_unread = any(gap.resource in ("profiles", "namespaces") for gap in value.snapshot.gaps)
    if not answer.namespace or answer.unknown_words or answer.useless or not is_owner_unread:
        return
    request = replace(answer.question.request, namespace=answer.namespace)
    asking = value.who.subject if value.who else None
    if dashboard_can_grant(value.snapshot, request, asking):
        yield f"the owner of {shown(answer.namespace)}, who cannot be read here, or an administrator"
    else:
        yield "an administrator"
