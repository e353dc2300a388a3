"""
`python -m release`: the wheel, and for this platform the archive and krew's manifest.

`program` makes the program's folder alone, as images want it; `manifest ARCHIVE…` fills the manifest from the
archives of several machines.
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
    """Make what is asked for, and return 0; 1 when krew would not have it."""
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("part", nargs="?", choices=PARTS, default="all")
    parser.add_argument("archives", nargs="*", type=Path, metavar="ARCHIVE", help="for `manifest`")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "dist", help="where all of it is made")
    args = parser.parse_args(argv)
    if args.part in ("all", "wheel"):
        _tell(build_wheel(args.folder))
    if args.part == "program":
        build_program(args.folder)
    archives = [make_archive(args.folder)] if args.part in ("all", "archive") else args.archives
    return _write_manifest(args.folder / NAME, archives) if args.part in ("all", "manifest") else 0


def make_archive(folder: Path) -> Path:
    """Return the archive for this platform, made in *folder*."""
    with tempfile.TemporaryDirectory() as temporary:
        archive = pack(build_program(Path(temporary)), folder / archive_name(*this_platform()))
    _tell(archive)
    return archive


def _write_manifest(manifest: Path, archives: Sequence[Path]) -> int:
    manifest.write_text(filled(archives), encoding="utf-8")
    said = problems(manifest, archives)
    for problem in said:
        sys.stderr.write(f"error: `{manifest.name}`: {problem}\n")
    sys.stdout.write(f"{manifest}\n")
    return 1 if said else 0


def _tell(made: Path) -> None:
    sys.stdout.write(f"{sha256(made)}  {made}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
