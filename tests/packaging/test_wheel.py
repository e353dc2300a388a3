"""The wheel: its content, and that it has the same bytes wherever and whenever it is built."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from zipfile import ZipFile

import kubectl_kfaccess
from kubectl_kfaccess import __version__
from release.project import SOURCES, TOOLS
from tests.packaging.conftest import need
from tests.running import REPOSITORY

PACKAGE = Path(kubectl_kfaccess.__file__).parent
LATER = 1_900_000_000


def test_the_wheel_has_everything_that_the_package_reads(wheel: Path) -> None:
    """It has each module and each file of data, schemas and the demo, but no tests, tools or caches."""
    files = (file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    expected = {f"kubectl_kfaccess/{file.relative_to(PACKAGE).as_posix()}" for file in files}

    with ZipFile(wheel) as content:
        names = {name for name in content.namelist() if ".dist-info/" not in name}
    assert expected == names


def test_the_wheel_brings_both_executables(wheel: Path) -> None:
    """The plugin, and the executable that kubectl runs on TAB."""
    with ZipFile(wheel) as content:
        points = ConfigParser()
        points.read_string(
            content.read(f"kubectl_kfaccess-{__version__}.dist-info/entry_points.txt").decode()
        )

    assert {"kubectl-kfaccess", "kubectl_complete-kfaccess"} == set(points["console_scripts"])


def test_the_wheel_has_the_licence(wheel: Path) -> None:
    """The licence itself requires this."""
    with ZipFile(wheel) as content:
        licence = content.read(f"kubectl_kfaccess-{__version__}.dist-info/licenses/LICENSE")

    assert (REPOSITORY / "LICENSE").read_bytes() == licence


def test_the_wheel_is_the_same_bytes_elsewhere_and_later(tmp_path: Path) -> None:
    """Another folder, day, time zone, mode or hash seed, or an earlier build, changes nothing."""
    need("setuptools", "pip")
    usual, other = tmp_path / "usual", tmp_path / "some" / "where else"
    for copy in (usual, other):
        copied(copy)
    disturb(other, 0o007)

    first = built(usual, 0o022, TZ="UTC", PYTHONHASHSEED="1")
    second = built(other, 0o007, TZ="Asia/Tokyo", PYTHONHASHSEED="2", LC_ALL="C")

    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()


def copied(checkout: Path) -> None:
    """Create another checkout with the sources of the wheel and the tools that build it."""
    leave = shutil.ignore_patterns("__pycache__")
    checkout.mkdir(parents=True)
    for name in (*SOURCES, *TOOLS):
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, checkout / name, ignore=leave)
        else:
            shutil.copyfile(REPOSITORY / name, checkout / name)


def disturb(checkout: Path, umask: int) -> None:
    """Give a checkout other dates and modes, and the leftovers of an earlier version's build."""
    stale = checkout / "build" / "lib" / "kubectl_kfaccess" / "stale.py"
    stale.parent.mkdir(parents=True)
    stale.touch()
    for path in checkout.rglob("*"):
        path.chmod((0o777 if path.is_dir() else 0o666) & ~umask)
        os.utime(path, (LATER, LATER))


def built(checkout: Path, umask: int, **environ: str) -> Path:
    """Return the wheel that a checkout's own tools build."""
    subprocess.run(
        [sys.executable, "-m", "release", "wheel", "--folder", "dist"],
        cwd=checkout,
        env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000", **environ},
        umask=umask,
        check=True,
        timeout=300,
    )
    (wheel,) = (checkout / "dist").glob("*.whl")
    return wheel
