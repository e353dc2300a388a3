"""
The parsers of commands. Of a command line, only the parser of the named command is built.

Building a command's parser imports its `arguments` module, and none of the modules that answer.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable, Mapping, Sequence

from kubectl_kfaccess.command_line import Argument, Flag, parts
from kubectl_kfaccess.commands import ALIASES, COMMANDS, PAGES, connection, flags, suggestion
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.spelling import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

HELP = ("-h", "--help")
VERSION = "--version"
MOST_OWNERS = 2
"""A flag of more commands is shared, for example by all that read a cluster; an error does not list them."""


class Parsed(NamedTuple):
    """The name of the command, and its parsed arguments."""

    command: str
    args: argparse.Namespace


class HelpRequested(Exception):
    """Raised when the user asks for help about *topic*: a command, `options`, or all commands ("")."""

    def __init__(self, topic: str) -> None:
        super().__init__(topic)
        self.topic = topic


def parse(argv: Sequence[str], program: str) -> Parsed:
    """
    Return the command that *argv* names, and its arguments. Flags can be anywhere, before the command too.

    Raises HelpRequested if there is no command or help is asked for, and UsageError if a word is unknown,
    superfluous or missing.
    """
    at, known = _command_place(argv)
    command = _command(argv[at]) if at >= 0 else ""
    if not command:
        return _without_command(argv, known, program)
    parser = command_parser(program, command)
    words = [*parts([*argv[:at], *argv[at + 1 :]], parser.flags())]
    flags = [word for word in words if isinstance(word, Flag)]
    if any(flag.spelling in HELP for flag in flags):
        raise HelpRequested(command)
    args = parser.parse_flags(flags)
    parser.assign([word.text for word in words if isinstance(word, Argument)], args)
    _check_encoding(args)
    if command in PAGES:
        raise HelpRequested(_known_topic(arguments_module(command).topic(args), program))
    return Parsed(command, args)


def _known_topic(word: str, program: str) -> str:
    """Return the command that *word* names, "" for none. Raises UsageError if it is unknown."""
    if word and not _command(word):
        raise _command_error(word, program)
    return _command(word)


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
            known = {**_every_flag(), **known}
            break
    return next((word.place for word in parts(argv, known) if isinstance(word, Argument)), -1), known


def _every_flag() -> dict[str, argparse.Action]:
    """Return the flags of all commands, by spelling."""
    return {flag: action for name in COMMANDS for flag, action in command_parser("", name).flags().items()}


def _command(word: str) -> str:
    """Return the command with the name or alias *word*, "" if there is none."""
    return word if word in COMMANDS else ALIASES.get(word, "")


def _without_command(argv: Sequence[str], known: Mapping[str, argparse.Action], program: str) -> Parsed:
    """
    Return what a line without a command means: the command `version` for `--version`.

    Raises HelpRequested, or UsageError if a word is unknown.
    """
    words = [*parts(argv, known)]
    flags = [word for word in words if isinstance(word, Flag)]
    if any(flag.spelling in HELP for flag in flags):
        raise HelpRequested("")
    for word in words:
        if isinstance(word, Argument):
            raise _command_error(word.text, program)
        if not word.is_known:
            raise _flag_error(word.spelling, top_parser(program))
        if word.value is None and known[word.spelling].nargs is None:
            raise _value_error(word, known[word.spelling], program)
    if any(flag.spelling == VERSION for flag in flags):
        return parse(["version", "--client", *(text for text in argv if text != VERSION)], program)
    raise HelpRequested("")


def _command_error(word: str, program: str) -> UsageError:
    near = suggestion(word)
    hint = f"{near} see `{program} --help`" if near else _hint(word, (*COMMANDS, *ALIASES), program)
    return UsageError(f"unknown command: `{word}`", hint=hint)


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
    """Return the parser of the flags that commands share, and of `--version`."""
    parser = CommandParser(program)
    parser.add_argument(VERSION, action="store_true", help="show the version of this program")
    connection.add_shared(parser)
    flags.add_cluster(parser)
    flags.add_style(parser)
    return parser


def command_parser(program: str, name: str) -> CommandParser:
    """Return the parser of the command *name*."""
    parser = CommandParser(f"{program} {name}")
    arguments_module(name).add_arguments(parser)
    connection.add_shared(parser)
    for argument in parser.arguments():
        argument.required = False  # for argparse, which sees flags alone: `assign` looks for what is missing
    return parser


def aliases_of(command: str) -> list[str]:
    """Return the other names of a command."""
    return [alias for alias, name in ALIASES.items() if name == command]


def _flag_error(word: str, parser: CommandParser) -> UsageError:
    """Return the error about a flag that *parser* does not have. A few other commands can have it."""
    owners = [f"`{name}`" for name in COMMANDS if word in command_parser("", name).flags()]
    if 0 < len(owners) <= MOST_OWNERS:
        hint = f"it is a flag of {' and '.join(owners)}; {parser.see()}"
    else:
        hint = parser.see() if owners else _hint(word, parser.flags(), parser.prog)
    return UsageError(f"unknown flag: `{word}`", hint=hint)


def _value_error(flag: Flag, action: argparse.Action, program: str) -> UsageError:
    return UsageError(
        f"`{flag.spelling}` needs a value: {value_name(action)}", hint=f"see `{program} --help`"
    )


def _hint(word: str, known: Iterable[str], program: str) -> str:
    """Return the hint for an unknown *word*: the known word that is most like it, and where to find all."""
    near = nearest(word, frozenset(known))
    return f"did you mean `{near}`? see `{program} --help`" if near else f"see `{program} --help`"


class _Formatter(argparse.HelpFormatter):
    """argparse's formatter with a fixed width: it is made for every flag, and imports shutil to measure."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=80)


