"""`completion`: what TAB needs in bash, zsh and fish: set up, taken away, looked at, or printed."""

from __future__ import annotations

import argparse
from itertools import chain
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment

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


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Do what is asked, and return what to say of it."""
    if args.action not in ("install", "uninstall") and (args.dry_run or args.directory):
        flag = "--dry-run" if args.dry_run else "--directory"
        raise UsageError(f"`{flag}` is about files: it goes with `install` and `uninstall`")
    if args.action in SCRIPTS:
        return _script(args.action)
    if args.action == "status":
        return _status(args, env)
    return _files(args, env)


def _script(shell: str) -> Answer:
    from kubectl_kfaccess.completion.bare import PROGRAM, script

    said = f"note: this is for `{PROGRAM}` by itself; behind `kubectl kfaccess` nothing needs to be sourced"
    return Answer(text=[script(shell)], remarks=(said,))


def _status(args: argparse.Namespace, env: Environment) -> Answer:
    from kubectl_kfaccess.completion.status import parts, shell_of
    from kubectl_kfaccess.terminal.safe_text import line

    found = list(parts(env, args.shell or shell_of(env)))
    width = max(len(part.name) for part in found)
    text = [f"{part.name:{width}}   {line(part.there)}\n" for part in found]
    mend = [f"  {part.name}: {line(part.mend)}\n" for part in found if part.mend]
    if mend:
        return Answer(text=[*text, "\nto mend:\n", *mend], status=ExitStatus.NO)
    return Answer(text=[*text, "\nnothing is missing\n"])


def _files(args: argparse.Namespace, env: Environment) -> Answer:
    from kubectl_kfaccess.completion import install
    from kubectl_kfaccess.completion.status import shell_of
    from kubectl_kfaccess.terminal.safe_text import line

    if args.action == "install":
        wanted = install.missing(env, args.shell or shell_of(env), args.directory)
        done = install.install(wanted, dry_run=args.dry_run)
    else:
        removed = install.uninstall(install.written(env, args.directory), dry_run=args.dry_run)
        done = chain(removed, install.forget(env, dry_run=args.dry_run))
    nothing = f"nothing to {args.action}"
    return Answer(text=[f"{line(text)}\n" for text in list(done) or [nothing]])
