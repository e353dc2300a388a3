"""The arguments, the help and the options of `snapshot`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice
    from kubectl_kfaccess.sources.source_choice import SourceChoice

KIND = "Snapshot"
DESCRIPTION = """\
Write what all commands read of a cluster into one file. Every command answers from it with -f, without the
cluster."""
EXAMPLES = (
    ("Keep what the cluster says today", "snapshot cluster.json.gz"),
    ("Ask the snapshot", "who-can delete pods -A -f cluster.json.gz"),
)
DETAILS = """\
FILE is compressed if its name ends in .gz, and only you can read it. It replaces an older one in one step.
Without FILE, or with -, the document is printed.

It holds roles, bindings, namespaces, service accounts, profiles, Istio's policies, the types of the cluster,
and your name and groups. It holds no Secret, and of ConfigMaps and Deployments only the settings that this
program reads. What you cannot read is a gap in it. What the server answers to access reviews is not kept."""
EXIT_STATUS = "0 written, 2 usage, 3 not written, or roles and bindings are missing in it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `snapshot`."""
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="the file to write; default: -")
    flags.add_cluster(parser)
    flags.add_output(parser, ("table",))


class Options(NamedTuple):
    """The file to write ("-": stdout), and the cluster to read."""

    file: str
    source: SourceChoice
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `snapshot`."""
    return Options(args.file, flags.source_choice(args), flags.output_choice(args))
