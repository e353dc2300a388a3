"""Fixtures for the tests of packages: the wheel, and the archive for this platform with its manifest."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from release.archive import archive_name
from release.project import this_platform
from release.wheel import build_wheel
from tests.live.conftest import demo
from tests.packaging.krew_programs import krew_programs
from tests.running import REPOSITORY

__all__ = ["demo"]  # the demo cluster on the real API server
SETUPTOOLS = 77  # the oldest version that pyproject.toml allows


class Archive(NamedTuple):
    """The unpacked archive, the archive, krew's manifest for it, and its bill of materials."""

    program: Path
    archive: Path
    manifest: Path
    bill: Path


def need(*packages: str) -> None:
    """Skip the test unless this Python has these packages, and say how to install them."""
    missing = [name for name in packages if not installed(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: `pip install -e '.[dev]'` brings it")


def installed(package: str) -> bool:
    """Return whether this Python has a package; setuptools must be able to read `pyproject.toml`."""
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return package != "setuptools" or int(version.partition(".")[0]) >= SETUPTOOLS


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel of this checkout."""
    need("setuptools", "pip")
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def krew() -> dict[str, Path]:
    """Return the programs of krew by name."""
    return krew_programs()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Return the archive of this checkout for this platform, as `make dist` makes it, in half a minute."""
    need("pyinstaller", "setuptools")
    folder, program = tmp_path_factory.mktemp("dist"), tmp_path_factory.mktemp("program")
    command = [sys.executable, "-m", "release", "--folder", folder]
    subprocess.run(command, check=True, cwd=REPOSITORY, timeout=500)
    packed = folder / archive_name(*this_platform())
    unpack(packed, program)
    return Archive(program, packed, folder / "kfaccess.yaml", folder / f"{packed.name}.cdx.json")


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive into a folder."""
    with tarfile.open(archive) as tar:
        # the oldest Python that we support does not have the argument `filter`
        tar.extraction_filter = getattr(tarfile, "data_filter", lambda member, _: member)
        tar.extractall(folder)
