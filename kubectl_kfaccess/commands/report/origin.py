"""Where a page comes from: the cluster, who read it, when, the files with their hashes, and the command."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

from msgspec import Struct

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands.report.arguments import Options
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.source import ClusterFacts, Source

STDIN = "-"
_CHUNK = 1 << 20


class FileUsed(Struct, frozen=True):
    """A file that the page was made from, as the user named it; *sha256* is "" if it cannot be read twice."""

    flag: str
    name: str
    sha256: str


class Origin(Struct, frozen=True):
    """
    Where the page comes from.

    *source* is `server`, `files` or `demo`. *user* read the cluster, "" if nobody is named. *time* is in UTC.
    *words* are the command line that makes the page again, without the program.
    """

    cluster: ClusterFacts
    source: str
    user: str
    time: str
    tool: str
    files: tuple[FileUsed, ...]
    words: tuple[str, ...]


def origin_of(options: Options, source: Source) -> Origin:
    """Return where the page comes from. What a file holds is hashed when it has been read already."""
    facts, caller, choice = source.facts(), source.caller_identity(), options.source
    return Origin(
        facts,
        "demo" if choice.demo else "files" if choice.files else "server",
        caller.user if caller else "",
        facts.time or _now(source.env),
        __version__,
        tuple(_files(options, source.env)),
        tuple(_words(options)),
    )


def _now(env: Environment) -> str:
    return datetime.fromtimestamp(int(env.now), timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _files(options: Options, env: Environment) -> Iterator[FileUsed]:
    choice = options.source
    named = (
        *(("-f", name) for name in choice.files),
        *(("--with", name) for name in choice.hypothetical.applied),
        *(("--without", name) for name in choice.hypothetical.deleted),
        *(("--accept", name) for name in options.accept),
        *(("--people", name) for name in (options.people,) if name),
    )
    for flag, name in named:
        yield from _file(flag, name, env)


def _file(flag: str, name: str, env: Environment) -> Iterator[FileUsed]:
    """Yield the file; of a directory each file in it; nothing if `--without` names an object."""
    path = env.cwd / name
    if name == STDIN:
        yield FileUsed(flag, name, "")
    elif path.is_dir():
        for each in sorted(each for each in path.rglob("*") if each.is_file()):
            yield FileUsed(flag, f"{name.rstrip('/')}/{each.relative_to(path).as_posix()}", _sha256(each))
    elif path.is_file():
        yield FileUsed(flag, name, _sha256(path))


def _sha256(path: Path) -> str:
    """Return the hash of a file; "" if it is gone, or is a pipe that was read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


def _words(options: Options) -> Iterator[str]:
    """Yield the words of the command line, each flag with its value."""
    choice, change = options.source, options.source.hypothetical
    yield from ("report", *options.profiles)
    yield from (word for name in choice.files for word in ("-f", name))
    yield from ("-R",) * choice.recursive
    yield from ("--demo",) * choice.demo
    for flag, values in (
        ("--kubernetes-version", (choice.kubernetes_version,)),
        ("--context", (choice.connection.context,)),
        ("--with", change.applied),
        ("--without", change.deleted),
        ("--prune", (change.pruned,)),
        ("--accept", options.accept),
        ("--people", (options.people,)),
    ):
        yield from (word for value in values if value for word in (flag, value))
