"""
Access reviews, answered by the live API server for its whole chain of authorizers.

We post nothing else. If a question cannot be answered, its reply says why, in the server's own words, and the
answers to the other questions stay valid.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

import msgspec
from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import Cancelled, ErrorCode, KfaccessError
from kubectl_kfaccess.rbac import reviews
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.cluster.bounds import shortened
from kubectl_kfaccess.sources.cluster.decoders import decoder_of
from kubectl_kfaccess.sources.cluster.review_answers import (
    AccessStatus,
    Answer,
    CallerStatus,
    RulesStatus,
    decoded,
)
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Refused, Transport
from kubectl_kfaccess.terminal.progress import progress

AT_ONCE = 8  # reviews under way at the same time
SELF = "SelfSubjectAccessReview"
SUBJECT = "SubjectAccessReview"
LOCAL = "LocalSubjectAccessReview"
RULES = "SelfSubjectRulesReview"
MYSELF = "SelfSubjectReview"
CONDITIONAL = "the server's answer depends on the object that is written: it has conditions"
MYSELF_VERSIONS = ("v1", "v1beta1", "v1alpha1")

# Statuses that reject one review as invalid: the next review of that kind can still be accepted
_INVALID = frozenset((400, 413, 422))
# Only a valid namespace name becomes part of a URL path
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)

Q = TypeVar("Q")
A = TypeVar("A")


class AccessQuestion(Struct, frozen=True):
    """One question: can *identity* make the request? None is the caller, or the user of `--as`."""

    request: Request
    identity: Identity | None = None


class Reply(Struct, frozen=True):
    """
    The server's reply to one question, which was sent as a review of *kind*.

    *allowed* is None if there is no answer: *problem* says why, and *hint*, if not empty, what to try.
    """

    allowed: bool | None
    reason: str = ""
    evaluation_error: str = ""
    problem: str = ""
    kind: str = ""
    hint: str = ""


class RulesReply(Struct, frozen=True):
    """
    The rules that the server lists for the caller in a namespace.

    There can be more rules if an authorizer cannot list them (*incomplete*), or failed to read some
    (*evaluation_error*): RBAC fails at a role that does not exist. *problem* says why there is no list.
    """

    rules: tuple[PolicyRule, ...] = ()
    incomplete: bool = True
    evaluation_error: str = ""
    problem: str = ""
    hint: str = ""


class CallerIdentity(Struct, frozen=True):
    """
    The caller as the server knows them, impersonation included.

    If the server does not answer, *problem* says why, *hint* what to try, and *code* is the error's code.
    """

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}
    problem: str = ""
    hint: str = ""
    code: ErrorCode = ErrorCode.BAD_ANSWER


class _Way(NamedTuple):
    """A URL path that takes reviews of *kind*, if the caller has the permission to post there."""

    kind: str
    namespace: str = ""

    @property
    def path(self) -> str:
        """Return the URL path."""
        within = f"/namespaces/{self.namespace}" if self.namespace else ""
        return f"/apis/{reviews.API_VERSION}{within}/{self.kind.lower()}s"


@dataclass
class _CallerWays:
    """The ways that are open to the caller, and the server's reason for each that it refused."""

    open: set[_Way] = field(default_factory=set)
    refused: dict[_Way, str] = field(default_factory=dict)


class Reviewer(Protocol):
    """What answers access reviews: the server, or what a snapshot has kept of its answers."""

    @property
    def is_server(self) -> bool:
        """Return whether the server is asked: a snapshot has the caller's rules alone."""

    def announce(self, count: int) -> None:
        """Write to stderr how many access reviews will be sent, for flags that ask for them."""

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return the replies in the order of the questions."""

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return the caller's rules in each of the namespaces, in their order."""

    def caller_identity(self) -> CallerIdentity:
        """Return the caller as the server knows them."""


