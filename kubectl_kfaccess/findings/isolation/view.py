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
from kubectl_kfaccess.isolation.ways import Crossings
from kubectl_kfaccess.kubeflow.pipelines.installation import Pipelines
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex, Tenant
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot


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
