"""The files that keep what a TAB has learnt."""

from __future__ import annotations

import json
import os
from pathlib import Path


def write(file: Path, content: object) -> None:
    """Write *file* whole or not at all, for this user alone; where that cannot be, nothing is kept."""
    import tempfile  # random numbers and much else, for the few lines that keep something

    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        Path(temporary).replace(file)
    except OSError:
        return


def digest(state: object) -> str:
    """Return a short name for *state*, the same for equal ones."""
    import hashlib  # here, because most lines need no names, and it takes long

    return hashlib.sha256(json.dumps(state, sort_keys=True, default=repr).encode()).hexdigest()[:32]
