"""`explain [SUBJECT] VERB TYPE`: why somebody can or cannot, the smallest fix, and whom to ask."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kubectl_kfaccess.commands.explaining import Asking
    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.output.explanation import Explanation
    from kubectl_kfaccess.resolve.pasted_error import Pasted
    from kubectl_kfaccess.sources.source import Source

Typed = tuple["str | None", str, str]
"""SUBJECT (None for the caller), VERB and TYPE."""

QUESTION = "Why can or can't this subject do that, what would fix it, and whom to ask?"
ALIASES = ("why",)
DESCRIPTION = """\
Of a yes it draws every chain that grants it, the shortest first: subject, membership, binding, role,
aggregation, rule. Of a no it says what comes nearest, whom to ask, and what could be applied, with the number
of further permissions that each fix hands out. Its last line says what kubectl, Kubeflow's own services and
the mesh answer, where that is not one thing. Without SUBJECT it is about you. Without -n it is about the
context's namespace, with -A about all of them at once. --from-error takes a pasted error as the question; so
does a single argument that holds spaces. It ends with 0 for yes, 1 for no, 3 for not known."""
EXAMPLES = (
    "explain alice@example.com create inferenceservices -n team-a --demo",
    "explain grace@example.com create inferenceservices -n team-b --demo",
    "explain sa:kubeflow/pipeline-runner create inferenceservices -n kubeflow -o fix --demo",
    "explain --from-error \"User 'ivan@example.com' is not authorized to list kubeflow.org/v1beta1/notebooks"
    " in namespace 'team-a'\" --demo",
)
FORMATS = ("text", "json", "yaml", "fix")
ALLOWED_NOW = "it is allowed now: the error is from before, or from another cluster, the mesh, or admission\n"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain`."""
    parser.add_argument(
        "words", metavar="[SUBJECT] VERB TYPE[.GROUP][/NAME] | /URL", nargs="*",
        help="who does what; SUBJECT as in `access`, by default you",
    )  # fmt: skip
    parser.add_argument(
        "--name", default="", help="the object's name, when it could be taken for a subresource"
    )
    parser.add_argument(
        "--subresource", metavar="SUB", default="", help="the subresource, such as log or status"
    )
    parser.add_argument(
        "--from-error", metavar="TEXT|-", default="", help="an error that somebody got, or `-` to read it"
    )
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="ask about all namespaces at once"
    )
    parser.add_argument(
        "--fix", metavar="N", type=int, default=0, help="with `-o fix`: the fix of that number (default: 1)"
    )
    flags.add_groups(parser)
    flags.add_via(parser)
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS, "text")


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return why, or why not."""
    from kubectl_kfaccess.commands.explaining import explanation

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


def _take_error(args: argparse.Namespace) -> None:
    """Take a single argument of several words for a pasted error: no VERB and no TYPE holds a space."""
    if not args.from_error and len(args.words) == 1 and len(args.words[0].split()) > 1:
        (args.from_error,), args.words = args.words, []


def _pasted(args: argparse.Namespace, env: Environment) -> Pasted:
    from kubectl_kfaccess.resolve.pasted_error import pasted

    return pasted(args, env)


def _of_words(typed: Typed, args: argparse.Namespace, source: Source) -> Asking:
    """The question of the command line."""
    from kubectl_kfaccess.commands.explaining import Asking
    from kubectl_kfaccess.rbac.queries import parse_target
    from kubectl_kfaccess.resolve.resource_words import naming

    subject, verb, word = typed
    words = naming(verb, parse_target(word, subresource=args.subresource, name=args.name), source)
    namespace, remarks = _namespace(args, source)
    return Asking(subject, namespace, words=words, remarks=remarks, via=flags.via(args))


def _words(words: list[str]) -> Typed:
    """What was typed, if it is two words or three."""
    if len(words) not in (2, 3):
        count = f"{len(words)} word{'' if len(words) == 1 else 's'}"
        raise UsageError(
            f"{count}, where VERB and TYPE are needed, and perhaps SUBJECT before them",
            hint="write `explain alice@example.com create inferenceservices`",
        )
    *subject, verb, target = words
    if not verb:
        raise UsageError("the verb is empty")
    return (subject[0] if subject else None), verb, target


def _of_error(error: Pasted, args: argparse.Namespace, source: Source) -> Asking:
    """The question of a pasted error, as it stands; a SUBJECT beside it is somebody else's same question."""
    from kubectl_kfaccess.commands.explaining import Asking
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


def _written(args: argparse.Namespace, found: Explanation, advice: Sequence[str]) -> Iterator[str]:
    if args.output == "text":
        yield from found.text()
        yield from ("\n", *advice) if advice else ()
    else:
        from kubectl_kfaccess.output.formats import written

        yield from written(found.document(), args.output)


def _fix(args: argparse.Namespace, found: Explanation, remarks: tuple[str, ...]) -> Answer:
    """One fix as YAML; a yes needs none, and where nothing can be written down that is the answer."""
    from kubectl_kfaccess.output.explanation import fix_text

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
