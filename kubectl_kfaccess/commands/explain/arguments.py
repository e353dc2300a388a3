"""The arguments, the help and the options of `explain`."""

from __future__ import annotations

import argparse
import re

from kubectl_kfaccess.commands import connection, flags
from kubectl_kfaccess.commands.reads import Read, Reads
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
DESCRIPTION = """\
Explain why somebody can or cannot do something, and what would fix it."""
EXAMPLES = (
    ("Why can't grace deploy a model?", "explain grace@example.com create isvc -n team-b"),
    (
        "What would let them? Print the smallest fix, then apply it",
        "explain grace@example.com create isvc -n team-b -o fix",
    ),
    ("Can a view contributor run code?", "explain contributor-view create viewers"),
    ("Can bob do it as somebody else?", "explain bob@example.com create isvc -n team-a --indirect"),
    ("What does this error mean?", "explain --from-error 'RBAC: access denied'"),
    ("What does this finding mean, and where is it?", "explain profile-foreign-account"),
    ("Can I, and why?", "explain create inferenceservices -n team-a"),
)
DETAILS = """\
A single argument with blanks is a pasted error, too. `explain -` reads one from standard input: of a log, the
last refusal counts. All chains, matches, fixes and reasons: -o wide."""
EXIT_STATUS = "0 yes, 1 no, 2 usage, 3 not known"


FORMATS = (*flags.KUBECTL_FORMATS, "fix")


_FINDING = re.compile(r"[a-z]+(-[a-z]+)+")


READS = Reads(
    (
        Read("rolebindings", vital=True, or_ask=True),
        Read("clusterrolebindings", vital=True, or_ask=True),
        Read("clusterroles", vital=True, or_ask=True),
        Read("roles", vital=True, or_ask=True),
        Read("namespaces", "who can help"),
        Read("profiles", "who can help"),
        Read("serviceaccounts", "accounts by their bare names"),
        Read("authorizationpolicies", "the mesh"),
        Read("configmaps", "the mesh"),
    ),
    otherwise="complete about yourself",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `explain`."""
    parser.usage = "[SUBJECT] VERB TYPE[.GROUP][/NAME]\n[SUBJECT] VERB /URL\nFINDING-ID\n-"
    parser.add_argument("words", metavar="SUBJECT", nargs="*", help=flags.SUBJECT)
    flags.add_namespace(parser)
    parser.add_argument("-A", "--all-namespaces", action="store_true", help="all namespaces at once")
    parser.add_argument(
        "--name", default="", help="the object's name, if it could be taken for a subresource"
    )
    parser.add_argument(
        "--subresource", metavar="SUB", default="", help="the subresource, such as log or status"
    )
    parser.add_argument(
        "--from-error", metavar="TEXT|-", default="", help="a pasted error, or `-` to read one"
    )
    parser.add_argument("--fix", metavar="N", type=int, default=1, help="with `-o fix`, which one to print")
    flags.add_groups(parser)
    flags.add_any_type(parser)
    flags.add_via(parser)
    flags.add_indirect(parser)
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

    *any_type* asks about words that nothing knows. *fix* is the number of the fix that
    `-o fix` prints; the first is 1.
    """

    question: TypedQuestion | PastedQuestion | FindingQuestion
    subject: SubjectChoice
    scope: ScopeChoice
    any_type: bool
    plane: Plane | None
    fix: int
    verification: Verification
    source: SourceChoice
    output: OutputChoice
    indirect: bool = False


def options(args: argparse.Namespace) -> Options:
    """Return the options of `explain`. Raises UsageError if words cannot be read or contradict each other."""
    verification, fix = flags.verification(args), _fix(args.fix, args.output)
    text, question = _question(args)
    return Options(
        question,
        SubjectChoice(text, tuple(args.group), connection.namespace(args), flags.people_file(args)),
        flags.scope_choice(args),
        args.any_type,
        flags.plane_choice(args),
        fix,
        verification,
        flags.source_choice(args),
        flags.output_choice(args),
        args.indirect,
    )


def _fix(number: int, output: str) -> int:
    """Return the number of the fix to print. Raises UsageError if there is none, or without `-o fix`."""
    if number < 1 or (number > 1 and output != "fix"):
        raise UsageError("`--fix` needs `-o fix` and a number from 1 on")
    return number


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
    if text == "-" and "-" in (*args.filename, args.people):
        command = "`explain -`" if is_piped else "`--from-error -`"
        other = "-f" if "-" in args.filename else "--people"
        raise UsageError(f"{command} and `{other} -` cannot be combined: both read standard input")
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
    for what, text in (("verb", verb), ("type", word.partition("/")[0])):
        if "," in text:
            raise UsageError(
                f"`explain` takes one {what}: `{text}` is a list", hint="explain each word alone"
            )
    target = parse_target(word, subresource=args.subresource, name=args.name)
    return next(iter(subject), None), TypedQuestion(verb, target)
