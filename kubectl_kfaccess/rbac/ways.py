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

_OF_KUBERNETES = (
    "admissionregistration apiextensions apiregistration authentication authorization certificates"
    " coordination discovery events flowcontrol.apiserver internal.apiserver lifecycle networking node"
    " rbac.authorization resource scheduling storage storagemigration"
)
_PLAIN = ("", "apps", "autoscaling", "batch", "policy")
_BUILT_IN = frozenset((*_PLAIN, *(f"{word}.k8s.io" for word in _OF_KUBERNETES.split())))
_CONDITIONAL = frozenset(
    (f"{group}.k8s.io" if "." not in group and group != "policy" else group, kind)
    for group, kinds in (
        (
            "admissionregistration",
            "mutatingadmissionpolicies mutatingadmissionpolicybindings mutatingwebhookconfigurations"
            " validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations",
        ),
        ("apiextensions", "customresourcedefinitions"),
        ("apiregistration", "apiservices"),
        ("certificates", "clustertrustbundles podcertificaterequests"),
        ("coordination", "leases leasecandidates"),
        ("internal.apiserver.k8s.io", "storageversions"),
        ("lifecycle", "evictionrequests"),
        ("node", "runtimeclasses"),
        ("policy", "poddisruptionbudgets"),
        ("resource", "resourcepoolstatusrequests"),
        ("scheduling", "compositepodgroups podgroups workloads"),
        ("storage", "csidrivers csinodes csistoragecapacities volumeattachments"),
        ("storagemigration", "storageversionmigrations"),
    )
    for kind in kinds.split()
)


def needs_version(kind: ResourceType) -> bool:
    """
    Return whether a PUT has to name the version that it replaces, which kubectl gets if it can.

    All custom resources are such types (upstream: AllowUnconditionalUpdate).
    """
    return kind.key in _CONDITIONAL or kind.group not in _BUILT_IN


def requests(
    way: Way,
    kind: ResourceType,
    namespace: str,
    name: str,
    *,
    exists: bool,
    unchanged: bool = False,
    versioned: bool = False,
) -> tuple[Request, ...]:
    """
    Return the requests that *way* sends for one object, in their order; a verb is asked with what it has.

    A POST has no name. A PATCH or PUT that creates is asked about `create` as well, with the name (apiserver:
    withAuthorization in pkg/endpoints/handlers/update.go). `kubectl apply` sends no patch if the object is
    *unchanged*. *versioned*: the manifest names the version that `kubectl replace` would get otherwise.
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
        if exists:
            gets = needs_version(kind) and not versioned
            return (named("update"), named("get")) if gets else (named("update"),)
        return (named("update"), named("create")) if kind.key in CREATED_BY_PUT else (named("update"),)
    return (post,) if way is Way.CREATE else (named("delete"),)
