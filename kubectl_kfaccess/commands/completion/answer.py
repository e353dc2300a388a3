"""`completion`: what TAB needs in bash, zsh and fish: set up, taken away, looked at, or printed."""

from __future__ import annotations

import argparse
from itertools import chain
from typing import TYPE_CHECKING

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.completion.arguments import SCRIPTS
from kubectl_kfaccess.errors import ExitStatus, UsageError

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment


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
