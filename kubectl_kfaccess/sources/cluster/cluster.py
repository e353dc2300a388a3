"""The live cluster: its lists, four at a time, and its discovery. What cannot be read becomes a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from msgspec import Struct
from msgspec import field as field_of
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion, parse_version
from kubectl_kfaccess.rbac.model import Namespace
from kubectl_kfaccess.rbac.object_names import ObjectName
from kubectl_kfaccess.rbac.overlay import ObjectKey
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.sources.cluster import discovery
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity, ServerReviewer
from kubectl_kfaccess.sources.cluster.bounds import Bounds
from kubectl_kfaccess.sources.cluster.connection_pool import LISTS_AT_ONCE, connection_pool
from kubectl_kfaccess.sources.cluster.decoders import decoder_of
from kubectl_kfaccess.sources.cluster.live_objects import live_object
from kubectl_kfaccess.sources.cluster.named_objects import named_objects
from kubectl_kfaccess.sources.cluster.objects import decoded, read_list, read_names, read_object
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Refused, Transport
from kubectl_kfaccess.sources.files.bundled import defaults
from kubectl_kfaccess.sources.kinds import BY_RESOURCE, snapshot_of
from kubectl_kfaccess.sources.kubeconfig import credentials
from kubectl_kfaccess.sources.kubeconfig.choice import Connection, load
from kubectl_kfaccess.sources.lists import NAMESPACE, ListAnswer, Part, read_lists
from kubectl_kfaccess.sources.source import (
    ClusterFacts,
    DefaultNamespace,
    LiveObject,
    ObjectAddress,
    Wanted,
)
from kubectl_kfaccess.sources.source_choice import SourceChoice
from kubectl_kfaccess.terminal.progress import progress

MOST_VERSIONS = 10  # versions of an API group that are tried


SYSTEM = "kube-system"


class _Uid(Struct):
    uid: str = ""


class _WithUid(Struct):
    metadata: _Uid = field_of(default_factory=_Uid)


class _Version(Struct):
    version: str = ""


class _ApiGroup(Struct):
    versions: tuple[_Version, ...] = ()


def live_cluster(choice: SourceChoice, env: Environment) -> ClusterSource:
    """Return the live cluster that the kubeconfig and the connection flags name."""
    cache = discovery.cache_directory(choice.cache, env)
    return ClusterSource(lambda: load(choice.connection, env), env, cache, choice.verbosity)


@dataclass
class ClusterSource:
    """A live cluster. It reads no kubeconfig and sends nothing until it is first used."""

    connect: Callable[[], Connection]
    env: Environment
    cache: Path | None = None
    verbosity: int = 0
    live: bool = True
    notes: list[str] = field(default_factory=list)
    stale_groups: frozenset[str] | None = frozenset()  # None: discovery is refused
    reads: list[tuple[Wanted, Snapshot]] = field(default_factory=list)  # all snapshots, for completion

    @cached_property
    def connection(self) -> Connection:
        """Return the server and the credentials; raises UnusableKubeconfig if the kubeconfig is unusable."""
        return self.connect()

    def caller_identity(self) -> CallerIdentity:
        return self.reviewer.caller_identity()

    def version(self) -> KubernetesVersion | None:
        try:
            return parse_version(str(self.server_version().get("gitVersion", "")))
        except CannotAnswer:
            return None

    def place_of(self, key: ObjectKey) -> str:
        return ""

    def facts(self, *, with_uid: bool = True) -> ClusterFacts:
        try:
            version = str(self.server_version().get("gitVersion", ""))
        except CannotAnswer:
            version = ""
        return ClusterFacts(self._uid() if with_uid else "", version, self.connection.context)

    def _uid(self) -> str:
        """Return the UID of kube-system, which is as old as the cluster; "" if it cannot be read."""
        try:
            body = self.transport.get(BY_RESOURCE["namespaces"].path("", SYSTEM))
        except Refused:
            return ""
        namespace: _WithUid = decoded("namespaces", lambda: decoder_of(_WithUid).decode(body))
        return namespace.metadata.uid

    def default_namespace(self) -> DefaultNamespace:
        return DefaultNamespace(self.connection.namespace, self.connection.namespace_from)

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        file = discovery.cache_file(self.cache, self.connection.server) if self.cache else None
        cached_types = None if again or not file else discovery.cached(file)
        if cached_types is not None:
            return cached_types
        try:
            get = partial(self._get, self.transport.bounds())
            served = decoded("discovery", lambda: discovery.discovered(get))
        except Refused as refused:
            # Only Kubernetes' own types, and those of the catalogue, can be named then
            self.stale_groups = None
            self.notes.append(f"discovery is refused, so names are Kubernetes' own: {refused.reason}")
            return defaults().resources
        self.stale_groups = served.stale
        problem = discovery.keep(file, served.types) if file and not served.stale else ""
        if problem and self.verbosity >= 2:
            self.env.stderr.write(f"cannot write the discovery cache `{file}`: {problem}\n")
        return served.types

    def knows_types_of(self, group: str) -> bool:
        _ = self.resource_types()
        return self.stale_groups is not None and group not in self.stale_groups

    def unanswered_groups(self) -> frozenset[str] | None:
        _ = self.resource_types()
        return self.stale_groups

    def read(self, wanted: Wanted) -> Snapshot:
        _ = self.transport  # opened here once, and not by four threads at the same time
        with progress(
            self.env.stderr, f"reading {', '.join(wanted.resources)}", self.env.environ.get("TERM", "")
        ):
            snapshot = read_lists(wanted, self._lists, tuple(self.notes))
        self.reads.append((wanted, snapshot))
        return snapshot

    def read_object(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        if kind.namespaced and not NAMESPACE.fullmatch(namespace):
            return Snapshot()
        try:
            item = read_object(self.transport, kind, namespace, name)
        except Refused as refused:
            gap = Gap(resource, namespace, refused.reason, refused.code)
            return Snapshot() if refused.status == 404 else Snapshot(gaps=(gap,))
        return snapshot_of({kind.field: {item.key: item}})

    def live_objects(self, addresses: Sequence[ObjectAddress]) -> list[LiveObject]:
        if not addresses:
            return []
        _ = self.transport  # opened here once, and not by several threads at the same time
        with progress(self.env.stderr, "reading the objects", self.env.environ.get("TERM", "")):
            return at_once(partial(live_object, self.transport), addresses, LISTS_AT_ONCE)

    def namespace_exists(self, name: str) -> bool | None:
        try:
            self._namespace(name)
        except Refused as refused:
            return False if refused.status == 404 else None
        return True

    def namespace(self, name: str) -> Namespace | None:
        try:
            return self._namespace(name)
        except Refused:
            return None

    def _namespace(self, name: str) -> Namespace:
        """Return the namespace; raises Refused if it does not exist or cannot be read."""
        if not NAMESPACE.fullmatch(name):
            raise Refused(404, f'namespaces "{name}" not found')
        namespace = read_object(self.transport, BY_RESOURCE["namespaces"], "", name)
        assert isinstance(namespace, Namespace)  # noqa: S101 # the kind's own struct
        return namespace

    def server_version(self) -> dict[str, Any]:
        """Return the server's answer at /version; raises CannotAnswer if it refuses."""
        try:
            body = self.transport.get("/version")
        except Refused as refused:
            raise CannotAnswer(f"error from server: {refused.reason}", code=refused.code) from refused
        return decoded("version", lambda: decoder_of(dict[str, Any]).decode(body))

    @cached_property
    def transport(self) -> Transport:
        """Return the transport to the server, with the credentials of the kubeconfig."""
        login = credentials.headers(self.connection, self.env, interactive=True)
        connection = login.kept_in(self.connection)
        return Transport(
            pool=connection_pool(connection, login.certificate, self.env.environ),
            server=connection.server,
            headers=_Headers(connection, self.env, login.authorization),
            timeout=connection.timeout,
            # On loopback, compression takes the server longer than sending plain bytes
            compressed=not connection.disable_compression and not _is_loopback(connection.server),
            verbosity=self.verbosity,
            stderr=self.env.stderr,
        )

    @cached_property
    def reviewer(self) -> ServerReviewer:
        """Return what sends access reviews to this server."""
        return ServerReviewer(self.transport, self.env)

    def _get(self, bounds: Bounds, path: str, accept: str) -> bytes:
        return self.transport.get(path, accept=accept, bounds=bounds)

    def _lists(self, parts: list[Part]) -> list[ListAnswer]:
        return at_once(self._list_or_gap, parts, LISTS_AT_ONCE)

    def _list_or_gap(self, part: Part) -> ListAnswer:
        if part.name:
            return self._named(part, part.name)
        try:
            return part, read_list(self.transport, part.kind, part.namespace), []
        except Refused as refused:
            if refused.status == 404 and part.kind.optional:
                return self._in_another_version(part)
            return part, [], [_gap(part, refused)]

    def _named(self, part: Part, name: ObjectName) -> ListAnswer:
        """Return the objects that have the name, of a list that would hold many others."""
        objects, gaps = named_objects(
            part.kind,
            name,
            partial(read_names, self.transport, part.kind, part.namespace),
            partial(read_object, self.transport, part.kind, part.namespace),
        )
        return part, objects, gaps

    def _in_another_version(self, part: Part) -> ListAnswer:
        """Return the list in another version that the server has of its group; empty if it has none."""
        for version in self._versions(part.kind.group):
            other = replace(part.kind, version=version)
            try:
                return part, read_list(self.transport, other, part.namespace), []
            except Refused as refused:
                if refused.status != 404:
                    return part, [], [_gap(part, refused)]
        return part, [], []

    def _versions(self, group: str) -> list[str]:
        """Return the versions that the server has of an API group, the preferred one first."""
        try:
            body = self.transport.get(f"/apis/{group}")
        except Refused:
            return []
        answer = decoded(f"the group {group}", lambda: decoder_of(_ApiGroup).decode(body))
        return [each.version for each in answer.versions[:MOST_VERSIONS]]


@dataclass
class _Headers:
    """The headers that identify the caller; new credentials are fetched when the server refuses these."""

    connection: Connection
    env: Environment
    authorization: str | None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, fresh: bool) -> Any:
        if fresh:
            with self._lock:
                login = credentials.headers(self.connection, self.env, interactive=True)
                self.authorization = login.authorization
                self.connection = login.kept_in(self.connection)
        headers = urllib3.HTTPHeaderDict()
        if self.authorization:
            headers.add("Authorization", self.authorization)
        for name, value in credentials.impersonation_headers(self.connection):
            headers.add(name, value)
        return headers


def _gap(part: Part, refused: Refused) -> Gap:
    return Gap(part.kind.resource, part.namespace, refused.reason, refused.code)


def _is_loopback(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")
