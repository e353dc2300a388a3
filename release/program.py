"""The program as a folder that needs no Python, built by PyInstaller, with all licences."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from release.project import PROGRAM, REPOSITORY, epoch
from release.requirements import required_packages

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
    for library in required_packages():
        for file in library.files or ():
            if LICENCE_FILE.match(file.name) and ".dist-info" in file.parts[0]:
                _put(Path(str(library.locate_file(file))), program / "licenses" / library.name / file.name)


def _put(file: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)
