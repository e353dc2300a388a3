"""The cache files of completion."""

from __future__ import annotations

import contextlib
import json
import time

from kubectl_kfaccess.sources import kept_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


FRESH_SECONDS = 60.0
"""How long TAB offers names without asking the server again."""


def read(file: Path) -> Any:
    """Return the JSON value in *file*; raises OSError or ValueError."""
    return json.loads(kept_files.read(file))


def write(file: Path, content: object) -> None:
    """Write *content* as JSON, readable by this user alone, completely or not at all; errors are ignored."""
    with contextlib.suppress(OSError):
        kept_files.write(file, json.dumps(content).encode())


def age(file: Path) -> float:
    """Return the seconds since a file was written; infinity if it is missing or from the future."""
    seconds = time.time() - written(file)
    return seconds if seconds >= 0 else float("inf")


def written(file: Path) -> float:
    """Return when a file was written, in seconds since 1970; minus infinity if it is missing."""
    try:
        return file.stat().st_mtime
    except (OSError, ValueError):
        return float("-inf")


def digest(state: object) -> str:
    """Return a short name for *state*, a JSON value; equal states have equal names."""
    import hashlib  # slow to import, and most lines need no names

    return hashlib.sha256(json.dumps(state, sort_keys=True, default=repr).encode()).hexdigest()[:32]
