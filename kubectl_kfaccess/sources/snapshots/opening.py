"""Which of the files of `-f` are snapshots: they are recognised by their first bytes."""

from __future__ import annotations

import io
from typing import Any

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.sources.files.caller import caller_of_flags
from kubectl_kfaccess.sources.files.documents import opened
from kubectl_kfaccess.sources.files.files import FilesSource, files_source
from kubectl_kfaccess.sources.snapshots.document import HEAD, is_snapshot, parsed
from kubectl_kfaccess.sources.snapshots.saved import SavedSource, check_version_flag
from kubectl_kfaccess.sources.source_choice import SourceChoice


def files_or_snapshot(choice: SourceChoice, env: Environment) -> SavedSource | FilesSource:
    """Return the demo, the snapshot or the manifests of *choice*; raises UsageError if they are unusable."""
    return saved_source(choice, env) or files_source(choice, env)


def saved_source(choice: SourceChoice, env: Environment) -> SavedSource | None:
    """
    Return the snapshot that the files of *choice* are, None if none of them is one.

    Raises UsageError for a snapshot beside other files, and UnreadableInput for a damaged one.
    """
    snapshots = [path for path in choice.files if is_snapshot_file(path, env)]
    if not snapshots:
        return None
    path = snapshots[0]
    if len(choice.files) > 1:  # several snapshots are several clusters, each with a choice of its own
        raise UsageError(f"`{path}` is a snapshot: it holds a whole cluster", hint="give the snapshot alone")
    check_version_flag(choice.kubernetes_version, path)
    with opened(path, env) as (stream, label):
        document = parsed(stream.read(), label)
    caller = caller_of_flags(choice.connection)
    return SavedSource(document, label, env, caller, choice.connection.namespace)


def is_snapshot_file(path: str, env: Environment) -> bool:
    """Return whether a file is a snapshot; what cannot be read is left to those who read manifests."""
    if path == "-":
        return is_snapshot(_start_of_stdin(env.stdin))
    place = env.cwd / path
    try:
        if not place.is_file():
            return False
        with place.open("rb") as stream:
            return is_snapshot(stream.read(HEAD))
    except (OSError, ValueError):
        return False


def _start_of_stdin(stream: Any) -> bytes:
    """Return the first bytes of standard input, which can be read again; b"" if that is impossible."""
    if hasattr(stream, "peek"):
        start: bytes = stream.peek(HEAD)
        return start
    if not getattr(stream, "seekable", bool)():
        return b""
    start = stream.read(HEAD)
    stream.seek(-len(start), io.SEEK_CUR)
    return start
