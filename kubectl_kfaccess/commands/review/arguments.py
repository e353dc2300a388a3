"""The arguments, the help and the options of `review`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.reads import Read, Reads
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Review"
DESCRIPTION = """\
Read authorization.k8s.io/v1 SubjectAccessReviews and fill in their status. A `status.allowed` in the input is
the answer that you expect, so a file of reviews can test a cluster's access."""
EXAMPLES = (
    ("Are all answers as expected?", "review examples/reviews.yaml"),
    ("A report for CI", "review examples/reviews.yaml -o junit"),
    ("Read standard input, and write one review a line", "review - -o jsonl < examples/reviews.yaml"),
)
DETAILS = """\
The input is YAML, JSON, a List, or one JSON object a line. Groups count exactly as given."""
EXIT_STATUS = "0 as expected, 1 an answer differs, 2 usage, 3 not known"


READS = Reads(
    (
        Read("rolebindings", vital=True),
        Read("clusterrolebindings", vital=True),
        Read("clusterroles", vital=True),
        Read("roles", vital=True),
    )
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `review`."""
    parser.add_argument("files", metavar="FILE", nargs="+", help="files of reviews, `-` for standard input")
    flags.add_cluster(parser)
    flags.add_output(parser, (*flags.KUBECTL_FORMATS, "jsonl", "junit"))


class Options(NamedTuple):
    """The files of reviews, the source of the objects that decide, and the style of the answer."""

    files: tuple[str, ...]
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `review`. Raises UsageError if standard input would be read twice."""
    if [*args.files, *args.filename].count("-") > 1:
        raise UsageError("`-` can be given only once: standard input has either the reviews or the objects")
    return Options(tuple(args.files), flags.source_choice(args), flags.output_choice(args))
