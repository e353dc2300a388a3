"""The answer to a question of `explain`: evaluated, asked of the server, and what could be done about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace as changed
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.explain.arguments import _take_error, _words
from kubectl_kfaccess.commands.explain.question import Asking, _of_error, _of_words, _pasted
from kubectl_kfaccess.commands.explain.report import Explained, Explanation
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ExitStatus, KfaccessError, UsageError
from kubectl_kfaccess.fixes.candidates import Fix, fixes, may_apply
from kubectl_kfaccess.fixes.contacts import Contact, contacts
from kubectl_kfaccess.kubeflow.catalogue.resources import CATALOGUE, resource_types
from kubectl_kfaccess.kubeflow.catalogue.selection import planes_of
from kubectl_kfaccess.kubeflow.catalogue.service_calls import calls_for, never_asked, not_isolated
from kubectl_kfaccess.kubeflow.namespaces import known_namespaces
from kubectl_kfaccess.kubeflow.planes.comparison import Planes, planes
from kubectl_kfaccess.output.gaps import lines
from kubectl_kfaccess.output.rbac_terms import paths_of
from kubectl_kfaccess.rbac.changes import Universe, universe
from kubectl_kfaccess.rbac.evaluator import Evaluator, Grant, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who
from kubectl_kfaccess.rbac.near_misses import Miss, near_misses
from kubectl_kfaccess.rbac.queries import Question
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import GROUP, spelled
from kubectl_kfaccess.resolve.namespaces import absence
from kubectl_kfaccess.resolve.subject import myself, needs_accounts, whom
from kubectl_kfaccess.sources.cluster.access_reviews import Asked
from kubectl_kfaccess.sources.source import Source, Wanted
from kubectl_kfaccess.verify.server_verdicts import Said, said

KINDS = (
    "clusterroles", "clusterrolebindings", "roles", "rolebindings",
    "namespaces", "profiles", "authorizationpolicies",
)  # fmt: skip


class _Case(Struct, frozen=True):
    """What one question is answered from."""

    source: Source
    evaluator: Evaluator
    who: Who
    caller: Who | None
    universe: Universe
    proven: bool

    @property
    def snapshot(self) -> Snapshot:
        return self.evaluator.snapshot


def explanation(
    args: argparse.Namespace, env: Environment, source: Source, asked: Asking
) -> tuple[Explanation, tuple[str, ...]]:
    """Return the answer to everything that is asked, and what to say beside it."""
    snapshot = _read(source, asked)
    args.subject = asked.subject
    who = whom(args, source, snapshot)
    evaluator = Evaluator(snapshot)
    places = (asked.namespace,) if asked.namespace else ()
    questions = asked.questions or (asked.words.questions(places, snapshot) if asked.words else ())
    proven = asked.proven or who.myself
    case = _Case(source, evaluator, who, _caller(source, who), _universe(source, snapshot), proven)
    unknown = asked.words.unknown(snapshot) if asked.words else ()
    found = (one for question in questions for one in _answers(case, question, asked, args, env))
    answers = tuple(_without_help(one, unknown) if unknown else one for one in found)
    open_answers = any(one.verdict is Verdict.UNKNOWN for one in answers)
    gaps = evaluator.gaps(places) if open_answers else ()
    notes = (
        *(asked.words.notes(questions, snapshot, chose=False) if asked.words else ()),
        *((f"implied groups: {', '.join(f'`{group}`' for group in who.implied)}",) if who.implied else ()),
        *absence(source, asked.namespace),
        *_as_it(source, who, open_answers=open_answers),
        *snapshot.notes,
    )
    remarks = (
        *asked.remarks,
        *(f"disagreement: {_disagreement(who, one)}" for one in answers if one.verified is False),
        *lines(gaps),
        # the text has said those before everything else
        *(f"note: {note}" for note in notes if note not in unknown or args.output != "text"),
    )
    return Explanation(who, snapshot, answers, gaps, notes), remarks


def _as_it(source: Source, who: Who, *, open_answers: bool) -> Iterator[str]:
    """How somebody who may impersonate the subject gets to know what it may: about oneself all is known."""
    if open_answers and source.reviewer and who.user and not who.myself:
        yield f"if you may impersonate it, ask as it: `--as {who.user}`, without SUBJECT"


def _without_help(found: Explained, unknown: tuple[str, ...]) -> Explained:
    """The answer about a word that nobody knows: nobody can help, and a fix would grant nothing."""
    return replace(found, unknown=unknown, contacts=(), fixes=(), may_apply=())


def _read(source: Source, asked: Asking) -> Snapshot:
    """Read all bindings, for what comes near may be elsewhere; who may not gets those of the namespace."""
    kinds = (*KINDS, *(("serviceaccounts",) if needs_accounts(asked.subject) else ()))
    snapshot = source.read(Wanted(kinds))
    if asked.namespace and snapshot.gap("rolebindings", ""):
        snapshot = source.read(Wanted(kinds, (asked.namespace,)))
    found = source.namespace(asked.namespace) if asked.namespace and not snapshot.namespaces else None
    # who may not list namespaces may perhaps get his own, which names its owner
    return changed(snapshot, namespaces={found.key: found}) if found else snapshot


def _caller(source: Source, who: Who) -> Who | None:
    """Who would apply a fix; nobody in particular where no server is asked."""
    if who.myself or source.reviewer is None:
        return who if who.myself else None
    try:
        return myself(source)
    except KfaccessError:
        return None


def _universe(source: Source, snapshot: Snapshot) -> Universe:
    """The permissions that fixes are measured by: what is served, and what the catalogue knows beyond it."""
    known = {found.key: found for found in (*resource_types(), *source.resource_types())}
    verbs = {(entry.type.group, entry.resource): entry.verbs for entry in CATALOGUE}
    return universe(known.values(), known_namespaces(snapshot), verbs)


def _answers(
    case: _Case, question: Question, asked: Asking, args: argparse.Namespace, env: Environment
) -> Iterator[Explained]:
    """The answer on each plane that the question is about, and on another one that answers otherwise."""
    about = _about(question, asked.via)
    found = [_explained(case, question, asked.namespace, plane, args, env) for plane in about]
    if asked.via is None and Via.KUBECTL not in about and case.who.groups:
        other = _decided(case, question, _place(question, asked.namespace), Via.KUBECTL)
        if other.verdict is Verdict.ALLOWED and found[0].verdict is not Verdict.ALLOWED:
            found.append(replace(other, asked=False))
    side_by_side = _planes(case, question, _place(question, asked.namespace), found)
    yield from (replace(one, planes=side_by_side) for one in found)


def _about(question: Question, via: Via | None) -> tuple[Via, ...]:
    """The planes that the question is about."""
    if via:
        return (via,)
    return planes_of(question.type) if question.type else (Via.KUBECTL,)


def _planes(case: _Case, question: Question, place: str, found: list[Explained]) -> Planes | None:
    """What each plane answers, side by side; not about a Namespace, which is in itself."""
    if question.type and not question.type.namespaced:
        return None
    settled = {one.via: one.verdict for one in found}
    request = replace(question.request, namespace=place)
    seen = planes(case.evaluator, case.who, request, settled)
    if seen is None or not seen.asked or seen.kubeflow is not Verdict.UNKNOWN or case.source.reviewer is None:
        return seen
    (server,) = said(case.source.reviewer, case.who, [(Via.KUBEFLOW, request)])
    if server.allowed is None:
        return seen
    settled[Via.KUBEFLOW] = Verdict.ALLOWED if server.allowed else Verdict.DENIED
    return planes(case.evaluator, case.who, request, settled)


def _place(question: Question, namespace: str) -> str:
    """The request's namespace: none for a URL or a cluster-scoped type, its own for a named Namespace."""
    return question.namespaces[0] if question.namespaces else "" if question.namespaces == () else namespace