@dataclass
class ServerReviewer:
    """Sends reviews to the API server; remembers who the caller is and which kinds of review it refuses."""

    transport: Transport
    env: Environment
    caller_ways: _CallerWays = field(default_factory=_CallerWays)
    known_caller: CallerIdentity | None = None
    is_server: ClassVar[bool] = True

    def announce(self, count: int) -> None:
        """Write to stderr how many access reviews will be sent, for flags that ask for them."""
        self.env.stderr.write(f"asking the server {count:,} access review{'' if count == 1 else 's'}\n")

    def ask(self, questions: Sequence[AccessQuestion]) -> list[Reply]:
        """Return the replies in the order of the questions; equal questions are sent once."""
        outcomes = self._outcomes("access review", questions, _Review(_ways, _access_review, AccessStatus))
        return [_reply(outcomes[question]) for question in questions]

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return the caller's rules in each of the namespaces, in their order."""
        review = _Review(_rules_ways, _rules_review, RulesStatus)
        outcomes = self._outcomes("rules review", namespaces, review)
        return [_rules_reply(outcomes[namespace]) for namespace in namespaces]

    def caller_identity(self) -> CallerIdentity:
        """Return the caller as the server knows them, by a SelfSubjectReview that is sent once."""
        if self.known_caller is None:
            self.known_caller = self._caller_identity()
        return self.known_caller

    def _caller_identity(self) -> CallerIdentity:
        try:
            for version in MYSELF_VERSIONS:
                try:
                    return _myself(self.transport, f"authentication.k8s.io/{version}")
                except Refused as refused:
                    if refused.status != 404:
                        return CallerIdentity(problem=refused.reason, code=refused.code)
        except KfaccessError as error:
            return CallerIdentity(problem=error.message, hint=error.hint, code=error.code)
        return CallerIdentity(problem="the server has no SelfSubjectReview: Kubernetes has it since 1.28")

    def _outcomes(self, noun: str, questions: Sequence[Q], review: _Review[Q, A]) -> dict[Q, _Outcome[A]]:
        """Return the outcome of each question; *noun* names the kind of review on the progress line."""
        distinct = list(dict.fromkeys(questions))
        run = _Run(self.transport, self.caller_ways, review)
        text = partial(_progress_text, noun, len(distinct), run.settled)
        with progress(self.env.stderr, text, self.env.environ.get("TERM", "")):
            run.settle(distinct)
        return run.settled


def _progress_text(noun: str, total: int, settled: Mapping[Any, Any]) -> str:
    counted = f"{total:,} {noun}{'' if total == 1 else 's'}"
    return f"asking the server {counted}, {len(settled):,} answered"


class _Outcome(Struct, Generic[A]):
    """The status in the server's answer to a review of *kind*, or the problem that prevented an answer."""

    kind: str
    status: A | None = None
    problem: str = ""
    hint: str = ""


class _Unaskable(Exception):
    """The question cannot be sent: the server would reject it, or there is no valid path for it."""


@dataclass(frozen=True)
class _Review(Generic[Q, A]):
    """How to ask a question: its *ways*, the best first; the *body* for a way; the *status* in the answer."""

    ways: Callable[[Q], Sequence[_Way]]
    body: Callable[[Q, _Way], Any]
    status: type[A]


@dataclass
class _Run(Generic[Q, A]):
    """Questions on their way to the server; *halted* is an error that stops all unsettled questions."""

    transport: Transport
    caller_ways: _CallerWays
    review: _Review[Q, A]
    settled: dict[Q, _Outcome[A]] = field(default_factory=dict)
    halted: KfaccessError | None = None

    def __post_init__(self) -> None:
        generic: Any = Answer  # its parameter is known at run time only
        self.decoder: msgspec.json.Decoder[Answer[A]] = decoder_of(generic[self.review.status])

    def settle(self, questions: Sequence[Q]) -> None:
        """Settle all the questions, in rounds: a refused way leads to another round by the next way."""
        try:
            while questions and not self.halted:
                at_once(self._send, self._round(questions), AT_ONCE)
                questions = [question for question in questions if question not in self.settled]
        except KeyboardInterrupt:
            self.halted = Cancelled()  # stops the questions that are still queued
            raise
        for question in questions:
            self._give_up(question)

    def _round(self, unsettled: Sequence[Q]) -> list[tuple[Q, _Way, bytes]]:
        """
        Return the posts to send now, each with its question, way and body.

        All questions whose way is known to be open are sent, and one question for each other way, to try it.
        """
        posts: list[tuple[Q, _Way, bytes]] = []
        tried: set[_Way] = set()
        for question in unsettled:
            way = self._way(question)
            body = self._body(question, way) if way and way not in tried else None
            if way and body:
                posts.append((question, way, body))
                if way not in self.caller_ways.open:
                    tried.add(way)
        return posts

    def _way(self, question: Q) -> _Way | None:
        """Return the best way that was not refused; if there is none, settle the question and return None."""
        ways = self.review.ways(question)
        for way in ways:
            if way not in self.caller_ways.refused:
                return way
        self.settled[question] = _Outcome(ways[-1].kind, problem=self.caller_ways.refused[ways[-1]])
        return None

    def _body(self, question: Q, way: _Way) -> bytes | None:
        """Return the encoded review; if the question cannot be sent, settle it and return None."""
        try:
            return msgspec.json.encode(self.review.body(question, way))
        except _Unaskable as error:
            problem = str(error)
        except UnicodeEncodeError:
            problem = "cannot ask about a name that is not UTF-8"
        self.settled[question] = _Outcome(way.kind, problem=problem)
        return None

    def _send(self, post: tuple[Q, _Way, bytes]) -> None:
        """Send a review; settle its question, or mark the way as refused, or halt the run."""
        question, way, body = post
        if self.halted or way in self.caller_ways.refused:
            return
        try:
            answer = self.transport.post(way.path, body)
            self.settled[question] = _Outcome(way.kind, decoded(way.kind, answer, self.decoder))
            self.caller_ways.open.add(way)
        except Refused as refused:
            if refused.status in _INVALID:
                self.settled[question] = _Outcome(way.kind, problem=refused.reason)
                self.caller_ways.open.add(way)
            else:
                self.caller_ways.refused[way] = refused.reason
        except KfaccessError as error:
            self.halted = self.halted or error

    def _give_up(self, question: Q) -> None:
        """Settle a question that is left over with the error that halted the run."""
        way = self._way(question)
        if way and self.halted:
            self.settled[question] = _Outcome(way.kind, problem=self.halted.message, hint=self.halted.hint)


