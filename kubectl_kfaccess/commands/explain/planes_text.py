"""The answers of all planes, as one sentence for people and as machine data."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.kubeflow.catalogue.services import KFAM, Identity
from kubectl_kfaccess.kubeflow.planes.comparison import Planes
from kubectl_kfaccess.kubeflow.planes.kfam import KfamAnswer
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, MeshCause, Reach
from kubectl_kfaccess.kubeflow.planes.services import ServiceAnswer
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.mesh_text import mesh_data, mesh_reason
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import line, part

_MESH_WORDS = {
    Reach.YES: "yes",
    Reach.NO: "no",
    Reach.UNKNOWN: "unknown",
    Reach.NOT_INSTALLED: "there are no policies",
}
_WORDS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.UNKNOWN: "unknown"}


_BRIEF_MESH_WORDS = {
    Reach.YES: "mesh yes",
    Reach.NO: "mesh no",
    Reach.UNKNOWN: "mesh unknown",
    Reach.NOT_INSTALLED: "no mesh policies",
}


def planes_text(planes: Planes) -> str:
    """Return the answers of kubectl, Kubeflow's services and the mesh, with the reasons."""
    return "; ".join(_clauses(planes))


def brief_planes_text(planes: Planes) -> str:
    """Return the answers of kubectl, Kubeflow's services and the mesh in a few words."""
    return ", ".join(_brief_clauses(planes))


def _brief_clauses(planes: Planes) -> Iterator[str]:
    groups = " and ".join(f"group {part(group)}" for group in planes.through)
    yield f"kubectl {_WORDS[planes.kubectl]}{f' (through {groups})' if groups else ''}"
    if planes.is_checked:
        differs = planes.kubeflow is Verdict.DENIED and planes.kubectl is Verdict.ALLOWED
        why = f" ({_lost(planes)})" if differs else ""
        yield f"Kubeflow's pages {_WORDS[planes.kubeflow]}{why}"
    else:
        yield "Kubeflow's pages do not check it"
    for answer in planes.services:
        if answer.service.identity is Identity.NAME_AND_GROUPS and answer.verdict is not planes.kubeflow:
            yield f"{answer.service.name} {_WORDS[answer.verdict]} (checks groups too)"
    if planes.kfam:
        yield f"dashboard {_WORDS[planes.kfam.verdict]}"
    if planes.mesh:
        is_open = planes.mesh.reach is Reach.UNKNOWN
        why = f", because {line(short(mesh_reason(planes.mesh)))}" if is_open else ""
        yield f"{_BRIEF_MESH_WORDS[planes.mesh.reach]}{why}"


def planes_data(planes: Planes) -> Data:
    """Return the answers as machine data."""
    return {
        "kubectl": {"decision": planes.kubectl.value, "throughGroups": list(planes.through)},
        "kubeflow": {"decision": planes.kubeflow.value, "asked": planes.is_checked},
        "mesh": mesh_data(planes.mesh) if planes.mesh else None,
        "services": [
            {
                "service": answer.service.name,
                "identity": answer.service.identity.value,
                "decision": answer.verdict.value,
            }
            for answer in (*planes.services, *(_kfam_answers(planes.kfam)))
        ],
    }


def _kfam_answers(kfam: KfamAnswer | None) -> tuple[ServiceAnswer, ...]:
    return (ServiceAnswer(KFAM, kfam.verdict),) if kfam else ()


def _clauses(planes: Planes) -> Iterator[str]:
    groups = " and ".join(f"`{part(group, '`')}`" for group in planes.through)
    through = f" through group{'s' if len(planes.through) > 1 else ''} {groups}" if groups else ""
    yield f"kubectl: {_WORDS[planes.kubectl]}{through}"
    yield f"Kubeflow's pages and pipelines: {_services_text(planes)}"
    for answer in planes.services:
        if answer.service.identity is Identity.NAME_AND_GROUPS and answer.verdict is not planes.kubeflow:
            yield f"{answer.service.name}, where installed: {_WORDS[answer.verdict]} (checks groups too)"
    if planes.kfam:
        yield f"the dashboard, where KFAM decides: {_WORDS[planes.kfam.verdict]}"
    if planes.mesh:
        yield f"mesh: {_mesh_text(planes.mesh, planes.namespace)}"


def _lost(planes: Planes) -> str:
    """Return why Kubeflow's services deny what kubectl can do."""
    # a grant to the user's own name can only be lost with the name of the object
    alone = "they check the user's name alone"
    return alone if planes.through else "they check without the name of the object"


def _services_text(planes: Planes) -> str:
    if not planes.is_checked:
        return "they do not check it"
    if planes.kubeflow is not Verdict.DENIED or planes.kubectl is not Verdict.ALLOWED:
        return _WORDS[planes.kubeflow]
    return f"{_WORDS[planes.kubeflow]}, {_lost(planes)}"


def _mesh_text(mesh: MeshAnswer, namespace: str) -> str:
    word = _MESH_WORDS[mesh.reach]
    policy = mesh.policy
    if mesh.cause is not MeshCause.ALLOWED or policy is None or mesh.off_http:
        return f"{word}, because {line(short(mesh_reason(mesh)))}"
    # The policy's namespace is shown if it is not the namespace of the question
    names = (policy.name,) if policy.namespace == namespace else policy.key
    rule = f", rule {mesh.rule}" if mesh.rule else ""
    return f"{word}, by `{'/'.join(map(part, names))}`{rule}"
