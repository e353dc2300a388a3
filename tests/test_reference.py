"""The reference and the man page match the program: its parser and its schemas."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from kubectl_kfaccess.commands import COMMANDS
from kubectl_kfaccess.parser import command_parser
from tools.pages import folder, man_page, reference
from tools.pages.reference import FOLDER, anchor, cell, pages, schemas, written_by

FORMATS = pages()["formats.md"]
MAN = man_page.page()


def test_the_reference_is_up_to_date() -> None:
    """`make pages` writes a page for each command, one for the formats, and an index."""
    assert pages() == folder.read(FOLDER)


def test_the_man_page_is_up_to_date() -> None:
    """`make pages` writes it."""
    assert man_page.page() == man_page.FILE.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_page_has_every_flag_of_its_command(command: str) -> None:
    """Flags of all commands are in the index, all others on the page of the command."""
    parser = command_parser(reference.PROGRAM, command)
    text = folder.read(FOLDER)[f"{command}.md"] + folder.read(FOLDER)["README.md"]

    flags = [flag for flag in parser.flags() if flag.startswith("--") and flag != "--help"]
    assert [] == [flag for flag in flags if not re.search(rf"^\| `[^`]*{flag}[ `\[]", text, re.MULTILINE)]


@pytest.mark.parametrize("kind", schemas())
def test_a_kind_and_the_command_that_prints_it_link_to_each_other(kind: str) -> None:
    """The page of the command links to the kind, and the kind links back."""
    assert f"[{kind}](formats.md#{kind.lower()})" in folder.read(FOLDER)[f"{written_by(kind)}.md"]
    assert f"## {kind}\n\nBy [{written_by(kind)}]" in FORMATS


def test_links_inside_the_formats_page_lead_to_a_heading() -> None:
    """Each named type is described once."""
    headings = [anchor(line.lstrip("# ")) for line in FORMATS.splitlines() if line.startswith("#")]
    links = set(re.findall(r"\]\(#([^)]+)\)", FORMATS))

    assert len(headings) == len(set(headings))
    assert links
    assert set() == links - set(headings)


def test_a_table_has_as_many_cells_in_every_row() -> None:
    """A `|` in a text is escaped, so that it does not end the cell."""
    counted = {
        (name, number): {
            len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines() if line.startswith("|")
        }
        for name, text in folder.read(FOLDER).items()
        for number, block in enumerate(text.split("\n\n"))
    }

    assert {} == {place: cells for place, cells in counted.items() if len(cells) > 1}
    assert "a\\|b" == cell("a|b")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_man_page_describes_every_command(command: str) -> None:
    """Each command has its own heading."""
    assert f"\n.SS {man_page.text(command)}\n" in MAN


@pytest.mark.parametrize(
    ("words", "roff"),
    [
        pytest.param("--name", "\\-\\-name", id="dashes that can be copied"),
        pytest.param(".TH", "\\&.TH", id="a dot is not read as a request"),
        pytest.param("'x", "\\(aqx", id="nor is an apostrophe"),
        pytest.param("a\\b", "a\\eb", id="a backslash"),
        pytest.param("create, …", "create, \\[u2026]", id="only ASCII"),
    ],
)
def test_text_is_printed_by_roff_as_it_is(words: str, roff: str) -> None:
    """See groff_char(7)."""
    assert roff == man_page.text(words)


@pytest.mark.skipif(not shutil.which("groff"), reason="groff is not installed")
def test_the_man_page_is_rendered_without_a_warning() -> None:
    """groff prints no warning, and the page has the text that was written."""
    command = ["groff", "-man", "-ww", "-Tutf8", "-P-cbou", "-rLL=200n", str(man_page.FILE)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)

    assert "" == done.stderr
    printed = " ".join(done.stdout.split())
    assert "kubectl kfaccess who-can VERB[,VERB] TYPE[.GROUP][/NAME][,TYPE] [options]" in printed
    assert "--verify[=all|sample]" in printed
    assert "explain --from-error 'RBAC: access denied'" in printed