def _explained(
    case: _Case, question: Question, namespace: str, via: Via, args: argparse.Namespace, env: Environment
) -> Explained:
    place = _place(question, namespace)
    found = _decided(case, question, place, via)
    request = replace(question.request, namespace=place)
    if args.verify and case.source.reviewer:
        env.stderr.write("asking the server 1 access review\n")
    if case.source.reviewer and case.who.counts(via) and (args.verify or found.verdict is Verdict.UNKNOWN):
        (server,) = said(case.source.reviewer, case.who, [(via, request)])
        found = _with_server(found, server)
    if found.verdict is Verdict.ALLOWED:
        return found
    proposals = (
        fixes(case.evaluator, case.who, via, request, case.universe, proven=case.proven)
        if found.verdict is Verdict.DENIED
        else ()
    )
    return replace(
        found,
        misses=tuple(
            one
            for one in near_misses(case.evaluator, case.who, via, request)
            if not (case.who.myself and one.miss is Miss.GROUP)  # the server has told all of his groups
        ),
        contacts=tuple(_marked(case, one) for one in contacts(case.evaluator, request, case.who.subject)),
        fixes=proposals,
        may_apply=tuple(_may_apply(case, fix) for fix in proposals),
    )


def _marked(case: _Case, contact: Contact) -> Contact:
    """The contact, who may be the caller himself."""
    if case.caller and case.caller.subject == contact.subject:
        return replace(contact, why=f"that is you: {contact.why}")
    return contact


def _decided(case: _Case, question: Question, place: str, via: Via) -> Explained:
    request = replace(question.request, namespace=place)
    if not case.who.counts(via):
        return _with_calls(Explained(question, place, via, Verdict.DENIED))
    identity = case.who.seen(via)
    decision = case.evaluator.decide(identity, request)
    grants = tuple(
        sorted((g for g in case.evaluator.to(identity, request) if g.certain), key=_length(case.snapshot))
    )
    return _with_calls(Explained(question, place, via, decision.verdict, grants, decision.doubts))


def _with_calls(found: Explained) -> Explained:
    """The answer with the calls of Kubeflow's services that ask, where they are what it is about."""
    request = found.question.request
    if found.via is Via.KUBECTL or request.path is not None:
        return found
    check = (request.group, request.combined_resource, request.verb)
    return replace(
        found, calls=calls_for(*check), never_asked=never_asked(*check), not_isolated=not_isolated(*check)
    )


