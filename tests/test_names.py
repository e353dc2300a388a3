"""Names in the package are nouns that say what they hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kubectl_kfaccess

PACKAGE = Path(kubectl_kfaccess.__file__).parent
FILLERS = frozenset(("one", "found", "told", "asked", "said", "meant", "those", "going"))


def fillers_in(source: str) -> Iterator[str]:
    """Yield LINE: NAME for each variable, parameter or field that is named by a word that says nothing."""
    for node in ast.walk(ast.parse(source)):
        name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
        is_named_here = isinstance(node, ast.arg) or isinstance(getattr(node, "ctx", None), ast.Store)
        if is_named_here and name in FILLERS:
            yield f"{node.lineno}: {name}"


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_a_name_says_what_it_holds(file: Path) -> None:
    """A reader learns nothing from `one` or `found`: `binding`, `policies_naming_user` say it."""
    assert [] == list(fillers_in(file.read_text(encoding="utf-8")))


def test_the_words_are_noticed_wherever_a_name_is_given() -> None:
    """In assignments, loops, comprehensions, parameters, fields and walrus expressions."""
    source = """
def f(one, *, found=1, **said): ...
told = [asked for asked in ()]
for those, (meant, role) in (): ...
class C:
    going: int = 0
if (one := 1): ...
"""

    assert [
        "2: found", "2: one", "2: said", "3: asked", "3: told", "4: meant", "4: those", "6: going", "7: one",
    ] == sorted(fillers_in(source))  # fmt: skip
