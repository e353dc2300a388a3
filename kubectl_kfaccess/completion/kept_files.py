"""The cache files of completion."""

from __future__ import annotations

import contextlib
import json

from kubectl_kfaccess.sources import kept_files

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any


def read(file: Path) -> Any:
    """Return the JSON value in *file*; raises OSError or ValueError."""
    return json.loads(kept_files.read(file))


def write(file: Path, content: object) -> None:
    """Write *content* as JSON, readable by this user alone, completely or not at all; errors are ignored."""
    with contextlib.suppress(OSError):
        kept_files.write(file, json.dumps(content).encode())


def digest(state: object) -> str:
    """Return a short name for *state*, a JSON value; equal states have equal names."""
    import hashlib  # slow to import, and most lines need no names

    return hashlib.sha256(json.dumps(state, sort_keys=True, default=repr).encode()).hexdigest()[:32]
