"""The steps by which somebody who is denied can do it all the same."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.explain.explanation import PlaneAnswer
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.kubeflow.planes.counting import Services
from kubectl_kfaccess.output.blocks import Block, Labelled, Pairs, Sentence
from kubectl_kfaccess.output.few import few
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.step_text import binding_text, step_lines
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.terminal.safe_text import listed

HINT = "as others they can: --indirect"
NO_STEPS = "none lead to somebody who can"
LABEL = "steps"


def indirect_blocks(answer: PlaneAnswer) -> Iterator[Block]:
    """Yield the steps, or that there are none."""
    indirect = answer.indirect
    if indirect is None:
        return
    if not indirect.steps:
        yield Labelled(LABEL, (Sentence(NO_STEPS),))
        return
    lines = (*step_lines(indirect.steps), *_end(answer, indirect.steps))
    word = "yes, as others" if indirect.verdict is Verdict.ALLOWED else "possible, as others"
    yield Labelled(LABEL, (Pairs(word, lines),))


def _end(answer: PlaneAnswer, steps: tuple[Step, ...]) -> Iterator[tuple[str, str]]:
    """Yield what the identity at the end can do, and by which bindings."""
    target, indirect = steps[-1].target, answer.indirect
    if target.kind is Kind.CLUSTER:
        yield "so can do everything", ""
    elif target.is_somebody and indirect:
        by = few([listed(binding_text(grant.binding)) for grant in indirect.grants])
        yield f"{node_text(target, listed)} can do it", by


def indirect_data(answer: PlaneAnswer, snapshot: Snapshot, services: Services) -> Data:
    """Return `indirect` of an item; nothing if steps were not asked for."""
    indirect = answer.indirect
    if indirect is None:
        return {}
    steps = [step_data(step, snapshot, services) for step in indirect.steps]
    return {"indirect": {"decision": indirect.verdict.value, "steps": steps}}
