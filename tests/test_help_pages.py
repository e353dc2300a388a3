"""Help as kubectl's: what a command does, examples, its own options, usage, exit status; at any width."""

from __future__ import annotations

import re
import shlex

import pytest

from kubectl_kfaccess.commands import ALIASES, COMMANDS, PAGES
from kubectl_kfaccess.help_pages import own_flags, page, shared_flags, spelled
from kubectl_kfaccess.parser import arguments_module, command_parser, top_parser
from kubectl_kfaccess.terminal.wrapping import width
from tests.running import run

PROGRAM = "kubectl kfaccess"
WIDTHS = (40, 60, 80, 100, 120, 200)
TITLED = [name for name in COMMANDS if name != "options"]


def lines_of(topic: str, columns: int = 80) -> list[str]:
    """Return the lines of a page."""
    return page(topic, PROGRAM, columns).splitlines()


@pytest.mark.parametrize("command", TITLED)
def test_a_page_has_the_parts_of_kubectls_help_in_order(command: str) -> None:
    """What the command does, examples, options, usage, exit status, and where the shared options are."""
    text = page(command, PROGRAM, 80)
    module = arguments_module(command)

    parts = [
        "Examples",
        "Options:",
        "Usage:",
        "Exit status: ",
        f'Use "{PROGRAM} options" for the options that all',
    ]
    places = [
        text.find(f"\n{part}")
        for part in parts
        if part != "Options:" or own_flags(command_parser("", command))
    ]
    assert -1 not in places
    assert places == sorted(places)
    assert " ".join(text[: places[0]].split()) == " ".join(module.DESCRIPTION.split())
    assert f"  {PROGRAM} {command}" in text[places[-3] :]


@pytest.mark.parametrize("command", TITLED)
def test_a_page_has_all_details_of_its_command(command: str) -> None:
    """Lists of terms, too, in ASCII, which is quick to measure."""
    text = page(command, PROGRAM, 80)

    assert " ".join(arguments_module(command).DETAILS.split()) in " ".join(text.split())
    assert text.isascii()


@pytest.mark.parametrize("command", TITLED)
def test_examples_have_a_comment_and_fit_80_columns(command: str) -> None:
    """A comment line says what each is for; an example is one line, to copy."""
    lines = lines_of(command)
    for purpose, words in arguments_module(command).EXAMPLES:
        at = lines.index(f"  {PROGRAM} {words}")
        assert f"  # {purpose}" == lines[at - 1]
        assert len(lines[at]) <= 80


@pytest.mark.parametrize("command", TITLED)
def test_a_page_lists_the_options_of_its_command_alone(command: str) -> None:
    """Shared options are on the page of `options`, and every option of a command is on one of the two."""
    parser = command_parser(PROGRAM, command)
    text, shared = page(command, PROGRAM, 80), page("options", PROGRAM, 80)
    own = own_flags(parser)

    assert [] == [action.dest for action in own if f"\n    {spelled(action)}" not in text]
    listed = re.findall(r"^ {4}(?:-\w, )? *(--[\w-]+)", text, re.MULTILINE)
    assert sorted(listed) == sorted(action.option_strings[-1] for action in own)
    others = [flag for flag in parser.flags() if flag.startswith("--") and flag not in (*listed, "--help")]
    assert [] == [flag for flag in others if not re.search(rf"{flag}\b", shared)]


@pytest.mark.parametrize(
    ("command", "options"),
    [
        pytest.param("explain", ["-n, --namespace=''", "-A, --all-namespaces ", "    --fix=1"], id="explain"),
        pytest.param(
            "who-can", ["    --expect-only=[]", "    --verify[=all]", "-l, --selector=''"], id="who-can"
        ),
        pytest.param("check", ["    --fail-on='error'", "-o, --output='table'"], id="check"),
        pytest.param("options", ["-f, --filename=[]", "-v, --v=0", "    --color='auto'"], id="options"),
    ],
)
def test_options_are_spelled_as_in_kubectls_help(command: str, options: list[str]) -> None:
    """With their default: text in quotes, lists in brackets, numbers as they are, and none of a switch."""
    text = page(command, PROGRAM, 80)

    assert [] == [option for option in options if f"\n    {option}" not in text]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("topic", ["", *COMMANDS])
