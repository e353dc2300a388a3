"""Folders of the documentation in which every page is generated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Write *pages*, a text by file name, into *folder*, and delete all other pages there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in folder.glob("*.md"):
        if file.name not in pages:
            file.unlink()


def read(folder: Path) -> dict[str, str]:
    """Return the text of each page in *folder* by its file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.md"))}
