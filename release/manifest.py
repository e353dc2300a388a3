"""krew's manifest, filled from its template, with a platform and a checksum for each archive."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from release.archive import platform_of, sha256
from release.project import PROGRAM, REPOSITORY, VERSION, homepage

TEMPLATE = REPOSITORY / "plugin-manifest" / "kfaccess.yaml.template"
NAME = "kfaccess.yaml"  # krew requires the name of the plugin
EACH = "  # for each archive:\n"


def filled(archives: Sequence[Path]) -> str:
    """Return the text of the manifest for *archives*, sorted by platform."""
    head, _, each = TEMPLATE.read_text(encoding="utf-8").partition(EACH)
    _, _, head = head.partition("---\n")  # the comment above it is about the template
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
