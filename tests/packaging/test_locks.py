"""Everything that `make` installs is locked: in range, for every Python and platform, with checksums."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.running import REPOSITORY

LOCK = REPOSITORY / "requirements.txt"
OLDEST = REPOSITORY / "tests" / "oldest.txt"
OLDEST_LOCK = REPOSITORY / "tests" / "oldest-locked.txt"
SPARK_LOCK = REPOSITORY / "tests" / "spark-locked.txt"
DIST_LOCK = REPOSITORY / "release" / "requirements.txt"
SETUP = REPOSITORY / "setup.cfg"
OURS = "kubectl-kfaccess"
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PLATFORMS = (("linux", "Linux"), ("darwin", "Darwin"))
ENVIRONMENTS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_system": name,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    for python in PYTHONS
    for system, name in PLATFORMS
]
EACH_ENVIRONMENT = pytest.mark.parametrize(
    "environment",
    ENVIRONMENTS,
    ids=lambda each: f"{each['python_version']} on {each['sys_platform']}",
)


class Lock(NamedTuple):
    """A lock file, the extras of setup.cfg that it includes, and further constraints on its versions."""

    file: Path
    extras: tuple[str, ...]
    constraints: tuple[str, ...]


EACH_LOCK = pytest.mark.parametrize(
    "lock",
    [
        pytest.param(Lock(LOCK, ("test", "dist", "dev"), ()), id="the lock"),
        pytest.param(Lock(OLDEST_LOCK, ("test",), tuple(OLDEST.read_text().splitlines())), id="the oldest"),
        pytest.param(Lock(SPARK_LOCK, ("test", "spark"), ()), id="the one with Spark"),
        pytest.param(Lock(DIST_LOCK, ("dist",), ()), id="the release"),
    ],
)


def requirements(lines: str | tuple[str, ...]) -> Iterator[Requirement]:
    """Yield the requirements in lines as pip reads them, without our own package."""
    for line in lines.splitlines() if isinstance(lines, str) else lines:
        if line.strip() and not line.startswith("#") and not line.strip().startswith(OURS):
            yield Requirement(line.strip())


def demanded(lock: Lock) -> Iterator[Requirement]:
    """Yield the requirements of setup.cfg, pyproject.toml and the lock's constraints."""
    config = ConfigParser()
    config.read(SETUP, encoding="utf-8")
    yield from requirements(config["options"]["install_requires"])
    for extra in lock.extras:
        yield from requirements(config["options.extras_require"][extra])
    yield from requirements(lock.constraints)
    (build,) = re.findall(
        r'^requires = \["(.+)"\]$', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE
    )
    yield Requirement(build)


def locked(lock: Lock, environment: dict[str, str]) -> dict[str, str]:
    """Return the version of each package that is installed in an environment; each has exactly one."""
    listed = [
        Requirement(line.partition(" \\")[0])
        for line in lock.file.read_text(encoding="utf-8").splitlines()
        if re.match(r"[A-Za-z0-9]", line)
    ]
    applicable = [each for each in listed if each.marker is None or each.marker.evaluate(environment)]
    versions = {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in applicable}
    assert len(versions) == len(applicable)
    return versions


@EACH_LOCK
@EACH_ENVIRONMENT
def test_every_requirement_is_locked_within_its_range(lock: Lock, environment: dict[str, str]) -> None:
    """It fails after a range was changed without `make lock`."""
    versions = locked(lock, environment)
    needed = [
        requirement
        for requirement in demanded(lock)
        if requirement.marker is None or requirement.marker.evaluate(environment)
    ]

    assert len(needed) > len(lock.constraints)
    assert [] == [
        str(requirement)
        for requirement in needed
        if not in_range(requirement, versions.get(canonicalize_name(requirement.name)))
    ]


@EACH_ENVIRONMENT
def test_a_release_has_the_versions_that_were_tested(environment: dict[str, str]) -> None:
    """Every package of its lock is in the lock that the tests run with, in the same version."""
    released = locked(Lock(DIST_LOCK, ("dist",), ()), environment)
    tested = locked(Lock(LOCK, (), ()), environment)

    assert len(released) > 20
    assert [] == sorted(released.items() - tested.items())


def in_range(requirement: Requirement, version: str | None) -> bool:
    """Return whether a version exists and is allowed."""
    return version is not None and requirement.specifier.contains(version, prereleases=True)


def test_a_version_out_of_range_is_seen() -> None:
    """And so is a missing one."""
    assert in_range(Requirement("kubernetes>=29,!=36.0.0"), "37.0.2")
    assert not in_range(Requirement("kubernetes>=29,!=36.0.0"), "36.0.0")
    assert not in_range(Requirement("kubernetes"), None)


@EACH_LOCK
def test_every_version_is_exact_and_has_checksums(lock: Lock) -> None:
    """pip then installs nothing else."""
    text = lock.file.read_text(encoding="utf-8")
    packages = re.findall(r"^[\w.-]+==\d.*", text, re.MULTILINE)

    assert packages == re.findall(r"^[^#\s].*", text, re.MULTILINE)
    assert packages == re.findall(r"^(\S.*)\n    --hash=sha256:[0-9a-f]{64}\b", text, re.MULTILINE)


@EACH_LOCK
def test_a_lock_names_no_package_index(lock: Lock) -> None:
    """Each machine has its own index or mirror."""
    text = lock.file.read_text(encoding="utf-8")

    assert "://" not in text
    assert set() == set(re.findall(r"^ *(--[a-z-]+)", text, re.MULTILINE)) - {"--hash"}


def test_make_installs_nothing_that_is_not_locked() -> None:
    """Not even pip itself or the build tools; only `make newest` tries newer versions."""
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    commands = [line.strip() for line in text.splitlines() if "pip install" in line]
    free = [
        line
        for line in commands
        if "--require-hashes" not in line and "--no-deps --no-build-isolation" not in line
    ]

    assert len(commands) > len(free)
    assert {"$(NEWEST)/bin/python"} == {line.split()[0] for line in free}


def test_this_python_is_one_that_the_locks_are_for() -> None:
    """The list of versions above is that of setup.cfg."""
    config = ConfigParser()
    config.read(SETUP, encoding="utf-8")
    versions = re.findall(r"Python :: (3\.\d+)", config["metadata"]["classifiers"])

    assert list(PYTHONS) == versions
    assert f"{sys.version_info[0]}.{sys.version_info[1]}" in PYTHONS
