"""The kinds that a snapshot is made of: where the API serves each, and which field it fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    AuthorizationPolicy,
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    KubernetesObject,
    Namespace,
    Profile,
    Role,
    RoleBinding,
    ServiceAccount,
)
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot


class Kind(Struct, frozen=True):
    """
    One kind of object; *resource* is its plural name, *field* the snapshot's.

    The API of an *optional* kind may be missing: then there are no objects, which is no gap. What stands in
    the namespace *counts_everywhere* belongs to every other one as well. Of a kind that a cluster has many of
    *only* those whose names begin so are of interest: they are asked for one by one.
    """

    group: str
    resource: str
    field: str
    struct: type[KubernetesObject]
    optional: bool = False
    version: str = "v1"
    counts_everywhere: str = ""
    only: str = ""

    @property
    def namespaced(self) -> bool:
        return self.struct.namespaced

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the URL path of the list, of one namespace or of the whole cluster, or of one object."""
        base = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{quote(namespace, safe='')}" if namespace else ""
        return f"{base}{within}/{self.resource}" + (f"/{quote(name, safe='')}" if name else "")


KINDS = (
    Kind(RBAC_GROUP, "clusterroles", "cluster_roles", ClusterRole),
    Kind(RBAC_GROUP, "clusterrolebindings", "cluster_role_bindings", ClusterRoleBinding),
    Kind(RBAC_GROUP, "roles", "roles", Role),
    Kind(RBAC_GROUP, "rolebindings", "role_bindings", RoleBinding),
    Kind("", "namespaces", "namespaces", Namespace),
    Kind("", "serviceaccounts", "service_accounts", ServiceAccount),
    Kind("kubeflow.org", "profiles", "profiles", Profile, optional=True),
    Kind(  # every Istio serves this version, `v1` only those since 1.22
        "security.istio.io",
        "authorizationpolicies",
        "authorization_policies",
        AuthorizationPolicy,
        optional=True,
        version="v1beta1",
        counts_everywhere="istio-system",
    ),
    Kind("apps", "deployments", "deployments", Deployment, only="ml-pipeline"),
    Kind("", "configmaps", "config_maps", ConfigMap, only="pipeline-"),
)
BY_RESOURCE = {kind.resource: kind for kind in KINDS}
BY_KIND = {(kind.group, kind.struct.kind): kind for kind in KINDS}

CLUSTER_WIDE = ("clusterroles", "clusterrolebindings")
IN_NAMESPACES = ("roles", "rolebindings")


def snapshot_of(
    objects: Mapping[str, Any], *, gaps: tuple[Gap, ...] = (), notes: tuple[str, ...] = ()
) -> Snapshot:
    """Return a snapshot of *objects*, which are given by the fields that they fill."""
    return Snapshot(**objects, gaps=gaps, notes=notes)
