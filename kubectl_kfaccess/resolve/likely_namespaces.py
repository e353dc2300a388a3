"""The namespaces that are probably the caller's, for callers who cannot list namespaces."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow.tenants.likely_namespace import LikelyNamespace, Origin
from kubectl_kfaccess.kubeflow.tenants.registration import proposed_names
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, USER, Principal, displayed
from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
from kubectl_kfaccess.sources.source import Source

ELSEWHERE = "kube-node-lease"
"""A namespace of every cluster, for the leases of nodes: what people can do there, they can do everywhere."""


def likely_namespaces(source: Source) -> tuple[LikelyNamespace, ...]:
    """
    Return the namespaces that are probably the caller's, the likeliest first.

    The server lists the caller's rules in each of them. Where it does not, the namespace counts as theirs.
    """
    origins = _origins(source)
    if source.reviewer is None:
        return tuple(LikelyNamespace(name, origin, True) for name, origin in origins.items())
    ours = _has_own_rules(source.reviewer, tuple(origins))
    return tuple(
        LikelyNamespace(name, origin, origin is Origin.ACCOUNT or ours[name])
        for name, origin in origins.items()
    )


def _origins(source: Source) -> dict[str, Origin]:
    user = source.reviewer.caller_identity().user if source.reviewer else ""
    subject = displayed(Principal(USER, user))
    own = subject.namespace if subject.kind == SERVICE_ACCOUNT else ""
    candidates = (
        (own, Origin.ACCOUNT),
        *((name, Origin.NAME) for name in (() if own else proposed_names(user))),
        (source.default_namespace().name, Origin.CONTEXT),
    )
    origins: dict[str, Origin] = {}
    for name, origin in candidates:
        if name:
            origins.setdefault(name, origin)
    return origins


def _has_own_rules(reviewer: Reviewer, namespaces: tuple[str, ...]) -> dict[str, bool]:
    """Return whether the caller has rules in each namespace that they do not have everywhere."""
    everywhere, *replies = reviewer.rules((ELSEWHERE, *namespaces))
    return {
        name: bool(reply.problem or frozenset(reply.rules) - frozenset(everywhere.rules))
        for name, reply in zip(namespaces, replies, strict=True)
    }
