"""The questions of `who-can`: one for each verb and each type that the user's words can mean."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.commands.who_can.arguments import Options
from kubectl_kfaccess.kubeflow.catalogue.service_calls import as_reviewed, why_never_checked
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.request_scope import Question
from kubectl_kfaccess.rbac.snapshot import Namespaces, Snapshot
from kubectl_kfaccess.resolve.resource_words import ResourceWords, resource_words
from kubectl_kfaccess.resolve.unknown_words import UnknownWord
from kubectl_kfaccess.sources.source import Source


class Words(Struct, frozen=True):
    """Each pair of a verb and a type on the command line, in the order of the types."""

    pairs: tuple[ResourceWords, ...]

    def questions(self, namespaces: Namespaces, snapshot: Snapshot | None = None) -> tuple[Question, ...]:
        """Return what to ask, each once; see `ResourceWords.questions`."""
        every = (question for pair in self.pairs for question in pair.questions(namespaces, snapshot))
        return tuple(dict.fromkeys(every))

    def notes(self, namespaces: Namespaces, snapshot: Snapshot, *, chose: bool) -> Iterator[str]:
        """Yield notes on how the words were understood; *chose* says that the user chose namespaces."""
        for pair in self.pairs:
            yield from pair.notes(pair.questions(namespaces, snapshot), snapshot, chose=chose)

    def unknown_words(self, snapshot: Snapshot) -> tuple[UnknownWord, ...]:
        """Return the verbs and the types that neither rules nor server know."""
        return tuple(word for pair in self.pairs for word in pair.unknown_words(snapshot))


def words_of(options: Options, source: Source) -> Words:
    """Return what the verbs and types of *options* mean in *source*."""
    return Words(
        tuple(resource_words(verb, target, source) for target in options.targets for verb in options.verbs)
    )


def as_sent(question: Question, plane: Plane | None) -> Question:
    """Return the question as Kubeflow's services send it, if it is about them."""
    is_about_services = plane is Plane.KUBEFLOW or bool(question.type and question.type.virtual)
    if plane is Plane.KUBECTL or not is_about_services or question.request.path is not None:
        return question
    return replace(question, request=as_reviewed(question.request))


def name_notes(typed: tuple[Question, ...], sent: tuple[Question, ...]) -> Iterator[str]:
    """Yield a note on each name that the user typed and that Kubeflow's services do not send."""
    for question, other in zip(typed, sent, strict=True):
        if question != other:
            yield (
                f"Kubeflow asks for `{other.request.verb} {other.title}` without a name:"
                f" `{question.request.name}` does not count"
            )


def never_asked_notes(questions: tuple[Question, ...]) -> Iterator[str]:
    """Yield a note on each question that none of Kubeflow's services asks: RBAC alone is no answer to it."""
    for question in questions:
        request = question.request
        reason = why_never_checked(request.group, request.combined_resource, request.verb)
        if reason and request.path is None:
            yield f"Kubeflow's services never ask for `{request.verb} {question.title}`: {reason}"
