"""What every source of a cluster's objects offers to the commands."""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer


class Wanted(Struct, frozen=True):
    """The resources that a command needs, by plural name, and the namespaces it looks into (None: all)."""

    resources: tuple[str, ...]
    namespaces: Namespaces = None


class DefaultNamespace(Struct, frozen=True):
    """The namespace that counts when none is given, and where it comes from; "" stands for all."""

    name: str
    origin: str


class Source(Protocol):
    """A live cluster, or files that say the same."""

    @property
    def env(self) -> Environment:
        """The process's streams and files, from which a command may read more than objects."""

    @property
    def live(self) -> bool:
        """Whether a server is asked, so that it may know more than it said before."""

    @property
    def reviewer(self) -> Reviewer | None:
        """What asks the server itself; None where there is none."""

    def default_namespace(self) -> DefaultNamespace:
        """Return the namespace to ask about when the user names none."""

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        """Return what the cluster serves, in the server's order; *again*: do not believe a cache."""

    def namespace_exists(self, name: str) -> bool | None:
        """Return whether there is a namespace of that name; None when that cannot be told."""

    def namespace(self, name: str) -> Namespace | None:
        """Return the namespace of that name; None when there is none, or when it may not be read."""

    def read(self, wanted: Wanted) -> Snapshot:
        """Return the objects of the wanted kinds; what cannot be read becomes a gap."""

    def read_one(self, resource: str, namespace: str, name: str) -> Snapshot:
        """Return one object, if it is there; what cannot be read becomes a gap."""
