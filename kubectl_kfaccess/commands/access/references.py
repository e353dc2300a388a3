"""Everything that names a subject: bindings, authorization policies of the mesh, profiles."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.tenants.references import Mention, mentions
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.resolve.namespaces import Scope


class References(Struct, frozen=True):
    """Everything that names *who*; *incomplete*: something could not be read."""

    who: KnownSubject
    mentions: tuple[Mention, ...]
    incomplete: bool


def references_answer(scope: Scope, who: KnownSubject) -> Answer:
    """Return what names the subject cluster-wide and in the namespaces of *scope*."""
    gaps = scope.snapshot.gaps
    unread = any(gap.resource in ("rolebindings", "clusterrolebindings") for gap in gaps)
    return Answer(
        References(who, mentions(scope.snapshot, who, scope.namespaces), bool(gaps)),
        ExitStatus.CANNOT_ANSWER if unread else ExitStatus.OK,
        remarks=scope.remarks,
        gaps=gaps,
        notes=(*tried_lines(scope.tried), *scope.snapshot.notes),
    )
