"""
The floor for an answer in lines of JSON: the seconds that Python's own JSON needs to write the same lines.

Run it as a program: python writing_floor.py FILE. Reading and parsing the file does not count.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO


def main() -> None:
    with Path(sys.argv[1]).open(encoding="utf-8") as lines, Path(os.devnull).open("w") as sink:
        print(writing_seconds(lines, sink))


def writing_seconds(lines: Iterable[str], sink: TextIO) -> float:
    """Return the processor's seconds for writing *lines* into *sink*, after each was parsed."""
    seconds = 0.0
    for line in lines:
        value = json.loads(line)
        start = time.process_time()
        sink.write(json.dumps(value) + "\n")
        seconds += time.process_time() - start
    return seconds


if __name__ == "__main__":
    main()
