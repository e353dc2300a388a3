"""The gateway for requests inside the cluster that nobody has to log in for."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.findings.profiles.view import few
from kubectl_kfaccess.isolation.mesh_openings import POD
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach
from kubectl_kfaccess.rbac.model import ServiceAccount

TYPE = FindingType(
    id="isolation-cluster-local-gateway",
    severity=Severity.WARNING,
    what=(
        "Every pod can send requests through the cluster-local gateway without a token: no policy limits "
        "it, or one admits everybody and the policies of profiles let the gateway in."
    ),
    why=(
        "KServe serves models by this gateway as well. To the policies of a profile such a request comes "
        "from the gateway, so they cannot tell which tenant has sent it."
    ),
    fix=(
        "Install the overlay `m2m-auth` of the gateway in Kubeflow's manifests, which asks for a token. Or "
        "take the gateway's principal out of the policies of the profiles."
    ),
    references=("kserve#2197", "community-distribution#2811"),
)

ACCOUNT = "cluster-local-gateway-service-account"
"""The account of the gateway in Kubeflow's manifests, which shows that it is installed."""

_LABELS = frozenset({("app", "cluster-local-gateway"), ("istio", "cluster-local-gateway")})


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield a finding for each such gateway; none if there is no mesh, or its policies were not read."""
    for key in sorted(view.snapshot.service_accounts):
        if key[1] == ACCOUNT and key[0] not in view.profiles.tenants.namespaces:
            yield from _of_gateway(view, view.snapshot.service_accounts[key])


def _of_gateway(view: ClusterView, account: ServiceAccount) -> Iterator[Finding]:
    answer = view.profiles.mesh.admits(POD, account.namespace, _LABELS)
    if answer.reach is not Reach.YES:
        return
    names = [name for name in view.names if view.openings.lets_in(name, account.key)]
    verb = "lets" if len(names) == 1 else "let"
    into = f", and {few(names)} {verb} the gateway in" if names else ""
    if answer.policy is None:
        message = "no AuthorizationPolicy limits which pods send requests through `cluster-local-gateway`"
        yield about(account, TYPE, f"{message}{into}")
    elif names:
        message = "it lets every pod of the mesh send requests through `cluster-local-gateway`"
        yield about(answer.policy, TYPE, f"{message}{into}")
