"""The list of mutants matches the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.escalation.test_walks import WALKED
from tests.mutants.mutant import Mutant, mutants

REPOSITORY = Path(__file__).parents[2]
MUTANTS = mutants()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_mutants_text_occurs_once_and_its_mistake_is_python(mutant: Mutant) -> None:
    """Any test would catch a mutant that is not a program."""
    compile(mutant.applied(REPOSITORY), mutant.file, "exec")


@pytest.mark.parametrize("text", ["import nothing_of_the_kind", "request"], ids=["never", "often"])
def test_a_stale_mutant_is_an_error(text: str) -> None:
    """Its text must occur in the file exactly once."""
    mutant = Mutant("x", "rbac/rules.py", text, "", "")

    with pytest.raises(ValueError, match="mutant `x`: its text occurs"):
        mutant.applied(REPOSITORY)


def test_walks_that_must_catch_a_mutant_exist() -> None:
    """A step that nobody walks catches nothing."""
    assert {mutant.walk for mutant in MUTANTS if mutant.walk} <= set(WALKED)
    assert len([mutant for mutant in MUTANTS if mutant.walk]) >= 25


def test_there_are_enough_mutants_and_no_two_are_the_same() -> None:
    """Ids and edits are unique, and every edit changes something."""
    assert 34 <= len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)
    assert len({(mutant.file, mutant.find, mutant.replace) for mutant in MUTANTS}) == len(MUTANTS)
    assert [] == [mutant.id for mutant in MUTANTS if mutant.find == mutant.replace]
