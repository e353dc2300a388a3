"""`explain [SUBJECT] VERB TYPE`: why somebody can or cannot, the smallest fix, and whom to ask."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from msgspec import Struct

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.explain.arguments import Typed
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.known_subjects import Via
from kubectl_kfaccess.rbac.queries import Question
from kubectl_kfaccess.resolve.resource_words import Naming
from kubectl_kfaccess.sources.source import Source

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.resolve.pasted_error import Pasted
    from kubectl_kfaccess.sources.source import Source


def _pasted(args: argparse.Namespace, env: Environment) -> Pasted:
    from kubectl_kfaccess.resolve.pasted_error import pasted

    return pasted(args, env)


def _of_words(typed: Typed, args: argparse.Namespace, source: Source) -> Asking:
    """The question of the command line."""
    from kubectl_kfaccess.rbac.queries import parse_target
    from kubectl_kfaccess.resolve.resource_words import naming

    subject, verb, word = typed
    words = naming(verb, parse_target(word, subresource=args.subresource, name=args.name), source)
    namespace, remarks = _namespace(args, source)
    return Asking(subject, namespace, words=words, remarks=remarks, via=flags.via(args))


def _of_error(error: Pasted, args: argparse.Namespace, source: Source) -> Asking:
    """The question of a pasted error, as it stands; a SUBJECT beside it is somebody else's same question."""
    from kubectl_kfaccess.rbac.queries import Question
    from kubectl_kfaccess.rbac.resources import ResourceType

    if len(args.words) > 1:
        raise UsageError("`--from-error` is the question: only a SUBJECT may stand beside it")
    told = error.question
    if told is None:
        raise AssertionError("an error without a question has been answered before")
    request = told.request
    served = {found.key: found for found in source.resource_types()}
    virtual = ResourceType(request.group, request.resource, virtual=told.via.value == "kubeflow")
    found = served.get((request.group, request.resource), virtual)
    question = Question(request, (request.namespace,) if request.namespace else (), found)
    subject = args.words[0] if args.words else f"user:{told.user}" if told.user else None
    args.group = [*args.group, *told.groups]
    return Asking(
        subject,
        request.namespace,
        questions=(question,),
        remarks=error.remarks,
        via=flags.via(args) or told.via,
        proven=not args.words,
    )


def _namespace(args: argparse.Namespace, source: Source) -> tuple[str, tuple[str, ...]]:
    """The namespace that is asked about, "" for all at once."""
    from kubectl_kfaccess.resolve.namespaces import chosen

    args.selector = ""
    choice = chosen(args, source)
    if choice.namespaces is None:
        return "", ()
    (namespace,) = choice.namespaces
    return namespace, choice.remarks


class Asking(Struct, frozen=True):
    """
    What is asked of SUBJECT (None: the caller): words for the rules to settle, or questions.

    The name is *proven* when an error was addressed to just that one.
    """

    subject: str | None
    namespace: str
    words: Naming | None = None
    questions: tuple[Question, ...] = ()
    remarks: tuple[str, ...] = ()
    via: Via | None = None
    proven: bool = False
