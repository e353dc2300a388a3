"""
The executable that kubectl runs on TAB, `kubectl_complete-kfaccess`.

It prints candidates, one a line, and a last line `:N` that tells the shell what to do with them; 4 keeps it
from completing file names. Any failure must be silent and end with 0, or kubectl drops the whole answer.
"""

from __future__ import annotations

import sys

NO_FILES = 4


def main() -> None:
    """Print no candidates yet, and keep the shell from offering files."""
    sys.stdout.write(f":{NO_FILES}\n")
