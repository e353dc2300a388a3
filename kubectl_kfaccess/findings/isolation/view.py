"""
A cluster and one of its tenants, with the facts that several findings about isolation need.

As in the other groups: an object is missing only if the list that it would be in was read, and nothing is
reported that is as a release ships it, unless the finding is about what the release ships.
"""

from __future__ import annotations

from functools import cached_property

from msgspec import Struct

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.findings.accepted import AcceptList
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.isolation.beyond_edit import BeyondEdit
from kubectl_kfaccess.isolation.mesh_openings import MeshOpenings
from kubectl_kfaccess.isolation.tenant_roles import TenantRoles
from kubectl_kfaccess.isolation.viewers import Viewers
from kubectl_kfaccess.isolation.ways import Crossings
from kubectl_kfaccess.kubeflow.pipelines.installation import Pipelines
from kubectl_kfaccess.kubeflow.planes.mesh.enforcement import Enforcement, enforcement
from kubectl_kfaccess.kubeflow.tenants.owners_policies import OwnersPolicies
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, Tenant
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal, principal


class ClusterView(Struct, frozen=True, dict=True):
    """
    The whole cluster: its *profiles*, the ways that cross (*crossings*), and the steps (*escalation*).

    *types* are the resource types that the cluster serves, *pipelines* how pipelines are installed, None if
    they are not. *names* are the profiles that the question is about, *accept* what users expect.
    """

    profiles: ProfileIndex
    escalation: Escalation
    crossings: Crossings
    names: tuple[str, ...]
    types: tuple[ResourceType, ...] = ()
    pipelines: Pipelines | None = None
    accept: AcceptList = AcceptList()

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that everything was read from."""
        return self.profiles.snapshot

    def lacks_owners_policy(self, namespace: str) -> bool:
        """Whether the profile certainly lacks the policy that the profile controller writes."""
        return self.owners_policies.is_missing(namespace)

    @cached_property
    def owners_policies(self) -> OwnersPolicies:
        """The policies that the profile controller writes for owners."""
        return OwnersPolicies(self.snapshot, self.profiles.tenants.namespaces, self.profiles.header)

    @cached_property
    def namespaces_in_mesh(self) -> frozenset[str]:
        """The profiles whose namespaces have a label that puts them into the mesh."""
        return frozenset(
            name
            for name in self.profiles.tenants.namespaces
            if ("", name) in self.snapshot.namespaces
            and enforcement(self.snapshot, name) is not Enforcement.UNLABELLED
        )

    @cached_property
    def openings(self) -> MeshOpenings:
        """What the mesh lets into each profile."""
        return MeshOpenings(self.profiles)

    @cached_property
    def roles(self) -> TenantRoles:
        """The roles that are bound to tenants."""
        return TenantRoles(self.snapshot, self.crossings.tenants)

    @cached_property
    def on_ways(self) -> frozenset[Principal]:
        """Those at home in a tenant, and everybody, who get out of it: findings about ways say so already."""
        ways = (way for way in self.crossings.ways if way.crosses or way.reached)
        subjects = frozenset(subject for way in ways for subject in way.subjects)
        return frozenset(who for who in (principal(each, each.namespace or "") for each in subjects) if who)

    @cached_property
    def viewers(self) -> Viewers:
        """What the roles of people who can only view lead to."""
        return Viewers(self.roles, self.crossings.levels, self.escalation)

    @cached_property
    def beyond_edit(self) -> BeyondEdit:
        """What roles grant in namespaces that `kubeflow-edit` does not."""
        return BeyondEdit(self.snapshot, self.types)


class TenantView(Struct, frozen=True, dict=True):
    """One profile, *tenant*, of the *cluster*."""

    cluster: ClusterView
    tenant: Tenant

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that everything was read from."""
        return self.cluster.snapshot

    @property
    def name(self) -> str:
        """The name of the profile, and of its namespace."""
        return self.tenant.name

    @cached_property
    def profile(self) -> ProfileView:
        """The view of the findings about profiles."""
        return ProfileView(self.cluster.profiles, self.tenant)
