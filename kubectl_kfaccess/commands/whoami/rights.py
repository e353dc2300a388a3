"""The rights that the commands need to answer in full, and whether the caller has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED
from kubectl_kfaccess.kubeflow.pipelines.installation import API_SERVER
from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, Reviewer
from kubectl_kfaccess.sources.kinds import KINDS
from kubectl_kfaccess.verify.offline_caller import OfflineReviewer

EVERYWHERE, HERE = "subjectaccessreviews", "localsubjectaccessreviews"  # the first includes the second
REVIEWS_GROUP = "authorization.k8s.io"
NAMED = (
    ("get", "deployments", INSTALLED[0], API_SERVER),
    ("list", "configmaps", PROFILES_CONFIG.namespace, ""),  # kustomize puts a hash behind the name
    ("get", "configmaps", PROFILES_CONFIG.namespace, ""),
    ("get", "configmaps", MESH_CONFIG.namespace, MESH_CONFIG.name),
)
"""What is read of kinds whose objects are read by their names: verb, resource, namespace, name ("": any)."""


class Right(Struct, frozen=True):
    """
    Whether the caller can do something that answers need (None: unknown), and what is lost without it.

    The name is "" unless answers need an object of that name alone. *cost* says what commands answer without
    it; "" if the caller has it, or another right includes it.
    """

    verb: str
    group: str
    resource: str
    namespace: str
    name: str
    allowed: bool | None
    cost: str = ""

    def is_for(self, read: Read) -> bool:
        """Whether a command that declares *read* needs the right."""
        return read.resource == self.resource and read.place in ("", self.namespace)


def is_named(right: Right) -> bool:
    """Whether it is about a kind whose objects are read by their names."""
    return any(right.resource == resource for _, resource, _, _ in NAMED)


def rights(
    reviewer: Reviewer | OfflineReviewer, commands: Mapping[str, Reads], namespace: str
) -> tuple[Right, ...]:
    """Return the rights that *commands* need, in the whole cluster and in *namespace*, by the server."""
    requests = tuple(_requests({name for reads in commands.values() for name in reads.resources}, namespace))
    replies = reviewer.ask([AccessQuestion(request) for request in requests])
    pairs = zip(requests, replies, strict=True)
    needed = [
        Right(sent.verb, sent.group, sent.resource, sent.namespace, sent.name, reply.allowed)
        for sent, reply in pairs
    ]
    everywhere = {(right.verb, right.resource) for right in needed if right.allowed and not right.namespace}
    has_all_reviews = ("create", EVERYWHERE) in everywhere
    return tuple(
        right
        if right.allowed or (right.resource == HERE and has_all_reviews)
        else replace(right, cost=_cost(right, commands))
        for right in needed
    )


def _requests(resources: set[str], namespace: str) -> Iterator[Request]:
    """Yield what to ask about: lists, objects that are read by their names, and reviews about others."""
    for kind in KINDS:
        if kind.resource not in resources:
            continue
        if not kind.only:
            yield Request("list", kind.group, kind.resource)
        if kind.namespaced and not kind.only:
            yield Request("list", kind.group, kind.resource, namespace=namespace)
        for verb, _, place, name in (named for named in NAMED if named[1] == kind.resource):
            yield Request(verb, kind.group, kind.resource, name=name, namespace=place)
    yield Request("get", "", "namespaces", name=namespace, namespace=namespace)
    yield Request("create", REVIEWS_GROUP, EVERYWHERE)
    yield Request("create", REVIEWS_GROUP, HERE, namespace=namespace)


def _cost(right: Right, commands: Mapping[str, Reads]) -> str:
    """Return what the commands that need the right leave out without it."""
    if right.resource in (EVERYWHERE, HERE):
        asking = [name for name, reads in commands.items() if any(each.or_ask for each in reads.reads)]
        return f"{', '.join(asking)}: not others, if their roles cannot be read; --verify"
    lost: dict[str, list[str]] = {}
    for command, reads in commands.items():
        for each in filter(right.is_for, reads.reads):
            names = lost.setdefault(_lost(each, reads), [])
            names += [] if command in names else [command]
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in lost.items())


def _lost(read: Read, reads: Reads) -> str:
    if not read.vital:
        return f"not {read.lacks}"
    return reads.otherwise or "nothing"