def test_a_page_keeps_to_the_width_and_breaks_no_word(topic: str, columns: int) -> None:
    """A line that is too long is one word or an example; the words are the same at every width."""
    lines = lines_of(topic, columns)

    long = [line for line in lines if width(line) > columns and " " in line.strip()]
    assert [] == [line for line in long if not line.startswith((f"  {PROGRAM} ", "        --"))]
    assert [] == [line for line in lines if line != line.rstrip()]
    words = [word for word in page(topic, PROGRAM, columns).split() if word != "#"]
    assert words == [word for word in page(topic, PROGRAM, 1000).split() if word != "#"]


def test_text_is_below_an_option_where_the_terminal_is_narrow() -> None:
    """Beside the option it would be a column of single words."""
    lines = lines_of("explain", 40)

    assert "          All namespaces at once" == lines[lines.index("    -A, --all-namespaces") + 1]


def test_a_wide_terminal_is_used() -> None:
    """A paragraph is one line if it fits."""
    assert len(lines_of("who-can", 200)) < len(lines_of("who-can", 120)) < len(lines_of("who-can", 80))


def test_no_line_ends_between_a_flag_and_its_value() -> None:
    """`-o` at the end of a line, and `wide` on the next, would be hard to read."""
    texts = [page(topic, PROGRAM, columns) for topic in COMMANDS for columns in range(40, 120, 4)]

    assert [] == [text for text in texts if re.search(r" -o\n *wide", text)]


@pytest.mark.parametrize("command", COMMANDS)
def test_help_can_be_asked_for_in_four_ways(command: str) -> None:
    """`--help`, `-h`, `help COMMAND`; with other flags and words, even without required ones."""
    expected = run(command, "--help")

    assert (0, "") == (expected.status, expected.stderr)
    assert page(command, PROGRAM, 80) == expected.stdout
    assert expected == run(command, "-h") == run("help", command) == run("--demo", "help", command)
    assert expected == run("-n", "team-a", command, "x", "-h", "-o", "name") == run("--help", command)


@pytest.mark.parametrize("alias", ALIASES)
def test_help_knows_aliases(alias: str) -> None:
    """The page is that of the command."""
    assert run("help", ALIASES[alias]) == run("help", alias)


def test_options_prints_the_shared_options_by_what_they_are_about() -> None:
    """All of them, below the titles of their groups."""
    result = run("options")

    assert (0, "") == (result.status, result.stderr)
    for title, actions in shared_flags(top_parser(PROGRAM)).items():
        assert f"{title}:" in result.lines
        assert [] == [action.dest for action in actions if spelled(action) not in result.stdout]


@pytest.mark.parametrize("line", ["--version", "--version --color never", "--demo=false --version"])
def test_the_flag_version_is_version_client(line: str) -> None:
    """No server is asked."""
    if "--demo" in line:
        assert 2 == run(*shlex.split(line)).status
        return
    assert run("version", "--client") == run(*shlex.split(line))
    assert run("version", "--client", "-o", "json") == run("--version", "-o", "json")


def test_version_is_no_flag_of_a_command() -> None:
    """`--version` with a command is a mistake."""
    assert (2, "") == (run("who-can", "--version").status, run("who-can", "--version").stdout)
    assert "unknown flag: `--version`" in run("--version", "access").stderr


@pytest.mark.parametrize("command", PAGES)
def test_a_page_takes_the_flags_that_all_commands_share(command: str) -> None:
    """They change nothing."""
    assert run(command) == run(command, "--demo", "-n", "x", "-v", "6", "--no-headers")
