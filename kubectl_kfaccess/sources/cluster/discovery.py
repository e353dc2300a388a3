"""
The types that the API server serves, from its discovery documents, and a cache of them on disk.

We ask for the aggregated form (two requests). A server that does not know it answers in the old form, which
takes a request per group. kubectl caches discovery too, below the same directory.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.sources import kept_files
from kubectl_kfaccess.sources.cluster.decoders import decoder_of

ACCEPT = ",".join(
    (
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList",
        "application/json",
    )
)
FRESH_SECONDS = 600
CACHE = "kfaccess"
"""The folder below kubectl's cache directory with everything that we cache about clusters."""

Get = Callable[[str, str], bytes]
"""Takes a URL path and an Accept header, and returns the body of the answer."""


class _Camel(Struct, rename="camel"):
    pass


class _Meta(_Camel):
    name: str = ""


class _Kind(_Camel):
    kind: str = ""


class _Subresource(_Camel):
    subresource: str = ""
    verbs: tuple[str, ...] | None = None


class _Resource(_Camel):
    resource: str = ""
    response_kind: _Kind | None = None
    scope: str = ""
    singular_resource: str = ""
    verbs: tuple[str, ...] | None = None
    short_names: tuple[str, ...] | None = None
    subresources: tuple[_Subresource, ...] | None = None


class _Version(_Camel):
    version: str = ""
    freshness: str = ""
    resources: tuple[_Resource, ...] | None = None


class _Group(_Camel):
    metadata: _Meta = msgspec.field(default_factory=_Meta)
    versions: tuple[_Version, ...] | None = None


class _Aggregated(_Camel):
    kind: str = ""
    items: tuple[_Group, ...] | None = None


class _OldVersion(_Camel):
    group_version: str = ""


class _OldGroup(_Camel):
    name: str = ""
    versions: tuple[_OldVersion, ...] | None = None


class _Old(_Camel):
    """Both the `APIVersions` of /api and the `APIGroupList` of /apis."""

    versions: tuple[str, ...] | UnsetType | None = UNSET
    groups: tuple[_OldGroup, ...] | UnsetType | None = UNSET


class _OldResource(_Camel):
    name: str = ""
    singular_name: str = ""
    namespaced: bool = False
    kind: str = ""
    verbs: tuple[str, ...] | None = None
    short_names: tuple[str, ...] | None = None


class _OldList(_Camel):
    resources: tuple[_OldResource, ...] | None = None


class Discovery(Struct, frozen=True):
    """The types that the server serves, in its own order, and the groups whose types are not all known."""

    types: tuple[ResourceType, ...]
    stale: frozenset[str] = frozenset()


def discovered(get: Get) -> Discovery:
    """Return the types that the server serves; raises Refused or a msgspec.DecodeError."""
    stale: set[str] = set()
    types = tuple(served for path in ("/api", "/apis") for served in _merged(_of(path, get, stale)))
    return Discovery(types, frozenset(stale))


def _of(path: str, get: Get, stale: set[str]) -> Iterator[ResourceType]:
    """
    Yield the types below /api or /apis, once for each version, and add the stale groups to *stale*.

    A group is stale while the server behind its APIService does not answer (kube-aggregator).
    """
    body = get(path, ACCEPT)
    aggregated = decoder_of(_Aggregated).decode(body)
    if aggregated.kind == "APIGroupDiscoveryList":
        for group in aggregated.items or ():
            for version in group.versions or ():
                if version.freshness == "Stale":
                    stale.add(group.metadata.name)
                for resource in version.resources or ():
                    yield _type(group.metadata.name, resource)
        return
    old = decoder_of(_Old).decode(body)
    if old.versions is UNSET and old.groups is UNSET:  # JSON of another web server is not an empty list
        raise msgspec.ValidationError(f"`{path}` is not a discovery document")
    versions = [("", version) for version in old.versions or ()] if path == "/api" else []
    versions += [(g.name, version.group_version) for g in old.groups or () for version in g.versions or ()]
    for name, group_version in versions:
        resources = decoder_of(_OldList).decode(get(f"{path}/{group_version}", "application/json"))
        yield from _old_types(name, resources.resources or ())


def _type(group: str, resource: _Resource) -> ResourceType:
    return ResourceType(
        group=group,
        name=resource.resource,
        singular=resource.singular_resource,
        kind=resource.response_kind.kind if resource.response_kind else "",
        short_names=resource.short_names or (),
        namespaced=resource.scope == "Namespaced",
        verbs=tuple(sorted(resource.verbs or ())),
        subresources=tuple(sorted(sub.subresource for sub in resource.subresources or ())),
    )


def _old_types(group: str, resources: Iterable[_OldResource]) -> Iterator[ResourceType]:
    """Yield the types of an old-form list, in which `pods/log` is an entry beside `pods`."""
    subresources: dict[str, list[str]] = {}
    for resource in resources:
        name, slash, sub = resource.name.partition("/")
        if slash:
            subresources.setdefault(name, []).append(sub)
    for resource in resources:
        if "/" not in resource.name:
            yield ResourceType(
                group=group,
                name=resource.name,
                singular=resource.singular_name or resource.kind.lower(),
                kind=resource.kind,
                short_names=resource.short_names or (),
                namespaced=resource.namespaced,
                verbs=tuple(sorted(resource.verbs or ())),
                subresources=tuple(sorted(subresources.get(resource.name, ()))),
            )


def _merged(types: Iterable[ResourceType]) -> Iterator[ResourceType]:
    """
    Yield one type per resource, because RBAC knows no versions.

    The preferred version comes first; the others add verbs and subresources to it.
    """
    by_key: dict[tuple[str, str], ResourceType] = {}
    for version in types:
        preferred = by_key.get(version.key, version)
        by_key[version.key] = msgspec.structs.replace(
            preferred,
            verbs=tuple(sorted({*preferred.verbs, *version.verbs})),
            subresources=tuple(sorted({*preferred.subresources, *version.subresources})),
        )
    yield from by_key.values()


# --- the cache ---


def cache_directory(flag: str, env: Environment) -> Path:
    """Return kubectl's cache directory: *flag*, or $KUBECACHEDIR, or ~/.kube/cache."""
    return env.cwd / (flag or env.environ.get("KUBECACHEDIR") or str(env.home / ".kube" / "cache"))


def cache_file(directory: Path, server: str) -> Path:
    """Return the cache file for the types of *server*, named by its address and, to be unique, a hash."""
    address = re.sub(r"[^A-Za-z0-9.-]", "_", urlsplit(server).netloc.rpartition("@")[2])[:80]
    digest = hashlib.sha256(server.encode()).hexdigest()[:12]
    return directory / CACHE / f"{address}-{digest}" / "discovery.json"


def cached(file: Path) -> tuple[ResourceType, ...] | None:
    """Return the types in the cache *file*; None if it is missing, too old, or not this user's alone."""
    try:
        if not 0 <= time.time() - file.stat().st_mtime < FRESH_SECONDS:
            return None
        types: tuple[ResourceType, ...] = decoder_of(tuple[ResourceType, ...]).decode(kept_files.read(file))
        return types
    except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def keep(file: Path, types: tuple[ResourceType, ...]) -> str:
    """Write *types* to the cache *file*, readable by the user alone; return the problem, "" for none."""
    try:
        kept_files.write(file, msgspec.json.encode(types))
    except OSError as error:
        return error.strerror or str(error)
    return ""
