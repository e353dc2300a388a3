"""
Steps as sentences.

Names from the cluster are hostile: every function takes one that makes them safe to show.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kubectl_kfaccess.escalation.nodes import ANY_RULES, Kind, Node
from kubectl_kfaccess.escalation.step import Step
from kubectl_kfaccess.rbac.subjects import reference

Show = Callable[[str], str]
_MOST_NOUNS = 3
_TELLING = ("pods", "notebooks", "runs")
"""What people know best of all that runs code: it is named first."""


def sentence(step: Step, show: Show) -> str:
    """Return what the subject can do, as the rest of a sentence: `can create pods and runs in team-b`."""
    return _filled(step.type.can, step, show)


def consequence(step: Step, show: Show) -> str:
    """Return what follows from the step: `its token is mounted in every pod`."""
    return _filled(step.type.gives, step, show)


def source_text(step: Step, show: Show) -> str:
    """Return the bindings that grant what the step needs, or what follows if it needs nothing."""
    bindings = dict.fromkeys(
        f"{grant.binding.kind} {'/'.join(show(part) for part in grant.binding.key if part)}"
        for grant in step.grants
    )
    return ", ".join(bindings) or consequence(step, show)


def node_text(node: Node, show: Show) -> str:
    """Return what *node* is: a subject, `code in team-a`, `a node`, `the whole cluster`."""
    subject = node.subject
    where = f" in {show(node.namespace)}" if node.namespace.strip("*") else " in every namespace"
    if node.kind is Kind.HOLDER:
        return f"{_role_text(node, show)}{where if node.namespace else ' in the whole cluster'}"
    if subject:
        return show(reference(subject))
    if node.kind is Kind.CLOUD:
        return f"the identity {show(node.name)} of the cloud" if node.name else "an identity of the cloud"
    return _TEXTS[node.kind].format(where=where)


_TEXTS = {
    Kind.CODE: "code{where}",
    Kind.DATA: "Secrets and ConfigMaps{where}",
    Kind.REVIEWS: "reviews of tokens and permissions",
    Kind.NODE: "a node",
    Kind.CLUSTER: "the whole cluster",
}


def _filled(text: str, step: Step, show: Show) -> str:
    return text.format(noun=_nouns(step.nouns), where=_where(step, show), target=_target(step, show))


def _nouns(nouns: Sequence[str]) -> str:
    """Return at most three of *nouns*: the first, and of the others those that people know best."""
    telling = [noun for noun in nouns[1:] if noun in _TELLING]
    chosen = [*nouns[:1], *telling, *(noun for noun in nouns[1:] if noun not in telling)][:_MOST_NOUNS]
    return f"{', '.join(chosen[:-1])} and {chosen[-1]}" if len(chosen) > 1 else "".join(chosen)


def _where(step: Step, show: Show) -> str:
    if step.namespace:
        return f" in {show(step.namespace)}"
    needs = step.way.needs if step.way else ()
    return "" if needs and all(need.cluster for need in needs) else " in every namespace"


def _target(step: Step, show: Show) -> str:
    """Return what the step is about: the role that it grants, or the subject that it reaches."""
    if step.target.kind is not Kind.HOLDER:
        return node_text(step.target, show)
    if step.target.role != ANY_RULES:
        return _role_text(step.target, show)
    return f"ClusterRole {show(step.name)}" if step.name else "any ClusterRole"


def _role_text(node: Node, show: Show) -> str:
    kind, _, name = node.role
    return f"{kind} {show(name)}" if name else "every permission"
