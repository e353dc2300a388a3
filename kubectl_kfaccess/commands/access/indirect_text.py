"""What `access --indirect` adds for people: phrases for the first line, and the steps of each way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kubectl_kfaccess.commands.access.access import Access
from kubectl_kfaccess.commands.access.indirect import PathEnd
from kubectl_kfaccess.escalation.indirect_grid import IndirectPath
from kubectl_kfaccess.escalation.nodes import Kind
from kubectl_kfaccess.escalation.steps import use_account
from kubectl_kfaccess.escalation.texts import node_text
from kubectl_kfaccess.kubeflow.tenants.tenant_levels import TenantLevel
from kubectl_kfaccess.output.blocks import Block, Notes
from kubectl_kfaccess.output.few import few, few_in_sentence
from kubectl_kfaccess.output.rbac_terms import reference_text
from kubectl_kfaccess.output.step_text import binding_text, steps_block
from kubectl_kfaccess.terminal.safe_text import listed, shown
from kubectl_kfaccess.terminal.words import counted

MOST_WAYS = 4
MOST_PHRASES = 2
MOST_RESOURCES = 2
DIRECT_ALONE = "Direct access only: without --indirect."
HINT = "{who} can do more as others, for example as accounts that they can run code as: --indirect"
_LEVELS = {
    TenantLevel.VIEW: ("can view", "can view"),
    TenantLevel.EDIT: ("can edit", "can edit"),
    TenantLevel.ADMIN: ("has admin access", "have admin access"),
}


def phrases(value: Access) -> Iterator[str]:
    """Yield what the subject can do by proved steps, as ends of a sentence; of many only that it is more."""
    ends: dict[tuple[str, str], dict[str, None]] = {}
    for _, path, end in value.indirect.proved_paths() if value.indirect else ():
        key = (_level_text(end, is_caller=value.who.is_caller), _as_text(path, value))
        ends.setdefault(key, {}).update(dict.fromkeys(end.namespaces))
    if len(ends) > MOST_PHRASES:
        yield "can do more as others"
        return
    for (level, text), namespaces in ends.items():
        yield f"{level}{_places(tuple(namespaces))} {text}"


def way_blocks(value: Access, *, wide: bool) -> Iterator[Block]:
    """Yield the steps of each way, proved ones first; only some of many, unless *wide*."""
    if value.indirect is None:
        return
    ways = [*value.indirect.proved_paths(), *value.indirect.possible_paths()]
    most = len(ways) if wide else MOST_WAYS
    for number, (_, path, end) in enumerate(ways[:most], 1):
        yield _way_block(number, path, end, value)
    more = len(ways) - most
    lines = (f"{counted(more, 'more way')}: -o wide",) if more > 0 else ()
    none = () if ways else ("nothing more is possible by steps",)
    yield Notes((*none, *lines, DIRECT_ALONE))


def hint(value: Access) -> Iterator[str]:
    """Yield the line that points to `--indirect`, if it would show more."""
    if value.has_more_by_steps:
        name = "you" if value.who.is_caller else reference_text(value.who.subject)
        yield HINT.replace("{who}", name).replace("they", "you" if value.who.is_caller else "they")


def _way_block(number: int, path: IndirectPath, end: PathEnd, value: Access) -> Block:
    who = reference_text(value.who.subject)
    title = who if path.is_proved else f"possible: {who}"
    return steps_block(f"[{number}]", title, path.steps, _end_line(path, end))


def _end_line(path: IndirectPath, end: PathEnd) -> tuple[str, str] | None:
    """Return what the identity at the end can do, and by which bindings."""
    if path.reached.node.kind is Kind.CLUSTER:
        return ("so can do everything", "")
    if not path.reached.node.is_somebody:
        return None
    by = few([listed(binding_text(binding)) for binding in end.bindings])
    return (f"which {_level_text(end)}{_places(end.namespaces)}", by)


def _level_text(end: PathEnd, *, is_caller: bool = False) -> str:
    """Return how much can be done: by the level, or if that says nothing, the verbs on few resources."""
    if end.level in _LEVELS:
        return _LEVELS[end.level][is_caller]
    if len(end.verbs) > MOST_RESOURCES:
        return "can do more"
    return "can " + " and ".join(
        f"{few_in_sentence(map(listed, verbs))} {shown(resource)}" for resource, verbs in end.verbs.items()
    )


def _places(namespaces: Sequence[str]) -> str:
    names = [listed(name) for name in namespaces if name]
    if not names or ("" in namespaces and len(names) > 1):
        return " in the whole cluster"
    return f" in {few_in_sentence(names)}"


def _as_text(path: IndirectPath, value: Access) -> str:
    """Return as what the subject can do it."""
    is_code = any(step.type is use_account.TYPE for step in path.steps)
    they = "you" if value.who.is_caller else "they"
    if is_code:
        return f"as a service account that {they} can run code as"
    return f"as {node_text(path.reached.node, listed)}" if path.reached.node.subject else "by steps"
