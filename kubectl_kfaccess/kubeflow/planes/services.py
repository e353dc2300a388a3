"""
What each of Kubeflow's services answers to one question.

The services do not ask the same: most ask about a user's name alone, some about the name and the groups, and
not all put the object's name into the review. Kubeflow's own services answer whether they are installed or
not; those of other products answer only where they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.catalogue.service_calls import calls_for
from kubectl_kfaccess.kubeflow.catalogue.services import Identity, Service
from kubectl_kfaccess.kubeflow.planes.installed_services import installed_services
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane
from kubectl_kfaccess.rbac.rules import Request


class ServiceAnswer(Struct, frozen=True):
    """The verdict of a *service* that asks about a request, if its reviews are decided by RBAC alone."""

    service: Service
    verdict: Verdict


PLANES = {Identity.NAME: Plane.KUBEFLOW, Identity.NAME_AND_GROUPS: Plane.KUBECTL}
"""The plane on which a service sees a user: kubectl's has the groups, Kubeflow's has the name alone."""


def service_answers(
    evaluator: Evaluator,
    who: KnownSubject,
    request: Request,
    settled: Mapping[tuple[Plane, Request], Verdict] | None = None,
) -> tuple[ServiceAnswer, ...]:
    """
    Return what each service answers that asks about *request* in its newest known release.

    A service that asks both with and without the object's name answers as it does with the name. *settled*
    are verdicts that are known already, perhaps from the server, by plane and by the request sent there.
    """
    known = settled or {}
    installed = installed_services(evaluator.snapshot)
    sends_name: dict[Service, bool] = {}
    for identity in PLANES:
        for call in calls_for(request.group, request.combined_resource, request.verb, identity):
            if call.service.distribution and call.service not in installed:
                continue
            if call.is_current and call.namespaced == bool(request.namespace):
                sends_name[call.service] = call.named or sends_name.get(call.service, False)
    answers = []
    for service, named in sends_name.items():
        plane, review = PLANES[service.identity], request if named else replace(request, name="")
        verdict = known.get((plane, review)) or evaluator.decide(who.seen(plane), review).verdict
        answers.append(ServiceAnswer(service, verdict))
    return tuple(answers)
