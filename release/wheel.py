"""
The wheel, with the same bytes wherever and whenever it is built.

setuptools sorts the entries and dates them by SOURCE_DATE_EPOCH, but it takes the modes of files from the
disk, and files that an earlier build left. So we build from a copy with fixed modes and the sources alone.
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
    """Build the wheel of *sources* in *folder* with this Python's setuptools, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        copy, output = Path(temporary, "sources"), Path(temporary, "wheel")
        _copy(sources, copy)
        _run_pip(copy, output)
        (wheel,) = output.glob("*.whl")
        return Path(shutil.move(wheel, folder / wheel.name))


def _copy(sources: Path, copy: Path) -> None:
    """Copy the sources of the wheel, with the same modes on every machine."""
    copy.mkdir()
    for name in SOURCES:
        if (sources / name).is_dir():
            shutil.copytree(sources / name, copy / name, ignore=LEFT_OUT)
        else:
            shutil.copyfile(sources / name, copy / name)
    for path in copy.rglob("*"):
        path.chmod(0o755 if path.is_dir() else 0o644)


def _run_pip(sources: Path, folder: Path) -> None:
    """Build a wheel of *sources* in *folder*; raises CalledProcessError."""
    flags = ("--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation")
    command = [sys.executable, "-m", "pip", "wheel", *flags, "--wheel-dir", str(folder), str(sources)]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch())}
    # setuptools makes another copy, whose modes depend on the umask
    subprocess.run(command, check=True, cwd=sources, env=environ, umask=0o022)
