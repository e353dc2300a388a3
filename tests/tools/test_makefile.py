"""The Makefile: its help lists every task, and `make slow` makes the targets of the table."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from tests.running import REPOSITORY
from tools.ci import TABLE, targets

MAKEFILE = REPOSITORY / "Makefile"


def made(*words: str) -> str:
    """Return what make prints; with `-n` it runs nothing."""
    command = ["make", "--no-print-directory", *words]
    return subprocess.run(
        command, cwd=REPOSITORY, check=True, capture_output=True, text=True, timeout=60
    ).stdout


def test_help_lists_a_name_with_a_dash_and_a_digit(tmp_path: Path) -> None:
    """Each target with a description is listed once."""
    file = tmp_path / "Makefile"
    text = MAKEFILE.read_text(encoding="utf-8")
    file.write_text(f"{text}\nmesh-oracle2: ## ask Envoy\n", encoding="utf-8")
    listed = re.findall(r"^  make (\S+) ", made("--file", str(file), "help"), re.MULTILINE)

    assert [*re.findall(r"^([^\s:]+):.* ## ", text, re.MULTILINE), "mesh-oracle2"] == listed


def test_make_slow_makes_what_the_table_lists() -> None:
    """The order is that of the table, whatever is installed."""
    (line,) = re.findall(r"^slow: (.*)", made("--print-data-base", "--dry-run", "help"), re.MULTILINE)

    assert [target.name for target in targets(TABLE.read_text(encoding="utf-8"))] == line.split()
