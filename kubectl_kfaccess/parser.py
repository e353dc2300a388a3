"""
The parser of the command line. Only the parser of the named command is built.

Building a command's parser imports its `arguments` module, and none of the modules that answer.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from kubectl_kfaccess.commands import ALIASES, COMMANDS, flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.spelling import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

SUMMARY = "Who can do what on a Kubeflow cluster, and through what."
# Flags whose value can be left out, with the default. As in kubectl, a value must follow `=`
_OPTIONAL_VALUES = {"--verify": "all"}


class Parsed(NamedTuple):
    """The name of the command ("" for none), and its parsed arguments."""

    command: str
    args: argparse.Namespace


class HelpShown(Exception):
    """Raised when the user asks for help; *text* is the help."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def parse(argv: Sequence[str], program: str) -> Parsed:
    """
    Return the command that *argv* names, and its arguments.

    Raises HelpShown if help is asked for, UsageError if a word is unknown, superfluous or missing.
    """
    words = _with_values(argv)
    command = command_in(words)
    parser = build_parser(program, (command,) if command else ())
    try:
        args, unused = parser.parse_known_args(words)
    except _MissingArguments as missing:
        raise _unknown_flag_error(missing.parser, argv) or missing from None
    if unused:
        raise _unused_words_error(parser, command, unused)
    _check_encoding(args)
    return Parsed(command, args)


# What need not be UTF-8: names of files, and a text that is pasted
_ANY_BYTES = frozenset(
    ("filename", "files", "from_error", *(f"connection_{name}" for name in (
        "cache_dir", "certificate_authority", "client_certificate", "client_key", "kubeconfig",
    )))
)  # fmt: skip


def _check_encoding(args: argparse.Namespace) -> None:
    """Raise UsageError for a word that is not UTF-8: no name in a cluster is."""
    for name, value in vars(args).items():
        for word in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(word, str) and name not in _ANY_BYTES and not _is_utf_8(word):
                raise UsageError(f"`{word}` is not UTF-8: names in a cluster always are")


def _is_utf_8(word: str) -> bool:
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def command_in(words: Sequence[str]) -> str:
    """Return the command that *words* name; "" if they name none, or an unknown one."""
    flag_before = ""
    for word in words:
        is_value = flag_before in flags.TAKING_A_VALUE
        flag_before = word if word.startswith("-") and not is_value else ""
        if not is_value and (not flag_before or word == "-"):
            return word if word in COMMANDS else ALIASES.get(word, "")
    return ""


def format_in(words: Sequence[str]) -> str:
    """Return the format that *words* ask for, even if other words are wrong; "" without `-o`."""
    return _value_in(words, "-o", "--output")


def verbosity_in(words: Sequence[str]) -> int:
    """Return the level of `-v` in *words*, 0 without one."""
    level = _value_in(words, "-v", "--v")
    return int(level) if level.isdigit() else 0


def color_in(words: Sequence[str]) -> str:
    """Return when to colour, as *words* ask for it; `auto` without `--color`."""
    return _value_in(words, "--color", "--color") or "auto"


def _value_in(words: Sequence[str], short: str, long: str) -> str:
    """Return the value of the last flag that is spelled *short* or *long*; "" without one."""
    before, value = "", ""
    for word in words:
        if before in (short, long):
            value = word
        elif word.startswith(f"{long}="):
            value = word.partition("=")[2]
        elif word.startswith(short) and word not in (short, long):
            value = word.removeprefix(short).removeprefix("=")
        before = word
    return value


def arguments_module(command: str) -> Any:
    """Return the `arguments` module of *command*, which has its arguments and its help."""
    return importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.arguments")


def build_parser(program: str, commands: Iterable[str] = COMMANDS) -> CommandParser:
    """Return the parser of *commands*; without any, a parser that knows the help line of every command."""
    parser = CommandParser(
        prog=program,
        allow_abbrev=False,
        description=SUMMARY,
        epilog=f"`{program} COMMAND --help` explains a command. To try it without a cluster, add `--demo`.",
        formatter_class=HelpFormatter,
        parents=[flags.shared(CommandParser)],
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=CommandParser)
    for name in commands:
        _add_command(subparsers, name, program)
    if not subparsers.choices:
        for name in COMMANDS:
            subparsers.add_parser(
                name,
                aliases=aliases_of(name),
                formatter_class=HelpFormatter,
                help=arguments_module(name).QUESTION,
            )
    return parser


def _add_command(subparsers: argparse._SubParsersAction[CommandParser], name: str, program: str) -> None:
    """Add the parser of the command *name* to *subparsers*."""
    module = arguments_module(name)
    command = subparsers.add_parser(
        name,
        aliases=aliases_of(name),
        allow_abbrev=False,
        help=module.QUESTION,
        description=f"{module.QUESTION}\n\n{module.DESCRIPTION}",
        epilog="examples:\n" + "".join(f"  {program} {example}\n" for example in module.EXAMPLES),
        formatter_class=HelpFormatter,
        parents=[flags.shared(CommandParser)],
    )
    module.add_arguments(command)


def aliases_of(command: str) -> list[str]:
    """Return the other names of a command."""
    return [alias for alias, name in ALIASES.items() if name == command]


