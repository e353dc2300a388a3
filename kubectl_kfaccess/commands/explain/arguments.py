"""What `explain` takes: its arguments, its help, its examples."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import UsageError

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


def _take_error(args: argparse.Namespace) -> None:
    """Take a single argument of several words for a pasted error: no VERB and no TYPE holds a space."""
    if not args.from_error and len(args.words) == 1 and len(args.words[0].split()) > 1:
        (args.from_error,), args.words = args.words, []


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
