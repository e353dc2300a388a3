"""Who the server says you are, and what this tool can read as you."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.whoami.arguments import Options
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.sources.cluster.access_reviews import AccessQuestion, CallerIdentity, Reviewer
from kubectl_kfaccess.sources.kinds import BY_RESOURCE
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.verify.offline_caller import OfflineReviewer, offline_reviewer

READS = (
    ("namespaces", "which namespaces there are: name one with `-n`"),
    ("profiles", "who owns a namespace: `explain` cannot say who can help"),
    ("clusterroles", "what roles allow: answers come from access reviews instead"),
    ("clusterrolebindings", "who may act in the whole cluster: `who-can` cannot name them"),
    ("roles", "what the roles of namespaces allow: answers come from access reviews instead"),
    ("rolebindings", "who is bound in a namespace: `who-can` has no candidates there"),
    ("serviceaccounts", "the accounts behind groups, and bare account names"),
    ("authorizationpolicies", "what the mesh lets through"),
)
USERS = "how the mesh knows users, and who the cluster admins of KFAM are"
SETTINGS = (
    ("list", PROFILES_CONFIG.namespace, "", USERS),  # kustomize puts a hash behind the name
    ("get", PROFILES_CONFIG.namespace, PROFILES_CONFIG.name, USERS),
    ("get", MESH_CONFIG.namespace, MESH_CONFIG.name, "how the mesh knows service accounts"),
)
"""What is read of ConfigMaps: the verb, the namespace, the name ("" for any), and what is lost without it."""
EVERYWHERE, HERE = "subjectaccessreviews", "localsubjectaccessreviews"  # the first includes the second
ASKS = (
    (EVERYWHERE, "asking about others: answers are made of roles and bindings alone"),
    (HERE, "asking about others in this namespace"),
)


class Right(Struct, frozen=True):
    """
    Whether the caller can do something that answers need (None: unknown), and what is lost without it.

    The name is "" unless answers need an object of that name alone.
    """

    verb: str
    resource: str
    namespace: str
    name: str
    allowed: bool | None
    cost: str


class WhoAmI(Struct, frozen=True):
    """The caller's identity, as the server sees it, and what they can read, also in *namespace*."""

    myself: CallerIdentity
    rights: tuple[Right, ...]
    namespace: str


def answer(options: Options, source: Source) -> Answer:
    """
    Return the caller's identity, as the server sees it, and what they can read.

    Raises CannotAnswer if the server says neither, UsageError if there is no server and no `--as`.
    """
    namespace = options.namespace or source.default_namespace().name or "default"
    reviewer = source.reviewer or _offline_reviewer(source, namespace)
    myself = reviewer.caller_identity()
    rights = _rights(reviewer, namespace)
    if myself.problem and all(right.allowed is None for right in rights):
        raise CannotAnswer(myself.problem, hint=myself.hint, code=myself.code)
    problem = (f"the server does not say who you are: {myself.problem}",) if myself.problem else ()
    status = ExitStatus.CANNOT_ANSWER if problem else ExitStatus.OK
    return Answer(WhoAmI(myself, rights, namespace), status, remarks=problem)


def _offline_reviewer(source: Source, namespace: str) -> OfflineReviewer:
    """Return the reviewer for the caller of files or the demo. Raises UsageError for files without `--as`."""
    myself = source.caller_identity()
    if myself is None:
        raise UsageError(
            'with -f there is no "you"', hint="name yourself with `--as NAME`", code=ErrorCode.UNKNOWN_NAME
        )
    return offline_reviewer(myself, source, namespace)


def _rights(reviewer: Reviewer | OfflineReviewer, namespace: str) -> tuple[Right, ...]:
    """Return what the caller can read and review, in the order of READS, SETTINGS and ASKS."""
    requests = tuple(_requests(namespace))
    replies = reviewer.ask([AccessQuestion(request) for request, _ in requests])
    rights = [
        Right(request.verb, request.resource, request.namespace, request.name, reply.allowed, cost)
        for (request, cost), reply in zip(requests, replies, strict=True)
    ]
    asks_everywhere = any(right.allowed for right in rights if right.resource == EVERYWHERE)
    return tuple(
        replace(right, cost="") if asks_everywhere and right.resource == HERE else right for right in rights
    )


def _requests(namespace: str) -> Iterator[tuple[Request, str]]:
    """Yield each request to ask about, and what is lost if it is denied."""
    for resource, cost in READS:
        kind = BY_RESOURCE[resource]
        for place in ("", namespace) if kind.namespaced else ("",):
            yield Request("list", kind.group, resource, namespace=place), cost
    for verb, place, name, cost in SETTINGS:
        yield Request(verb, "", "configmaps", name=name, namespace=place), cost
    for resource, cost in ASKS:
        place = namespace if resource == HERE else ""
        yield Request("create", "authorization.k8s.io", resource, namespace=place), cost
