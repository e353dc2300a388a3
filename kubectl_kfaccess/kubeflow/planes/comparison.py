"""
The answers of three planes to one question: kubectl, Kubeflow's own services, and the mesh.

The three are never merged. The first two are answers of the API server, about a user with groups (kubectl)
and about only the user's name (Kubeflow's services). The mesh knows neither verbs nor resources, and says
whether requests reach the workloads in the namespace.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.service_calls import as_reviewed, is_checked
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.kfam import KfamAnswer
from kubectl_kfaccess.kubeflow.planes.mesh.answer import reaches
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, Reach
from kubectl_kfaccess.kubeflow.planes.services import ServiceAnswer, service_answers
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS


class Planes(Struct, frozen=True):
    """
    The verdicts for kubectl and for Kubeflow's services, and the answer of the mesh, in *namespace*.

    *services* are the answers of the services that ask about this request, by RBAC: *kubeflow* is what those
    answer that ask about the user's name alone. *kfam* is what KFAM decides if the dashboard does the same.
    *through* are the groups without which kubectl's verdict would not be "allowed". *is_checked* says whether
    Kubeflow's services check the resource at all. *mesh* is None if there is no mesh.
    """

    namespace: str
    kubectl: Verdict
    kubeflow: Verdict
    is_checked: bool
    through: tuple[str, ...] = ()
    mesh: MeshAnswer | None = None
    services: tuple[ServiceAnswer, ...] = ()
    kfam: KfamAnswer | None = None

    @property
    def differ(self) -> bool:
        """Whether the answers of the planes differ; an unknown answer differs from a known one."""
        services = (self.kubeflow,) if self.is_checked else ()
        return len({self.kubectl, *services, *(_MESH[self.mesh.reach] if self.mesh else ())}) > 1


def planes(
    evaluator: Evaluator,
    who: KnownSubject,
    request: Request,
    settled: Mapping[Plane, Verdict] | None = None,
    kfam: KfamAnswer | None = None,
) -> Planes | None:
    """
    Return what each plane answers to *request* in its namespace, or None if there is nothing to compare.

    That is so unless the planes differ, or Kubeflow's services check the resource, or KFAM decides. *settled*
    are verdicts that are known already for some planes, perhaps from the server.
    """
    if not request.namespace or request.path is not None or who.subject.kind == GROUP:
        return None
    known = dict(settled or {})
    requests = {Plane.KUBECTL: request, Plane.KUBEFLOW: as_reviewed(request)}
    verdicts = {
        via: known[via] if via in known else evaluator.decide(who.seen(via), requests[via]).verdict
        for via in Plane
    }
    answers = Planes(
        request.namespace,
        verdicts[Plane.KUBECTL],
        verdicts[Plane.KUBEFLOW],
        is_checked(request.group, request.combined_resource),
        _through(evaluator, who, request) if verdicts[Plane.KUBECTL] is Verdict.ALLOWED else (),
        _mesh(evaluator.snapshot, who, request.namespace),
        service_answers(evaluator, who, request, {(via, requests[via]): verdicts[via] for via in Plane}),
        kfam,
    )
    return answers if answers.differ or answers.is_checked or kfam else None


def mesh_refuses(snapshot: Snapshot, who: KnownSubject, namespace: str) -> bool:
    """Whether the mesh certainly keeps *who* from the workloads in a tenant's namespace."""
    answer = _mesh(snapshot, who, namespace)
    return answer is not None and answer.reach is Reach.NO


_MESH = {
    Reach.YES: (Verdict.ALLOWED,),
    Reach.NO: (Verdict.DENIED,),
    Reach.UNKNOWN: (Verdict.UNKNOWN,),
    Reach.NOT_INSTALLED: (),
}


def _through(evaluator: Evaluator, who: KnownSubject, request: Request) -> tuple[str, ...]:
    """Return the groups that the request is granted to, () if it is granted to the user's name as well."""
    grants = [grant for grant in evaluator.to(who.seen(Plane.KUBECTL), request) if grant.certain]
    if any(grant.who.kind != GROUP for grant in grants):
        return ()
    masters = (MASTERS,) if MASTERS in who.groups else ()
    return tuple(dict.fromkeys((*masters, *(grant.who.name for grant in grants))))


def _mesh(snapshot: Snapshot, who: KnownSubject, namespace: str) -> MeshAnswer | None:
    """Return the mesh's answer about a tenant's namespace, None for other namespaces or without a mesh."""
    if namespace not in profile_namespaces(snapshot):
        return None
    answer = reaches(who, namespace, snapshot)
    return None if answer.reach is Reach.NOT_INSTALLED else answer
