"""The arguments, the help and the options of `completion`."""

from __future__ import annotations

import argparse

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from kubectl_kfaccess.output.style import OutputChoice

KIND = "Completion"
DESCRIPTION = """\
Show what TAB needs in bash, zsh and fish, install or remove it, or print the script for a shell."""
EXAMPLES = (
    ("What is set up, and what is missing?", "completion status"),
    ("What would be written?", "completion install --dry-run"),
    ("The script for bash, which completes `kubectl-kfaccess`", "completion bash"),
)
DETAILS = """\
TAB works behind `kubectl kfaccess` wherever kubectl's own completion works: kubectl runs the executable
`kubectl_complete-kfaccess`, and you do not have to source anything. `install` writes that executable if a
package manager left it out, and the script for the name `kubectl-kfaccess`. `uninstall` removes both, and
what was kept of clusters.

Names come from the cluster if it answers within a second. Names that a shell could take for more than text
are not offered."""
EXIT_STATUS = "0 done, 1 `status` finds something missing, 2 usage, 3 it could not be done"


SCRIPTS = ("bash", "zsh", "fish")


ACTIONS = ("install", "uninstall", "status", *SCRIPTS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `completion`."""
    parser.add_argument("action", metavar="ACTION", choices=ACTIONS, help=f"one of {', '.join(ACTIONS)}")
    parser.add_argument(
        "--shell",
        choices=SCRIPTS,
        default="",
        metavar="SHELL",
        help="the shell: bash, zsh or fish; default: $SHELL",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be written or removed")
    parser.add_argument(
        "--directory", metavar="DIRECTORY", default="",
        help="the directory for the executable that kubectl runs (default: that of kubectl-kfaccess)",
    )  # fmt: skip
    flags.add_output(parser, ("table",))


class Options(NamedTuple):
    """The action, the shell ("": the user's), and the executable's directory ("": this program's)."""

    action: str
    shell: str
    dry_run: bool
    directory: str
    output: OutputChoice
    source: None = None


def options(args: argparse.Namespace) -> Options:
    """Return the options of `completion`. Raises UsageError if a flag does not fit the action."""
    if args.action not in ("install", "uninstall") and (args.dry_run or args.directory):
        flag = "--dry-run" if args.dry_run else "--directory"
        raise UsageError(f"`{flag}` needs `install` or `uninstall`: no other action changes files")
    return Options(args.action, args.shell, args.dry_run, args.directory, flags.output_choice(args))
