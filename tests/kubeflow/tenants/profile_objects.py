"""
The objects of a profile as the profile controller and KFAM create them, for tests that change some of them.

Mirrors `components/profile-controller/controllers/profile_controller.go` and
`components/access-management/kfam/bindings.go` of kubeflow/kubeflow v1.10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from msgspec import convert
from msgspec.structs import replace

from kubectl_kfaccess.kubeflow.tenants import contributors
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, KubernetesObject, RoleBinding
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from tests.builders import (
    authorization_policy,
    cluster_role,
    namespace,
    profile,
    role_binding,
    rule,
    service_account,
    snapshot,
)

O = TypeVar("O", bound=KubernetesObject)  # noqa: E741 (an object)

HEADER = "request.headers[kubeflow-userid]"
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
PLATFORM = (
    cluster_role("kubeflow-admin", rule("*", "pods,rolebindings.rbac.authorization.k8s.io")),
    cluster_role("kubeflow-edit", rule("*", "pods")),
    cluster_role("kubeflow-view", rule("get", "pods")),
    authorization_policy("istio-system/global-deny-all", {}),
    service_account("istio-system/istio-ingressgateway-service-account"),
)
"""The roles, a mesh that denies by default, and the gateway that users come through."""


def annotated(object_: O, more: Mapping[str, str] | None = None, **annotations: str) -> O:
    """Return *object_* with these annotations and no others."""
    return replace(object_, metadata=replace(object_.metadata, annotations={**annotations, **(more or {})}))


def admitting(key: str, *users: str, header: str = HEADER, prefix: str = "") -> AuthorizationPolicy:
    """Return a policy that admits users through the gateway, annotated with the first of them."""
    values = [f"{prefix}{user}" for user in users]
    spec = {"rules": [{"from": [{"source": {"principals": [GATEWAY]}}], "when": [_is(header, values)]}]}
    return annotated(authorization_policy(key, spec), user=users[0], role="edit")


def _is(header: str, values: list[str]) -> dict[str, Any]:
    return {"key": header, "values": values}


def controller_objects(
    name: str = "team-a", owner: str = "user:alice@example.com"
) -> dict[str, KubernetesObject]:
    """Return what the controller creates for a Profile, by a short name for each object."""
    user = owner.partition(":")[2].rpartition("/")[2]
    return {
        "profile": profile(name, owner),
        "namespace": annotated(
            namespace(
                name, **{"app.kubernetes.io/part-of": "kubeflow-profile", "istio-injection": "enabled"}
            ),
            owner=user,
        ),
        "editor": service_account(f"{name}/default-editor"),
        "viewer": service_account(f"{name}/default-viewer"),
        "editor's binding": role_binding(
            name, "default-editor", "kubeflow-edit", f"sa:{name}/default-editor"
        ),
        "viewer's binding": role_binding(
            name, "default-viewer", "kubeflow-view", f"sa:{name}/default-viewer"
        ),
        "owner's binding": annotated(
            role_binding(name, "namespaceAdmin", "kubeflow-admin", owner), user=user, role="admin"
        ),
        "owner's policy": admitting(f"{name}/ns-owner-access-istio", user),
    }


def contributor(
    user: str, role: str = "edit", name: str = "team-a"
) -> tuple[RoleBinding, AuthorizationPolicy]:
    """Return what the dashboard writes for a contributor."""
    binding, policy = contributors.contributor(user, role, name, snapshot())
    return convert(binding, RoleBinding), convert(policy, AuthorizationPolicy)


def world(
    *more: KubernetesObject,
    without: Iterable[str] = (),
    gaps: Iterable[Gap] = (),
    owner: str = "user:alice@example.com",
    platform: Iterable[KubernetesObject] = PLATFORM,
) -> Snapshot:
    """Return the profile `team-a` without the objects *without*; objects in *more* can replace others."""
    left = set(without)
    own = (object_ for word, object_ in controller_objects(owner=owner).items() if word not in left)
    return snapshot(*platform, *own, *more, gaps=gaps)
