"""What an archive contains that is not ours: the packages, by the modules in it, and the shared libraries."""

from __future__ import annotations

import hashlib
import re
import sys
import tarfile
import tempfile
from importlib.metadata import Distribution
from pathlib import Path
from typing import NamedTuple

from release.project import PROGRAM
from release.requirements import required_packages

LIBRARIES = "_internal"
# The start of the program, PyInstaller's own modules, and Python's, which are not all in its list of modules
OWN = re.compile(r"start|kubectl_kfaccess|pyi(mod\d+|boot\d+|_rth)_\w+|_sysconfigdata_.+")
MODULE = {".py", ".so", ".pyd"}
SHARED = re.compile(r"\.(so(\.\d+)*|dylib|dll)$")


class Contents(NamedTuple):
    """The packages in an archive, by name, and its shared libraries: their names and SHA-256 checksums."""

    packages: tuple[Distribution, ...]
    libraries: tuple[tuple[str, str], ...]


def contents_of(archive: Path) -> Contents:
    """Return what an archive that this Python built contains; raises LookupError for an unknown module."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as tar:
            # the oldest Python that we support does not have the argument `filter`
            tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
            tar.extractall(folder)  # noqa: S202 - the archive is the one that was built here
        return Contents(_packages(Path(folder)), tuple(_libraries(Path(folder, LIBRARIES))))


def _packages(program: Path) -> tuple[Distribution, ...]:
    """Return the packages that the modules of an unpacked program belong to, each once."""
    packages, owners = {}, _owners()
    for module in sorted(_modules(program)):
        if module in owners:
            packages[owners[module].name] = owners[module]
        elif module not in sys.stdlib_module_names and not OWN.fullmatch(module):
            raise LookupError(f"the module `{module}` in the archive belongs to no package that is required")
    return tuple(packages[name] for name in sorted(packages))


def _modules(program: Path) -> set[str]:
    """Return the first parts of the names of all modules in an unpacked program."""
    # Only archives have contents: the wheel is built where there is no PyInstaller
    from PyInstaller.archive.readers import CArchiveReader

    reader = CArchiveReader(str(program / PROGRAM))
    scripts = {name for name, entry in reader.toc.items() if entry[-1] in ("m", "s")}
    names = {*scripts, *reader.open_embedded_archive("PYZ.pyz").toc}
    return {name.partition(".")[0] for name in names}


def _owners() -> dict[str, Distribution]:
    """Return the package that each module or package of Python belongs to, by its name at the top."""
    return {
        file.parts[0].partition(".")[0]: package
        for package in required_packages()
        for file in package.files or ()
        if file.suffix in MODULE
    }


def _libraries(folder: Path) -> list[tuple[str, str]]:
    """Return the shared libraries of the builder's system in a folder, and their checksums."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and SHARED.search(file.name))
    return [(file.name, hashlib.sha256(file.read_bytes()).hexdigest()) for file in files]
