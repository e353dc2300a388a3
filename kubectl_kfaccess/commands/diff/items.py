"""The changes as machine data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands.diff.diff import (
    Diff,
    MeshChange,
    PlacedCause,
    RoleChange,
    SubjectChange,
)
from kubectl_kfaccess.kubeflow.catalogue.resources import resource_types
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.output.acceptance import accepted_data
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.output.shapes import named_object_data, subject_data
from kubectl_kfaccess.output.steps import step_data
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup, groups_of
from kubectl_kfaccess.rbac.subjects import GROUP

_PARTS = ("gained", "lost", "maybeGained", "maybeLost")
_VIRTUAL = frozenset(each.key for each in resource_types() if each.virtual)


def head(value: Diff) -> Data:
    """Return what is compared, how many subjects are concerned, and what roles and the mesh change."""
    return {
        "from": value.from_,
        "to": value.to,
        **({"hypothetical": value.change} if value.change else {}),
        "summary": summary(value),
        "roles": [_role_data(role) for role in value.roles],
        "mesh": [_mesh_data(change) for change in value.mesh],
    }


def summary(value: Diff) -> Data:
    """Return the numbers of subjects that gain, lose, may do either, and get into another tenant."""
    return {
        "gain": len({change.subject for change in value.changes if change.gains}),
        "lose": len({change.subject for change in value.changes if change.loses}),
        "maybe": len({change.subject for change in value.changes if change.maybe}),
        "crossTenant": len({*_direct(value), *_by_steps(value, proved=True)}),
        "crossTenantBySteps": len(_by_steps(value, proved=True)),
        "maybeCrossTenantBySteps": len(_by_steps(value, proved=False)),
    }


def items(value: Diff) -> Iterator[Data]:
    """Yield the changes; subjects whose change is the same share an item."""
    for alike in same_changes(value.changes):
        first = alike[0]
        yield {
            "who": list(_who(alike)),
            **_permissions(first),
            "because": [cause_data(cause) for cause in sorted({c for each in alike for c in each.causes})],
            "leadsTo": [power.value for power in first.powers],
            "crossesTenant": first.crosses,
            "direct": True,
            **accepted_data(first.accepted),
        }
    yield from _step_items(value)


def _direct(value: Diff) -> set[Subject]:
    return {change.subject for change in value.changes if change.crosses}


def _by_steps(value: Diff, *, proved: bool) -> set[Subject]:
    return {change.subject for change in value.steps.changes if change.is_proved is proved}


def _step_items(value: Diff) -> Iterator[Data]:
    """Yield those who get into another tenant by steps, each with the steps."""
    if not value.steps.escalation:
        return
    snapshot = value.steps.escalation.facts.snapshot
    services = installed_services(snapshot)
    for change in value.steps.changes:
        yield {
            "who": [{"subject": subject_data(change.subject), "namespaces": [change.namespace]}],
            **{name: [] for name in _PARTS},
            "because": [cause_data(cause) for cause in change.causes],
            "leadsTo": [],
            "crossesTenant": True,
            "direct": False,
            "proved": change.is_proved,
            "steps": [step_data(step, snapshot, services) for step in value.steps.of(change)],
            **({"level": change.level.value} if change.level else {}),
            **accepted_data(change.accepted),
        }


def same_changes(changes: Iterable[SubjectChange]) -> list[list[SubjectChange]]:
    """Return the changes in lists of those with the same permissions, crossing or not, in order."""
    alike: dict[object, list[SubjectChange]] = {}
    for change in changes:
        key = (
            tuple(part.bits for part in change.difference.parts),
            change.crosses,
            not change.namespace,
            change.subject.kind == GROUP,
            change.accepted,
        )
        alike.setdefault(key, []).append(change)
    return list(alike.values())


def _who(alike: Iterable[SubjectChange]) -> Iterator[Data]:
    by_subject: dict[object, tuple[Data, list[str]]] = {}
    for change in alike:
        entry = by_subject.setdefault(change.subject, (subject_data(change.subject), []))
        entry[1].append(change.namespace)
    for data, namespaces in by_subject.values():
        yield {"subject": data, "namespaces": namespaces}


def _permissions(change: SubjectChange) -> Data:
    is_group = change.subject.kind == GROUP
    return {
        name: [group_data(group, is_group=is_group) for group in groups_of(part)]
        for name, part in zip(_PARTS, change.difference.parts, strict=True)
    }


def group_data(group: PermissionGroup, *, is_group: bool = False) -> Data:
    """Return permissions as machine data. Kubeflow's own services do not ask about groups (*is_group*)."""
    if group.path is not None:
        return {"verbs": list(group.verbs), "path": group.path}
    is_for_services = is_virtual(group) and not is_group
    return {
        "verbs": list(group.verbs),
        "group": group.group,
        "resource": group.resource,
        "subresource": group.subresource,
        **({"names": list(group.names)} if group.names else {}),
        "plane": (Plane.KUBEFLOW if is_for_services else Plane.KUBECTL).value,
    }


def is_virtual(group: PermissionGroup) -> bool:
    """Return whether only reviews of Kubeflow's own services name the type."""
    return (group.group, group.resource) in _VIRTUAL


def cause_data(placed: PlacedCause) -> Data:
    """Return a changed object, what happens to it, and where it stands in files."""
    cause = placed.cause
    return {
        "object": named_object_data(*cause.key),
        "event": cause.event,
        **({"role": cause.role} if cause.role else {}),
        **({"labels": dict(cause.labels)} if cause.labels else {}),
        **({"lostLabels": dict(cause.lost_labels)} if cause.lost_labels else {}),
        **({"file": placed.file} if placed.file else {}),
        **({"line": placed.line} if placed.line else {}),
        **({"derived": True} if placed.derived else {}),
    }


def _role_data(role: RoleChange) -> Data:
    difference = role.difference
    return {
        "role": named_object_data(difference.kind, difference.namespace, difference.name),
        "gained": [group_data(group) for group in groups_of(difference.gained)],
        "lost": [group_data(group) for group in groups_of(difference.lost)],
        "because": [cause_data(cause) for cause in role.causes],
        **accepted_data(role.accepted),
    }


def _mesh_data(change: MeshChange) -> Data:
    return {
        "subject": subject_data(change.subject),
        "namespace": change.namespace,
        "before": change.before.value,
        "after": change.after.value,
    }
