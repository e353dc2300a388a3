"""The program as a folder that needs no Python, made by PyInstaller, with all licences in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from release.project import PROGRAM, REPOSITORY, epoch

SPEC = Path(__file__).with_name("kfaccess.spec")
LICENCE_FILE = re.compile(r"(licen[cs]e|copying|notice|authors)[^/]*$", re.IGNORECASE)


def build_program(folder: Path) -> Path:
    """Return the program's folder, made in *folder*, for the platform that this Python is of."""
    with tempfile.TemporaryDirectory() as work:
        flags = ("--noconfirm", "--clean", "--log-level", "ERROR", "--workpath", work)
        command = [sys.executable, "-m", "PyInstaller", *flags, "--distpath", str(folder), str(SPEC)]
        # A set's order, and so the order of what is packed, depends on the seed of hashes
        environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "1"}
        subprocess.run(command, check=True, cwd=REPOSITORY, env=environ)
    _add_licences(folder / PROGRAM)
    return folder / PROGRAM


def _add_licences(program: Path) -> None:
    """Put the own licence at the top, and those of all that is brought along below `licenses`."""
    shutil.copyfile(REPOSITORY / "LICENSE", program / "LICENSE")
    python = Path(os.__file__).with_name("LICENSE.txt")
    if python.is_file():
        _put(python, program / "licenses" / "python" / python.name)
    for one in _dependencies(_own_requirements(), set()):
        for file in one.files or ():
            if LICENCE_FILE.match(file.name) and ".dist-info" in file.parts[0]:
                _put(Path(str(one.locate_file(file))), program / "licenses" / one.name / file.name)


def _put(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)


def _dependencies(requirements: list[str], seen: set[str]) -> Iterator[Distribution]:
    """All that is installed of what *requirements* name, and of what that requires, each once."""
    for requirement in requirements:
        match = re.match(r"[\w.-]+", requirement)
        name = match[0].lower() if match else ""
        if name and name not in seen and "extra ==" not in requirement:
            seen.add(name)
            try:
                found = distribution(name)
            except PackageNotFoundError:  # of another platform, or of another Python
                continue
            yield found
            yield from _dependencies(found.requires or [], seen)


def _own_requirements() -> list[str]:
    """What setup.cfg requires, which need not be installed from here."""
    text = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    match = re.search(r"^install_requires =\n((?:    .*\n)+)", text, re.MULTILINE)
    return match[1].split() if match else []
