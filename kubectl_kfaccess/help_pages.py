"""The pages of help, as kubectl's: what a command does, examples, its options, usage, exit status."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable, Iterator

from kubectl_kfaccess.commands import COMMANDS, GROUPS, PAGES, flags
from kubectl_kfaccess.parser import CommandParser, arguments_module, command_parser, top_parser, value_name
from kubectl_kfaccess.terminal.wrapping import beside, wrapped

SUMMARY = "Who can do what on a Kubeflow cluster, and through what."
TRY = "audit --demo"
"""The commands whose first example is on the first page."""
INDENT = 4
NAMES = max(map(len, COMMANDS)) + INDENT
"""The column, on the first page, behind the names of commands."""
BELOW = 10
"""The indent of a text below its flag, which starts at column 4 or 8."""
FEWEST_COLUMNS = 24
"""The room, in columns, that a text beside a flag needs; with less of it the text is below the flag."""
_VALUE = re.compile(r"(?<= )(-\w) (?=\w)")
"""A short flag in prose, and the blank before its value, at which no line ends."""
_KEPT_BLANK = "\0"  # ASCII: the width of any other text takes a slow import to measure
_TERM = re.compile(r"  (\S.*?)  +(?=\S)(.*)")


def page(topic: str, program: str, columns: int) -> str:
    """Return the page about a command, about `options`, or the first page ("") for *columns* columns."""
    if topic == "options":
        lines = options_page(program, columns)
    else:
        lines = command_page(topic, program, columns) if topic else first_page(program, columns)
    return "".join(f"{line}\n" for line in lines)


def first_page(program: str, columns: int) -> Iterator[str]:
    """Yield the lines about the program: the questions that it answers, by what they are about."""
    yield from wrapped(SUMMARY, columns)
    yield ""
    for title, questions in GROUPS.items():
        yield title
        for name, question in questions.items():
            yield from _row(f"  {name}", question, NAMES, columns)
    yield ""
    yield from wrapped(f"Try it without a cluster: {program} {TRY}", columns)
    yield from wrapped(f'More: "{program} COMMAND --help" and "{program} options".', columns)


def command_page(name: str, program: str, columns: int) -> Iterator[str]:
    """Yield the lines about the command *name*."""
    module, parser = arguments_module(name), command_parser(program, name)
    yield from _prose(module.DESCRIPTION, columns)
    yield ""
    yield from _examples(module.EXAMPLES, parser, columns)
    yield ""
    if own := own_flags(parser):
        yield "Options:"
        yield from _flags(own, columns)
        yield ""
    yield "Usage:"
    yield from (line for usage in parser.synopses() for line in wrapped(f"  {usage}", columns, INDENT))
    if arguments := parser.arguments():
        yield ""
        yield from _listed([(f"    {value_name(each)}", _sentence(each)) for each in arguments], columns)
    yield ""
    if module.DETAILS:
        yield from _prose(module.DETAILS, columns)
        yield ""
    yield from wrapped(f"Exit status: {module.EXIT_STATUS}.", columns)
    yield from wrapped(f'Use "{program} options" for the options that all commands share.', columns)


def options_page(program: str, columns: int) -> Iterator[str]:
    """Yield the lines about the options that commands share."""
    yield from _prose(arguments_module("options").DESCRIPTION, columns)
    parser = top_parser(program)
    for title, actions in shared_flags(parser).items():
        yield ""
        yield f"{title}:"
        yield from _flags(actions, columns)
    yield ""
    yield from wrapped(f'Use "{program} COMMAND --help" for the options of a command.', columns)


def own_flags(parser: CommandParser) -> list[argparse.Action]:
    """Return the flags of a command that are not shared."""
    shared = {action for actions in shared_flags(parser).values() for action in actions}
    return [action for action in parser.each_flag() if action not in shared and action.dest != "help"]


def shared_flags(parser: CommandParser) -> dict[str, list[argparse.Action]]:
    """Return the shared flags that *parser* has, by the title of their group."""
    groups = {str(group.title): list(group._group_actions) for group in parser._action_groups}
    return {title: groups[title] for title in flags.SHARED_GROUPS if title in groups}


def _examples(examples: Iterable[tuple[str, str]], parser: CommandParser, columns: int) -> Iterator[str]:
    """Yield examples, each below a comment line, and what they need."""
    is_page = parser.prog.endswith(tuple(PAGES))
    needs = "" if is_page or "--demo" not in parser.flags() else " (add --demo to try them without a cluster)"
    yield from wrapped(f"Examples{needs}:", columns, INDENT)
    for number, (purpose, words) in enumerate(examples):
        yield from ("",) if number else ()
        yield from (f"  # {line}" for line in wrapped(purpose, max(1, columns - INDENT)))
        yield f"  {parser.prog.rpartition(' ')[0]} {words}"


def _flags(actions: Iterable[argparse.Action], columns: int) -> Iterator[str]:
    return _listed([(f"{' ' * INDENT}{spelled(action)}", _sentence(action)) for action in actions], columns)


def _listed(rows: list[tuple[str, str]], columns: int) -> Iterator[str]:
    """Yield rows of two columns; if the right column would be too narrow, its text is below the left."""
    column = max(len(left) for left, _ in rows) + 3
    for left, text in rows:
        yield from _row(left, text, column, columns)


def _row(left: str, text: str, column: int, columns: int) -> Iterator[str]:
    if columns - column < FEWEST_COLUMNS:
        yield left
        yield from (f"{' ' * BELOW}{line}" for line in wrapped(text, max(1, columns - BELOW)))
    else:
        yield from beside(left, wrapped(text, columns - column), column, columns)


def spelled(action: argparse.Action) -> str:
    """Return a flag with its default, as kubectl spells it: `-n, --namespace=''`, or `    --fix=1`."""
    names = ", ".join(action.option_strings)
    names = names if not names.startswith("--") else f"    {names}"
    return f"{names}{_default(action)}"


def _default(action: argparse.Action) -> str:
    """Return the default of a flag behind an equals sign; in brackets if the value can be left out."""
    if action.nargs == 0:
        return ""
    if action.nargs == "?":
        return f"[={action.const}]"
    if isinstance(action, argparse._AppendAction):
        return "=[]"
    if action.type is int:
        return f"={action.default if isinstance(action.default, int) else 0}"
    is_text = isinstance(action.default, str) and action.default != argparse.SUPPRESS
    return f"='{action.default if is_text else ''}'"


def _sentence(action: argparse.Action) -> str:
    """Return what an argument does, with a capital letter."""
    text = str(action.help or "")
    return f"{text[:1].upper()}{text[1:]}"


def _prose(text: str, columns: int) -> Iterator[str]:
    """Yield paragraphs, wrapped; an indented one is a list of terms and meanings."""
    for number, paragraph in enumerate(text.strip("\n").split("\n\n")):
        yield from ("",) if number else ()
        if paragraph.startswith("  "):
            terms = [match.groups() for line in paragraph.split("\n") if (match := _TERM.fullmatch(line))]
            yield from _listed([(f"  {term}", meaning) for term, meaning in terms], columns)
        else:
            line = _VALUE.sub(r"\1" + _KEPT_BLANK, " ".join(paragraph.split()))
            yield from (each.replace(_KEPT_BLANK, " ") for each in wrapped(line, columns))
