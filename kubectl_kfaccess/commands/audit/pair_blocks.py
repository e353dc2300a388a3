"""The ways from one tenant into another, one after the other, each from the person to what they can do."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.audit.audit import Audit, key_of
from kubectl_kfaccess.commands.audit.way_words import stop_text, subjects_text
from kubectl_kfaccess.isolation.way import Way
from kubectl_kfaccess.kubeflow.managers import manager_of
from kubectl_kfaccess.kubeflow.tenants.relations import Relation
from kubectl_kfaccess.output.blocks import Block, Labelled, Notes, Pairs, Sentence, Step, Tree
from kubectl_kfaccess.output.manager_words import manager_text
from kubectl_kfaccess.output.step_text import binding_text, step_lines
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER
from kubectl_kfaccess.terminal.safe_text import listed, shown
from kubectl_kfaccess.terminal.words import counted


def pair_blocks(value: Audit) -> Iterator[Block]:
    """Yield the ways with what stops them, and who was looked at."""
    ways = [way for way in value.ways if way.crosses]
    for number, way in enumerate(ways, 1):
        yield Labelled(str(number), tuple(_way(value, way)), column=4)
    yield Notes((_looked_at(value),))


def _way(value: Audit, way: Way) -> Iterator[Block]:
    level = way.level.value if way.is_proved else f"possibly {way.level.value}"
    where = f"in {shown(way.into)}" if way.into else "in every namespace"
    yield Sentence(f"{level} {where}")
    if way.reached:
        steps = value.view.escalation.steps(way.reached)
        yield Pairs(subjects_text(way.subjects), tuple(step_lines(steps)))
    else:
        yield Tree(tuple(_chain(way, where)), indent=0)
    if stop := _stop(value, way):
        yield Sentence(f"stop it: {stop}")


def _chain(way: Way, where: str) -> Iterator[str | Step]:
    """Yield people, the subject, its binding and the role."""
    who = subjects_text(way.subjects)
    if way.through:
        yield subjects_text(way.through)
        yield f"can run code as {who}"
    else:
        yield who
    binding = way.bindings[0]
    manager = manager_of(binding)
    yield f"{listed(binding_text(binding))}{f', {manager_text(manager)}' if manager else ''}"
    yield f"{binding.role_ref.kind} {shown(binding.role_ref.name)} {where}"


def _stop(value: Audit, way: Way) -> str:
    key = (way.into, way.from_tenant, way.subject, way.reached is not None)
    finding = next((each for each in value.kept if key_of(each) == key), None)
    return stop_text(value.stop_of(finding)) if finding else ""


def _looked_at(value: Audit) -> str:
    """Return how many subjects of the other tenant were looked at."""
    tenants, index = value.view.crossings.tenants, value.view.profiles
    names = [name for name in sorted(tenants.namespaces) if tenants.tenant(name) == value.against]
    members = [member for name in names for member in index.tenant(name).members]
    people = {m.subject for m in members if m.relation is Relation.CONTRIBUTOR and m.subject.kind != GROUP}
    owners = {m.subject for m in members if m.relation is Relation.OWNER and m.subject.kind == USER}
    accounts = {
        m.subject for m in members if m.subject.kind == SERVICE_ACCOUNT and m.subject.namespace in names
    }
    counts = (
        counted(len(owners), "owner"),
        counted(len(people), "contributor"),
        counted(len(accounts), "account"),
    )
    unknown = "" if index.directory else "; members of groups are unknown (--people FILE)"
    return f"looked at {', '.join(counts)} of {shown(value.against)}{unknown}"
