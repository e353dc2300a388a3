"""The arguments and the help of `options`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags

DESCRIPTION = """\
The options that commands share. They can be anywhere: before the command, among its arguments, and behind
them."""
EXAMPLES = (("Which options can every command have?", "options"),)
DETAILS = ""
EXIT_STATUS = flags.PRINTED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `options`."""
    flags.add_cluster(parser)
    flags.add_style(parser)


def topic(_args: argparse.Namespace) -> str:
    """Return the name of this page."""
    return "options"
