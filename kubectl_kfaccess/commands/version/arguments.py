"""The arguments, the help and the options of `version`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.source_choice import SourceChoice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice

KIND = "Version"
DESCRIPTION = """\
Show the versions of this program, of Python, and of the server if it answers within two seconds."""
EXAMPLES = (
    ("Which version is installed? No server is asked", "version --client"),
    ("The same for programs", "version --client -o json"),
    ("Without the header", "version --client --no-headers"),
)
DETAILS = ""
EXIT_STATUS = "0 answered, 2 usage, 3 the server did not answer"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `version`."""
    parser.add_argument("--client", action="store_true", help="show only this program's version")
    flags.add_output(parser, ("table", "json", "yaml"))


class Options(NamedTuple):
    """The server to ask (None: no server), and the style of the answer."""

    source: SourceChoice | None
    output: OutputChoice


def options(args: argparse.Namespace) -> Options:
    """Return the options of `version`."""
    server = None if args.client else flags.live_choice(args)
    return Options(server, flags.output_choice(args))
