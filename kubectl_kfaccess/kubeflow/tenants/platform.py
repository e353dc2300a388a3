"""Who belongs to the platform: the controllers of Kubernetes, Kubeflow, Istio, Knative and cert-manager."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from kubectl_kfaccess.rbac.model import ClusterRoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot

KUBERNETES = frozenset({"kube-system"})
"""Kubernetes' own namespace, which no profile can be given."""

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

# Only names that nobody gives to an account of their own: `controller` or `argo` would be too common.
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

_USER_OF_ACCOUNT = "system:serviceaccount:"
_GROUP_OF_ACCOUNTS = "system:serviceaccounts:"


def platform_namespaces(
    cluster_role_bindings: Iterable[ClusterRoleBinding], tenants: Collection[str] = ()
) -> frozenset[str]:
    """
    Return the namespaces whose service accounts are controllers.

    They are the well-known ones and those of a controller's well-known account that a ClusterRoleBinding
    names: no tenant can write one. *tenants* are the namespaces of profiles, which users may name as they
    like; none of them is the platform's, whatever it is called.
    """
    found = {
        subject.namespace or ""
        for binding in cluster_role_bindings
        for subject in binding.subjects
        if _is_controller(subject)
    }
    return KUBERNETES | ((WELL_KNOWN_NAMESPACES | found) - frozenset(tenants) - {""})


def is_platform(kind: str, name: str, namespace: str, namespaces: Collection[str]) -> bool:
    """
    Tell whether a subject is the platform's, *namespaces* being what `platform_namespaces` returned.

    A User spelled `system:serviceaccount:NS:NAME` is that service account, and the Group
    `system:serviceaccounts:NS` is the accounts of NS: both are judged by NS, not by how they are spelled.
    """
    if kind == "ServiceAccount":
        return namespace in namespaces
    home = _namespace_of_accounts(kind, name)
    return home in namespaces if home else name.startswith("system:")


def controllers_roles(snapshot: Snapshot) -> frozenset[str]:
    """Return the ClusterRoles that are bound cluster-wide, to controllers alone: made for no tenant."""
    bindings = snapshot.cluster_role_bindings.values()
    namespaces = platform_namespaces(bindings)
    users: dict[str, list[bool]] = {}
    for binding in bindings:
        ours = (
            is_platform(one.kind, one.name, one.namespace or "", namespaces) and one.kind == "ServiceAccount"
            for one in binding.subjects
        )
        users.setdefault(binding.role_ref.name, []).extend(ours)
    return frozenset(name for name, found in users.items() if found and all(found))


def _is_controller(subject: Subject) -> bool:
    return subject.kind == "ServiceAccount" and subject.name in _WELL_KNOWN_ACCOUNTS


def _namespace_of_accounts(kind: str, name: str) -> str:
    """Return the namespace that the name of a user or group speaks of, "" when it speaks of none."""
    if kind == "Group":
        return name.removeprefix(_GROUP_OF_ACCOUNTS) if name.startswith(_GROUP_OF_ACCOUNTS) else ""
    namespace, colon, account = name.removeprefix(_USER_OF_ACCOUNT).partition(":")
    return namespace if name.startswith(_USER_OF_ACCOUNT) and colon and account and ":" not in account else ""
