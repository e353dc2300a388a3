"""`whoami`: who asks, in the server's own words, and what this tool may read for him."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.sources.cluster.access_reviews import Reviewer
    from kubectl_kfaccess.sources.source import Source
    from kubectl_kfaccess.verify.offline_caller import AssumedCaller

    Caller = Reviewer | AssumedCaller

READS = (
    ("namespaces", "which namespaces there are: name one with `-n`"),
    ("profiles", "whose a namespace is: `explain` cannot say whom to ask"),
    ("clusterroles", "what roles allow: answers come from access reviews instead"),
    ("clusterrolebindings", "who may act in the whole cluster: `who-can` cannot name them"),
    ("roles", "what the roles of namespaces allow: answers come from access reviews instead"),
    ("rolebindings", "who is bound in a namespace: `who-can` has no candidates there"),
    ("serviceaccounts", "the accounts behind groups, and bare account names"),
    ("authorizationpolicies", "what the mesh lets through"),
)
EVERYWHERE, HERE = "subjectaccessreviews", "localsubjectaccessreviews"  # who has the first misses nothing
ASKS = (
    (EVERYWHERE, "asking about others: answers are made of roles and bindings alone"),
    (HERE, "asking about others in this namespace"),
)


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return who the server takes the caller for, and what he may read."""
    from kubectl_kfaccess.commands.whoami.report import WhoAmI

    source = flags.source(args, env)
    namespace = flags.flag(args, "namespace") or source.default_namespace().name or "default"
    caller = source.reviewer or _assumed(args, source, namespace)
    found = caller.myself()
    rights = _readable(caller, namespace)
    if found.problem and all(allowed is None for _, _, _, allowed, _ in rights):
        raise CannotAnswer(found.problem, hint=found.hint)
    report = WhoAmI(found, namespace, rights).report()
    problem = (f"the server does not say who you are: {found.problem}",) if found.problem else ()
    return Answer(report, remarks=problem, status=ExitStatus.CANNOT_ANSWER if problem else ExitStatus.OK)


def _assumed(args: argparse.Namespace, source: Source, namespace: str) -> AssumedCaller:
    from kubectl_kfaccess.verify.offline_caller import assumed

    connection = flags.connection_flags(args)
    if not connection.as_user:
        raise UsageError("files and the demo know no caller", hint="name one with `--as NAME`")
    return assumed(connection, source, namespace)


def _readable(caller: Caller, namespace: str) -> tuple[tuple[str, str, str, bool | None, str], ...]:
    """(verb, resource, namespace or "" for everywhere, allowed, what its lack costs), in a settled order."""
    from kubectl_kfaccess.rbac.rules import Request
    from kubectl_kfaccess.sources.cluster.access_reviews import Asked
    from kubectl_kfaccess.sources.kinds import BY_RESOURCE

    wanted: list[tuple[Request, str]] = []
    for resource, cost in READS:
        kind = BY_RESOURCE[resource]
        places = ("", namespace) if kind.namespaced else ("",)
        wanted += [(Request("list", kind.group, resource, namespace=place), cost) for place in places]
    for resource, cost in ASKS:
        place = namespace if resource.startswith("local") else ""
        wanted.append((Request("create", "authorization.k8s.io", resource, namespace=place), cost))
    replies = caller.ask([Asked(request) for request, _ in wanted])
    answers = [
        (request.verb, request.resource, request.namespace, reply.allowed, cost)
        for (request, cost), reply in zip(wanted, replies, strict=True)
    ]
    everywhere = any(allowed for _, resource, _, allowed, _ in answers if resource == EVERYWHERE)
    return tuple(
        (verb, resource, place, allowed, "" if everywhere and resource == HERE else cost)
        for verb, resource, place, allowed, cost in answers
    )
