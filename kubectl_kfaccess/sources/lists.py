"""
Which lists of a server hold the wanted objects, and the snapshot that their answers make.

A live cluster and a saved snapshot of one go the same way, so that both give the same answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kubectl_kfaccess.notes import Note
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.object_names import ObjectName
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot, by_key
from kubectl_kfaccess.sources.kinds import BY_RESOURCE, Kind, snapshot_of
from kubectl_kfaccess.sources.source import Wanted

MOST_SINGLE_LISTS = 8  # namespaces; for more of them, one list of the whole cluster is cheaper

# A valid namespace name: no other namespace can exist, and no other text is safe in a URL path
NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True)
class Part:
    """
    One list to read: a kind, in one namespace or in the whole cluster ("").

    If *name* is set, only the objects that have it are read.
    """

    kind: Kind
    namespace: str = ""
    name: ObjectName | None = None


ListAnswer = tuple[Part, list[KubernetesObject], list[Gap]]
"""A list that was requested, its objects, and the gap if it could not be read."""


def read_lists(
    wanted: Wanted, lists: Callable[[list[Part]], list[ListAnswer]], notes: tuple[Note, ...] = ()
) -> Snapshot:
    """Return the wanted objects; *lists* reads several lists, and *notes* are those of the snapshot."""
    answers = lists(list(_parts(wanted)))
    parts = [part for refused, _, gaps in answers if gaps for part in _one_by_one(refused, wanted)]
    if parts:  # a list of the whole cluster was forbidden, but those of single namespaces may be allowed
        replaced = {part.kind.resource for part in parts}
        kept = [answer for answer in answers if answer[0].kind.resource not in replaced]
        answers = [*kept, *lists(parts)]
    by_field: dict[str, dict[tuple[str, str], KubernetesObject]] = {}
    all_gaps: list[Gap] = []
    for part, objects, gaps in answers:
        by_field.setdefault(part.kind.field, {}).update(by_key(objects))
        all_gaps += gaps
    return snapshot_of(by_field, gaps=tuple(sorted(set(all_gaps))), notes=notes)


def _parts(wanted: Wanted) -> Iterator[Part]:
    """
    Yield the lists to read: one of the whole cluster per kind, or one per namespace if they are few.

    Of a kind whose objects are read by their names, those in a certain namespace are read, whatever
    namespaces are wanted.
    """
    kinds = [BY_RESOURCE[resource] for resource in wanted.resources]
    for kind in kinds:  # first, because some take two requests, one after the other
        yield from (Part(kind, name.namespace, name) for name in kind.only if name.namespace)
    for kind in (kind for kind in kinds if not kind.only):
        if not kind.namespaced or wanted.namespaces is None or len(wanted.namespaces) > MOST_SINGLE_LISTS:
            yield Part(kind)
        else:
            yield from (Part(kind, name) for name in _places(kind, wanted))


def _one_by_one(refused: Part, wanted: Wanted) -> Iterator[Part]:
    """Yield the lists of single namespaces that replace a refused list of the whole cluster."""
    if refused.kind.namespaced and not refused.namespace:
        yield from (Part(refused.kind, name) for name in _places(refused.kind, wanted))


def _places(kind: Kind, wanted: Wanted) -> tuple[str, ...]:
    """Return the namespaces whose lists make up the answer, without names that no namespace can have."""
    if not wanted.namespaces:
        return ()
    names = (*wanted.namespaces, kind.counts_everywhere)
    return tuple(dict.fromkeys(name for name in names if NAMESPACE.fullmatch(name)))
