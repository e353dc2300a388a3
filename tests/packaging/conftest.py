"""Fixtures for the tests of packages: the wheel, and the archive for this platform with its manifest."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path
from typing import NamedTuple

import pytest

from release.archive import archive_name, pack
from release.manifest import filled
from release.program import build_program
from release.project import this_platform
from release.wheel import build_wheel
from tests.live.conftest import demo
from tests.packaging.krew_programs import krew_programs

__all__ = ["demo"]  # the demo cluster on the real API server
SETUPTOOLS = 77  # the oldest version that pyproject.toml allows


class Archive(NamedTuple):
    """The folder of the program, its archive, and the manifest that names the archive."""

    program: Path
    archive: Path
    manifest: Path


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
    """Return the archive of this checkout for this platform, as `make dist` builds it, in half a minute."""
    need("pyinstaller", "setuptools")
    folder = tmp_path_factory.mktemp("dist")
    program = build_program(folder)
    packed = pack(program, folder / archive_name(*this_platform()))
    manifest = folder / "kfaccess.yaml"
    manifest.write_text(filled([packed]), encoding="utf-8")
    return Archive(program, packed, manifest)
