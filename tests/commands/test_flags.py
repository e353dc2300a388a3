"""Flags: before the command, among its arguments or behind them, in each spelling that kubectl takes."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator

import pytest

from kubectl_kfaccess.commands import ALIASES, COMMANDS, PAGES
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.parser import CommandParser, command_parser, parse, top_parser
from tests.running import run

PROGRAM = "kubectl kfaccess"
ARGUMENTS = {
    "who-can": ("get", "secrets"),
    "explain": ("alice", "get", "pods"),
    "can-apply": ("a.yaml", "b.yaml"),
    "review": ("a.yaml", "b.yaml"),
    "completion": ("status",),
}
NUMBERS = {"v": "6", "fix": "2"}
"""Values of flags that take a number; flags that take any text get the name of a command."""


def flags_of(parser: CommandParser) -> Iterator[argparse.Action]:
    """Yield the flags of *parser*, but `--help`."""
    yield from (action for action in dict.fromkeys(parser.flags().values()) if action.dest != "help")


def spellings(action: argparse.Action) -> Iterator[list[str]]:
    """Yield each way to type the flag, with a value that is also the name of a command if it can be."""
    choices = [*(action.choices or (NUMBERS.get(action.dest, "explain"),))]
    value = str(next((each for each in reversed(choices) if each != action.default), choices[-1]))
    for name in action.option_strings:
        if action.nargs == 0:
            yield from ([name], [f"{name}=true"])
        elif action.nargs == "?":
            yield [f"{name}={value}"]
        else:
            yield from ([name, value], [f"{name}={value}"])
            if not name.startswith("--"):
                yield [f"{name}{value}"]


def values(*argv: str) -> tuple[str, dict[str, object]]:
    """Return what the line *argv* means: its command, and its arguments by name."""
    parsed = parse(argv, PROGRAM)
    return parsed.command, vars(parsed.args)


@pytest.mark.parametrize("command", [name for name in COMMANDS if name not in PAGES])
def test_a_flag_means_the_same_wherever_it_stands(command: str) -> None:
    """Each flag, in every spelling: before the command, among its arguments, and behind them."""
    arguments = ARGUMENTS.get(command, ())
    usual = values(command, *arguments)
    for action in flags_of(command_parser(PROGRAM, command)):
        for flag in spellings(action):
            expected = values(command, *arguments, *flag)
            assert (expected == usual) is (action.choices is not None and len([*action.choices]) == 1), flag
            assert expected == values(*flag, command, *arguments), flag
            assert {True} == {
                expected == values(command, *arguments[:at], *flag, *arguments[at:])
                for at in range(len(arguments) + 1)
            }, flag


def test_a_flag_takes_a_value_on_every_command_or_on_none() -> None:
    """Before the command, it has to be known whether the next word is a value or the command."""
    arity: dict[str, set[object]] = {}
    for parser in (top_parser(PROGRAM), *(command_parser(PROGRAM, command) for command in COMMANDS)):
        for flag, action in parser.flags().items():
            arity.setdefault(flag, set()).add(action.nargs)

    assert {} == {flag: kinds for flag, kinds in arity.items() if len(kinds) > 1}


@pytest.mark.parametrize(
    ("line", "same"),
    [
        pytest.param("--context x -n a who-can get pods", "who-can get pods -n a --context x", id="two"),
        pytest.param("-n who-can access who-can", "access who-can -n who-can", id="a value like the command"),
        pytest.param("--as=explain why - -f x", "explain -f x --as explain -", id="an alias, and a dash"),
        pytest.param("explain a -f x create -f y pods", "explain a create pods -f x -f y", id="files"),
        pytest.param("review a -f x b", "review a b -f x", id="a file among files"),
        pytest.param("access -qA alice", "access alice -q -A", id="two short flags in a word"),
        pytest.param("access -qnalice", "access -q -n alice", id="a value behind two short flags"),
        pytest.param("access -n=alice", "access -n alice", id="a short flag with an equals sign"),
        pytest.param("access --verify alice", "access --verify=all alice", id="a value by default"),
        pytest.param(
            "who-can --insecure-skip-tls-verify get pods",
            "who-can get pods --insecure-skip-tls-verify=true",
            id="a value by default of kubectl's",
        ),
        pytest.param("access -A=false --demo=true", "access --demo", id="switches with a value"),
        pytest.param("access -A --all-namespaces=false", "access", id="the last value counts"),
        pytest.param("check -n a -n b", "check -n b", id="of two values the last counts"),
        pytest.param("-n a -- who-can get pods", "who-can -n a get pods", id="-- before the command"),
        pytest.param("explain -- a get pods", "explain a get pods", id="-- before the arguments"),
        pytest.param("explain a --fix -1 get pods", "explain a get pods --fix=-1", id="a negative number"),
        pytest.param("explain '-- no flag'", "explain -- '-- no flag'", id="a text that begins like a flag"),
        pytest.param("--fix 2 -o fix why get pods", "explain get pods -o fix --fix 2", id="own flags first"),
    ],
)
def test_two_lines_mean_the_same(line: str, same: str) -> None:
    """As in kubectl, where flags can be anywhere."""
    expected = values(*shlex.split(same))

    assert expected == values(*shlex.split(line))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        pytest.param("explain -- -n -A --demo", ["-n", "-A", "--demo"], id="flags"),
        pytest.param("explain -- -h", ["-h"], id="-h"),
        pytest.param("explain -- a -- b", ["a", "--", "b"], id="-- itself"),
        pytest.param("explain a -- --help why", ["a", "--help", "why"], id="after a word"),
    ],
)
def test_nothing_after_two_dashes_is_a_flag(line: str, words: list[str]) -> None:
    """They are arguments, as they were typed."""
    assert words == values(*shlex.split(line))[1]["words"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("who-can get pods -n", "`-n` needs a value: NAMESPACE", id="at the end"),
        pytest.param("who-can get pods -n --demo", "`-n` needs a value: NAMESPACE", id="before a flag"),
        pytest.param("who-can get pods -n -- x", "`-n` needs a value: NAMESPACE", id="before --"),
        pytest.param("who-can get pods --demo=perhaps", "`--demo` cannot be `perhaps`", id="a switch"),
        pytest.param("explain get pods --fix x", "`--fix` cannot be `x`: it must be a number", id="a number"),
        pytest.param("-n", "`-n` needs a value: NAMESPACE", id="without a command"),
        pytest.param("who-can", "missing: VERB, TYPE", id="two arguments"),
        pytest.param("--bogus who-can get pods", "unknown flag: `--bogus`", id="unknown before the command"),
        pytest.param("--bogus x who-can get pods", "unknown flag: `--bogus`", id="with a value"),
        pytest.param("--fix 2 who-can get pods", "unknown flag: `--fix`", id="the flag of another command"),
        pytest.param("--fix 2 whocan get pods", "unknown command: `whocan`", id="an unknown command"),
        pytest.param("who-can get -- pods -A", "one argument too many: `-A`", id="a flag after --"),
        pytest.param("who-can get -xA", "unknown flag: `-xA`", id="an unknown short flag"),
        pytest.param("who-can get", "missing: TYPE", id="an argument"),
    ],
)
def test_a_mistake_in_flags_is_an_error(line: str, message: str) -> None:
    """Status 2, with the word in backticks."""
    with pytest.raises(UsageError) as raised:
        parse(shlex.split(line), PROGRAM)
    assert message in raised.value.message
    assert raised.value.hint


def test_a_value_that_looks_like_a_flag_is_joined() -> None:
    """As in argparse; a value apart from its flag cannot begin with a dash."""
    assert "-x" == values("access", "--as=-x")[1]["connection_as"]


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        pytest.param("access --fix 2", "it is a flag of `explain`; see", id="a flag of another command"),
        pytest.param("--calls explain get pods", "it is a flag of `resources`; see", id="before the command"),
        pytest.param("version --demo", "see `kubectl kfaccess version --help`", id="a flag of many commands"),
        pytest.param("who-can get pods -f a b", "repeat `-f` for each file; see", id="two files for a flag"),
        pytest.param("who-can get", "write `kubectl kfaccess who-can VERB[,VERB] TYPE", id="a missing word"),
    ],
)
def test_the_hint_says_what_to_type(line: str, hint: str) -> None:
    """It knows where the flag belongs, or how the line is written."""
    with pytest.raises(UsageError) as raised:
        parse(shlex.split(line), PROGRAM)
    assert raised.value.hint.startswith(hint)


@pytest.mark.parametrize("alias", ALIASES)
def test_an_alias_takes_the_flags_of_its_command(alias: str) -> None:
    """Before and behind it."""
    assert run("--demo", alias, "--help") == run(ALIASES[alias], "--help", "--demo")


def test_an_answer_is_the_same_with_all_flags_in_front() -> None:
    """The demo, a namespace and a format before the command."""
    assert run("who-can", "get", "secrets", "--demo", "-n", "team-a", "-o", "name").stdout
    assert run("who-can", "get", "secrets", "--demo", "-n", "team-a", "-o", "name") == run(
        "--demo", "-n", "team-a", "-o", "name", "who-can", "get", "secrets"
    )
