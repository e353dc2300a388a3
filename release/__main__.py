"""
`python -m release`: build the wheel and this platform's archive, and describe them.

`wheel` and `archive` build one of them, and `program` the program's folder alone, for container images.
`sbom FILE…` writes the bill of materials of wheels and archives beside them; `manifest ARCHIVE…` fills krew's
manifest from the archives of several machines; `sums` writes the checksums of everything in the folder.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from release.archive import archive_name, pack, sha256
from release.manifest import NAME, filled
from release.program import build_program
from release.project import REPOSITORY, this_platform
from release.rules import problems
from release.sums import write_sums
from release.wheel import build_wheel


def main(argv: Sequence[str]) -> int:
    """Make the part that *argv* names, and return 0, or 1 if krew would reject the manifest."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="for `sbom` and `manifest`")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "dist", help="where to write everything")
    args = parser.parse_args(argv)
    return PARTS[args.part](args.folder, args.files)


def _make_everything(folder: Path, _files: Sequence[Path]) -> int:
    wheel, archive = build_wheel(folder), make_archive(folder)
    write_bills(folder, [wheel, archive])
    status = write_manifest(folder, [archive])
    make_sums(folder, [])
    return status


def make_wheel(folder: Path, _files: Sequence[Path]) -> int:
    """Build the wheel in *folder*."""
    _print_checksum(build_wheel(folder))
    return 0


def make_program(folder: Path, _files: Sequence[Path]) -> int:
    """Build the program's folder in *folder*."""
    build_program(folder)
    return 0


def make_archive(folder: Path) -> Path:
    """Build the archive for this platform in *folder*, and return its path."""
    with tempfile.TemporaryDirectory() as temporary:
        return pack(build_program(Path(temporary)), folder / archive_name(*this_platform()))


def _make_archive(folder: Path, _files: Sequence[Path]) -> int:
    _print_checksum(make_archive(folder))
    return 0


def write_bills(_folder: Path, files: Sequence[Path]) -> int:
    """Write the bill of materials of each wheel and archive in *files* beside it."""
    # The library for bills is not needed, and may not be there, where somebody only builds a wheel
    from release.bill import write_bill

    for file in files:
        _print_checksum(write_bill(file))
    return 0


def write_manifest(folder: Path, archives: Sequence[Path]) -> int:
    """Write the manifest for *archives*, and return 0, or 1 after printing why krew would reject it."""
    manifest = folder / NAME
    manifest.write_text(filled(archives), encoding="utf-8")
    violations = problems(manifest, archives)
    for problem in violations:
        sys.stderr.write(f"error: `{manifest.name}`: {problem}\n")
    sys.stdout.write(f"{manifest}\n")
    return 1 if violations else 0


def make_sums(folder: Path, _files: Sequence[Path]) -> int:
    """Write the checksums of everything in *folder*, and print them."""
    sys.stdout.write(write_sums(folder).read_text(encoding="utf-8"))
    return 0


def _print_checksum(file: Path) -> None:
    sys.stdout.write(f"{sha256(file)}  {file}\n")


PARTS: dict[str, Callable[[Path, Sequence[Path]], int]] = {
    "all": _make_everything,
    "wheel": make_wheel,
    "program": make_program,
    "archive": _make_archive,
    "sbom": write_bills,
    "manifest": write_manifest,
    "sums": make_sums,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
