"""The kinds that a snapshot is made of: where the API serves each, and which field it fills."""

from __future__ import annotations

from urllib.parse import quote

from msgspec import Struct

from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Namespace,
    Role,
    RoleBinding,
    ServiceAccount,
)

RBAC = "rbac.authorization.k8s.io"


class Kind(Struct, frozen=True):
    """One kind of object; *resource* is its plural name, which is also the snapshot's field but for `_`."""

    group: str
    resource: str
    field: str
    struct: type[KubernetesObject]

    @property
    def namespaced(self) -> bool:
        return self.struct.namespaced

    def path(self, namespace: str = "") -> str:
        """Return the URL path of the list: of one namespace, or of the whole cluster."""
        base = f"/apis/{self.group}/v1" if self.group else "/api/v1"
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{base}{within}/{self.resource}"


KINDS = (
    Kind(RBAC, "clusterroles", "cluster_roles", ClusterRole),
    Kind(RBAC, "clusterrolebindings", "cluster_role_bindings", ClusterRoleBinding),
    Kind(RBAC, "roles", "roles", Role),
    Kind(RBAC, "rolebindings", "role_bindings", RoleBinding),
    Kind("", "namespaces", "namespaces", Namespace),
    Kind("", "serviceaccounts", "service_accounts", ServiceAccount),
)
BY_RESOURCE = {kind.resource: kind for kind in KINDS}
BY_KIND = {(kind.group, kind.struct.kind): kind for kind in KINDS}

CLUSTER_WIDE = ("clusterroles", "clusterrolebindings")
IN_NAMESPACES = ("roles", "rolebindings")