# --- the kinds of reviews ---------------------------------------------------------------------------------


def _ways(question: AccessQuestion) -> tuple[_Way, ...]:
    """
    Return the ways to ask a question, the best first.

    A SubjectAccessReview needs a permission in the whole cluster. Owners of profiles have the permission for
    a LocalSubjectAccessReview in their own namespaces.
    """
    if question.identity is None:
        return (_Way(SELF),)
    namespace = question.request.namespace if question.request.path is None else ""
    return (_Way(SUBJECT), _Way(LOCAL, namespace)) if namespace else (_Way(SUBJECT),)


def _access_review(question: AccessQuestion, way: _Way) -> reviews.Review:
    """Return the review to post; raises _Unaskable if the server would reject it."""
    if way.kind == LOCAL and not _NAMESPACE.fullmatch(way.namespace):
        raise _Unaskable(f"cannot ask about namespace `{way.namespace}`: no namespace can have that name")
    identity = question.identity or Identity()
    spec = reviews.Spec(*_attributes(question.request), user=identity.user, groups=identity.groups or None)
    review = reviews.Review(reviews.API_VERSION, way.kind, spec=spec)
    problem = reviews.problem(review) if question.identity else ""
    if problem:
        raise _Unaskable(problem)
    return review


def _attributes(
    request: Request,
) -> tuple[reviews.ResourceAttributes | None, reviews.NonResourceAttributes | None]:
    """Return the attributes of *request*, for a resource or for a URL path; the other part is None."""
    if request.path is not None:
        return None, reviews.NonResourceAttributes(request.path, request.verb)
    resource = reviews.ResourceAttributes(
        request.namespace,
        request.verb,
        request.group,
        "",
        request.resource,
        request.subresource,
        request.name,
    )
    return resource, None


def _reply(outcome: _Outcome[AccessStatus]) -> Reply:
    """Return the outcome of an access review as a reply."""
    status = outcome.status
    if status is None:
        return Reply(None, problem=outcome.problem, kind=outcome.kind, hint=outcome.hint)
    reason, error = shortened(status.reason), shortened(status.evaluation_error)
    if status.is_conditional:
        return Reply(None, reason, error, CONDITIONAL, outcome.kind)
    return Reply(status.allowed, reason, error, kind=outcome.kind)


def _rules_ways(_namespace: str) -> tuple[_Way, ...]:
    return (_Way(RULES),)


def _rules_review(namespace: str, way: _Way) -> dict[str, Any]:
    return {"apiVersion": reviews.API_VERSION, "kind": way.kind, "spec": {"namespace": namespace}}


def _rules_reply(outcome: _Outcome[RulesStatus]) -> RulesReply:
    """Return the outcome of a rules review as a reply."""
    status = outcome.status
    if status is None:
        return RulesReply(problem=outcome.problem, hint=outcome.hint)
    rules = (*(status.resource_rules or ()), *(status.non_resource_rules or ()))
    return RulesReply(rules, status.incomplete, shortened(status.evaluation_error))


def _myself(transport: Transport, version: str) -> CallerIdentity:
    """Return the answer to a SelfSubjectReview of the API *version*; raises Refused if it is not served."""
    body = msgspec.json.encode({"apiVersion": version, "kind": MYSELF})
    answer = transport.post(f"/apis/{version}/selfsubjectreviews", body)
    user = decoded(MYSELF, answer, decoder_of(Answer[CallerStatus])).user_info
    extra = {key: values or () for key, values in (user.extra or {}).items()}
    return CallerIdentity(user.username, user.uid, user.groups or (), extra)
