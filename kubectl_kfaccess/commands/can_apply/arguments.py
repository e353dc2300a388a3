"""The arguments, the help and the options of `can-apply`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import connection, flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.resolve.choices import SubjectChoice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "CanApply"
DESCRIPTION = """\
Say whether somebody can apply manifests: each object, in its order, with the refusal that it would get."""
EXAMPLES = (
    ("Can Dave deploy this?", "can-apply examples/app.yaml --subject dave@example.com"),
    (
        "Which role would let them? Print it, then apply it",
        "can-apply examples/app.yaml --subject dave@example.com -o fix",
    ),
    ("Can I, with server-side apply?", "can-apply examples/app.yaml --by server-side"),
    ("A report for CI", "can-apply examples/app.yaml -o junit"),
)
DETAILS = """\
An object counts for those behind it: a namespace, a definition of a kind, a role. kubectl goes on after a
refusal, and so does the answer. What is refused for other reasons than permissions is not checked: -o wide
lists it. -o name prints what cannot be applied."""
EXIT_STATUS = "0 yes, 1 no, 2 usage, 3 not known"
FORMATS = (*flags.KUBECTL_FORMATS, "junit", "fix")
WAYS = ("kubectl", "server-side", "create", "replace", "delete")

READS = Reads(
    (
        Read("rolebindings", vital=True, or_ask=True),
        Read("clusterrolebindings", vital=True, or_ask=True),
        Read("clusterroles", vital=True, or_ask=True),
        Read("roles", vital=True, or_ask=True),
        Read("namespaces", "whether namespaces exist"),
        Read("serviceaccounts", "accounts by their bare names"),
    ),
    otherwise="complete about yourself",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `can-apply`."""
    parser.add_argument(
        "files", metavar="FILE", nargs="+", help="files or directories of manifests, `-` for standard input"
    )
    parser.add_argument("--subject", metavar="SUBJECT", help=flags.SUBJECT)
    parser.add_argument(
        "--by", metavar="WAY", choices=WAYS, default="kubectl",
        help=f"how they are applied: {', '.join(WAYS)} (default: kubectl)",
    )  # fmt: skip
    flags.add_groups(parser)
    flags.add_namespace(parser)
    flags.add_cluster(parser)
    flags.add_output(parser, FORMATS)


class Options(NamedTuple):
    """
    The files of the bundle, who applies them, how, and the style of the answer.

    *recursive* includes the directories inside directories; *namespace* is that of `-n`, "" without it.
    """

    files: tuple[str, ...]
    recursive: bool
    subject: SubjectChoice
    way: str
    namespace: str
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `can-apply`. Raises UsageError if standard input would be read twice."""
    if [*args.files, *args.filename, *args.applied, *args.deleted, args.people].count("-") > 1:
        raise UsageError("`-` can be given only once: standard input cannot be read twice")
    namespace = connection.namespace(args)
    return Options(
        tuple(args.files),
        args.recursive,
        SubjectChoice(args.subject, tuple(args.group), namespace, flags.people_file(args)),
        args.by,
        namespace,
        flags.source_choice(args),
        flags.output_choice(args),
    )
