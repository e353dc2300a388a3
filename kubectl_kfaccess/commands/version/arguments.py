"""What `version` takes: its arguments, its help, its examples."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags

QUESTION = "Which versions of this program, Python and the server are these?"


DESCRIPTION = "Waits two seconds for the server at most; --client does not ask it."


EXAMPLES = ("version --client", "version --client -o json", "version --client --no-headers")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `version`."""
    parser.add_argument("--client", action="store_true", help="only this program's own version")
    flags.add_output(parser, ("table", "json", "yaml"))
