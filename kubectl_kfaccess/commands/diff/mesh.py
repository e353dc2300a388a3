"""Who reaches a profile's workloads after a change and did not before, or the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from kubectl_kfaccess.commands.diff.diff import MeshChange, SubjectChange
from kubectl_kfaccess.commands.diff.states import States
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.answer import Mesh
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER, displayed

_FIELDS = ("authorization_policies", "namespaces")
"""The objects that change what the mesh answers in their own namespace."""


def mesh_changes(
    states: States, by_namespace: Mapping[str, KnownSubject] | None = None
) -> tuple[MeshChange, ...]:
    """
    Return what changes for users and accounts that a binding of the profile names, or for one subject.

    Groups are left out: the mesh does not know who is in them.
    """
    if not states.with_mesh:
        return ()
    before, after = Mesh(states.before), Mesh(states.after)
    changes = (
        MeshChange(
            who.subject, namespace, before.reaches(who, namespace).reach, after.reaches(who, namespace).reach
        )
        for namespace in _concerned(states)
        for who in _subjects(states, namespace, by_namespace)
    )
    return tuple(change for change in changes if change.before is not change.after)


def refused_by_mesh(states: States, changes: Iterable[SubjectChange]) -> tuple[tuple[Subject, str], ...]:
    """Return the users who gain access in a profile that the mesh keeps them out of, with the profile."""
    if not states.with_mesh:
        return ()
    mesh, profiles = Mesh(states.after), frozenset(profile_namespaces(states.after))
    return tuple(
        (change.subject, change.namespace)
        for change in changes
        if change.gains and change.namespace in profiles and change.subject.kind == USER
        if mesh.reaches(identified(change.subject), change.namespace).reach is Reach.NO
    )


def _concerned(states: States) -> Iterator[str]:
    """Yield the profiles in which the mesh may answer otherwise."""
    before, after = states.before, states.after
    # a profile that is in one of the states alone has no other answer to compare
    profiles = sorted({*profile_namespaces(before)} & {*profile_namespaces(after)})
    changed = {_place(key, field) for field in _FIELDS for key in _differing_keys(before, after, field)}
    is_everywhere = bool(changed - {*profiles}) or bool(_differing_keys(before, after, "config_maps"))
    yield from profiles if is_everywhere else (name for name in profiles if name in changed)


def _place(key: tuple[str, str], field: str) -> str:
    return key[1] if field == "namespaces" else key[0]


def _differing_keys(before: Snapshot, after: Snapshot, field: str) -> set[tuple[str, str]]:
    old, new = getattr(before, field), getattr(after, field)
    if old is new:
        return set()
    return {key for key in {*old, *new} if old.get(key) != new.get(key)}


def _subjects(
    states: States, namespace: str, by_namespace: Mapping[str, KnownSubject] | None
) -> Iterator[KnownSubject]:
    if by_namespace is not None:
        yield from (by_namespace[namespace],) if namespace in by_namespace else ()
        return
    bound = (side.bound.get(namespace, {}) for side in (states.before, states.after))
    users = {who for index in bound for who in index if who.kind == USER}
    yield from (identified(displayed(who)) for who in sorted(users))
