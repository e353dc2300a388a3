"""Shows, installs, removes or prints what TAB needs in bash, zsh and fish."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.commands.completion.arguments import SCRIPTS, Options
from kubectl_kfaccess.completion import bare, install, status
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ExitStatus
from kubectl_kfaccess.sources.no_source import NoSource


class Script(Struct, frozen=True):
    """The script for a shell to read."""

    text: str


class Status(Struct, frozen=True):
    """The state of each part that TAB needs."""

    parts: tuple[status.Part, ...]


class FilesDone(Struct, frozen=True):
    """The files that *action* (`install` or `uninstall`) wrote or removed, one line each."""

    action: str
    lines: tuple[str, ...]


def answer(options: Options, source: NoSource) -> Answer:
    """
    Do the action and return a Script, a Status or FilesDone.

    Raises UsageError or CannotAnswer if a file cannot be installed or removed.
    """
    if options.action in SCRIPTS:
        return Answer(Script(bare.script(options.action)), notes=(_STANDALONE,))
    if options.action == "status":
        return _status(options, source.env)
    return Answer(FilesDone(options.action, tuple(_files(options, source.env))))


_STANDALONE = f"this is for `{bare.PROGRAM}` by itself; behind `kubectl kfaccess` nothing needs to be sourced"


def _status(options: Options, env: Environment) -> Answer:
    parts = tuple(status.parts(env, options.shell or status.shell_of(env)))
    is_missing = any(part.fix for part in parts)
    return Answer(Status(parts), ExitStatus.NO if is_missing else ExitStatus.OK)


def _files(options: Options, env: Environment) -> Iterator[str]:
    """Install or uninstall, and yield a line per file."""
    if options.action == "install":
        wanted = install.missing(env, options.shell or status.shell_of(env), options.directory)
        yield from install.install(wanted, dry_run=options.dry_run)
    else:
        yield from install.uninstall(install.written(env, options.directory), dry_run=options.dry_run)
        yield from install.forget(env, dry_run=options.dry_run)
