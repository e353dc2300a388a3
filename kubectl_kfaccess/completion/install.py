"""
Write the files that completion needs where shells and kubectl look for them, and remove them again.

kubectl asks a separate executable for a plugin's candidates. Package managers that install a single file
leave it out; a script of two lines replaces it. We replace or remove only files that start with our mark.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from kubectl_kfaccess.completion.bare import PROGRAM, SHELLS, script
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, UsageError
from kubectl_kfaccess.sources.cluster.discovery import CACHE, cache_directory

COMPLETER = "kubectl_complete-kfaccess"
_MARK = "# written by `kubectl kfaccess completion install`"
_SHIM = f"""#!/bin/sh
{_MARK}: kubectl asks it what to offer on TAB
exec {PROGRAM} __complete "$@"
"""


class File(NamedTuple):
    """A file to write: its path, its content, and whether it is a program."""

    path: Path
    content: str
    program: bool = False

    @property
    def state(self) -> str:
        """Return `missing`, `there`, `old` (of another version) or `foreign` (not written by us)."""
        try:
            text = self.path.read_bytes().decode(errors="replace")
        except (FileNotFoundError, NotADirectoryError):
            return "missing"
        except OSError:
            return "foreign"
        return "there" if text == self.content else "old" if _MARK in text[:400] else "foreign"


def program_path(name: str, env: Environment) -> Path | None:
    """Return the path of the program *name* on PATH, None if there is none."""
    path = shutil.which(name, path=env.environ.get("PATH", ""))
    return Path(path) if path else None


def missing(env: Environment, shell: str, directory: str) -> Iterator[File]:
    """Yield the files that completion in *shell* needs here; *directory* is for programs, "" for PATH's."""
    completer = program_path(COMPLETER, env)
    if directory or completer is None or _is_ours(completer):
        yield File(_folder(env, directory, completer) / COMPLETER, _SHIM, program=True)
    if own := own_script(env, shell):
        yield own


def written(env: Environment, directory: str) -> Iterator[File]:
    """Yield the files that `install` can have written, for any shell."""
    completer = env.cwd / directory / COMPLETER if directory else program_path(COMPLETER, env)
    if completer and (directory or _is_ours(completer)):
        yield File(completer, _SHIM, program=True)
    yield from (own for shell in SHELLS if (own := own_script(env, shell)))


def _is_ours(path: Path) -> bool:
    return File(path, _SHIM).state in ("there", "old")


def own_script(env: Environment, shell: str) -> File | None:
    """Return the script that completes the executable by itself; None for zsh, which loads no such files."""
    if shell == "bash":
        base = Path(env.environ.get("XDG_DATA_HOME") or env.home / ".local" / "share")
        return File(base / "bash-completion" / "completions" / PROGRAM, f"{_MARK}\n{script(shell)}")
    if shell == "fish":
        base = Path(env.environ.get("XDG_CONFIG_HOME") or env.home / ".config")
        return File(base / "fish" / "completions" / f"{PROGRAM}.fish", f"{_MARK}\n{script(shell)}")
    return None


def install(wanted: Iterator[File], *, dry_run: bool) -> Iterator[str]:
    """
    Write the files that are missing or old, and yield a line about each.

    Raises UsageError for a file that we did not write, CannotAnswer if a file cannot be written.
    """
    for file in wanted:
        state = file.state
        if state == "foreign":
            raise UsageError(
                f"`{file.path}` is not ours: `install` does not replace it",
                hint="remove it, or choose another directory with `--directory`",
            )
        if state == "there":
            yield f"{file.path} is there already"
        else:
            if not dry_run:
                _write(file)
            yield f"{'would write' if dry_run else 'wrote'} {file.path}"


def uninstall(wanted: Iterator[File], *, dry_run: bool) -> Iterator[str]:
    """Remove the files that we wrote, and yield a line about each; raises CannotAnswer."""
    for file in wanted:
        state = file.state
        if state in ("there", "old"):
            if not dry_run:
                _remove(file.path, Path.unlink)
            yield f"{'would remove' if dry_run else 'removed'} {file.path}"
        elif state == "foreign":
            yield f"{file.path} is not ours: it stays"


def forget(env: Environment, *, dry_run: bool) -> Iterator[str]:
    """Remove the cache of names and discovery, and yield a line if there was one; raises CannotAnswer."""
    cache = cache_directory("", env) / CACHE
    if not cache.is_dir() or cache.is_symlink():
        return
    if not dry_run:
        _remove(cache, shutil.rmtree)
    yield f"{'would remove' if dry_run else 'removed'} {cache}"


def _folder(env: Environment, directory: str, completer: Path | None) -> Path:
    """
    Return the folder for the completer: the user's *directory*, or the one it is in, or the program's.

    Raises CannotAnswer if the program is not on PATH.
    """
    if directory:
        return env.cwd / directory
    beside = completer or program_path(PROGRAM, env)
    if beside is None:
        raise CannotAnswer(
            f"`{PROGRAM}` is not on PATH, so kubectl cannot find it",
            hint=f"add its directory to PATH, or choose a directory for `{COMPLETER}` with `--directory`",
            code=ErrorCode.UNKNOWN_NAME,
        )
    return beside.parent


def _write(file: File) -> None:
    """Write a file completely or not at all; raises CannotAnswer."""
    try:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        beside = file.path.with_name(f".{file.path.name}.{os.getpid()}")
        beside.write_text(file.content, encoding="utf-8")
        beside.chmod(0o755 if file.program else 0o644)
        beside.replace(file.path)
    except OSError as error:
        raise CannotAnswer(
            f"cannot write `{file.path}`: {(error.strerror or str(error)).lower()}",
            hint="choose a directory on PATH that you can write to with `--directory`",
            code=ErrorCode.UNREADABLE_INPUT,
        ) from error


def _remove(path: Path, remove: Callable[[Path], None]) -> None:
    """Call *remove* with *path*, if it still exists; raises CannotAnswer."""
    try:
        remove(path)
    except FileNotFoundError:
        return
    except OSError as error:
        text = f"cannot remove `{path}`: {(error.strerror or str(error)).lower()}"
        raise CannotAnswer(text, code=ErrorCode.UNREADABLE_INPUT) from error
