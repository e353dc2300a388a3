"""The arguments, the help and the options of `explain`."""

from __future__ import annotations

import argparse
import re

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.resolve.choices import SubjectChoice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.rbac.known_subjects import Plane
    from kubectl_kfaccess.rbac.request_scope import Target
    from kubectl_kfaccess.resolve.choices import ScopeChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice
    from kubectl_kfaccess.verify.choice import Verification

KIND = "Explanation"
QUESTION = "Why can or can't this subject do that, what would fix it, and who can help?"


DESCRIPTION = """\
The first line is the answer. For a yes, the shortest chain that grants it follows: subject, group, binding,
roles, rule. For a no, it shows the closest match, up to three fixes with the number of other permissions that
each one grants, and who can help. The last line says what kubectl, Kubeflow's pages and the mesh answer. All
chains, matches, fixes and reasons are in `-o wide`.

Without SUBJECT it is about you, without -n about the context's namespace. -A asks about all namespaces at
once. --from-error takes a pasted error as the question, and so does a single argument with spaces.
`explain -` reads it from standard input; in a log, the last refusal counts.

With the id of a finding it says what the finding means and how to fix it, and with -n, -A, -f or --demo also
where it is.

The exit status is 0 for yes, 1 for no and 3 if it is not known."""


EXAMPLES = (
    "explain alice@example.com create inferenceservices -n team-a --demo",
    "explain grace@example.com create inferenceservices -n team-b --demo",
    "explain sa:kubeflow/pipeline-runner create inferenceservices -n kubeflow -o fix --demo",
    "explain profile-foreign-account --demo",
    "explain --from-error \"User 'ivan@example.com' is not authorized to list kubeflow.org/v1beta1/notebooks"
    " in namespace 'team-a'\" --demo",
)


FORMATS = (*flags.KUBECTL_FORMATS, "fix")


_FINDING = re.compile(r"[a-z]+(-[a-z]+)+")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain`."""
    parser.add_argument(
        "words", metavar="[SUBJECT] VERB TYPE[.GROUP][/NAME] | /URL | FINDING-ID | -", nargs="*",
        help="who does what; SUBJECT as in `access`, by default you; `-` reads a pasted error or a log",
    )  # fmt: skip
    parser.add_argument(
        "--name", default="", help="the object's name, if it could be taken for a subresource"
    )
    parser.add_argument(
        "--subresource", metavar="SUB", default="", help="the subresource, such as log or status"
    )
    parser.add_argument(
        "--from-error", metavar="TEXT|-", default="", help="a pasted error, or `-` to read one"
    )
    parser.add_argument(
        "-A", "--all-namespaces", action="store_true", help="ask about all namespaces at once"
    )
    parser.add_argument(
        "--fix", metavar="N", type=int, default=0, help="with `-o fix`: print this fix (default: 1)"
    )
    flags.add_groups(parser)
    flags.add_via(parser)
    flags.add_verify(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


class TypedQuestion(NamedTuple):
    """A question in words: VERB, and TYPE or URL."""

    verb: str
    target: Target


class PastedQuestion(NamedTuple):
    """A question as a pasted error: its text (`-`: on standard input), and the other words of the line."""

    text: str
    beside: tuple[str, ...]


class FindingQuestion(NamedTuple):
    """The id of a type of finding, as findings show it."""

    id: str


class Options(NamedTuple):
    """
    The question, its subject, namespace and plane, and the style of the answer.

    *fix* is the number of the fix that `-o fix` prints; the first is 1.
    """

    question: TypedQuestion | PastedQuestion | FindingQuestion
    subject: SubjectChoice
    scope: ScopeChoice
    plane: Plane | None
    fix: int
    verification: Verification
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `explain`. Raises UsageError if words cannot be read or contradict each other."""
    verification, fix = flags.verification(args), _fix(args.fix, args.output)
    text, question = _question(args)
    return Options(
        question,
        SubjectChoice(text, tuple(args.group), flags.flag(args, "namespace")),
        flags.scope_choice(args),
        flags.plane_choice(args),
        fix,
        verification,
        flags.source_choice(args),
        flags.output_choice(args),
    )


def _fix(number: int, output: str) -> int:
    """Return the number of the fix to print. Raises UsageError if it is negative or lacks `-o fix`."""
    if number < 0 or (number and output != "fix"):
        raise UsageError("`--fix` needs `-o fix` and a number from 1 on")
    return number or 1


def _question(
    args: argparse.Namespace,
) -> tuple[str | None, TypedQuestion | PastedQuestion | FindingQuestion]:
    """Return the text of SUBJECT (None for the caller) and the question. Raises UsageError if unreadable."""
    words: list[str] = args.words
    if not args.from_error and len(words) == 1 and _FINDING.fullmatch(words[0]):
        return None, FindingQuestion(words[0])
    if not args.from_error and len(words) in (1, 2) and _is_error(words):
        return next(iter(words[:-1]), None), PastedQuestion(words[-1], tuple(words[:-1]))
    is_piped = not args.from_error and words[-1:] == ["-"]
    text, beside = ("-", words[:-1]) if is_piped else (args.from_error, words)
    if not text:
        return _words(args)
    if text == "-" and "-" in args.filename:
        command = "`explain -`" if is_piped else "`--from-error -`"
        raise UsageError(f"{command} and `-f -` cannot be combined: both read standard input")
    return next(iter(beside), None), PastedQuestion(text, tuple(beside))


def _is_error(words: list[str]) -> bool:
    """Whether the last word is a pasted error: VERB and TYPE have no spaces, a name after TYPE/ can."""
    first, *others = words[-1].split() or [""]
    return bool(others) and (len(words) == 1 or "/" not in first)


def _words(args: argparse.Namespace) -> tuple[str | None, TypedQuestion]:
    """Return SUBJECT (or None) and the question of two or three words. Raises UsageError if unreadable."""
    from kubectl_kfaccess.rbac.request_scope import parse_target  # imports msgspec: would slow `--help` down

    if len(args.words) not in (2, 3):
        count = f"{len(args.words)} word{'' if len(args.words) == 1 else 's'}"
        raise UsageError(
            f"VERB and TYPE are needed, with an optional SUBJECT before them: got {count}",
            hint="write `explain alice@example.com create inferenceservices`",
        )
    *subject, verb, word = args.words
    if not verb:
        raise UsageError("the verb is empty")
    target = parse_target(word, subresource=args.subresource, name=args.name)
    return next(iter(subject), None), TypedQuestion(verb, target)
