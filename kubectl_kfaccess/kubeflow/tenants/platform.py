"""
The namespaces of the platform: of the controllers of Kubernetes, Kubeflow, Istio, Knative and cert-manager.

That an account lives there does not make it the platform's: for that, see `platform_grants`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_kfaccess.rbac.model import ClusterRoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot

KUBERNETES = frozenset({"kube-system"})
"""Kubernetes' own namespace, which no profile can have."""

WELL_KNOWN_NAMESPACES = frozenset(
    {
        "auth",  # dex, as the platform installs it
        "cert-manager",
        "istio-system",
        "knative-eventing",
        "knative-serving",
        "kserve",
        "kubeflow",
        "kubeflow-system",  # the trainer
        "oauth2-proxy",
    }
)

# Only names that nobody else would choose for an account: `controller` or `argo` would be too common
_WELL_KNOWN_ACCOUNTS = frozenset(
    {
        "admission-webhook-service-account",
        "cert-manager",
        "cert-manager-cainjector",
        "istio-reader-service-account",
        "istiod",
        "jupyter-web-app-service-account",
        "katib-controller",
        "katib-ui",
        "kserve-controller-manager",
        "kserve-models-web-app",
        "kubeflow-pipelines-cache",
        "kubeflow-trainer-controller-manager",
        "meta-controller-service",
        "ml-pipeline",
        "ml-pipeline-persistenceagent",
        "ml-pipeline-scheduledworkflow",
        "ml-pipeline-ui",
        "notebook-controller-service-account",
        "profiles-controller-service-account",
        "pvcviewer-controller-manager",
        "spark-operator-controller",
        "tensorboard-controller-controller-manager",
        "training-operator",
        "volumes-web-app-service-account",
    }
)


def platform_namespaces(
    cluster_role_bindings: Iterable[ClusterRoleBinding], tenants: Collection[str] = ()
) -> frozenset[str]:
    """
    Return the names of the namespaces whose service accounts are controllers.

    These are the well-known ones, and those where a ClusterRoleBinding names a controller's well-known
    account: tenants cannot create ClusterRoleBindings. *tenants* are the namespaces of profiles, which users
    name freely, so none of them counts as the platform's.
    """
    controllers_namespaces = {
        subject.namespace or ""
        for binding in cluster_role_bindings
        for subject in binding.subjects
        if _is_controller(subject)
    }
    return KUBERNETES | ((WELL_KNOWN_NAMESPACES | controllers_namespaces) - frozenset(tenants) - {""})


def controller_roles(snapshot: Snapshot) -> frozenset[str]:
    """Return the names of ClusterRoles that are bound cluster-wide, and only to accounts of controllers."""
    bindings = snapshot.cluster_role_bindings.values()
    namespaces = platform_namespaces(bindings)
    by_role: dict[str, list[bool]] = {}
    for binding in bindings:
        are_controllers = (
            subject.kind == "ServiceAccount" and subject.namespace in namespaces
            for subject in binding.subjects
        )
        by_role.setdefault(binding.role_ref.name, []).extend(are_controllers)
    return frozenset(name for name, flags in by_role.items() if flags and all(flags))


def _is_controller(subject: Subject) -> bool:
    return subject.kind == "ServiceAccount" and subject.name in _WELL_KNOWN_ACCOUNTS
