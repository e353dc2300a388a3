"""
What is where: the answers of kubectl, of Kubeflow's own services and of the mesh to one question.

The three are never merged. The first two are the API server's, about a user with groups and about the name
alone; the mesh knows neither verb nor resource, and says whether requests reach the namespace's workloads.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.service_calls import is_asked_about
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh import MeshAnswer, Reach, reaches
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS


class Planes(Struct, frozen=True):
    """
    The verdicts for kubectl and for Kubeflow's services, and what the mesh says, in *namespace*.

    *through* are the groups without which kubectl would not have its yes; *asked* is whether Kubeflow's
    services ask about such a resource at all. *mesh* is the mesh's word, None where there is no mesh.
    """

    namespace: str
    kubectl: Verdict
    kubeflow: Verdict
    asked: bool
    through: tuple[str, ...] = ()
    mesh: MeshAnswer | None = None

    @property
    def differ(self) -> bool:
        """Whether one of them answers otherwise than another, as far as is known."""
        services = (self.kubeflow,) if self.asked else ()
        return len({self.kubectl, *services, *(_MESH[self.mesh.reach] if self.mesh else ())}) > 1


def planes(
    evaluator: Evaluator, who: Who, request: Request, settled: Mapping[Via, Verdict] | None = None
) -> Planes | None:
    """
    Return what each plane answers to *request* in its namespace, None where that is nobody's question.

    It is told when the planes differ, or when Kubeflow's services ask about the resource. *settled* are the
    verdicts of those planes that the question is about, perhaps by the server's own word.
    """
    if not request.namespace or request.path is not None or who.subject.kind == GROUP:
        return None
    known = dict(settled or {})
    verdicts = {
        via: known[via] if via in known else evaluator.decide(who.seen(via), request).verdict for via in Via
    }
    found = Planes(
        request.namespace,
        verdicts[Via.KUBECTL],
        verdicts[Via.KUBEFLOW],
        Via.KUBEFLOW in known or is_asked_about(request.group, request.combined_resource),
        _through(evaluator, who, request) if verdicts[Via.KUBECTL] is Verdict.ALLOWED else (),
        _mesh(evaluator.snapshot, who, request.namespace),
    )
    return found if found.differ or found.asked else None


def refuses(snapshot: Snapshot, who: Who, namespace: str) -> bool:
    """Return whether the mesh certainly keeps *who* from the workloads of a tenant's namespace."""
    found = _mesh(snapshot, who, namespace)
    return found is not None and found.reach is Reach.NO


_MESH = {
    Reach.YES: (Verdict.ALLOWED,),
    Reach.NO: (Verdict.DENIED,),
    Reach.UNKNOWN: (Verdict.UNKNOWN,),
    Reach.NOT_INSTALLED: (),
}


def _through(evaluator: Evaluator, who: Who, request: Request) -> tuple[str, ...]:
    """The groups that grant it, none when the name alone does as well."""
    grants = [one for one in evaluator.to(who.seen(Via.KUBECTL), request) if one.certain]
    if any(one.who.kind != GROUP for one in grants):
        return ()
    masters = (MASTERS,) if MASTERS in who.groups else ()
    return tuple(dict.fromkeys((*masters, *(one.who.name for one in grants))))


def _mesh(snapshot: Snapshot, who: Who, namespace: str) -> MeshAnswer | None:
    """What the mesh says of a tenant's namespace; nothing where there is none, and of no other namespace."""
    if namespace not in profile_namespaces(snapshot):
        return None
    found = reaches(who, namespace, snapshot)
    return None if found.reach is Reach.NOT_INSTALLED else found
