"""The checksums of everything in a release, as `sha256sum --check` reads them."""

from __future__ import annotations

from pathlib import Path

from release.archive import sha256

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> Path:
    """Write the checksums of all files in *folder*, sorted by name, into a file there; return its path."""
    files = sorted(file for file in folder.iterdir() if file.is_file() and file.name != NAME)
    sums = folder / NAME
    sums.write_text("".join(f"{sha256(file)}  {file.name}\n" for file in files), encoding="utf-8")
    return sums
