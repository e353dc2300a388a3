"""The store of metadata of pipelines, which all tenants share."""

from __future__ import annotations

from collections.abc import Iterator

from kubectl_kfaccess.findings.finding import Finding, FindingType, Severity, about
from kubectl_kfaccess.findings.isolation.view import ClusterView
from kubectl_kfaccess.isolation.mesh_openings import POD
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode
from kubectl_kfaccess.kubeflow.planes.mesh.reach import Reach

TYPE = FindingType(
    id="isolation-metadata-shared",
    severity=Severity.NOTE,
    what=(
        "ML Metadata, where pipelines keep what they know of artifacts and executions, does not know "
        "namespaces. This is as Kubeflow ships it."
    ),
    why=(
        "Every pod that reaches the service reads and changes the entries of all tenants: names and "
        "addresses of artifacts, parameters, metrics. The steps of pipelines need the service, so the mesh "
        "lets them in."
    ),
    fix="Do not put anything into parameters and names of artifacts that other tenants should not know.",
    references=("KFP#4790",),
)

ACCOUNT = "metadata-grpc-server"
"""The account of the service in the manifests of pipelines, which shows that it is installed."""

_LABELS = frozenset({("component", "metadata-grpc-server")})


def find(view: ClusterView) -> Iterator[Finding]:
    """Yield at most one finding, if the service serves several tenants, and the mesh does not shut it."""
    pipelines = view.pipelines
    if not pipelines or pipelines.mode is not Mode.MULTI_USER:
        return
    account = view.snapshot.service_accounts.get((pipelines.namespace, ACCOUNT))
    if account and view.profiles.mesh.admits(POD, account.namespace, _LABELS).reach is not Reach.NO:
        yield about(account, TYPE, "metadata of artifacts and executions is not separated by namespace")
