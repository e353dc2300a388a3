"""The kinds of objects in a snapshot: the URL path of each, and the field of the snapshot for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from msgspec import Struct

from kubectl_kfaccess.notes import Note
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
from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG, Ending, ObjectName
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot


class Kind(Struct, frozen=True):
    """
    A kind of object; *resource* is its plural name, *field* the snapshot's field for it.

    The API of an *optional* kind can be missing: there are no such objects then, and no gap. Objects in the
    namespace *counts_everywhere* apply to every namespace. If *only* is set, clusters have many such objects,
    and we need those that one of these names fits: each is read by its name.
    """

    group: str
    resource: str
    field: str
    struct: type[KubernetesObject]
    optional: bool = False
    version: str = "v1"
    counts_everywhere: str = ""
    only: tuple[ObjectName, ...] = ()

    @property
    def namespaced(self) -> bool:
        """Return whether objects of this kind are in a namespace."""
        return self.struct.namespaced

    def needs(self, namespace: str, name: str) -> bool:
        """Return whether we need the object *name* in *namespace*."""
        return not self.only or any(needed.fits(namespace, name) for needed in self.only)

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the URL path of a list (of *namespace*, or of the whole cluster) or of the object *name*."""
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
    Kind(  # every release of Istio serves this version; `v1` exists since 1.22
        "security.istio.io",
        "authorizationpolicies",
        "authorization_policies",
        AuthorizationPolicy,
        optional=True,
        version="v1beta1",
        counts_everywhere="istio-system",
    ),
    Kind(
        "apps",
        "deployments",
        "deployments",
        Deployment,
        only=(ObjectName("ml-pipeline", ending=Ending.ANYTHING),),
    ),
    Kind(
        "",
        "configmaps",
        "config_maps",
        ConfigMap,
        only=(ObjectName("pipeline-", ending=Ending.ANYTHING), PROFILES_CONFIG, MESH_CONFIG),
    ),
)
BY_RESOURCE = {kind.resource: kind for kind in KINDS}
BY_KIND = {(kind.group, kind.struct.kind): kind for kind in KINDS}

CLUSTER_WIDE = ("clusterroles", "clusterrolebindings")
IN_NAMESPACES = ("roles", "rolebindings")


def snapshot_of(
    objects: Mapping[str, Any], *, gaps: tuple[Gap, ...] = (), notes: tuple[Note, ...] = ()
) -> Snapshot:
    """Return a snapshot of *objects*: by field of the snapshot, the objects by key."""
    return Snapshot(**objects, gaps=gaps, notes=notes)
