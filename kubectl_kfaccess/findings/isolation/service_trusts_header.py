"""A service that believes the user's name in a header, and that every pod can send requests to."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.isolation.mesh_openings import FORGER
from kubectl_kfaccess.kubeflow.catalogue.header_services import (
    HEADER_SERVICES,
    PIPELINES_OF,
    HeaderService,
)
from kubectl_kfaccess.kubeflow.planes.mesh.reach import MeshAnswer, Reach
from kubectl_kfaccess.kubeflow.versions import Versions
from kubectl_kfaccess.rbac.model import ServiceAccount

TYPE = FindingType(
    id="isolation-service-trusts-header",
    severity=Severity.ERROR,
    what=(
        "A service of the platform takes the user's name from a request header, and the mesh lets every pod "
        "send requests to it. It is a warning unless the installed release is known, and known to ship a "
        "policy for the service."
    ),
    why=(
        "Anyone who can run a pod, a notebook or a pipeline sends the name of anybody else, and gets what "
        "that user has: the service cannot tell who sent the header."
    ),
    fix=(
        "Apply the service's AuthorizationPolicy of Kubeflow's manifests again: it admits the ingress "
        "gateway alone, for KFAM the dashboard. Delete policies that select the service and have a rule "
        "without a source."
    ),
    references=("KK#6228", "KK#6077", "KK#6702", "ADA-KUBEFL-13"),
)


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each service that is installed, and open to pods that belong to nobody."""
    in_mesh = {namespace for namespace, _ in view.snapshot.authorization_policies}
    for service in HEADER_SERVICES:
        account = _account(view, service) if service.namespace in in_mesh else None
        answer = _open(view, service, account) if account else None
        if account and answer:
            finding = _finding(service, account, answer)
            severity = None if _is_shipped_with_policy(view, service) else Severity.WARNING
            yield replace(finding, own_severity=severity, own_references=service.references)


def _account(view: ClusterView, service: HeaderService) -> ServiceAccount | None:
    """Return the account that the service runs as, which shows that it is installed; None if it is not."""
    names = (workload.account for workload in service.workloads)
    accounts = (view.snapshot.service_accounts.get((service.namespace, name)) for name in names)
    return next(filter(None, accounts), None)


def _open(view: ClusterView, service: HeaderService, account: ServiceAccount) -> MeshAnswer | None:
    """Return the answer that lets every pod in, if all releases whose labels the pods can have say so."""
    mesh = view.profiles.mesh
    answers = [
        mesh.admits(FORGER, service.namespace, workload.labels)
        for workload in service.workloads
        if workload.account == account.name
    ]
    return answers[0] if all(answer.reach is Reach.YES for answer in answers) else None


def _finding(service: HeaderService, account: ServiceAccount, answer: MeshAnswer) -> Finding:
    gets = f"which believes the user's name in the header: they get {service.gives}"
    if answer.policy:
        return about(
            answer.policy, TYPE, f"it lets every pod of the mesh send requests to `{service.name}`, {gets}"
        )
    message = f"no AuthorizationPolicy limits which pods send requests to `{service.name}`, {gets}"
    return about(account, TYPE, message)


def _is_shipped_with_policy(view: ClusterView, service: HeaderService) -> bool:
    """Whether the installed release certainly ships a policy for the service."""
    release = view.pipelines.version if view.pipelines else None
    first = PIPELINES_OF.get(service.shipped)
    return release is not None and first is not None and Versions(first).has(release)
