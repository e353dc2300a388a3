"""Reads single objects of any kind, to know whether they exist and what they contain."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import quote

from kubectl_kfaccess.sources.cluster.decoders import decoder_of
from kubectl_kfaccess.sources.cluster.objects import decoded
from kubectl_kfaccess.sources.cluster.transport import Refused, Transport
from kubectl_kfaccess.sources.lists import NAMESPACE
from kubectl_kfaccess.sources.source import LiveObject, ObjectAddress

_METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
_NO_SUCH_OBJECT = '" not found'
"""How the server's answer ends if it knows the kind (upstream: NewNotFound)."""


def live_object(transport: Transport, address: ObjectAddress) -> LiveObject:
    """
    Return whether the object exists, and its content; of a Secret, only the metadata.

    Raises CannotAnswer if the server cannot be asked, or sends what is no object.
    """
    kind = address.type
    if kind.namespaced and not NAMESPACE.fullmatch(address.namespace):
        return LiveObject(False)
    is_secret = kind.key == ("", "secrets")
    try:
        body = transport.get(path_of(address), accept=_METADATA if is_secret else "application/json")
    except Refused as refused:
        if refused.status != 404:
            return LiveObject(None, why=refused.reason)
        return LiveObject(False, is_served=refused.reason.endswith(_NO_SUCH_OBJECT))
    return LiveObject(True, decoded(kind.full_name, partial(decoder_of(dict[str, Any]).decode, body)))


def path_of(address: ObjectAddress) -> str:
    """Return the URL path of the object."""
    kind = address.type
    base = f"/apis/{quote(kind.group, safe='')}" if kind.group else "/api"
    within = f"/namespaces/{quote(address.namespace, safe='')}" if kind.namespaced else ""
    version, name = quote(address.version, safe=""), quote(address.name, safe="")
    return f"{base}/{version}{within}/{quote(kind.name, safe='')}/{name}"
