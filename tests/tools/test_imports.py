"""What the tools import, and that the program does not need them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.running import REPOSITORY


def imported_roots(module: Path) -> set[str]:
    """Return the first part of every dotted name that *module* imports: `tools` for `tools.ci`."""
    roots = set()
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            roots |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            roots.add(node.module.split(".")[0])
    return roots


@pytest.mark.parametrize(
    ("folder", "forbidden"),
    [
        ("tools", {"tests", "release"}),
        ("release", {"tests", "tools"}),
        ("kubectl_kfaccess", {"tests", "tools", "release"}),
    ],
)
def test_imports_point_to_the_package(folder: str, forbidden: set[str]) -> None:
    """Tools and releases import the package; the package, which is installed alone, imports neither."""
    modules = [*(REPOSITORY / folder).rglob("*.py")]

    assert modules
    assert {} == {str(module): roots for module in modules if (roots := imported_roots(module) & forbidden)}
