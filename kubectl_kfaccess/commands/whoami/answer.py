"""Who the server says you are, what you are to namespaces, and what this tool can read as you."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.reads import reads_of_commands
from kubectl_kfaccess.commands.whoami.arguments import Options
from kubectl_kfaccess.commands.whoami.consequences import Consequence, consequences
from kubectl_kfaccess.commands.whoami.rights import Right, rights
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, ExitStatus, UsageError
from kubectl_kfaccess.kubeflow.tenants.standings import Standing, standings
from kubectl_kfaccess.output.tried_text import tried_lines
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, caller
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.namespaces import Scope, read_scope
from kubectl_kfaccess.sources.cluster.access_reviews import CallerIdentity
from kubectl_kfaccess.sources.source import Source
from kubectl_kfaccess.verify.offline_caller import OfflineReviewer, offline_reviewer
from kubectl_kfaccess.verify.own_grants import with_own_bindings

KINDS = ("clusterroles", "clusterrolebindings", "roles", "rolebindings", "namespaces", "profiles")


class WhoAmI(Struct, frozen=True):
    """
    The caller's identity, as the server sees it, and what they can read, also in *namespace*.

    *standings* say what they are to namespaces in which a binding names them; "" is the whole cluster.
    """

    myself: CallerIdentity
    rights: tuple[Right, ...]
    namespace: str
    standings: Mapping[str, Standing]
    consequences: tuple[Consequence, ...]


def answer(options: Options, source: Source) -> Answer:
    """
    Return the caller's identity, as the server sees it, what they are to namespaces, and what they can read.

    Raises CannotAnswer if the server says neither, UsageError if there is no server and no `--as`.
    """
    reviewer = source.reviewer or _offline_reviewer(source)
    myself = reviewer.caller_identity()
    scope = _scope(options, source)
    by_namespace = _standings(source, myself, scope)
    namespace = options.scope.named or _first_namespace(scope, source, by_namespace)
    commands = reads_of_commands()
    needed = rights(reviewer, commands, namespace)
    if myself.problem and all(right.allowed is None for right in needed):
        raise CannotAnswer(myself.problem, hint=myself.hint, code=myself.code)
    problem = (f"the server does not say who you are: {myself.problem}",) if myself.problem else ()
    return Answer(
        WhoAmI(
            myself,
            needed,
            namespace,
            by_namespace,
            tuple(consequences(commands, needed, namespace)),
        ),
        ExitStatus.CANNOT_ANSWER if problem else ExitStatus.OK,
        remarks=(*problem, *(scope.remarks if options.scope.named else ())),
        notes=tuple(tried_lines(scope.tried)),
    )


def _offline_reviewer(source: Source) -> OfflineReviewer:
    """Return the reviewer for the caller of files or the demo. Raises UsageError for files without `--as`."""
    myself = source.caller_identity()
    if myself is None:
        raise UsageError(
            'with -f there is no "you"', hint="name yourself with `--as NAME`", code=ErrorCode.UNKNOWN_NAME
        )
    return offline_reviewer(myself, source)


def _scope(options: Options, source: Source) -> Scope:
    """Return the objects and the namespaces; none of them if the cluster cannot be read."""
    try:
        return read_scope(options.scope, source, KINDS)
    except CannotAnswer:  # the reviews say why
        return Scope(Snapshot(), ())


def _first_namespace(scope: Scope, source: Source, by_namespace: Mapping[str, Standing]) -> str:
    """Return the namespace to ask about if the user names none: one of their own, else the context's."""
    default = source.default_namespace()
    theirs = (each.name for each in scope.tried if each.is_theirs)
    context = default.name if default.origin != "default" else ""
    own = (name for name in by_namespace if name)
    return next(filter(None, (*theirs, context, *own, default.name)), "default")


def _standings(source: Source, myself: CallerIdentity, scope: Scope) -> Mapping[str, Standing]:
    """Return what the caller is to the whole cluster and to each namespace where a binding names them."""
    who = caller(myself.user, myself.groups)
    snapshot = scope.snapshot
    if source.reviewer and myself.user:
        snapshot = with_own_bindings(source.reviewer, who, snapshot, scope.namespaces)
    places = [place for place in ("", *scope.namespaces) if _is_bound(snapshot, who, place)]
    return standings(snapshot, who, places)


def _is_bound(snapshot: Snapshot, who: KnownSubject, place: str) -> bool:
    """Whether a binding names the caller, or a group of theirs that not everybody is in."""
    bound = snapshot.bound.get(place, {})
    principals = who.seen(Plane.KUBECTL).principals
    return any(principal in bound for principal in principals if principal.name not in who.implied)
