"""Every permission that changes: a row for each subject, namespace and type."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.commands.diff import step_rows
from kubectl_kfaccess.commands.diff.diff import Diff, RoleChange, SubjectChange
from kubectl_kfaccess.commands.diff.items import is_virtual
from kubectl_kfaccess.commands.diff.permission_text import accepted_text, cause_text, resource_text
from kubectl_kfaccess.output.blocks import MARK_LESS, MARK_MORE, MARK_UNKNOWN, MARKS, Column, Row, Section
from kubectl_kfaccess.output.rbac_terms import CLUSTER_WIDE
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.permission_groups import PermissionGroup, groups_of
from kubectl_kfaccess.rbac.subjects import GROUP, reference
from kubectl_kfaccess.terminal.safe_text import listed, part, shown

COLUMNS = (
    MARKS,
    Column("CHANGE"),
    Column("SUBJECT"),
    Column("NAMESPACE"),
    Column("VERBS"),
    Column("RESOURCE"),
    Column("NAMES", optional=True),
    Column("PLANE"),
    Column("CROSSES", optional=True),
    Column("ACCEPTED", optional=True),
    Column("BECAUSE"),
)
_PARTS = (
    (MARK_MORE, "gained"),
    (MARK_LESS, "lost"),
    (MARK_UNKNOWN, "maybe gained"),
    (MARK_UNKNOWN, "maybe lost"),
)


def sections(value: Diff) -> tuple[Section, ...]:
    """Return the rows of roles, then of subjects, then of those who get into other tenants by steps."""
    roles = [row for role in value.roles for row in _role_rows(role)]
    subjects = (row for change in value.changes for row in _rows(change))
    return (Section("", [*roles, *subjects, *step_rows.full(value.steps)]),)


def _rows(change: SubjectChange) -> Iterator[Row]:
    where = shown(change.namespace) if change.namespace else CLUSTER_WIDE
    because = "; ".join(map(cause_text, change.causes))
    crosses = "yes" if change.crosses else ""
    accepted = accepted_text(change.accepted)
    is_group = change.subject.kind == GROUP
    for (sign, word), permissions in zip(_PARTS, change.difference.parts, strict=True):
        for group in groups_of(permissions):
            cells = (sign, word, shown(reference(change.subject)), where)
            yield (*cells, *_permission_cells(group, is_group=is_group), crosses, accepted, because)


def _role_rows(role: RoleChange) -> Iterator[Row]:
    difference = role.difference
    name = f"{difference.kind} {part(difference.name)}"
    because = "; ".join(map(cause_text, role.causes))
    accepted = accepted_text(role.accepted)
    for (sign, word), permissions in zip(_PARTS[:2], (difference.gained, difference.lost), strict=True):
        for group in groups_of(permissions):
            cells = (sign, word, name, part(difference.namespace) if difference.namespace else "")
            yield (*cells, *_permission_cells(group), "", accepted, because)


def _permission_cells(group: PermissionGroup, *, is_group: bool = False) -> tuple[str, str, str, str]:
    verbs = ",".join(part(verb, " ,") for verb in group.verbs)
    if group.path is not None:
        return (verbs, shown(group.path), "", Plane.KUBECTL.value)
    plane = Plane.KUBEFLOW if is_virtual(group) and not is_group else Plane.KUBECTL
    names = ", ".join(listed(name, ", ") for name in group.names)
    return (verbs, resource_text(group), names, plane.value)
