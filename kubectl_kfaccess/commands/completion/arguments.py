"""What `completion` takes: its arguments, its help, its examples."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags

QUESTION = "What does completion on TAB need here?"


DESCRIPTION = """\
Behind `kubectl kfaccess` TAB works wherever kubectl's own completion does: kubectl asks the executable
`kubectl_complete-kfaccess`, and nothing has to be sourced. `status` says what there is; it ends with 1 when
something is missing, and says how to mend it. `install` writes that executable where a package manager left
it out, and the script for the name `kubectl-kfaccess` by itself; `uninstall` removes both, and what was kept
of clusters. `bash`, `zsh` and `fish` print that script. Names come from the cluster, within a second or not
at all; those that a shell could take for more than text are not offered."""


EXAMPLES = ("completion status", "completion install --dry-run", "completion bash")


SCRIPTS = ("bash", "zsh", "fish")


ACTIONS = ("install", "uninstall", "status", *SCRIPTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `completion`."""
    parser.add_argument("action", metavar="ACTION", choices=ACTIONS, help=f"one of {', '.join(ACTIONS)}")
    parser.add_argument(
        "--shell", choices=SCRIPTS, default="", metavar="SHELL", help="bash, zsh or fish (default: $SHELL)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be written or removed")
    parser.add_argument(
        "--directory", metavar="DIRECTORY", default="",
        help="where the executable goes that kubectl asks (default: beside kubectl-kfaccess)",
    )  # fmt: skip
    flags.add_output(parser, ("text",), "text")
