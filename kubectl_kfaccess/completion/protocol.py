"""
The executable that kubectl runs on TAB, `kubectl_complete-kfaccess`.

It gets the words after `kfaccess`, of which the last is unfinished. It prints a line for each candidate, with
a description, and a last line `:N` that tells the shell what to do with them. Every failure must be silent
and end with 0, or kubectl drops the whole answer and the shell offers file names.
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
    """Print the candidates for the last of *words* (by default, the process's arguments), and end."""
    try:
        text = answer(sys.argv[1:] if words is None else words)
    except BaseException:  # a message would break the line that the user types
        text = f":{NO_FILES}\n"
    try:
        os.write(1, text.encode())
    finally:
        os._exit(0)


def answer(words: Sequence[str]) -> str:
    """Return the answer to the shell about the last of *words*, which are those after the program's name."""
    # Imported here, so that `main` can keep a failure silent
    from kubectl_kfaccess.completion.candidates import FOLDERS, candidates_for

    candidates = candidates_for(words, os.environ)
    if candidates.files:
        return f":{DIRECTORIES if candidates.files == FOLDERS else 0}\n"
    directive = NO_FILES | (NO_SPACE if candidates.goes_on else 0)
    directive |= KEEP_ORDER if candidates.ordered and candidates.words else 0
    lines = [f"{word}\t{text}\n" if text else f"{word}\n" for word, text in candidates.words.items()]
    return "".join((*lines, f":{directive}\n"))
