"""
Access reviews, asked of the live API server: its own word, for the whole chain of its authorizers.

Nothing else is ever posted. A question that could not be answered says why, in the server's own words; the
answers to the others stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import Struct

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import Cancelled, CannotAnswer, ErrorCode, KfaccessError
from kubectl_kfaccess.rbac import reviews
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity
from kubectl_kfaccess.sources.cluster.threads import at_once
from kubectl_kfaccess.sources.cluster.transport import Refused, Transport
from kubectl_kfaccess.terminal.progress import progress

AT_ONCE = 8
SELF = "SelfSubjectAccessReview"
SUBJECT = "SubjectAccessReview"
LOCAL = "LocalSubjectAccessReview"
RULES = "SelfSubjectRulesReview"
MYSELF = "SelfSubjectReview"
MYSELF_VERSIONS = ("v1", "v1beta1", "v1alpha1")

# What the server says to a review that it would take, were it valid: of the next one it says nothing
_INVALID = frozenset((400, 413, 422))
# Only what the server takes for a namespace's name becomes part of a path
_NAMESPACE = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)

Q = TypeVar("Q")
A = TypeVar("A")


class Asked(Struct, frozen=True):
    """One question: may *identity* make the request? None is the caller, or whoever `--as` makes of them."""

    request: Request
    identity: Identity | None = None


class Reply(Struct, frozen=True):
    """
    What the server says to one question, which a review of *kind* asked.

    *allowed* is None when there is no answer: *problem* says why not, *hint* perhaps what to try.
    """

    allowed: bool | None
    reason: str = ""
    evaluation_error: str = ""
    problem: str = ""
    kind: str = ""
    hint: str = ""


class RulesReply(Struct, frozen=True):
    """
    What the server says that the caller may do in a namespace.

    There may be more: when an authorizer cannot list its rules (*incomplete*), or one failed at some of them
    (*evaluation_error*), as RBAC does at a role that is missing.
    """

    rules: tuple[PolicyRule, ...] = ()
    incomplete: bool = True
    evaluation_error: str = ""
    problem: str = ""
    hint: str = ""


class Myself(Struct, frozen=True):
    """
    Who the server takes the caller for, impersonation included.

    Where it does not say, *problem* says why, *hint* what to try, and *code* is that of the error.
    """

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: dict[str, tuple[str, ...]] = {}
    problem: str = ""
    hint: str = ""
    code: ErrorCode = ErrorCode.BAD_ANSWER


class _Way(NamedTuple):
    """A place where reviews are posted, which a caller may use or not."""

    kind: str
    namespace: str = ""

    @property
    def path(self) -> str:
        within = f"/namespaces/{self.namespace}" if self.namespace else ""
        return f"/apis/{reviews.API_VERSION}{within}/{self.kind.lower()}s"


@dataclass
class _Known:
    """What was learnt about the caller: the ways that are open, and the server's words about the others."""

    open: set[_Way] = field(default_factory=set)
    refused: dict[_Way, str] = field(default_factory=dict)


@dataclass
class Reviewer:
    """The API server as somebody to ask; that it refuses a kind of review is learnt once."""

    transport: Transport
    env: Environment
    known: _Known = field(default_factory=_Known)

    def announce(self, count: int) -> None:
        """Say on stderr how many access reviews are going to be sent, where a flag asked for them."""
        self.env.stderr.write(f"asking the server {count:,} access review{'' if count == 1 else 's'}\n")

    def ask(self, questions: Sequence[Asked]) -> list[Reply]:
        """Return the replies in the order of the questions; questions that are equal are sent once."""
        found = self._outcomes("access review", questions, _Review(_ways, _access_review, _AccessStatus))
        return [_reply(found[question]) for question in questions]

    def rules(self, namespaces: Sequence[str]) -> list[RulesReply]:
        """Return what the caller may do in each of the namespaces, in their order."""
        found = self._outcomes("rules review", namespaces, _Review(_rules_ways, _rules_review, _RulesStatus))
        return [_rules_reply(found[namespace]) for namespace in namespaces]

    def myself(self) -> Myself:
        """Return whom the server takes the caller for."""
        try:
            for version in MYSELF_VERSIONS:
                try:
                    return _myself(self.transport, f"authentication.k8s.io/{version}")
                except Refused as refused:
                    if refused.status != 404:
                        return Myself(problem=refused.reason, code=refused.code)
        except KfaccessError as error:
            return Myself(problem=error.message, hint=error.hint, code=error.code)
        return Myself(problem="the server has no SelfSubjectReview: Kubernetes has it since 1.28")

    def _outcomes(self, what: str, questions: Sequence[Q], review: _Review[Q, A]) -> dict[Q, _Outcome[A]]:
        distinct = list(dict.fromkeys(questions))
        run = _Run(self.transport, self.known, review)
        told = partial(_progress_text, what, len(distinct), run.settled)
        with progress(self.env.stderr, told, self.env.environ.get("TERM", "")):
            run.settle(distinct)
        return run.settled