def orientation(program: str) -> str:
    """Return the text for a command line without a command: the questions, and examples to try."""
    questions = "\n".join(f"  {name:<13}{arguments_module(name).QUESTION}" for name in COMMANDS)
    shown = ("who-can", "access", "explain")
    examples = "\n".join(f"  {program} {arguments_module(name).EXAMPLES[0]}" for name in shown)
    return f"""{SUMMARY}

{questions}

Try it without a cluster:

{examples}

`{program} COMMAND --help` explains a command. `{program} --help` lists the flags that all commands share.
"""


def _with_values(argv: Sequence[str]) -> list[str]:
    """Return *argv* with the default value joined to each flag of *_OPTIONAL_VALUES* that has none."""
    end = argv.index("--") if "--" in argv else len(argv)
    words = (f"{word}={_OPTIONAL_VALUES[word]}" if word in _OPTIONAL_VALUES else word for word in argv[:end])
    return [*words, *argv[end:]]


def _unused_words_error(parser: CommandParser, command: str, unused: Sequence[str]) -> UsageError:
    """Return the error about words that the parser did not use: about the first flag, if there is one."""
    if command:
        parser = parser.commands()[command]
    word = next((text for text in unused if text.startswith("-") and text != "-"), "").partition("=")[0]
    if not word:
        return UsageError(f"one argument too many: `{unused[0]}`", hint=f"see `{parser.prog} --help`")
    if word in parser.flags():
        return UsageError(f"`{word}` must come after the command", hint=f"write `{parser.prog} … {word}`")
    return _flag_error(word, parser)


def _unknown_flag_error(parser: CommandParser, argv: Sequence[str]) -> UsageError | None:
    """
    Return the error about the first flag that *parser* does not know; None if it knows all of them.

    A misspelled flag explains more than "an argument is missing", which it may have caused.
    """
    typed = argv[: argv.index("--")] if "--" in argv else argv
    known = parser.flags()
    for word in (text.partition("=")[0] for text in typed if text.startswith("-") and text != "-"):
        if word not in known and (word.startswith("--") or word[:2] not in known):
            return _flag_error(word, parser)
    return None


def _flag_error(word: str, parser: CommandParser) -> UsageError:
    return UsageError(f"unknown flag: `{word}`", hint=_hint(word, parser.flags(), parser.prog))


def _hint(word: str, known: Iterable[str], program: str) -> str:
    """Return the hint for an unknown *word*: the known word that is most like it, and where to find all."""
    near = nearest(word, frozenset(known))
    return f"did you mean `{near}`? see `{program} --help`" if near else f"see `{program} --help`"


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """argparse's formatter with the width given: argparse would import shutil and measure for every flag."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    """Return the number of columns, as shutil.get_terminal_size does."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80


class _MissingArguments(UsageError):
    """Raised when required arguments are missing; *parser* is the parser that requires them."""

    def __init__(self, parser: CommandParser, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.parser = parser


class CommandParser(argparse.ArgumentParser):
    """argparse's parser with our help, and with exceptions where argparse ends the process."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError for *message*, which argparse wrote."""
        hint = f"see `{self.prog} --help`"
        if message.startswith("the following arguments are required: "):
            raise _MissingArguments(
                self, f"missing: {message.partition(': ')[2]}", f"write `{self.synopsis()}`; {hint}"
            )
        raise UsageError(message, hint=hint)

    def print_help(self, _file: object = None) -> None:
        """Raise HelpShown."""
        raise HelpShown(self.format_help())

    def format_help(self) -> str:
        """Return the question, the usage line, the flags (those of the connection last), and examples."""
        formatter = self._get_formatter()
        formatter.add_text(self.description)
        formatter.add_text(f"usage: {self.synopsis()}")
        for group in sorted(self._action_groups, key=lambda group: group.title == flags.CONNECTION):
            formatter.start_section(group.title)
            formatter.add_arguments(group._group_actions)
            formatter.end_section()
        formatter.add_text(self.epilog)
        return formatter.format_help()

    def synopsis(self) -> str:
        """Return the usage line, in which `[flags]` stands for all flags."""
        forms = {"?": "[{}]", "+": "{}…"}
        words = (forms.get(str(action.nargs), "{}").format(action.metavar) for action in self.arguments())
        return " ".join((self.prog, *words, "[flags]"))

    def arguments(self) -> list[argparse.Action]:
        """Return the positional arguments."""
        return [action for action in self._actions if not action.option_strings]

    def flags(self) -> dict[str, argparse.Action]:
        """Return the flags by spelling: `-n` and `--namespace` are two keys of one action."""
        return {flag: action for action in self._actions for flag in action.option_strings}

    def commands(self) -> Mapping[str, CommandParser]:
        """Return the parsers of the commands by name and alias; empty in the parser of a command."""
        subparsers = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return next((action.choices for action in subparsers), {})

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise UsageError if *value* is none of the choices of *action*."""
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            raise UsageError(f"unknown command: `{value}`", hint=_hint(value, known, self.prog))
        what = action.option_strings[-1] if action.option_strings else action.metavar
        hint = _hint(value, known, self.prog)
        raise UsageError(f"`{what}` cannot be `{value}`: it must be one of {', '.join(known)}", hint=hint)
