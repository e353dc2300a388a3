"""What every source of a cluster's objects offers to the commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Namespaces, Snapshot
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, Reviewer


class Wanted(Struct, frozen=True):
    """
    The resources that a command needs, by plural name, and the namespaces that it needs (None for all).

    Objects that are read by their names (`Kind.only`) are where they are, whatever the namespaces.
    """

    resources: tuple[str, ...]
    namespaces: Namespaces = None

    def covers(self, gap: Gap) -> bool:
        """Return whether the gap can hide something wanted."""
        is_anywhere = not gap.namespace or gap.is_of_settings
        in_scope = is_anywhere or self.namespaces is None or gap.namespace in self.namespaces
        return gap.resource in self.resources and in_scope


class DefaultNamespace(Struct, frozen=True):
    """The namespace to use if the user names none ("" for all), and where it comes from, in words."""

    name: str
    origin: str


class ClusterFacts(Struct, frozen=True):
    """
    Which cluster the objects are of; what is not known is "".

    *uid* is that of the namespace kube-system, *version* the server's own (`v1.36.3`), and *context* the
    kubeconfig's. *time* is when they were saved (`2026-11-28T14:42:00Z`), "" if they were not.
    """

    uid: str = ""
    version: str = ""
    context: str = ""
    time: str = ""


class ObjectAddress(Struct, frozen=True):
    """Where an object of any kind is; *version* is that of the API group."""

    type: ResourceType
    version: str
    namespace: str
    name: str


class LiveObject(Struct, frozen=True):
    """
    Whether an object exists, and its *content*; *exists* is None if that is not known, and *why* says why.

    The content is None if it was not read, and that of a Secret has metadata alone. Unless *is_served*, the
    server does not know the kind in this version.
    """

    exists: bool | None
    content: Manifest | None = None
    why: str = ""
    is_served: bool = True


class Source(Protocol):
    """A live cluster, a saved snapshot of one, or files with the objects of one."""

    @property
    def env(self) -> Environment:
        """Return the process's streams, files and variables, for commands that need more than objects."""

    @property
    def live(self) -> bool:
        """Return whether the objects are a server's, now or when they were saved: what it lists is all."""

    @property
    def reviewer(self) -> Reviewer | None:
        """Return what sends access reviews to the server; None if there is no server."""

    def caller_identity(self) -> CallerIdentity | None:
        """Return who asks, as the server knows them, or as `--as` names them; None if nobody is named."""

    def version(self) -> KubernetesVersion | None:
        """Return the Kubernetes version that answers count for; None if the server does not tell it."""

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        """Return which cluster the objects are of; *with_uid* reads the UID, which is one more request."""

    def default_namespace(self) -> DefaultNamespace:
        """Return the namespace to use if the user names none."""

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        """Return the types that the cluster serves, in the server's order; *again* ignores the cache."""

    def knows_types_of(self, group: str) -> bool:
        """Return whether all types of an API group are known, so that the cluster serves no others."""

    def unanswered_groups(self) -> frozenset[str] | None:
        """Return the API groups whose types the cluster could not tell; None if it told no types at all."""

    def namespace_exists(self, name: str) -> bool | None:
        """Return whether the namespace exists; None if we cannot find out."""

    def namespace(self, name: str) -> Namespace | None:
        """Return the namespace called *name*; None if it does not exist or cannot be read."""

    def place_of(self, key: ObjectKey) -> str:
        """Return where an object stands in files, `FILE:LINE` or in JSON `FILE item N`; "" if it does not."""

    def read(self, wanted: Wanted) -> Snapshot:
        """
        Return the objects of the wanted kinds; what cannot be read becomes a gap.

        Raises CannotAnswer if nothing can be read, UsageError if a file cannot be used.
        """

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        """Return a snapshot of one object, or of none if it does not exist; a refusal becomes a gap."""

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        """Return whether these objects exist, in their order."""
