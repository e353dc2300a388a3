"""Steps into other tenants in words: for the first line, the lines that deserve a look, rows, and ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.diff.diff import StepChange, Steps
from kubectl_kfaccess.commands.diff.folded_rows import subjects_text
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.blocks import Block, Notes
from kubectl_kfaccess.output.few import few, few_in_sentence
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import binding_text, steps_block
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.terminal.safe_text import NOTHING, listed, shown
from kubectl_kfaccess.terminal.words import counted

MOST_WAYS = 2
MOST_WIDE = 20
ALL_TENANTS = "all tenants"
MORE = "more"
"""What is gained if the level stays the same."""


def phrases(steps: Steps) -> Iterator[str]:
    """Yield how many subjects get into another tenant by steps, as parts of a sentence."""
    sure = {change.subject for change in steps.changes if change.is_proved}
    perhaps = {change.subject for change in steps.changes if not change.is_proved} - sure
    if sure:
        yield f"{counted(len(sure), 'subject')} can get into another tenant by steps"
    if perhaps:
        yield f"{counted(len(perhaps), 'subject')} can possibly get into another tenant by steps"


def remarks(steps: Steps) -> Iterator[str]:
    """Yield a line for each tenant and those who get into it; tenants with the same subjects share one."""
    by_place: dict[tuple[bool, str], list[Subject]] = {}
    for change in steps.changes:
        by_place.setdefault((not change.is_proved, change.namespace), []).append(change.subject)
    alike: dict[tuple[bool, tuple[Subject, ...]], list[str]] = {}
    for (is_open, namespace), subjects in by_place.items():
        alike.setdefault((is_open, tuple(subjects)), []).append(namespace)
    for (is_open, subjects_), namespaces in alike.items():
        word = "can possibly" if is_open else "can"
        where = _places(namespaces)
        yield f"{subjects_text(subjects_)} {word} get into {where} by steps, from another tenant"


def _places(namespaces: Iterable[str]) -> str:
    return few_in_sentence(shown(name) if name else ALL_TENANTS for name in namespaces)


def what_text(change: StepChange) -> str:
    """Return what is reached there, in a word or two: a level of access, an account, code, data."""
    if change.level is not None:
        return MORE if change.level is change.before else change.level.value
    node = change.reached.node
    return _WORDS.get(node.kind) or node_text(node, listed)


_WORDS = {Kind.CODE: "code", Kind.DATA: "secrets", Kind.NODE: "a node", Kind.CLUSTER: TenantLevel.ADMIN.value}


def before_text(change: StepChange) -> str:
    """Return how much access there was before by the same identity."""
    return NOTHING if change.before is TenantLevel.NONE else change.before.value


def way_blocks(steps: Steps, *, wide: bool) -> Iterator[Block]:
    """Yield the steps of the first ways, one for each thing that is reached."""
    first: dict[object, StepChange] = {}
    for change in steps.changes:
        first.setdefault((change.reached.node, change.namespace, change.is_proved), change)
    ways = [*first.values()]
    most = MOST_WIDE if wide else MOST_WAYS
    for number, change in enumerate(ways[:most], 1):
        yield _way_block(number, change, steps)
    if more := len(ways) - most if len(ways) > most else 0:
        yield Notes((f"{counted(more, 'more way')}: -o {'json' if wide else 'wide'}",))


def _way_block(number: int, change: StepChange, steps: Steps) -> Block:
    who = reference_text(change.subject)
    title = who if change.is_proved else f"possible: {who}"
    return steps_block(f"[{number}]", title, steps.of(change), end_line(change))


def end_line(change: StepChange) -> tuple[str, str] | None:
    """Return what the identity at the end can do in the tenant, and by which bindings."""
    if change.reached.node.kind is Kind.CLUSTER:
        return ("so can do everything", "")
    if change.level is None:
        return None
    by = few([listed(binding_text(binding)) for binding in change.bindings])
    where = f"in {shown(change.namespace)}" if change.namespace else "in the whole cluster"
    return (f"which {_LEVELS.get(change.level, 'can do more')} {where}", by)


_LEVELS = {
    TenantLevel.VIEW: "can view",
    TenantLevel.EDIT: "can edit",
    TenantLevel.ADMIN: "has admin access",
}
