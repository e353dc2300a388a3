"""Which namespaces count as the platform's."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.tenants.platform import platform_namespaces
from kubectl_kfaccess.rbac.model import ClusterRoleBinding, ObjectMeta, RoleRef, Subject


def binding(name: str, namespace: str, kind: str = "ServiceAccount") -> ClusterRoleBinding:
    return ClusterRoleBinding(
        metadata=ObjectMeta(name="any"),
        role_ref=RoleRef("ClusterRole", "any"),
        subjects=(Subject(kind, name, namespace),),
    )


@pytest.mark.parametrize(
    "namespace", ["kube-system", "kubeflow", "istio-system", "knative-serving", "cert-manager", "auth"]
)
def test_the_usual_namespaces_are_the_platforms(namespace: str) -> None:
    """They need no evidence."""
    assert namespace in platform_namespaces([])


@pytest.mark.parametrize(
    "account",
    [
        "istiod",
        "ml-pipeline",
        "kserve-controller-manager",
        "profiles-controller-service-account",
        "cert-manager",
    ],
)
def test_a_controllers_account_makes_its_namespace_the_platforms(account: str) -> None:
    """An installation in another namespace is recognized by the accounts in ClusterRoleBindings."""
    assert "mlops" in platform_namespaces([binding(account, "mlops")])


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(binding("default-editor", "mlops"), id="an account that profiles have"),
        pytest.param(binding("controller", "mlops"), id="a name that anyone can use"),
        pytest.param(binding("ml-pipeline", "mlops", kind="User"), id="a user with that name"),
    ],
)
def test_other_subjects_make_no_namespace_the_platforms(other: ClusterRoleBinding) -> None:
    """Only a service account with a controller's name is evidence."""
    assert "mlops" not in platform_namespaces([other])


def test_an_account_without_a_namespace_is_no_evidence() -> None:
    """No namespace has an empty name."""
    assert "" not in platform_namespaces([binding("ml-pipeline", "")])


def test_a_tenants_namespace_is_never_the_platforms() -> None:
    """Users choose the names of profiles, so neither names nor bindings count there."""
    namespaces = platform_namespaces([binding("ml-pipeline", "team-a")], tenants={"team-a", "oauth2-proxy"})

    assert not {"team-a", "oauth2-proxy"} & namespaces


def test_kube_system_is_always_kubernetes_own() -> None:
    """A profile of that name changes nothing."""
    assert "kube-system" in platform_namespaces([], tenants={"kube-system"})
