"""
The live cluster: four lists at a time, discovery, and what may not be read told as gaps.

This is the one module that imports the Kubernetes client. Its connection pool is used (TLS, proxies, client
certificates), its models are not: lists are decoded straight into the structs of `rbac.model`.
"""

from __future__ import annotations

import re
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import msgspec
import urllib3
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject
from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, UnusableKubeconfig
from kubectl_kfaccess.rbac.model import KubernetesObject, Namespace
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot, by_key
from kubectl_kfaccess.sources.cluster import discovery
from kubectl_kfaccess.sources.cluster.access_reviews import AT_ONCE as REVIEWS_AT_ONCE
from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Expired, Refused, Transport
from kubectl_kfaccess.sources.files.files import defaults
from kubectl_kfaccess.sources.kinds import BY_RESOURCE, Kind, snapshot_of
from kubectl_kfaccess.sources.kubeconfig import credentials
from kubectl_kfaccess.sources.kubeconfig.choice import Connection, load
from kubectl_kfaccess.sources.source import DefaultNamespace, Wanted
from kubectl_kfaccess.sources.source_choice import SourceChoice
from kubectl_kfaccess.terminal.progress import progress

AT_ONCE = 4
PAGE = 25_000  # one page for all but the largest clusters: each further one waits for the server anew
MOST_SINGLE_LISTS = 8  # namespaces; for more of them one list of the whole cluster is cheaper
RESTARTS = 2

# What the server takes for a namespace's name: nothing is ever in another, and it could be no part of a path
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)

T = TypeVar("T")


class _ListMeta(Struct):
    token: str | None = msgspec.field(default="", name="continue")


class _List(Struct, Generic[T]):
    kind: str = ""
    items: tuple[T, ...] | None = ()
    metadata: _ListMeta = msgspec.field(default_factory=_ListMeta)


class _Version(Struct):
    version: str = ""


class _ApiGroup(Struct):
    versions: tuple[_Version, ...] = ()


@dataclass(frozen=True)
class _Part:
    """One list to read: a kind, in one namespace or ("") in the whole cluster."""

    kind: Kind
    namespace: str = ""


_Answer = tuple[_Part, list[KubernetesObject], list[Gap]]


def live_cluster(choice: SourceChoice, env: Environment) -> ClusterSource:
    """Return the live cluster of the kubeconfig and the connection flags."""
    cache = discovery.cache_directory(choice.cache, env)
    return ClusterSource(lambda: load(choice.connection, env), env, cache, choice.verbosity)


