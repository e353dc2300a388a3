"""The documentation is true: its examples are run, and print what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kubectl_kfaccess import __version__
from tests.make_pictures import PICTURES, picture, screen
from tests.running import REPOSITORY, run

PAGES = ("README.md",)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
PROMPT = "$ kubectl kfaccess "


def _examples() -> list[tuple[str, str, str]]:
    """Each `$ kubectl kfaccess …` of the pages with what is printed below it."""
    found = []
    for page in PAGES:
        for block in BLOCK.findall((REPOSITORY / page).read_text()):
            for part in block.split("$ ")[1:]:
                command, _, output = f"$ {part}".partition("\n")
                if command.startswith(PROMPT):
                    found.append((page, command.removeprefix(PROMPT), output))
    return found


EXAMPLES = _examples()


@pytest.mark.parametrize(("page", "command", "output"), EXAMPLES, ids=[command for _, command, _ in EXAMPLES])
def test_an_example_prints_what_the_page_says(page: str, command: str, output: str) -> None:
    """Every example of the documentation works as printed."""
    assert output == run(*shlex.split(command)).stdout


def test_the_readme_has_examples() -> None:
    """The README shows real output of each command that answers a question."""
    assert {"who-can", "access", "explain", "review"} <= {
        shlex.split(command)[0] for _, command, _ in EXAMPLES
    }


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_shows_what_a_terminal_shows(name: str) -> None:
    """The pictures are made anew whenever the output changes: `python -m tests.make_pictures`."""
    assert picture(*PICTURES[name]) == (REPOSITORY / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("columns", [80, 200])
def test_a_picture_fits_its_terminal(columns: int) -> None:
    """No line is longer than the terminal is wide."""
    (lines,) = [
        screen(width, command).splitlines() for width, command in PICTURES.values() if width == columns
    ]

    assert [] == [line for line in lines if len(re.sub(r"\x1b\[[0-9;]*m", "", line)) > columns]


def test_the_demo_script_works() -> None:
    """Each line of the demo's script is a command that answers."""
    script = (REPOSITORY / "examples" / "demo.sh").read_text()
    commands = [line.removeprefix("show ") for line in script.splitlines() if line.startswith("show ")]

    assert len(commands) >= 3
    assert {0} == {run(*shlex.split(command)).status for command in commands}


def test_the_changelog_speaks_of_this_version() -> None:
    """The newest entry of the changelog is the version of the package."""
    text = Path(REPOSITORY / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+)", text, re.MULTILINE)

    assert newest is not None
    assert __version__ == newest[1]


def test_links_between_pages_lead_somewhere() -> None:
    """A relative link in a page names a file that is there."""
    pages = [*REPOSITORY.glob("*.md")]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]

    assert [] == [(page.name, link) for page, link in links if not (page.parent / link).exists()]
