"""The question of `explain`: words of the command line, or a pasted error, as questions to the rules."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.commands.explain.arguments import Options, PastedQuestion, TypedQuestion
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import Question, Target
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT_PREFIX
from kubectl_kfaccess.resolve.choices import ScopeChoice, SubjectChoice
from kubectl_kfaccess.resolve.error_texts import ErrorQuestion
from kubectl_kfaccess.resolve.namespaces import choose_namespaces
from kubectl_kfaccess.resolve.pasted_error import PastedError
from kubectl_kfaccess.resolve.resource_words import ResourceWords, resource_words
from kubectl_kfaccess.resolve.subject_words import parse_subject
from kubectl_kfaccess.resolve.typos import check_words
from kubectl_kfaccess.sources.source import Source


class Inquiry(Struct, frozen=True):
    """
    A question about a subject in *namespace* ("": in all namespaces at once).

    It has either *words*, which become questions once the rules are read, or a *question*. *plane* is None if
    the resource decides. *proven* says that the subject's name comes from an error, so somebody has it.
    *is_chosen*: the user or an error names the namespace. With *any_type*, words that nothing knows are no
    typos; words of an error never are.
    """

    subject: SubjectChoice
    namespace: str
    words: ResourceWords | None = None
    question: Question | None = None
    remarks: tuple[str, ...] = ()
    plane: Plane | None = None
    proven: bool = False
    is_chosen: bool = False
    any_type: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The namespace, or nothing for all namespaces."""
        return (self.namespace,) if self.namespace else ()

    def questions(self, snapshot: Snapshot) -> tuple[Question, ...]:
        """Return the questions to ask of the rules in *snapshot*."""
        if self.question:
            return (self.question,)
        return self.words.questions(self.places, snapshot) if self.words else ()

    def notes(self, questions: tuple[Question, ...], snapshot: Snapshot) -> tuple[str, ...]:
        """Return notes on how the words were understood."""
        return tuple(self.words.notes(questions, snapshot, chose=False)) if self.words else ()

    def open_gaps(self, snapshot: Snapshot, *, live: bool) -> tuple[Gap, ...]:
        """Return the gaps that leave open whether a word is a typo. Raises UsageError for a typo."""
        return check_words((self.words,), snapshot, live=live) if self.words and not self.any_type else ()

    def unknown_words(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return a sentence for each word that neither rules nor server know."""
        return self.words.unknown(snapshot) if self.words else ()


def inquiry_in_words(typed: TypedQuestion, options: Options, source: Source) -> Inquiry:
    """Return the question of the command line. Raises what choose_namespaces raises."""
    words = resource_words(typed.verb, typed.target, source)
    choice = choose_namespaces(options.scope, source)
    namespace = "".join(choice.namespaces or ())  # `explain` has no `-l`: there is at most one
    return Inquiry(
        options.subject,
        namespace,
        words,
        remarks=choice.remarks,
        plane=options.plane,
        is_chosen=choice.explicit,
        any_type=options.any_type,
    )


def inquiry_of_error(
    pasted: PastedQuestion, error: PastedError, refusal: ErrorQuestion, options: Options, source: Source
) -> Inquiry:
    """
    Return the question of a pasted error; with a SUBJECT, the same question about that subject.

    Raises UsageError if there are other words than a SUBJECT.
    """
    check_words_beside(pasted)
    if refusal.is_partial:
        return _partial_inquiry(pasted, error, refusal, options, source)
    return Inquiry(
        _subject(options.subject, refusal),
        refusal.request.namespace,
        question=_question(refusal, source),
        remarks=error.remarks,
        plane=options.plane or refusal.via,
        proven=not pasted.beside,
        is_chosen=bool(refusal.request.namespace),
    )


def check_words_beside(pasted: PastedQuestion) -> None:
    """Raise UsageError if there are other words beside the error than a SUBJECT."""
    if len(pasted.beside) > 1:
        raise UsageError("`--from-error` can be combined with a SUBJECT only: the error is the question")


def _partial_inquiry(
    pasted: PastedQuestion, error: PastedError, refusal: ErrorQuestion, options: Options, source: Source
) -> Inquiry:
    """Return the question of an error that names neither API group nor namespace: in words, with `-n`."""
    request = refusal.request
    words = resource_words(request.verb, Target(request.resource, subresource=request.subresource), source)
    choice = choose_namespaces(_own_if_open(options.scope, refusal), source)
    remark = "the error names neither API group nor namespace: `-n` chooses the namespace"
    is_namespaced = any(resource.namespaced for resource in words.types.answered[:1])
    return Inquiry(
        _subject(options.subject, refusal),
        "".join(choice.namespaces or ()),
        words,
        remarks=(*error.remarks, *((remark, *choice.remarks) if is_namespaced else ())),
        plane=options.plane or refusal.via,
        proven=not pasted.beside,
        is_chosen=choice.explicit,
        any_type=True,
    )


def _own_if_open(scope: ScopeChoice, refusal: ErrorQuestion) -> ScopeChoice:
    """Return the namespaces that flags choose; without flags, that of the account in the error."""
    account = parse_subject(refusal.user) if refusal.user.startswith(SERVICE_ACCOUNT_PREFIX) else None
    own = account.namespace if account else None
    return scope if scope.everywhere or scope.named or not own else ScopeChoice((own,))


def _subject(choice: SubjectChoice, refusal: ErrorQuestion) -> SubjectChoice:
    """Return SUBJECT if it was typed, else the user of the error, with the groups that the error names."""
    user = f"user:{refusal.user}" if refusal.user else None
    text = user if choice.text is None else choice.text
    return choice._replace(text=text, groups=(*choice.groups, *refusal.groups))


def _question(refusal: ErrorQuestion, source: Source) -> Question:
    """Return the denied request as a question, with the served type if there is one."""
    request = refusal.request
    served = {known.key: known for known in source.resource_types()}
    unserved = ResourceType(request.group, request.resource, virtual=refusal.via is Plane.KUBEFLOW)
    return Question(
        request,
        (request.namespace,) if request.namespace else (),
        served.get((request.group, request.resource), unserved),
    )