@dataclass
class ClusterSource:
    """A cluster that is asked; before the first question no kubeconfig is read and nothing is sent."""

    connect: Callable[[], Connection]
    env: Environment
    cache: Path | None = None
    verbosity: int = 0
    live: bool = True
    notes: list[str] = field(default_factory=list)

    @cached_property
    def connection(self) -> Connection:
        """How the cluster is reached, and as which user."""
        return self.connect()

    def default_namespace(self) -> DefaultNamespace:
        return DefaultNamespace(self.connection.namespace, self.connection.namespace_from)

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        file = discovery.cache_file(self.cache, self.connection.server) if self.cache else None
        kept = None if again or not file else discovery.cached(file)
        if kept is not None:
            return kept
        try:
            types = _understood("discovery", lambda: discovery.discovered(self._get))
        except Refused as refused:
            # nothing can be named then but what everybody knows: Kubernetes' own types, and the catalogue's
            types = defaults().resources
            self.notes.append(f"discovery is refused, so names are Kubernetes' own: {refused.reason}")
            return types
        trouble = discovery.keep(file, types) if file else ""
        if trouble and self.verbosity >= 2:
            self.env.stderr.write(f"cannot write the discovery cache `{file}`: {trouble}\n")
        return types

    def read(self, wanted: Wanted) -> Snapshot:
        _ = self.transport  # made here, once, not by four threads at the same time
        with progress(
            self.env.stderr, f"reading {', '.join(wanted.resources)}", self.env.environ.get("TERM", "")
        ):
            return self._read(wanted)

    def _read(self, wanted: Wanted) -> Snapshot:
        answers = self._lists(list(_parts(wanted)))
        again = [part for refused, _, gaps in answers if gaps for part in _one_by_one(refused, wanted)]
        if again:  # the whole cluster's list is forbidden, those of single namespaces may not be
            instead = {part.kind.resource for part in again}
            kept = [answer for answer in answers if answer[0].kind.resource not in instead]
            answers = [*kept, *self._lists(again)]
        found: dict[str, dict[tuple[str, str], KubernetesObject]] = {}
        gaps: list[Gap] = []
        for part, objects, missing in answers:
            found.setdefault(part.kind.field, {}).update(by_key(objects))
            gaps += missing
        return snapshot_of(found, gaps=tuple(sorted(set(gaps))), notes=tuple(self.notes))

    def read_one(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        if kind.namespaced and not _NAMESPACE.fullmatch(namespace):
            return Snapshot()
        try:
            body = self.transport.get(kind.path(namespace, name))
        except Refused as refused:
            gap = Gap(resource, namespace, refused.reason, refused.code)
            return Snapshot() if refused.status == 404 else Snapshot(gaps=(gap,))
        found = _understood(resource, lambda: msgspec.json.decode(body, type=kind.struct))
        return snapshot_of({kind.field: {found.key: found}})

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
        if not _NAMESPACE.fullmatch(name):
            raise Refused(404, f'namespaces "{name}" not found')
        body = self.transport.get(f"/api/v1/namespaces/{name}")
        return _understood("namespaces", lambda: msgspec.json.decode(body, type=Namespace))

    def server_version(self) -> dict[str, Any]:
        """Return what the server says at /version."""
        try:
            body = self.transport.get("/version")
        except Refused as refused:
            raise CannotAnswer(f"error from server: {refused.reason}", code=refused.code) from refused
        return _understood("version", lambda: msgspec.json.decode(body, type=dict[str, Any]))

    @cached_property
    def transport(self) -> Transport:
        """The way to the server: the client's own pool, with the credentials of the kubeconfig."""
        connection = self.connection
        found = credentials.headers(connection, self.env, interactive=True)
        return Transport(
            pool=_pool(connection, found.certificate),
            server=connection.server,
            headers=_Headers(connection, self.env, found.authorization),
            timeout=connection.timeout,
            # compression costs the server more time than loopback takes for the plain bytes
            compressed=not connection.disable_compression and not _is_loopback(connection.server),
            verbosity=self.verbosity,
            stderr=self.env.stderr,
        )

    @cached_property
    def reviewer(self) -> Reviewer:
        """The server as one who answers access reviews."""
        return Reviewer(self.transport, self.env)

    def _get(self, path: str, accept: str) -> bytes:
        return self.transport.get(path, accept=accept)

    def _lists(self, parts: list[_Part]) -> list[_Answer]:
        return at_once(self._list_or_gap, parts, AT_ONCE)

    def _list_or_gap(self, part: _Part) -> _Answer:
        try:
            return part, self._list(part), []
        except Refused as refused:
            if refused.status == 404 and part.kind.optional:
                return self._in_another_version(part)
            return part, [], [_gap(part, refused)]

    def _in_another_version(self, part: _Part) -> _Answer:
        """The list in a version of its group that this server has; without one it is not installed."""
        for version in self._versions(part.kind.group):
            other = _Part(replace(part.kind, version=version), part.namespace)
            try:
                return part, self._list(other), []
            except Refused as refused:
                if refused.status != 404:
                    return part, [], [_gap(part, refused)]
        return part, [], []

    def _versions(self, group: str) -> list[str]:
        try:
            body = self.transport.get(f"/apis/{group}")
        except Refused:
            return []
        found = _understood(f"the group {group}", lambda: msgspec.json.decode(body, type=_ApiGroup))
        return [one.version for one in found.versions]

    def _list(self, part: _Part) -> list[KubernetesObject]:
        generic: Any = _List  # of what is known at run time
        decoder = msgspec.json.Decoder(generic[part.kind.struct])
        for restart in range(RESTARTS + 1):
            # a list that keeps expiring is taken in one piece: pages of two moments are no snapshot
            limit = PAGE if restart < RESTARTS else 0
            try:
                return [found for page in self._pages(part, decoder, limit) for found in page]
            except Expired:
                continue
        raise CannotAnswer(f"cannot list {part.kind.resource}: the list expired while it was read")

    def _pages(self, part: _Part, decoder: Any, limit: int) -> Iterator[tuple[KubernetesObject, ...]]:
        token: str | None = ""
        while token is not None:
            query: dict[str, str | int] = {"limit": limit} if limit else {}
            if token:
                query["continue"] = token
            body = self.transport.get(part.kind.path(part.namespace), query)
            page = _understood(part.kind.resource, partial(_page, decoder, body))
            yield page.items or ()
            token = page.metadata.token or None


@dataclass
class _Headers:
    """The headers that say who asks; new credentials are fetched when the server refuses these."""

    connection: Connection
    env: Environment
    authorization: str | None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, fresh: bool) -> Any:
        if fresh:
            with self._lock:
                found = credentials.headers(self.connection, self.env, interactive=True)
                self.authorization = found.authorization
        headers = urllib3.HTTPHeaderDict()
        if self.authorization:
            headers.add("Authorization", self.authorization)
        for name, value in credentials.impersonation_headers(self.connection):
            headers.add(name, value)
        return headers


