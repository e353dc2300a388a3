"""The cache files of completion."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write(file: Path, content: object) -> None:
    """Write *content* as JSON, readable by this user alone, completely or not at all; errors are ignored."""
    import tempfile  # slow to import (random numbers and more), and few lines write a file

    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        Path(temporary).replace(file)
    except OSError:
        return


def digest(state: object) -> str:
    """Return a short name for *state*, a JSON value; equal states have equal names."""
    import hashlib  # slow to import, and most lines need no names

    return hashlib.sha256(json.dumps(state, sort_keys=True, default=repr).encode()).hexdigest()[:32]
