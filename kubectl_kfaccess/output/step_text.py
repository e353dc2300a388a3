"""Steps from one identity to another as numbered lines, below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.escalation.nodes import EVERY_NAMESPACE, Kind, Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.escalation.steps import use_account
from kubectl_kfaccess.output.blocks import Block, Labelled, Pairs
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.rbac.evaluator import Grant
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.terminal.safe_text import part, shown

FIRST_NOUNS = ("pods", "notebooks", "runs")
"""What people know best, and so comes first where there are many ways to do the same."""
MOST_NOUNS = 3

Nouns = Sequence[Sequence[str]]
"""For each step, what a subject can create or use for it, in the plural."""


def steps_block(
    label: str, title: str, steps: Sequence[Step], nouns: Nouns, end: tuple[str, str] | None
) -> Block:
    """
    Return the steps of a way, numbered, beside *label* and below *title*.

    *end* is what the way leads to, and by what: the last line.
    """
    lines = (*step_lines(steps, nouns), *((end,) if end else ()))
    return Labelled(label, (Pairs(title, lines),), column=len(label) + 1)


def step_lines(steps: Sequence[Step], nouns: Nouns) -> Iterator[tuple[str, str]]:
    """Yield for each step what the subject can do, and by what."""
    for at, step in enumerate(steps):
        text = _can(step, nouns[at])
        note = f", {step.note}" if step.note else ""
        yield f"{text}{note}", by_text(step)
        is_followed = any(later.type is use_account.TYPE for later in steps[at + 1 : at + 2])
        if step.grants and not is_followed:
            yield _filled(step.type.gives, step, step.way.noun if step.way else ""), ""


def by_text(step: Step) -> str:
    """Return what makes the step possible: bindings, or where there are none, an explanation."""
    names = dict.fromkeys(binding_text(grant.binding) for grant in step.grants)
    return ", ".join(names) if names else _filled(step.type.gives, step, "")


def binding_text(binding: Binding) -> str:
    """Return `RoleBinding team-a/reviewers`."""
    names = "/".join(part(name) for name in (binding.namespace, binding.name) if name)
    return f"{binding.kind} {names}"


def grants_text(grants: Sequence[Grant]) -> str:
    """Return the bindings of *grants*, each once."""
    return ", ".join(dict.fromkeys(binding_text(grant.binding) for grant in grants))


def node_text(node: Node) -> str:
    """Return what was reached, in words."""
    if node.subject:
        return reference_text(node.subject)
    where = f" in {shown(node.namespace)}" if node.namespace not in ("", EVERY_NAMESPACE) else ""
    return f"{_WORDS[node.kind]}{where}"


_WORDS = {
    Kind.CODE: "code",
    Kind.DATA: "Secrets and ConfigMaps",
    Kind.REVIEWS: "TokenReviews and SubjectAccessReviews",
    Kind.NODE: "a node",
    Kind.CLUSTER: "the whole cluster",
    Kind.CLOUD: "an identity of the cloud",
}


def _can(step: Step, nouns: Sequence[str]) -> str:
    return _filled(step.type.can, step, _listed(nouns))


def _filled(template: str, step: Step, noun: str) -> str:
    where = f" in {shown(step.namespace)}" if step.namespace else " in every namespace"
    return (
        template.replace("{noun}", noun)
        .replace("{where}", where)
        .replace("{target}", node_text(step.target))
        .replace("{namespace}", shown(step.namespace) if step.namespace else "some namespace")
    )


def _listed(nouns: Sequence[str]) -> str:
    """Return `pods, notebooks and runs`, the best known first, and of many the number of the others."""
    known = [noun for noun in FIRST_NOUNS if noun in nouns]
    ordered = [*known, *(noun for noun in nouns if noun not in known)]
    few, more = ordered[:MOST_NOUNS], len(ordered) - MOST_NOUNS
    if more > 0:
        return f"{', '.join(few)} and {more} more"
    *others, last = few or [""]
    return f"{', '.join(others)} and {last}" if others else last
