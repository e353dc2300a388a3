"""Reads the objects of a kind that have a certain name, and no others: a cluster has many of that kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kubectl_kfaccess.errors import ErrorCode
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.rbac.object_names import Ending, ObjectName
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.sources.cluster.transport import Refused
from kubectl_kfaccess.sources.kinds import Kind

METADATA_ONLY = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
"""The media type of a list without what the objects contain."""

MOST_OBJECTS = 50
"""The largest number of objects of one name that are read: kustomize leaves one behind at each change."""

Answer = tuple[list[KubernetesObject], list[Gap]]
"""The objects, and a gap for each that could not be read."""


def named_objects(
    kind: Kind,
    wanted: ObjectName,
    list_names: Callable[[], Iterable[str]],
    get: Callable[[str], KubernetesObject],
) -> Answer:
    """
    Return the objects that *wanted* fits; there is a gap if there is none, or if the server refuses to say.

    *list_names* and *get* ask the server about the namespace of *wanted*; they raise Refused.
    """
    if wanted.ending is Ending.NOTHING:
        return _read(kind, wanted, [wanted.name], get)
    try:
        names = sorted(name for name in list_names() if wanted.fits(wanted.namespace, name))
    except Refused as refused:  # those who cannot list may still be able to get the plain name
        objects, _ = _read(kind, wanted, [wanted.name], get)
        return objects, [] if objects else [_gap(kind, wanted, refused)]
    objects, gaps = _read(kind, wanted, names[:MOST_OBJECTS], get)
    return objects, [*gaps, *_too_many(kind, wanted, len(names))]


def _read(
    kind: Kind, wanted: ObjectName, names: Iterable[str], get: Callable[[str], KubernetesObject]
) -> Answer:
    objects: list[KubernetesObject] = []
    gaps: list[Gap] = []
    for name in names:
        try:
            item = get(name)
        except Refused as refused:
            gaps += [_gap(kind, wanted, refused)] if refused.status != 404 else []
        else:
            objects += [item] if item.key == (wanted.namespace, name) else []
    return objects, gaps if objects or gaps else [_missing(kind, wanted)]


def _missing(kind: Kind, wanted: ObjectName) -> Gap:
    meaning = f": {wanted.when_missing}" if wanted.when_missing else ""
    reason = f"there is no {kind.struct.kind} `{wanted.name}`{meaning}"
    return Gap(kind.resource, wanted.namespace, reason, ErrorCode.UNKNOWN_NAME)


def _gap(kind: Kind, wanted: ObjectName, refused: Refused) -> Gap:
    return Gap(kind.resource, wanted.namespace, refused.reason, refused.code)


def _too_many(kind: Kind, wanted: ObjectName, count: int) -> list[Gap]:
    if count <= MOST_OBJECTS:
        return []
    reason = f"there are {count:,} called `{wanted.name}`, and {MOST_OBJECTS} of them were read"
    return [Gap(kind.resource, wanted.namespace, reason, ErrorCode.TOO_BIG)]
