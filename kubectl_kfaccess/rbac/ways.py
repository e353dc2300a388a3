"""The ways of applying a manifest, and the requests that each of them sends."""

from __future__ import annotations

import enum

from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import Request


class Way(enum.Enum):
    """How a manifest is applied: client-side `kubectl apply`, or the command or flag of this name."""

    KUBECTL = "kubectl"
    SERVER_SIDE = "server-side"
    CREATE = "create"
    REPLACE = "replace"
    DELETE = "delete"


_RBAC = "rbac.authorization.k8s.io"
CREATED_BY_PUT = frozenset(
    (
        ("", "endpoints"),
        ("", "events"),
        ("", "limitranges"),
        ("", "services"),
        ("coordination.k8s.io", "leases"),
        ("coordination.k8s.io", "leasecandidates"),
        ("node.k8s.io", "runtimeclasses"),
        *((_RBAC, kind) for kind in ("roles", "rolebindings", "clusterroles", "clusterrolebindings")),
    )
)
"""The types whose objects a PUT creates if they do not exist (upstream: AllowCreateOnUpdate)."""


def requests(
    way: Way, kind: ResourceType, namespace: str, name: str, *, exists: bool, unchanged: bool = False
) -> tuple[Request, ...]:
    """
    Return the requests that *way* sends for one object, in their order; a verb is asked with what it has.

    A POST has no name. A PATCH or PUT that creates is asked about `create` as well, with the name (apiserver:
    withAuthorization in pkg/endpoints/handlers/update.go). `kubectl apply` sends no patch if the object is
    *unchanged*.
    """
    # requestinfo.go: a request for a named Namespace has that namespace
    place = name if kind.key == ("", "namespaces") else namespace

    def named(verb: str) -> Request:
        return Request(verb, kind.group, kind.name, "", name, place)

    post = Request("create", kind.group, kind.name, "", "", namespace)
    if way is Way.KUBECTL:
        written = () if unchanged else (named("patch"),)
        return (named("get"), *written) if exists else (named("get"), post)
    if way is Way.SERVER_SIDE:
        return (named("patch"),) if exists else (named("patch"), named("create"))
    if way is Way.REPLACE:
        creates = not exists and kind.key in CREATED_BY_PUT
        return (named("update"), named("create")) if creates else (named("update"),)
    return (post,) if way is Way.CREATE else (named("delete"),)
