"""Load Kubernetes objects into a control plane, fast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import quote

from tests.controlplane import crds
from tests.controlplane.aggregation import wait_for_aggregation
from tests.controlplane.clear import clear
from tests.controlplane.cluster import ControlPlane, Loaded
from tests.controlplane.crds import crds_from_list
from tests.controlplane.discovery import Discovery
from tests.controlplane.parallel import in_parallel
from tests.controlplane.replace import own_metadata, replace_object

__all__ = ["Refusal", "clear", "crds_from_list", "load", "wait_for_aggregation"]

Object = Mapping[str, Any]

_FIRST = ("Namespace", crds.KIND)

# Controllers create these in each new namespace, so it is a matter of milliseconds whether they exist already
_MADE_BY_CONTROLLERS = (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"))


_NO_UID = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Refusal:
    """An object that the server did not accept, and its answer."""

    object: Object
    status: int
    message: str


def load(plane: ControlPlane, objects: Iterable[Object], *, replace: bool = False) -> list[Refusal]:
    """
    Load objects, and return those that the server refused, in their order.

    Missing namespaces are created. Namespaces and CustomResourceDefinitions are sent first and must be served
    before the rest is sent. A namespace on an object of a cluster-scoped kind is ignored. An object that
    already exists is refused, or replaced if *replace* is set.
    """
    objects = list(objects)
    first = [each for each in objects if each.get("kind") in _FIRST]
    rest = [each for each in objects if each.get("kind") not in _FIRST]
    refused = _send(plane, Discovery(plane, first), first, replace)
    without = {id(refusal.object) for refusal in refused}
    crds.wait_until_served(
        plane, [each for each in first if each.get("kind") == crds.KIND and id(each) not in without]
    )
    discovery = Discovery(plane, rest)
    _create_missing_namespaces(plane, discovery, rest)
    refused += _send(plane, discovery, rest, replace)
    order = {id(each): number for number, each in enumerate(objects)}
    return sorted(refused, key=lambda refusal: order[id(refusal.object)])


def _send(
    plane: ControlPlane, discovery: Discovery, objects: Sequence[Object], replace: bool
) -> list[Refusal]:
    """Send objects over several connections at the same time, and return the refusals."""
    answers = in_parallel(partial(_put, plane, discovery, replace), objects)
    return [answer for answer in answers if answer is not None]


def _put(plane: ControlPlane, discovery: Discovery, replace: bool, object_: Object) -> Refusal | None:
    """Send one object, and return its refusal, None if the server has accepted it."""
    resource = discovery.find(object_)
    if resource is None:
        kind, version = object_.get("kind"), object_.get("apiVersion")
        return Refusal(object_, 404, f"no kind `{kind}` is served in version `{version}`")
    body = _body(object_, resource.namespaced)
    namespace = body["metadata"].get("namespace", "")
    collection = resource.collection(namespace)
    status, answer = plane.request("POST", collection, body)
    before: Object | None = None
    if answer.get("reason") == "AlreadyExists" and (replace or _is_made_by_controllers(body)):
        status, answer, before = replace_object(plane, _path(collection, body), body)
    if status not in (200, 201):
        return Refusal(object_, status, str(answer.get("message", answer)))
    name = answer["metadata"]["name"]
    plane.loaded.append(Loaded(answer["kind"], namespace, name, _path(collection, answer), before))
    return None


def _body(object_: Object, namespaced: bool) -> dict[str, Any]:
    """
    Return the object as it is sent: with a namespace if its kind has one, and with a uid for each owner.

    The uid of an owner differs in every cluster. There is no garbage collector here, so nobody checks it.
    """
    metadata = own_metadata(object_)
    namespace = metadata.pop("namespace", None) or "default"
    owners = metadata.pop("ownerReferences", None)
    if owners:
        metadata["ownerReferences"] = [{"uid": _NO_UID, **owner} for owner in owners]
    return {**object_, "metadata": metadata | ({"namespace": namespace} if namespaced else {})}


def _path(collection: str, object_: Object) -> str:
    """Return the path of one object."""
    return f"{collection}/{quote(object_['metadata']['name'], safe='')}"


def _is_made_by_controllers(object_: Object) -> bool:
    """Return whether a controller creates an object with this name by itself."""
    return (object_.get("kind"), object_["metadata"].get("name")) in _MADE_BY_CONTROLLERS


def _create_missing_namespaces(plane: ControlPlane, discovery: Discovery, objects: Iterable[Object]) -> None:
    """Create the missing namespaces of these objects."""
    _, answer = plane.request("GET", "/api/v1/namespaces")
    existing = {item["metadata"]["name"] for item in answer["items"]}
    resources = ((each, discovery.find(each)) for each in objects)
    named = {
        _body(each, True)["metadata"]["namespace"]
        for each, resource in resources
        if resource and resource.namespaced
    }
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
        for name in sorted(named - existing)
    ]
    # If a name is refused here, the objects that need it are refused too
    _send(plane, Discovery(plane, namespaces), namespaces, replace=False)
