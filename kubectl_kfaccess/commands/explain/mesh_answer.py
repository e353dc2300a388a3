"""The answer of `explain` to an error of the mesh: is the subject let in, and who is."""

from __future__ import annotations

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.explain.arguments import Options, PastedQuestion
from kubectl_kfaccess.commands.explain.explanation import Explanation
from kubectl_kfaccess.commands.explain.mesh_refusal import mesh_refusal
from kubectl_kfaccess.commands.explain.question import check_words_beside
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.kubeflow.planes.mesh.needs import MESH_NEEDED, POLICIES, settings_gaps
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.kubeflow.planes.mesh.settings import DEFAULT_ROOT
from kubectl_kfaccess.kubeflow.tenants.profiles import NEEDED
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.mesh_policies import read_with_policies_of, read_with_root
from kubectl_kfaccess.resolve.namespaces import missing_namespace_note
from kubectl_kfaccess.resolve.other_gates import MESH
from kubectl_kfaccess.resolve.pasted_error import PastedError
from kubectl_kfaccess.resolve.personas import Places
from kubectl_kfaccess.resolve.subject import resolve_subject
from kubectl_kfaccess.sources.source import Source, Wanted

_STATUSES = {Reach.YES: ExitStatus.OK, Reach.NO: ExitStatus.NO}


def mesh_answer(error: PastedError, options: Options, source: Source) -> Answer:
    """
    Return whether the mesh lets the subject into the namespace of `-n`, and who is let in.

    Raises UsageError if there are other words than a SUBJECT, and what resolve_subject raises.
    """
    if isinstance(options.question, PastedQuestion):
        check_words_beside(options.question)
    namespace = options.scope.named
    places = Places((namespace,), is_chosen=True, single=True)
    placed = resolve_subject(options.subject, source, _read(source, namespace), places)
    snapshot, who = placed.snapshot, placed.who.at(namespace)
    refusal = mesh_refusal(snapshot, who, namespace)
    others = tuple(gate for gate in error.not_rbac if gate != MESH)
    return Answer(
        Explanation(who, snapshot, not_rbac=others, mesh=refusal),
        _STATUSES.get(refusal.reach, ExitStatus.CANNOT_ANSWER),
        remarks=(*error.remarks, *placed.remarks),
        gaps=(refusal.answer.unread,) if refusal.answer.unread else (),
        minor_gaps=settings_gaps(snapshot) if options.output.format == "wide" else (),
        notes=(*missing_namespace_note(source, namespace), *snapshot.notes),
    )


def _read(source: Source, namespace: str) -> Snapshot:
    """Return what is needed, of all namespaces or for callers who cannot list those, of *namespace*."""
    resources = tuple(dict.fromkeys((*NEEDED, *MESH_NEEDED)))
    snapshot = read_with_policies_of(source, Wanted(resources), namespace)
    if snapshot.gap(POLICIES, ""):
        return read_with_root(source, Wanted(resources, (namespace, DEFAULT_ROOT)))
    return snapshot
