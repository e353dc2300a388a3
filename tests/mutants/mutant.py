"""A mutant: one deliberate mistake in one file of the package."""

from __future__ import annotations

from pathlib import Path

import msgspec
import yaml

PACKAGE = "kubectl_kfaccess"
WALKS = "tests/escalation/test_walks.py::test_a_step_is_walked_with_what_it_needs_and_refused_without"
LIST = Path(__file__).parent / "mutants.yaml"


class Mutant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    One mistake: the text in a file of the package, its replacement, and why that is wrong.

    *tests* are the tests that must catch it; if there are none, any of the pure tests can. With *walk*, those
    are the walks of that step on a real server.
    """

    id: str
    file: str
    find: str
    replace: str
    why: str
    tests: tuple[str, ...] = ()
    walk: str = ""

    @property
    def targets(self) -> tuple[str, ...]:
        """What pytest runs; nothing stands for the pure tests."""
        return (f"{WALKS}[{self.walk}]",) if self.walk else self.tests

    def applied(self, repository: Path) -> str:
        """Return the file's text with the mistake; raises ValueError unless *find* occurs exactly once."""
        text = (repository / PACKAGE / self.file).read_text(encoding="utf-8")
        if text.count(self.find) != 1:
            raise ValueError(
                f"mutant `{self.id}`: its text occurs {text.count(self.find)} times in {self.file}"
            )
        return text.replace(self.find, self.replace)


def mutants() -> list[Mutant]:
    """Return all mutants, in the order of the list."""
    return msgspec.convert(yaml.safe_load(LIST.read_text(encoding="utf-8")), list[Mutant])
