"""The archive that krew unpacks: sorted regular files, and the same bytes for the same folder."""

from __future__ import annotations

import gzip
import hashlib
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

from release.project import PROGRAM, VERSION, epoch


def archive_name(system: str, machine: str) -> str:
    """Return the name of the archive for a platform."""
    return f"{PROGRAM}_{VERSION}_{system}_{machine}.tar.gz"


def platform_of(archive: Path) -> tuple[str, str]:
    """Return the system and the processor in an archive's name; raises ValueError for another version."""
    _, version, system, rest = archive.name.split("_")
    if version != VERSION:
        raise ValueError(f"`{archive.name}` is not of version {VERSION}")
    return system, rest.removesuffix(".tar.gz")


def pack(folder: Path, archive: Path) -> Path:
    """Write all files of *folder* to *archive*, links as the files that they point to; return its path."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=epoch()) as packed,
        tarfile.open(mode="w", fileobj=packed, format=tarfile.GNU_FORMAT) as tar,
    ):
        for name, file in sorted(_files(folder)):
            with file.open("rb") as stream:
                tar.addfile(_entry(name, file), stream)
    return archive


def sha256(file: Path) -> str:
    """Return the SHA-256 checksum of a file, in lower-case hexadecimal digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files below *folder*: the name relative to it, and the path."""
    for base, _, names in os.walk(folder, followlinks=True):
        for name in names:
            file = Path(base, name)
            yield file.relative_to(folder).as_posix(), file


def _entry(name: str, file: Path) -> tarfile.TarInfo:
    """Return the entry of a file, without an owner and readable by everybody."""
    entry, status = tarfile.TarInfo(name), file.stat()
    entry.size, entry.mtime = status.st_size, epoch()
    entry.mode = 0o755 if status.st_mode & 0o100 else 0o644
    return entry
