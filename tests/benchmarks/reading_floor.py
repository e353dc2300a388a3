"""
The floor for answers from a file: read it and parse it, and do nothing else.

Run it as a program: python reading_floor.py FILE. PyYAML's parser in C reads YAML, and Python's own JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    file = Path(sys.argv[1])
    if file.suffix == ".yaml":
        import yaml

        print(sum(1 for _ in yaml.load_all(file.read_bytes(), yaml.CSafeLoader)))
    elif file.suffix == ".jsonl":
        print(sum(1 for line in file.read_bytes().splitlines() if json.loads(line)))
    else:
        print(len(json.loads(file.read_bytes())["items"]))


if __name__ == "__main__":
    main()
