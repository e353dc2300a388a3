"""What the tests of packages share: the wheel, the archive for this platform, and krew's manifest for it."""

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
SETUPTOOLS = 77  # the oldest that pyproject.toml allows


class Archive(NamedTuple):
    """The folder of the program, its archive, and the manifest that names that."""

    program: Path
    archive: Path
    manifest: Path


def need(*packages: str) -> None:
    """Nothing when this Python has these; else the test is skipped, and says how to have it run."""
    missing = [name for name in packages if not installed(name)]
    if missing:
        pytest.skip(f"needs {' and '.join(missing)}: `pip install -e '.[dev]'` brings it")


def installed(package: str) -> bool:
    """Whether this Python has a package, and of setuptools one that can read `pyproject.toml`'s demands."""
    try:
        version = metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return package != "setuptools" or int(version.partition(".")[0]) >= SETUPTOOLS


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    need("setuptools", "pip")
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def krew() -> dict[str, Path]:
    """The programs of krew by name."""
    return krew_programs()


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """The archive of this checkout for this platform, as `make dist` makes it: it takes half a minute."""
    need("pyinstaller", "setuptools")
    folder = tmp_path_factory.mktemp("dist")
    program = build_program(folder)
    packed = pack(program, folder / archive_name(*this_platform()))
    manifest = folder / "kfaccess.yaml"
    manifest.write_text(filled([packed]), encoding="utf-8")
    return Archive(program, packed, manifest)
