"""The documentation is true: its examples are run, and print what the pages show."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands import COMMANDS
from kubectl_kfaccess.parser import parse
from kubectl_kfaccess.terminal.wrapping import width
from tests.running import REPOSITORY, run
from tools.pages import screenshots
from tools.pages.examples import COLUMNS, PAGES, Example, examples, filled
from tools.pages.pictures import FOLDER, PICTURES, THEMES, drawn, pictures, screen
from tools.pages.reference import anchor

PROGRAM = ["kubectl", "kfaccess"]
TEXTS = {page: (REPOSITORY / page).read_text(encoding="utf-8") for page in PAGES}
EXAMPLES = [(page, example) for page, text in TEXTS.items() for example in examples(text) if example.runs]
SHELL = re.compile(r"^```(?:sh|yaml)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize(
    "example", [example for _, example in EXAMPLES], ids=[f"{p}: {example.line}" for p, example in EXAMPLES]
)
def test_an_example_prints_what_the_page_shows(example: Example) -> None:
    """The output of each example is up to date; `make pages` writes it."""
    assert example.output == example.actual()


def test_examples_are_parsed_and_filled_in() -> None:
    """Output and status are filled in for this program, and not for others."""
    page = "```console\n$ kubectl kfaccess who-can get x -f /none\n$ echo $?\n0\n$ make\nmade\n```\n"

    assert [True, True, False] == [example.runs for example in examples(page)]
    assert page.replace("\n0\n", "\n2\n") == filled(page)


def test_an_example_for_programs_writes_into_a_pipe() -> None:
    """Its table has all columns at their full width; without a pipe, it is as wide as the terminal."""
    line = "$ kubectl kfaccess who-can create inferenceservices -n team-a --demo"
    on_terminal, into_a_pipe = Example(line, line, ""), Example(f"{line} | cat", f"{line} | cat", "")
    widths = [max(map(width, example.actual().splitlines())) for example in (on_terminal, into_a_pipe)]

    assert widths[0] <= COLUMNS < widths[1]


def test_lines_for_programs_are_known() -> None:
    """By a pipe, a redirection or `-o`, but not by a quoted character."""
    lines = ("x -o name", "x -owide", "x --output=json", "x | head", "x>file", "x '|' --sort-by ROLE")

    assert [True, True, True, True, True, False] == [Example("", line, "").is_for_programs for line in lines]


def test_every_console_example_below_docs_is_run() -> None:
    """Commands that the tests cannot run are in a block of `sh`, without output."""
    others = [
        example.line
        for page, text in TEXTS.items()
        if "/" in page
        for example in examples(text)
        if not example.runs
    ]

    assert [] == others


def _typed() -> list[tuple[str, list[str]]]:
    """Return (page, words) of each command line in blocks that are not run, up to a pipe or redirection."""
    typed = []
    for page, text in TEXTS.items():
        for block in SHELL.findall(text):
            for line in block.replace("\\\n", " ").splitlines():
                typed += [(page, words) for words in _commands(line)]
    return typed


def _commands(line: str) -> list[list[str]]:
    line = line.replace("kubectl-kfaccess ", "kubectl kfaccess ")
    if " ".join(PROGRAM) not in line:
        return []
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    words, commands = list(lexer), []
    for at in range(len(words) - 1):
        if words[at : at + 2] == PROGRAM:
            rest = words[at + 2 :]
            ends = [n for n, word in enumerate(rest) if word and set(word) <= set("();<>|&")]
            commands.append(rest[: ends[0]] if ends else rest)
    return commands


@pytest.mark.parametrize(
    ("page", "words"), _typed(), ids=lambda value: value if isinstance(value, str) else shlex.join(value)
)
def test_a_command_line_that_is_not_run_is_valid(page: str, words: list[str]) -> None:
    """Its command, flags and values are known, and nothing is missing."""
    assert (page, True) == (page, bool(parse(words, "kubectl kfaccess").command))


CLAIMS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in TEXTS["docs/compared.md"].splitlines()
    if line.count(" | ") == 3 and not line.startswith(("| claim", "| ---"))
]


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim[0] for claim in CLAIMS])
def test_a_claim_has_a_command_and_a_test(claim: list[str]) -> None:
    """The command answers here, or only on a cluster; the test exists."""
    _, _, command, case = claim
    words = shlex.split(command.strip("`"))
    alone = "--demo" in words or "--from-error" in words or words[0] == "completion"

    assert (run(*words).status in (0, 1)) is alone
    named = [REPOSITORY / name for name in re.findall(r"`(tests/[^`]*)`", case)]
    linked = [REPOSITORY / "docs" / link for link in re.findall(r"\]\(([^)#]*)", case)]
    assert named + linked
    assert [] == [file for file in named + linked if not file.exists()]
    text = "".join(file.read_text(encoding="utf-8") for file in linked if file.suffix == ".yaml")
    numbers = re.findall(r"\b\d\d\b", case) if text else []
    assert [] == [number for number in numbers if f"name: {number} " not in text]


def test_there_are_claims() -> None:
    """The table has the main claims."""
    assert len(CLAIMS) >= 16


def _commands_shown(page: str) -> set[str]:
    """Return the commands that the page shows with their output."""
    return {
        shlex.split(example.line)[3]
        for shown, example in EXAMPLES
        if page == shown and example.line.startswith("$ k")
    }


def test_each_command_that_answers_a_question_is_shown() -> None:
    """The README shows the two that people ask most; a page has all of them."""
    answering = {"who-can", "access", "explain", "check", "aggregation", "profiles", "review"}
    new = {"diff", "can-apply", "snapshot", "whoami", "resources"}

    assert {"who-can", "explain"} <= _commands_shown("README.md")
    assert answering | new <= _commands_shown("docs/answers.md")


def test_the_readme_has_a_question_for_each_command() -> None:
    """The table is how people find out what the program can do."""
    table = "".join(line for line in TEXTS["README.md"].splitlines(True) if line.startswith("| "))
    about_the_program = {"completion", "version", "options", "help"}

    assert [] == [name for name in COMMANDS if f"`{name}" not in table and name not in about_the_program]


def test_the_list_of_recipes_is_complete() -> None:
    """It stands at the top of the page, in the order of the recipes."""
    page = TEXTS["docs/how-to.md"]

    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == re.findall(r"^- \[(.*)\]\(#", page, re.MULTILINE)


def test_the_tour_of_the_readme_works_on_the_demo() -> None:
    """A newcomer types it line by line."""
    _, tour = TEXTS["README.md"].split("## Five minutes")
    lines = SHELL.search(tour)[1].splitlines()  # type: ignore[index]

    assert len(lines) >= 5
    assert [] == [line for line in lines if " --demo " not in line]
    statuses = {line: run(*shlex.split(line, comments=True)[2:]).status for line in lines}
    # something crosses in the demo, which is a no
    assert {line: int(" audit " in line) for line in lines} == statuses


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_up_to_date(name: str) -> None:
    """It shows what a terminal shows, for light and dark pages; `make pages` writes it."""
    for word, theme in THEMES.items():
        assert drawn(PICTURES[name], theme) == (FOLDER / f"{name}-{word}.svg").read_text(encoding="utf-8")


def test_there_are_no_other_pictures() -> None:
    """A picture that was renamed leaves no file behind."""
    assert {*(name for name, _ in pictures()), *screenshots.names()} == {
        file.name for file in FOLDER.iterdir()
    }


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fits_its_terminal(name: str) -> None:
    """No line is longer than the terminal is wide."""
    picture = PICTURES[name]
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in screen(picture)]

    assert lines
    assert [] == [line for line in lines if width(line) > picture.columns]


def test_the_demo_script_works() -> None:
    """Each line of the demo script is a command that ends with 0."""
    script = (REPOSITORY / "examples" / "demo.sh").read_text()
    commands = [line.removeprefix("show ") for line in script.splitlines() if line.startswith("show ")]

    assert len(commands) >= 3
    assert {0} == {run(*shlex.split(command)).status for command in commands}


CHANGELOG = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_changelog_has_this_version() -> None:
    """Its newest entry is the version of the package."""
    newest = re.search(r"^## (\S+)", CHANGELOG, re.MULTILINE)

    assert newest is not None
    assert __version__ == newest[1]


CHANGES = [
    shlex.split(command)
    for command in re.findall(r"^- `([^`]+)`", CHANGELOG, re.MULTILINE)
    if command.split()[0] in COMMANDS
]
# Some commands ask clusters that are not here, or write files
ELSEWHERE = {"--all-contexts", "snapshot"}


def test_a_change_is_one_line() -> None:
    """Readers look for what they need, and do not read everything."""
    lines = CHANGELOG[CHANGELOG.index("\n### ") :].splitlines()

    assert len(CHANGES) >= 30
    assert [] == [line for line in lines if line and not line.startswith(("- ", "### ", "## "))]
    assert [] == [line for line in lines if len(line) > 120]


@pytest.mark.parametrize("words", CHANGES, ids=shlex.join)
def test_a_command_in_the_changelog_works(words: list[str]) -> None:
    """On the demo, unless it asks clusters that are not here or writes a file."""
    assert parse(words, "kubectl kfaccess").command
    if not {*words} & ELSEWHERE:
        assert run(*words, "--demo").status in (0, 1)


ALL_PAGES = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)


def _links(page: Path) -> list[tuple[str, str]]:
    """Return the relative links of a page: a file, "" for the page itself, and the anchor of a heading."""
    text = CODE.sub("", page.read_text(encoding="utf-8"))
    pictures = [(file, "") for file in re.findall(r' (?:src|srcset)="([^"]*)"', text)]
    return pictures + re.findall(r"\]\(((?!\w+:)[^)#]*)#?([^)]*)\)", text)


def _headings(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {anchor(line.lstrip("#").strip()) for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_are_valid(page: Path) -> None:
    """A relative link names a file that exists, and a heading in it."""
    lost = [link for link, _ in _links(page) if not (page.parent / link).exists()]
    wrong = [
        f"{link}#{heading}"
        for link, heading in _links(page)
        if heading and link not in lost and heading not in _headings(page.parent / link if link else page)
    ]

    assert [] == lost + wrong


def test_every_page_can_be_reached_from_the_index() -> None:
    """Links lead from `docs/README.md` to every page."""
    reached, pending = set[Path](), [REPOSITORY / "docs" / "README.md"]
    while pending:
        page = pending.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        pending += [(page.parent / link).resolve() for link, _ in _links(page) if link]

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


def test_the_file_of_accepted_findings_is_the_one_that_is_shown() -> None:
    """The page shows what its next example reads."""
    file = (REPOSITORY / "examples/accept.yaml").read_text(encoding="utf-8")

    assert f"```yaml\n{file}```\n" in TEXTS["docs/how-to.md"]