def _gap(part: _Part, refused: Refused) -> Gap:
    return Gap(part.kind.resource, part.namespace, refused.reason, refused.code)


def _parts(wanted: Wanted) -> Iterator[_Part]:
    for resource in wanted.resources:
        kind = BY_RESOURCE[resource]
        if not kind.namespaced or wanted.namespaces is None or len(wanted.namespaces) > MOST_SINGLE_LISTS:
            yield _Part(kind)
        else:
            yield from (_Part(kind, name) for name in _places(kind, wanted))


def _one_by_one(refused: _Part, wanted: Wanted) -> Iterator[_Part]:
    if refused.kind.namespaced and not refused.namespace:
        yield from (_Part(refused.kind, name) for name in _places(refused.kind, wanted))


def _places(kind: Kind, wanted: Wanted) -> tuple[str, ...]:
    """The namespaces whose lists make up the answer; none that no namespace could be called."""
    if not wanted.namespaces:
        return ()
    names = (*wanted.namespaces, kind.counts_everywhere)
    return tuple(dict.fromkeys(name for name in names if _NAMESPACE.fullmatch(name)))


def _page(decoder: Any, body: bytes) -> Any:
    """The decoded page of a list; some other web server's JSON must not read as an empty one."""
    page = decoder.decode(body)
    if not page.kind.endswith("List"):
        raise msgspec.ValidationError(f"it is a `{page.kind}`, not a list" if page.kind else "it has no kind")
    return page


def _understood(what: str, decode: Callable[[], T]) -> T:
    try:
        return decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotAnswer(
            f"cannot understand the server's answer about {what}: {error}",
            hint="is this the address of a Kubernetes API server?",
        ) from error


def _pool(connection: Connection, certificate: credentials.ClientCertificate | None) -> Any:
    """The client's own urllib3 pool manager for *connection*."""
    configuration = Configuration()
    configuration.host = connection.server
    configuration.verify_ssl = not connection.insecure
    configuration.tls_server_name = connection.tls_server_name or None
    configuration.connection_pool_maxsize = max(AT_ONCE, REVIEWS_AT_ONCE)
    if connection.proxy_url:  # kubectl: the kubeconfig's own proxy counts, whatever NO_PROXY says
        configuration.proxy, configuration.no_proxy = connection.proxy_url, ""
    if connection.insecure:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    try:
        manager = RESTClientObject(configuration).pool_manager
        if connection.server.startswith("https:"):
            settings = manager.connection_pool_kw
            for files in ("ca_certs", "cert_file", "key_file", "ca_cert_data"):
                settings.pop(files, None)
            settings["ssl_context"] = _tls(connection, certificate)
    except (OSError, ValueError) as error:
        raise UnusableKubeconfig(f"cannot use the certificates of this context: {error}") from error
    return manager


def _tls(connection: Connection, certificate: credentials.ClientCertificate | None) -> Any:
    """One TLS context for all connections; keys are on disk only while it reads them."""
    authority = connection.authority()
    context = ssl.create_default_context(cadata=authority.decode("ascii", "replace") if authority else None)
    # Python 3.13 refuses authorities without key usage; Go, and so kubectl, takes them
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if connection.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate:
        with credentials.certificate_files(certificate) as files:
            context.load_cert_chain(str(files[0]), str(files[1]), _no_password)
    return context


def _no_password() -> str:
    raise ValueError("the client key is encrypted")


def _is_loopback(server: str) -> bool:
    host = urlsplit(server).hostname or ""
    return host == "localhost" or host == "::1" or host.startswith("127.")
