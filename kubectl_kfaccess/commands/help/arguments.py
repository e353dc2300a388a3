"""The arguments and the help of `help`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags

DESCRIPTION = """\
Print the page about a command, as its --help does; without COMMAND, the page about all commands."""
EXAMPLES = (
    ("How is explain used?", "help explain"),
    ("Which commands are there?", "help"),
)
DETAILS = ""
EXIT_STATUS = flags.PRINTED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `help`."""
    parser.add_argument("topic", metavar="COMMAND", nargs="?", default="", help="a command, or its alias")
    flags.add_cluster(parser)
    flags.add_style(parser)


def topic(args: argparse.Namespace) -> str:
    """Return the word of the command to explain, "" for all commands."""
    return str(args.topic)
