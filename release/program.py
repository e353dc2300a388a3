"""The program as a folder that needs no Python, built by PyInstaller, with all licences."""

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
    """Build the program for this Python's platform in *folder*, and return the program's folder."""
    with tempfile.TemporaryDirectory() as work:
        flags = ("--noconfirm", "--clean", "--log-level", "ERROR", "--workpath", work)
        command = [sys.executable, "-m", "PyInstaller", *flags, "--distpath", str(folder), str(SPEC)]
        # The order of a set, and therefore of the packed files, depends on the hash seed
        environ = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch()), "PYTHONHASHSEED": "1"}
        subprocess.run(command, check=True, cwd=REPOSITORY, env=environ)
    _add_licences(folder / PROGRAM)
    return folder / PROGRAM


def _add_licences(program: Path) -> None:
    """Copy our licence to the top of the folder, and those of Python and the libraries below `licenses`."""
    shutil.copyfile(REPOSITORY / "LICENSE", program / "LICENSE")
    python = Path(os.__file__).with_name("LICENSE.txt")
    if python.is_file():
        _put(python, program / "licenses" / "python" / python.name)
    for library in _dependencies(_own_requirements(), set()):
        for file in library.files or ():
            if LICENCE_FILE.match(file.name) and ".dist-info" in file.parts[0]:
                _put(Path(str(library.locate_file(file))), program / "licenses" / library.name / file.name)


def _put(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)


def _dependencies(requirements: list[str], seen: set[str]) -> Iterator[Distribution]:
    """Yield the installed packages that *requirements* name, and their requirements, each once."""
    for requirement in requirements:
        match = re.match(r"[\w.-]+", requirement)
        name = match[0].lower() if match else ""
        if name and name not in seen and "extra ==" not in requirement:
            seen.add(name)
            try:
                installed = distribution(name)
            except PackageNotFoundError:  # needed on another platform, or by another Python
                continue
            yield installed
            yield from _dependencies(installed.requires or [], seen)


def _own_requirements() -> list[str]:
    """Return the requirements in setup.cfg; the package itself may not be installed here."""
    text = (REPOSITORY / "setup.cfg").read_text(encoding="utf-8")
    match = re.search(r"^install_requires =\n((?:    .*\n)+)", text, re.MULTILINE)
    return match[1].split() if match else []
