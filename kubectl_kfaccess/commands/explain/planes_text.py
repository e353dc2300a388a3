"""What is where, in one sentence for people and as data for machines."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.kubeflow.planes.comparison import Planes
from kubectl_kfaccess.kubeflow.planes.mesh import Reach
from kubectl_kfaccess.output.gaps import short
from kubectl_kfaccess.output.report import Data
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.terminal.safe_text import line, part

_WORDS = {Verdict.ALLOWED: "yes", Verdict.DENIED: "no", Verdict.UNKNOWN: "not known"}


def planes_text(planes: Planes) -> str:
    """Return one sentence: what kubectl, Kubeflow's services and the mesh answer."""
    return f"planes: {'; '.join(_clauses(planes))}"


def planes_data(planes: Planes) -> Data:
    """Return the answers as machine data."""
    policy = planes.policy
    mesh = {
        "reach": planes.reach.value if planes.reach else None,
        "policy": {"namespace": policy.namespace, "name": policy.name} if policy else None,
        "why": planes.why,
    }
    return {
        "kubectl": {"decision": planes.kubectl.value, "throughGroups": list(planes.through)},
        "kubeflow": {"decision": planes.kubeflow.value, "asked": planes.asked},
        "mesh": mesh if planes.reach else None,
    }


def _clauses(planes: Planes) -> Iterator[str]:
    groups = " and ".join(f"`{part(group)}`" for group in planes.through)
    through = f" through group{'s' if len(planes.through) > 1 else ''} {groups}" if groups else ""
    yield f"kubectl: {_WORDS[planes.kubectl]}{through}"
    yield f"Kubeflow's pages and pipelines: {_services_text(planes)}"
    if planes.reach:
        yield f"mesh: {_mesh_text(planes)}"


def _services_text(planes: Planes) -> str:
    if not planes.asked:
        return "they do not ask about it"
    alone = planes.kubeflow is Verdict.DENIED and planes.kubectl is Verdict.ALLOWED
    return _WORDS[planes.kubeflow] + (", they check the user alone" if alone else "")


def _mesh_text(planes: Planes) -> str:
    if planes.reach is Reach.UNKNOWN:
        return f"not known: {line(short(planes.why))}"
    if planes.reach is Reach.NO:
        return f"not admitted: {line(planes.why)}"
    return f"admitted by {_policy(planes)}" if planes.policy else f"admitted: {line(planes.why)}"


def _policy(planes: Planes) -> str:
    """The policy's name, with its namespace when it is not the one that is asked about."""
    policy = planes.policy
    names = (
        policy.key if policy and policy.namespace != planes.namespace else (policy.name if policy else "",)
    )
    return f"`{'/'.join(map(part, names))}`"
