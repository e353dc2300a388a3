"""What is asked: the words of the command line, or of a pasted error, as questions to the rules."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.commands.explain.arguments import Options, PastedQuestion, TypedQuestion
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.known_subjects import Via
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.choices import SubjectChoice
from kubectl_kfaccess.resolve.error_texts import ErrorQuestion
from kubectl_kfaccess.resolve.namespaces import choose_namespaces
from kubectl_kfaccess.resolve.pasted_error import PastedError
from kubectl_kfaccess.resolve.resource_words import ResourceWords, resource_words
from kubectl_kfaccess.sources.source import Source


class Inquiry(Struct, frozen=True):
    """
    What is asked about a subject in *namespace* ("": in all of them at once).

    There are either *words*, which the rules settle, or a *question* already. *plane* is the one that it is
    about, None where the resource decides. The subject's name is *proven* when an error was addressed to it.
    """

    subject: SubjectChoice
    namespace: str
    words: ResourceWords | None = None
    question: Question | None = None
    remarks: tuple[str, ...] = ()
    plane: Via | None = None
    proven: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The namespace, if there is one."""
        return (self.namespace,) if self.namespace else ()

    def questions(self, snapshot: Snapshot) -> tuple[Question, ...]:
        """Return what to ask of the rules of *snapshot*."""
        if self.question:
            return (self.question,)
        return self.words.questions(self.places, snapshot) if self.words else ()

    def notes(self, questions: tuple[Question, ...], snapshot: Snapshot) -> tuple[str, ...]:
        """Return what the user should know of how the words were taken."""
        return tuple(self.words.notes(questions, snapshot, chose=False)) if self.words else ()

    def unknown_words(self, snapshot: Snapshot) -> tuple[str, ...]:
        """Return a sentence for each word that no rule and no server knows."""
        return self.words.unknown(snapshot) if self.words else ()


def inquiry_in_words(typed: TypedQuestion, options: Options, source: Source) -> Inquiry:
    """Return the question of the command line."""
    words = resource_words(typed.verb, typed.target, source)
    choice = choose_namespaces(options.scope, source)
    namespace = "".join(choice.namespaces or ())  # without `-l` there is one, or none for all of them
    return Inquiry(options.subject, namespace, words, remarks=choice.remarks, plane=options.plane)


def inquiry_of_error(
    pasted: PastedQuestion, error: PastedError, refusal: ErrorQuestion, options: Options, source: Source
) -> Inquiry:
    """
    Return the question of a pasted error, as it stands; a SUBJECT beside it asks the same about them.

    Raises UsageError where more than a SUBJECT stands beside it.
    """
    if len(pasted.beside) > 1:
        raise UsageError("`--from-error` is the question: only a SUBJECT may stand beside it")
    return Inquiry(
        _subject(options.subject, refusal),
        refusal.request.namespace,
        question=_question(refusal, source),
        remarks=error.remarks,
        plane=options.plane or refusal.via,
        proven=not pasted.beside,
    )


def _subject(choice: SubjectChoice, refusal: ErrorQuestion) -> SubjectChoice:
    """SUBJECT if it was typed, else the user who was refused; the error may know groups of both."""
    user = f"user:{refusal.user}" if refusal.user else None
    text = user if choice.text is None else choice.text
    return SubjectChoice(text, (*choice.groups, *refusal.groups), choice.namespace)


def _question(refusal: ErrorQuestion, source: Source) -> Question:
    request = refusal.request
    served = {known.key: known for known in source.resource_types()}
    unserved = ResourceType(request.group, request.resource, virtual=refusal.via is Via.KUBEFLOW)
    return Question(
        request,
        (request.namespace,) if request.namespace else (),
        served.get((request.group, request.resource), unserved),
    )