def _progress_text(what: str, total: int, settled: Mapping[Any, Any]) -> str:
    many = f"{total:,} {what}{'' if total == 1 else 's'}"
    return f"asking the server {many}, {len(settled):,} answered"


# --- asking -----------------------------------------------------------------------------------------------


class _Outcome(Struct, Generic[A]):
    """The server's answer to a review of that kind, or why there is none."""

    kind: str
    status: A | None = None
    problem: str = ""
    hint: str = ""


class _Unaskable(Exception):
    """The server would not take the question, or its path would be no path."""


@dataclass(frozen=True)
class _Review(Generic[Q, A]):
    """How a question becomes reviews: its *ways*, the best first; what is *sent*, and *answered*."""

    ways: Callable[[Q], Sequence[_Way]]
    sent: Callable[[Q, _Way], Any]
    answered: type[A]


@dataclass
class _Run(Generic[Q, A]):
    """Questions on their way to the server; *halted* is a failure that concerns all that are not settled."""

    transport: Transport
    known: _Known
    review: _Review[Q, A]
    settled: dict[Q, _Outcome[A]] = field(default_factory=dict)
    halted: KfaccessError | None = None

    def __post_init__(self) -> None:
        generic: Any = _Answer  # of what is known at run time
        self.decoder: msgspec.json.Decoder[_Answer[A]] = msgspec.json.Decoder(generic[self.review.answered])

    def settle(self, questions: Sequence[Q]) -> None:
        """Settle all the questions, in as many rounds as there are ways to be refused."""
        try:
            while questions and not self.halted:
                at_once(self._send, self._round(questions), AT_ONCE)
                questions = [question for question in questions if question not in self.settled]
        except KeyboardInterrupt:
            self.halted = Cancelled()  # what is queued is not sent any more
            raise
        for question in questions:
            self._give_up(question)

    def _round(self, waiting: Sequence[Q]) -> list[tuple[Q, _Way, bytes]]:
        """Return what to send now: all that an open way can take, and one question to try any other way."""
        chosen: list[tuple[Q, _Way, bytes]] = []
        tried: set[_Way] = set()
        for question in waiting:
            way = self._way(question)
            body = self._body(question, way) if way and way not in tried else None
            if way and body:
                chosen.append((question, way, body))
                if way not in self.known.open:
                    tried.add(way)
        return chosen

    def _way(self, question: Q) -> _Way | None:
        """Return the best way that was not refused; None, and the question is settled."""
        ways = self.review.ways(question)
        for way in ways:
            if way not in self.known.refused:
                return way
        self.settled[question] = _Outcome(ways[-1].kind, problem=self.known.refused[ways[-1]])
        return None

    def _body(self, question: Q, way: _Way) -> bytes | None:
        """Return the review as it is sent; None, and the question is settled."""
        try:
            return msgspec.json.encode(self.review.sent(question, way))
        except _Unaskable as error:
            problem = str(error)
        except UnicodeEncodeError:
            problem = "cannot ask about a name that is not UTF-8"
        self.settled[question] = _Outcome(way.kind, problem=problem)
        return None

    def _send(self, post: tuple[Q, _Way, bytes]) -> None:
        """Settle the question, or learn why it, and perhaps others, cannot be settled so."""
        question, way, body = post
        if self.halted or way in self.known.refused:
            return
        try:
            said = self.transport.post(way.path, body)
            self.settled[question] = _Outcome(way.kind, _understood(way.kind, said, self.decoder))
            self.known.open.add(way)
        except Refused as refused:
            if refused.status in _INVALID:
                self.settled[question] = _Outcome(way.kind, problem=refused.reason)
                self.known.open.add(way)
            else:
                self.known.refused[way] = refused.reason
        except KfaccessError as error:
            self.halted = self.halted or error

    def _give_up(self, question: Q) -> None:
        way = self._way(question)
        if way and self.halted:
            self.settled[question] = _Outcome(way.kind, problem=self.halted.message, hint=self.halted.hint)


