"""The documentation is true: its examples are run, and print what it says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kubectl_kfaccess import __version__
from kubectl_kfaccess.parser import parse
from tests.make_examples import PAGES, Example, examples, filled
from tests.make_pictures import PICTURES, picture, screen
from tests.make_reference import anchor
from tests.running import REPOSITORY, run

PROGRAM = ["kubectl", "kfaccess"]
TEXTS = {page: (REPOSITORY / page).read_text(encoding="utf-8") for page in PAGES}
EXAMPLES = [(page, one) for page, text in TEXTS.items() for one in examples(text) if one.runs]
SHELL = re.compile(r"^```(?:sh|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "example", [one for _, one in EXAMPLES], ids=[f"{p}: {one.line}" for p, one in EXAMPLES]
)
def test_an_example_prints_what_the_page_says(example: Example) -> None:
    """Every example works as printed; `python -m tests.make_examples` writes what is printed now."""
    assert example.output == example.actual()


def test_examples_are_found_and_filled() -> None:
    """What is printed, the status after it, and nothing of what other programs say."""
    page = "```console\n$ kubectl kfaccess who-can get x -f /none\n$ echo $?\n0\n$ make\nmade\n```\n"

    assert [True, True, False] == [one.runs for one in examples(page)]
    assert page.replace("\n0\n", "\n2\n") == filled(page)


def test_consoles_below_docs_show_nothing_that_is_not_run() -> None:
    """What cannot be run here stands in a block of `sh`, without an output."""
    others = [
        one.line for page, text in TEXTS.items() if "/" in page for one in examples(text) if not one.runs
    ]

    assert [] == others


def _typed() -> list[tuple[str, list[str]]]:
    """The command lines of this program in blocks that are not run, up to the next pipe or redirection."""
    found = []
    for page, text in TEXTS.items():
        for block in SHELL.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                found += [(page, words) for words in _commands(line)]
    return found


def _commands(line: str) -> list[list[str]]:
    line = line.replace("kubectl-kfaccess ", "kubectl kfaccess ")
    if " ".join(PROGRAM) not in line:
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words, found = list(lexer), []
    for at in range(len(words) - 1):
        if words[at : at + 2] == PROGRAM:
            rest = words[at + 2 :]
            ends = [n for n, word in enumerate(rest) if word and set(word) <= set("();<>|&")]
            found.append(rest[: ends[0]] if ends else rest)
    return found


@pytest.mark.parametrize(
    ("page", "words"), _typed(), ids=lambda value: value if isinstance(value, str) else shlex.join(value)
)
def test_a_line_that_is_not_run_is_one_that_the_program_takes(page: str, words: list[str]) -> None:
    """Its command, its flags and their values are known, and nothing is missing."""
    assert (page, True) == (page, bool(parse(words, "kubectl kfaccess").command))


CLAIMS = [
    (page, [cell.strip() for cell in line.strip("| ").split(" | ")])
    for page in ("README.md", "docs/compared.md")
    for line in TEXTS[page].splitlines()
    if line.count(" | ") == 3 and not line.startswith(("| claim", "| ---"))
]


@pytest.mark.parametrize(("page", "claim"), CLAIMS, ids=[claim[0] for _, claim in CLAIMS])
def test_a_claim_is_shown_by_a_command_and_held_by_a_case(page: str, claim: list[str]) -> None:
    """The command answers, or is one that a cluster would answer; the case is there."""
    _, _, command, case = claim
    words = shlex.split(command.strip("`"))
    alone = "--demo" in words or "--from-error" in words or words[0] == "completion"

    assert (run(*words).status in (0, 1)) is alone
    named = [REPOSITORY / name for name in re.findall(r"`(tests/[^`]*)`", case)]
    linked = [(REPOSITORY / page).parent / link for link in re.findall(r"\]\(([^)#]*)", case)]
    assert named + linked
    assert [] == [file for file in named + linked if not file.exists()]
    text = "".join(file.read_text(encoding="utf-8") for file in linked if file.suffix == ".yaml")
    numbers = re.findall(r"\b\d\d\b", case) if text else []
    assert [] == [number for number in numbers if f"name: {number} " not in text]


def test_the_readme_names_what_the_others_do_not_answer() -> None:
    """Its own table has the main claims."""
    assert len([page for page, _ in CLAIMS if page == "README.md"]) >= 10


def test_the_readme_has_examples() -> None:
    """The README shows real output of each command that answers a question."""
    assert {"who-can", "access", "explain", "check", "aggregation", "profiles", "review"} <= {
        shlex.split(one.line)[3]
        for page, one in EXAMPLES
        if page == "README.md" and one.line.startswith("$ k")
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


ALL_PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def _links(page: Path) -> list[tuple[str, str]]:
    """Where the relative links of a page lead: a file, "" for the page itself, and a heading's anchor."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    return re.findall(r"\]\(((?!\w+:)[^)#]*)#?([^)]*)\)", text)


def _headings(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {anchor(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link names a file that is there, and a heading in it."""
    lost = [link for link, _ in _links(page) if not (page.parent / link).exists()]
    wrong = [
        f"{link}#{heading}"
        for link, heading in _links(page)
        if heading and link not in lost and heading not in _headings(page.parent / link if link else page)
    ]

    assert [] == lost + wrong


def test_every_page_is_reached_from_the_readme() -> None:
    """By links, from page to page."""
    reached, waiting = set[Path](), [REPOSITORY / "docs" / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [(page.parent / link).resolve() for link, _ in _links(page) if link]

    assert set() == {page for page in ALL_PAGES if "docs" in page.parts} - reached


GLOSSARY = (REPOSITORY / "docs" / "glossary.md").read_text(encoding="utf-8")


def test_the_glossary_is_in_alphabetical_order() -> None:
    """Readers look terms up by their first letters."""
    terms = re.findall(r"^## (.+)$", GLOSSARY, re.MULTILINE)

    assert terms == sorted(terms, key=str.casefold)
    assert len(terms) == len(set(terms)) >= 40


def test_the_glossary_points_to_code_that_exists() -> None:
    """Each path after "Code:" is one of the package's."""
    paths = re.findall(r"Code:\s`([^`]+)`", GLOSSARY)

    assert len(paths) >= 20
    assert [] == [path for path in paths if not (REPOSITORY / "kubectl_kfaccess" / path).exists()]
