"""
The wheel, the same bytes wherever and whenever it is built.

setuptools sorts the entries and dates them by SOURCE_DATE_EPOCH; what it takes over from the disk are the
modes of files, and what an earlier build has left. So it works on a copy that has neither.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.project import REPOSITORY, SOURCES, epoch

LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.py[co]")


def build_wheel(folder: Path, sources: Path = REPOSITORY) -> Path:
    """Return the wheel of *sources*, made in *folder*; the setuptools of this Python makes it."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        copy, made = Path(temporary, "sources"), Path(temporary, "wheel")
        _copy(sources, copy)
        _run_pip(copy, made)
        (wheel,) = made.glob("*.whl")
        return Path(shutil.move(wheel, folder / wheel.name))


def _copy(sources: Path, copy: Path) -> None:
    """Copy what the wheel is made of, with the modes that every checkout could have."""
    copy.mkdir()
    for name in SOURCES:
        if (sources / name).is_dir():
            shutil.copytree(sources / name, copy / name, ignore=LEFT_OUT)
        else:
            shutil.copyfile(sources / name, copy / name)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _run_pip(sources: Path, folder: Path) -> None:
    flags = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    command = [sys.executable, "-m", "pip", "wheel", *flags, "--wheel-dir", str(folder), str(sources)]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch())}
    # setuptools copies once more, with the modes that the umask leaves
    subprocess.run(command, check=True, cwd=sources, env=environ, umask=0o022)