def _length(snapshot: Snapshot) -> Callable[[Grant], tuple[int, bool, str, str]]:
    """How far the rule is from the subject: through a group and through aggregation it is farther."""

    def steps(grant: Grant) -> tuple[int, bool, str, str]:
        length = len(paths_of(grant, snapshot)[0]) + (grant.who.kind == GROUP)
        return length, bool(grant.binding.namespace), *grant.binding.key

    return steps


def _with_server(found: Explained, server: Said) -> Explained:
    """The answer with the server's own: it settles what is not known, and may disagree with what is."""
    if server.allowed is None:
        return replace(found, doubts=(*found.doubts, f"the server could not be asked: {server.problem}"))
    verdict = Verdict.ALLOWED if server.allowed else Verdict.DENIED
    if found.verdict is Verdict.UNKNOWN:
        return replace(found, verdict=verdict, doubts=(), server=server.reason, verified=True)
    return replace(found, server=server.reason, verified=found.verdict is verdict)


def _disagreement(who: Who, one: Explained) -> str:
    ours = "yes" if one.verdict is Verdict.ALLOWED else "no"
    server = "no" if one.verdict is Verdict.ALLOWED else "yes"
    what = f"{one.question.request.verb} {one.question.title}"
    reason = f": {one.server}" if one.server else ""
    return f"`{spelled(who.subject)}` {what}: RBAC says {ours}, the server says {server}{reason}"


def _may_apply(case: _Case, fix: Fix) -> Verdict | None:
    """Whether the caller may apply the fix: by RBAC, and where that cannot be read by asking the server."""
    if case.caller is None:
        return None
    verdict = may_apply(fix, case.evaluator, case.caller)
    if verdict is not Verdict.UNKNOWN or case.source.reviewer is None:
        return verdict
    requests = [one for need in fix.needs for one in (need.request, *need.alternatives)]
    replies = case.source.reviewer.ask([Asked(request, None) for request in requests])
    allowed = {request: reply.allowed for request, reply in zip(requests, replies, strict=True)}
    if any(allowed[need.request] is False for need in fix.needs):
        return Verdict.DENIED
    certain = all(
        allowed[need.request] and (not need.alternatives or any(allowed[one] for one in need.alternatives))
        for need in fix.needs
    )
    return Verdict.ALLOWED if certain else Verdict.UNKNOWN


ALLOWED_NOW = "it is allowed now: the error is from before, or from another cluster, the mesh, or admission\n"


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return why, or why not."""
    from kubectl_kfaccess.commands.explain.answer import explanation

    flags.check_verify(args)
    if args.fix < 0 or (args.fix and args.output != "fix"):
        raise UsageError("`--fix` is the number of a fix, from 1 on, and goes with `-o fix`")
    _take_error(args)
    error = _pasted(args, env) if args.from_error else None
    advice = error.text if error else ()
    if error and not error.question:
        return Answer(text=advice)
    ask = partial(_of_error, error) if error else partial(_of_words, _words(args.words))
    source = flags.source(args, env)
    found, remarks = explanation(args, env, source, ask(args, source))
    if error and not _status(found):
        advice = (*advice, ALLOWED_NOW)
    if args.output == "fix":
        return _fix(args, found, remarks)
    return Answer(text=_written(args, found, advice), remarks=remarks, status=_status(found))


def _written(args: argparse.Namespace, found: Explanation, advice: Sequence[str]) -> Iterator[str]:
    if args.output == "text":
        yield from found.text()
        yield from ("\n", *advice) if advice else ()
    else:
        from kubectl_kfaccess.output.formats.machine import written

        yield from written(found.document(), args.output)


def _fix(args: argparse.Namespace, found: Explanation, remarks: tuple[str, ...]) -> Answer:
    """One fix as YAML; a yes needs none, and where nothing can be written down that is the answer."""
    from kubectl_kfaccess.commands.explain.report import fix_text

    fixes = [fix for one in found.answers if one.asked for fix in one.fixes]
    number = args.fix or 1
    if not fixes:
        status = _status(found)
        word = "it is allowed already: nothing to fix" if status is ExitStatus.OK else "no fix can be written"
        return Answer(remarks=(*remarks, word), status=status)
    if number > len(fixes):
        raise UsageError(f"there is no fix {number}", hint=f"there are {len(fixes)}: `-o text` lists them")
    return Answer(text=fix_text(fixes[number - 1]), remarks=remarks)


def _status(found: Explanation) -> ExitStatus:
    """A proven no beats what is not known, and the server's own word beats both."""
    from kubectl_kfaccess.rbac.evaluator import Verdict, worst

    answers = [one for one in found.answers if one.asked]
    if any(one.verified is False for one in answers):
        return ExitStatus.CANNOT_ANSWER
    statuses = {Verdict.DENIED: ExitStatus.NO, Verdict.UNKNOWN: ExitStatus.CANNOT_ANSWER}
    return statuses.get(worst(one.verdict for one in answers), ExitStatus.OK)