class CommandParser(argparse.ArgumentParser):
    """argparse's parser of flags, with exceptions where argparse ends the process."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog=prog, formatter_class=_Formatter, allow_abbrev=False)

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
            raise _value_error(flag, action, self.prog)
        return f"={value}"

    def assign(self, words: Sequence[str], args: argparse.Namespace) -> None:
        """Set the arguments in *args* to *words*. Raises UsageError if there are too few or too many."""
        remaining, missing = list(words), []
        for action in self.arguments():
            is_list = action.nargs in ("*", "+")
            if not remaining and action.nargs in (None, "+"):
                missing.append(value_name(action).partition("[")[0])
            elif remaining or is_list:
                value, remaining = (remaining, []) if is_list else (remaining[0], remaining[1:])
                self._check_value(action, value)
                setattr(args, action.dest, value)
        if missing:
            hint = f"write `{self.synopses()[0]}`; {self.see()}"
            raise UsageError(f"missing: {', '.join(missing)}", hint=hint)
        if remaining:
            hint = "repeat `-f` for each file; " if getattr(args, "filename", ()) else ""
            raise UsageError(f"one argument too many: `{remaining[0]}`", hint=f"{hint}{self.see()}")

    def see(self) -> str:
        """Return the hint that leads to the help."""
        return f"see `{self.prog} --help`"

    def error(self, message: str) -> NoReturn:
        """Raise UsageError for *message*, which argparse wrote."""
        raise UsageError(message, hint=self.see())

    def synopses(self) -> list[str]:
        """Return the usage lines, in which `[options]` stands for all flags."""
        return [f"{self.prog} {form} [options]".replace("  ", " ") for form in self._forms()]

    def _forms(self) -> list[str]:
        """Return the ways to type the arguments: those that `usage` lists, or the only one."""
        if self.usage:
            return self.usage.splitlines()
        forms = {"?": "[{}]", "+": "{}...", "*": "[{}...]"}
        return [" ".join(forms.get(str(each.nargs), "{}").format(each.metavar) for each in self.arguments())]

    def arguments(self) -> list[argparse.Action]:
        """Return the positional arguments."""
        return [action for action in self._actions if not action.option_strings]

    def each_flag(self) -> list[argparse.Action]:
        """Return the flags, each once."""
        return [action for action in self._actions if action.option_strings]

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