# --- answers ----------------------------------------------------------------------------------------------


class _Camel(Struct, rename="camel"):
    pass


class _Answer(_Camel, Generic[A]):
    kind: str = ""
    status: A | None = None


class _AccessStatus(_Camel):
    allowed: bool
    reason: str = ""
    evaluation_error: str = ""


class _RulesStatus(_Camel):
    incomplete: bool
    resource_rules: tuple[PolicyRule, ...] | None = None
    non_resource_rules: tuple[PolicyRule, ...] | None = None
    evaluation_error: str = ""


class _UserInfo(_Camel):
    username: str
    uid: str = ""
    groups: tuple[str, ...] | None = None
    extra: dict[str, tuple[str, ...] | None] | None = None


class _MyStatus(_Camel):
    user_info: _UserInfo


def _understood(kind: str, body: bytes, decoder: msgspec.json.Decoder[_Answer[A]]) -> A:
    """Return the status of a review; some other web server's answer must not read as one."""
    try:
        answer = decoder.decode(body)
        if answer.kind != kind:
            raise msgspec.ValidationError(f"it is a `{answer.kind}`" if answer.kind else "it has no kind")
        status: A | None = answer.status
        if status is None:
            raise msgspec.ValidationError("it has no status")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CannotAnswer(
            f"cannot understand the server's answer to a {kind}: {error}",
            hint="is this the address of a Kubernetes API server?",
        ) from error
    return status


# --- the kinds of reviews ---------------------------------------------------------------------------------


def _ways(asked: Asked) -> tuple[_Way, ...]:
    """SubjectAccessReview needs a right in the cluster; profile owners have the local one's, in theirs."""
    if asked.identity is None:
        return (_Way(SELF),)
    namespace = asked.request.namespace if asked.request.path is None else ""
    return (_Way(SUBJECT), _Way(LOCAL, namespace)) if namespace else (_Way(SUBJECT),)


def _access_review(asked: Asked, way: _Way) -> reviews.Review:
    if way.kind == LOCAL and not _NAMESPACE.fullmatch(way.namespace):
        raise _Unaskable(f"cannot ask about namespace `{way.namespace}`: no namespace can have that name")
    who = asked.identity or Identity()
    spec = reviews.Spec(*_attributes(asked.request), user=who.user, groups=who.groups or None)
    review = reviews.Review(reviews.API_VERSION, way.kind, spec=spec)
    trouble = reviews.problem(review) if asked.identity else ""
    if trouble:
        raise _Unaskable(trouble)
    return review


def _attributes(
    asked: Request,
) -> tuple[reviews.ResourceAttributes | None, reviews.NonResourceAttributes | None]:
    if asked.path is not None:
        return None, reviews.NonResourceAttributes(asked.path, asked.verb)
    resource = reviews.ResourceAttributes(
        asked.namespace, asked.verb, asked.group, "", asked.resource, asked.subresource, asked.name
    )
    return resource, None


def _reply(outcome: _Outcome[_AccessStatus]) -> Reply:
    status = outcome.status
    if status is None:
        return Reply(None, problem=outcome.problem, kind=outcome.kind, hint=outcome.hint)
    return Reply(status.allowed, status.reason, status.evaluation_error, kind=outcome.kind)


def _rules_ways(_namespace: str) -> tuple[_Way, ...]:
    return (_Way(RULES),)


def _rules_review(namespace: str, way: _Way) -> dict[str, Any]:
    return {"apiVersion": reviews.API_VERSION, "kind": way.kind, "spec": {"namespace": namespace}}


def _rules_reply(outcome: _Outcome[_RulesStatus]) -> RulesReply:
    status = outcome.status
    if status is None:
        return RulesReply(problem=outcome.problem, hint=outcome.hint)
    rules = (*(status.resource_rules or ()), *(status.non_resource_rules or ()))
    return RulesReply(rules, status.incomplete, status.evaluation_error)


def _myself(transport: Transport, version: str) -> Myself:
    body = msgspec.json.encode({"apiVersion": version, "kind": MYSELF})
    said = transport.post(f"/apis/{version}/selfsubjectreviews", body)
    user = _understood(MYSELF, said, msgspec.json.Decoder(_Answer[_MyStatus])).user_info
    extra = {key: values or () for key, values in (user.extra or {}).items()}
    return Myself(user.username, user.uid, user.groups or (), extra)
