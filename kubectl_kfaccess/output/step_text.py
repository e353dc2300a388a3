"""Steps from one identity to another as numbered lines, below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.escalation.texts import consequence, sentence, source_text
from kubectl_kfaccess.output.blocks import Block, Labelled, Pairs
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.terminal.safe_text import listed, part


def steps_block(label: str, title: str, steps: Sequence[Step], end: tuple[str, str] | None) -> Block:
    """
    Return the steps of a way, numbered, beside *label* and below *title*.

    *end* is what the way leads to, and by what: the last line.
    """
    lines = (*step_lines(steps), *((end,) if end else ()))
    return Labelled(label, (Pairs(title, lines),), column=len(label) + 1)


def step_lines(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """Yield for each step what the subject can do, and by what."""
    for step, following in zip(steps, (*steps[1:], None), strict=False):  # none follows no step either
        note = f", {step.note}" if step.note else ""
        yield f"{sentence(step, listed)}{note}", source_text(step, listed)
        # what runs as an account without any permission says itself what it follows from
        if step.grants and (following is None or following.way):
            yield consequence(step, listed), ""


def binding_text(binding: Binding) -> str:
    """Return `RoleBinding team-a/reviewers`."""
    names = "/".join(part(name) for name in (binding.namespace, binding.name) if name)
    return f"{binding.kind} {names}"
