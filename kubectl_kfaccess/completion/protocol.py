"""
The executable that kubectl runs on TAB, `kubectl_complete-kfaccess`.

It gets the words after `kfaccess`, the last one unfinished, and prints candidates, one a line with a
description, and a last line `:N` that tells the shell what to do with them. Any failure must be silent and
end with 0: otherwise kubectl drops the whole answer, and the shell offers file names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

NO_SPACE = 2
NO_FILES = 4
DIRECTORIES = 16
KEEP_ORDER = 32


def main(words: Sequence[str] | None = None) -> None:
    """Print what may stand for the last of *words*, by default of this process's own, and end it."""
    try:
        text = answer(sys.argv[1:] if words is None else words)
    except BaseException:  # whatever it is, a message would break the line that is being typed
        text = f":{NO_FILES}\n"
    try:
        os.write(1, text.encode())
    finally:
        os._exit(0)


def answer(words: Sequence[str]) -> str:
    """Return the answer to the shell about the last of *words*, which stand after the program's name."""
    from kubectl_kfaccess.completion.candidates import FOLDERS, offered  # may fail, which `main` keeps silent

    found = offered(words, os.environ)
    if found.files:
        return f":{DIRECTORIES if found.files == FOLDERS else 0}\n"
    directive = NO_FILES | (NO_SPACE if found.goes_on else 0)
    directive |= KEEP_ORDER if found.ordered and found.words else 0
    lines = [f"{word}\t{text}\n" if text else f"{word}\n" for word, text in found.words.items()]
    return "".join((*lines, f":{directive}\n"))
