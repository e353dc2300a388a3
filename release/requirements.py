"""What the program requires: the packages that are installed for it, and what the lock says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from configparser import ConfigParser
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from release.project import REPOSITORY

LOCK = REPOSITORY / "release" / "requirements.txt"
ENTRY = re.compile(
    r"^(?P<requirement>[A-Za-z0-9].*?) \\\n(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)", re.MULTILINE
)
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Locked(NamedTuple):
    """The version of a package in the lock, and the SHA-256 checksums of its files, in hexadecimal digits."""

    version: str
    checksums: tuple[str, ...]


def own_requirements() -> list[Requirement]:
    """Return what the program itself requires: the package may not be installed where it is built."""
    config = ConfigParser()
    config.read(REPOSITORY / "setup.cfg", encoding="utf-8")
    return [Requirement(line) for line in config["options"]["install_requires"].split("\n") if line]


def required_packages() -> list[Distribution]:
    """Return the installed packages that the program requires, directly or not, each once."""
    return list(_packages(own_requirements(), set()))


def requirements_of(package: Distribution, extras: Iterable[str] = ()) -> Iterator[Requirement]:
    """Yield what a package requires on this platform and Python, with *extras*."""
    for line in package.requires or ():
        requirement = Requirement(line)
        if applies(requirement, extras):
            yield requirement


def applies(requirement: Requirement, extras: Iterable[str] = ()) -> bool:
    """Return whether a requirement counts on this platform and Python, with *extras*."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras))


def _packages(requirements: Iterable[Requirement], seen: set[str]) -> Iterator[Distribution]:
    """Yield the installed packages that *requirements* name, and those that they require, each once."""
    for requirement in requirements:
        name = canonicalize_name(requirement.name)
        if name in seen or not applies(requirement):
            continue
        seen.add(name)
        try:
            package = distribution(name)
        except PackageNotFoundError:
            raise LookupError(f"`{name}` is not installed: install release/requirements.txt") from None
        yield package
        yield from _packages(requirements_of(package, requirement.extras), seen)


def locked() -> dict[str, Locked]:
    """Return what the lock says of each package on this platform and Python, by its canonical name."""
    entries = [
        (Requirement(entry["requirement"]), tuple(HASH.findall(entry["hashes"])))
        for entry in ENTRY.finditer(LOCK.read_text(encoding="utf-8"))
    ]
    return {
        canonicalize_name(requirement.name): Locked(str(requirement.specifier).removeprefix("=="), checksums)
        for requirement, checksums in entries
        if applies(requirement)
    }
