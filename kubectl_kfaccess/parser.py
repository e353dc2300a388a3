"""
The parsers of commands. Of a command line, only the parser of the named command is built.

Building a command's parser imports its `arguments` module, and none of the modules that answer.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Iterable, Mapping, Sequence

from kubectl_kfaccess.command_line import Argument, Flag, parts
from kubectl_kfaccess.commands import ALIASES, COMMANDS, flags
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.spelling import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

SUMMARY = "Who can do what on a Kubeflow cluster, and through what."
HELP = ("-h", "--help")


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
    Return the command that *argv* names, and its arguments. Flags can be anywhere, before the command too.

    Raises HelpShown if help is asked for, UsageError if a word is unknown, superfluous or missing.
    """
    at, known = _command_place(argv)
    command = _command(argv[at]) if at >= 0 else ""
    if not command:
        return _without_command(argv, known, program)
    parser = command_parser(program, command)
    words = [*parts([*argv[:at], *argv[at + 1 :]], parser.flags())]
    flags = [word for word in words if isinstance(word, Flag)]
    if any(flag.spelling in HELP for flag in flags):
        raise HelpShown(parser.format_help())
    args = parser.parse_flags(flags)
    parser.assign([word.text for word in words if isinstance(word, Argument)], args)
    _check_encoding(args)
    return Parsed(command, args)


def _command_place(argv: Sequence[str]) -> tuple[int, Mapping[str, argparse.Action]]:
    """
    Return the index of the word in *argv* that names the command (-1: none does), and the flags that count.

    They are the shared flags or, if another flag comes before the command, the flags of all commands.
    """
    known = top_parser("").flags()
    for word in parts(argv, known):
        if isinstance(word, Argument):
            return word.place, known
        if not word.is_known:
            known = _every_flag()
            break
    return next((word.place for word in parts(argv, known) if isinstance(word, Argument)), -1), known


def _every_flag() -> dict[str, argparse.Action]:
    """Return the flags of all commands, by spelling."""
    return {flag: action for name in COMMANDS for flag, action in command_parser("", name).flags().items()}


def _command(word: str) -> str:
    """Return the command with the name or alias *word*, "" if there is none."""
    return word if word in COMMANDS else ALIASES.get(word, "")


def _without_command(argv: Sequence[str], known: Mapping[str, argparse.Action], program: str) -> Parsed:
    """Return the answer to a line without a command. Raises HelpShown or UsageError like `parse`."""
    parser = top_parser(program)
    words = [*parts(argv, known)]
    for word in words:
        if isinstance(word, Flag) and word.spelling in HELP:
            raise HelpShown(orientation(program))
        if isinstance(word, Flag) and not word.is_known:
            raise _flag_error(word.spelling, parser)
    for word in words:
        if isinstance(word, Argument):
            raise UsageError(
                f"unknown command: `{word.text}`", hint=_hint(word.text, (*COMMANDS, *ALIASES), program)
            )
    return Parsed("", argparse.Namespace())


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


def command_in(argv: Sequence[str]) -> str:
    """Return the command that *argv* names; "" if it names none, or an unknown one."""
    at, _ = _command_place(argv)
    return _command(argv[at]) if at >= 0 else ""


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


def top_parser(program: str) -> CommandParser:
    """Return the parser of the flags that every command has."""
    parser = CommandParser(prog=program)
    flags.add_shared(parser)
    return parser


def command_parser(program: str, name: str) -> CommandParser:
    """Return the parser of the command *name*."""
    module = arguments_module(name)
    parser = CommandParser(
        prog=f"{program} {name}",
        description=f"{module.QUESTION}\n\n{module.DESCRIPTION}",
        epilog="examples:\n" + "".join(f"  {program} {example}\n" for example in module.EXAMPLES),
    )
    module.add_arguments(parser)
    flags.add_shared(parser)
    for argument in parser.arguments():
        argument.required = False  # for argparse, which sees flags alone: `assign` looks for what is missing
    return parser


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

`{program} COMMAND --help` explains a command and its flags.
"""


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


class CommandParser(argparse.ArgumentParser):
    """argparse's parser of flags, with our help, and with exceptions where argparse ends the process."""

    def __init__(self, *, prog: str, description: str = "", epilog: str = "") -> None:
        super().__init__(
            prog=prog,
            description=description,
            epilog=epilog,
            formatter_class=HelpFormatter,
            allow_abbrev=False,
        )

    def parse_flags(self, flags: Sequence[Flag]) -> argparse.Namespace:
        """Return the values of *flags* and the defaults of all others. Raises UsageError."""
        known = self.flags()
        for flag in flags:
            if flag.spelling not in known:
                raise _flag_error(flag.spelling, self)
        words: list[str] = []
        for flag in flags:
            action = known[flag.spelling]
            if action.nargs == 0 and flag.value == "false":
                words = [word for word in words if word not in action.option_strings]
            else:
                words.append(f"{flag.spelling}{self._value_text(flag, action)}")
        return self.parse_args(words)

    def _value_text(self, flag: Flag, action: argparse.Action) -> str:
        """Return the value of *flag* as argparse reads it behind the flag. Raises UsageError without one."""
        if action.nargs == 0:
            if flag.value not in (None, "true"):
                raise self._choice_error(flag.spelling, flag.value or "", ("true", "false"))
            return ""
        value = action.const if flag.value is None else flag.value
        if value is None:
            raise UsageError(f"`{flag.spelling}` needs a value: {value_name(action)}", hint=self.see())
        return f"={value}"

    def assign(self, words: Sequence[str], args: argparse.Namespace) -> None:
        """Set the arguments in *args* to *words*. Raises UsageError if there are too few or too many."""
        remaining, missing = list(words), []
        for action in self.arguments():
            is_list = action.nargs in ("*", "+")
            if not remaining and action.nargs in (None, "+"):
                missing.append(value_name(action))
            elif remaining or is_list:
                value, remaining = (remaining, []) if is_list else (remaining[0], remaining[1:])
                self._check_value(action, value)
                setattr(args, action.dest, value)
        if missing:
            hint = f"write `{self.synopsis()}`; {self.see()}"
            raise UsageError(f"missing: {', '.join(missing)}", hint=hint)
        if remaining:
            raise UsageError(f"one argument too many: `{remaining[0]}`", hint=self.see())

    def see(self) -> str:
        """Return the hint that leads to the help."""
        return f"see `{self.prog} --help`"

    def error(self, message: str) -> NoReturn:
        """Raise UsageError for *message*, which argparse wrote."""
        raise UsageError(message, hint=self.see())

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

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise UsageError if *value* is none of the choices of *action*."""
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[-1] if action.option_strings else value_name(action)
            raise self._choice_error(name, value, [str(choice) for choice in action.choices])

    def _choice_error(self, name: str, value: str, choices: Sequence[str]) -> UsageError:
        hint = _hint(value, choices, self.prog)
        return UsageError(f"`{name}` cannot be `{value}`: it must be one of {', '.join(choices)}", hint=hint)

    def _get_value(self, action: argparse.Action, text: str) -> Any:
        """Return the value that *text* spells. Raises UsageError if it spells none."""
        try:
            return super()._get_value(action, text)
        except argparse.ArgumentError as error:
            name = action.option_strings[-1]
            raise UsageError(f"`{name}` cannot be `{text}`: it must be a number", hint=self.see()) from error


def value_name(action: argparse.Action) -> str:
    """Return the placeholder of a value, or its choices."""
    return str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
