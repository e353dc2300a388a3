"""Pages of the documentation that are made: a folder holds them, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write(folder: Path, pages: Mapping[str, str]) -> None:
    """Write every page by its file's name, and take away those that are no more."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    for file in folder.glob("*.md"):
        if file.name not in pages:
            file.unlink()


def there(folder: Path) -> dict[str, str]:
    """Return the pages as they are."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.md"))}
