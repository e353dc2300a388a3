"""
`python -m release`: build the wheel, and for this platform the archive and krew's manifest.

`program` builds the program's folder alone, for container images; `manifest ARCHIVE…` fills the manifest
from the archives of several machines.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from release.archive import archive_name, pack, sha256
from release.manifest import NAME, filled
from release.program import build_program
from release.project import REPOSITORY, this_platform
from release.rules import problems
from release.wheel import build_wheel

PARTS = ("all", "wheel", "program", "archive", "manifest")


def main(argv: Sequence[str]) -> int:
    """Build the part that *argv* names, and return 0, or 1 if krew would reject the manifest."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("archives", nargs="*", type=Path, metavar="ARCHIVE", help="for `manifest`")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "dist", help="where to write everything")
    args = parser.parse_args(argv)
    if args.part in ("all", "wheel"):
        _print_checksum(build_wheel(args.folder))
    if args.part == "program":
        build_program(args.folder)
    archives = [make_archive(args.folder)] if args.part in ("all", "archive") else args.archives
    return _write_manifest(args.folder / NAME, archives) if args.part in ("all", "manifest") else 0


def make_archive(folder: Path) -> Path:
    """Build the archive for this platform in *folder*, and return its path."""
    with tempfile.TemporaryDirectory() as temporary:
        archive = pack(build_program(Path(temporary)), folder / archive_name(*this_platform()))
    _print_checksum(archive)
    return archive


def _write_manifest(manifest: Path, archives: Sequence[Path]) -> int:
    """Write the manifest for *archives*, and return 0, or 1 after printing why krew would reject it."""
    manifest.write_text(filled(archives), encoding="utf-8")
    violations = problems(manifest, archives)
    for problem in violations:
        sys.stderr.write(f"error: `{manifest.name}`: {problem}\n")
    sys.stdout.write(f"{manifest}\n")
    return 1 if violations else 0


def _print_checksum(file: Path) -> None:
    sys.stdout.write(f"{sha256(file)}  {file}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
