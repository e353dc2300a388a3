"""krew's manifest, filled from its template: a platform for each archive, with its real checksum."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from release.archive import platform_of, sha256
from release.project import PROGRAM, REPOSITORY, VERSION, homepage

TEMPLATE = REPOSITORY / "plugin-manifest" / "kfaccess.yaml.template"
NAME = "kfaccess.yaml"  # krew: the name of the plugin
EACH = "  # for each archive:\n"


def filled(archives: Sequence[Path]) -> str:
    """Return the manifest for *archives*, in the order of their platforms."""
    head, _, each = TEMPLATE.read_text(encoding="utf-8").partition(EACH)
    _, _, head = head.partition("---\n")  # what is above it speaks of the template
    platforms = sorted((platform_of(archive), archive) for archive in archives)
    return Template(head).substitute(_common()) + "".join(
        Template(each).substitute(
            _common(), os=system, arch=machine, archive=archive.name, sha256=sha256(archive), bin=_bin(system)
        )
        for (system, machine), archive in platforms
    )


def _common() -> dict[str, str]:
    return {"version": VERSION, "homepage": homepage()}


def _bin(system: str) -> str:
    return f"{PROGRAM}.exe" if system == "windows" else PROGRAM
