"""A source whose lists are read once, for an answer that is put together of several commands' answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, Reviewer
from kubectl_kfaccess.sources.source import (
    ClusterFacts,
    DefaultNamespace,
    LiveObject,
    ObjectAddress,
    Source,
    Wanted,
)


@dataclass(frozen=True)
class ReadOnce:
    """
    The objects of *inner*: the lists of *resources* are read together, when any is first needed.

    What is known of a snapshot, such as who is bound where, is worked out once as well: questions that the
    same gaps concern get the same snapshot.
    """

    inner: Source
    resources: tuple[str, ...]
    kept: dict[tuple[Gap, ...], Snapshot] = field(default_factory=dict)
    kept_objects: dict[tuple[str, str, str], Snapshot] = field(default_factory=dict)
    everything: list[Snapshot] = field(default_factory=list)

    @property
    def env(self) -> Environment:
        return self.inner.env

    @property
    def live(self) -> bool:
        return self.inner.live

    @property
    def reviewer(self) -> Reviewer | None:
        return self.inner.reviewer

    def caller_identity(self) -> CallerIdentity | None:
        return self.inner.caller_identity()

    def version(self) -> KubernetesVersion | None:
        return self.inner.version()

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        return self.inner.facts(with_uid=with_uid)

    def default_namespace(self) -> DefaultNamespace:
        return self.inner.default_namespace()

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        return self.inner.resource_types(again=again)

    def knows_types_of(self, group: str) -> bool:
        return self.inner.knows_types_of(group)

    def unanswered_groups(self) -> frozenset[str] | None:
        return self.inner.unanswered_groups()

    def namespace_exists(self, name: str) -> bool | None:
        return self.inner.namespace_exists(name)

    def namespace(self, name: str) -> Namespace | None:
        return self.inner.namespace(name)

    def place_of(self, key: ObjectKey) -> str:
        return self.inner.place_of(key)

    def read(self, wanted: Wanted) -> Snapshot:
        """
        Return all objects, with the gaps that concern *wanted*.

        Other resources, and namespaces of a cluster that cannot be read whole, are read when they are wanted.
        """
        if not set(wanted.resources) <= set(self.resources):
            return self.inner.read(wanted)
        if not self.everything:
            self.everything.append(self.inner.read(Wanted(self.resources)))
        (everything,) = self.everything
        gaps = tuple(gap for gap in everything.gaps if wanted.covers(gap))
        if wanted.namespaces is not None and any(not gap.is_of_files for gap in gaps):
            return self.inner.read(wanted)
        if gaps not in self.kept:
            self.kept[gaps] = everything if gaps == everything.gaps else replace(everything, gaps=gaps)
        return self.kept[gaps]

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        key = (resource, namespace, name)
        if key not in self.kept_objects:
            self.kept_objects[key] = self.inner.read_object(resource, namespace, name)
        return self.kept_objects[key]

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        return self.inner.live_objects(addresses)
