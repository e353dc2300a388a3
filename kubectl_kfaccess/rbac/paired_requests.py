"""
Requests that do not decide alone: the server asks another one as well, or is content with another one.

Which it asks depends on its version. An unknown version counts as every version. Sources in Kubernetes:

- streams: pkg/registry/core/pod/rest/subresources.go, AttachREST.Connect and the like. A websocket is opened
  by a GET, which was authorized as `get` alone before 1.35.
- impersonation: staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/mode.go. The modes of
  constrained impersonation are tried before the verb `impersonate`, which is enough alone.
"""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.rbac.impersonation import IMPERSONATE, is_on_target, mode_of
from kubectl_kfaccess.rbac.kubernetes_version import (
    CONSTRAINED_IMPERSONATION,
    STREAMS_NEED_CREATE,
    KubernetesVersion,
)
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.scope_exceptions import pseudo_types

_STREAMS = ("exec", "attach", "portforward")
_TYPES_BY_MODE = {
    "user-info": "users",
    "serviceaccount": "serviceaccounts",
    "arbitrary-node": "nodes",
    "associated-node": "nodes",
}
_MODES_BY_TYPE = {
    **dict.fromkeys(("users", "groups", "uids", "userextras"), "user-info"),
    "serviceaccounts": "serviceaccount",
}


def is_stream(request: Request) -> bool:
    """Whether *request* opens a stream to a pod: `kubectl exec`, `attach` or `port-forward`."""
    is_of_pod = (request.group, request.resource) == ("", "pods") and request.path is None
    return is_of_pod and request.subresource in _STREAMS


def depends_on_version(request: Request) -> bool:
    """Whether the version of the server decides what *request* is worth."""
    return (is_stream(request) and request.verb in ("get", "create")) or request.verb.startswith(IMPERSONATE)


def sufficient_instead(question: Question, version: KubernetesVersion | None) -> Question | None:
    """
    Return the question whose "yes" is enough in some cases where that of *question* is "no"; None for none.

    Without `create`, a websocket can be opened with `get`. Without `impersonate`, single requests can be made
    as somebody else.
    """
    request = question.request
    if is_stream(request) and request.verb == "create" and (version is None or version < STREAMS_NEED_CREATE):
        return replace(question, request=replace(request, verb="get"))
    is_constrained = version is None or version >= CONSTRAINED_IMPERSONATION
    if request.verb == IMPERSONATE and is_constrained and request.resource in _MODES_BY_TYPE:
        return _in_mode(question, _MODES_BY_TYPE[request.resource], request.resource)
    return None


def needed_as_well(question: Question, version: KubernetesVersion | None) -> Question | None:
    """
    Return the question whose "no" makes a "yes" to *question* useless; None for none.

    A stream needs `create` as well. What `impersonate-on:MODE:VERB` grants needs an identity to act as.
    """
    request = question.request
    if is_stream(request) and request.verb == "get" and (version is None or version >= STREAMS_NEED_CREATE):
        return replace(question, request=replace(request, verb="create"))
    mode = mode_of(request.verb)
    if is_on_target(request.verb) and not is_too_old(request, version):
        return _in_mode(question, mode, _TYPES_BY_MODE[mode])
    return None


def is_too_old(request: Request, version: KubernetesVersion | None) -> bool:
    """Whether a server of *version* never asks *request*: it has no constrained impersonation."""
    is_constrained = bool(mode_of(request.verb))
    return is_constrained and version is not None and version < CONSTRAINED_IMPERSONATION


def _in_mode(question: Question, mode: str, resource: str) -> Question:
    """Return *question* for the identity that constrained impersonation asks about, under any name."""
    verb = f"{IMPERSONATE}:{mode}"
    (resource_type,) = pseudo_types(verb, resource)
    own = question.request if question.request.resource == resource else Request("")
    request = Request(verb, resource_type.group, resource, own.subresource, own.name, own.namespace)
    return replace(
        question,
        request=request,
        type=resource_type,
        namespaces=question.namespaces if mode == "serviceaccount" else (),
    )
