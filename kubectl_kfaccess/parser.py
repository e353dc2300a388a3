"""
The parser of the command line: one command's is built, the others give the line of their help.

Building the parser of a command imports its `arguments` module and none of its work.
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

SUBJECT = "Who can do what on a Kubeflow cluster, and through what."
# Flags whose value may be left out: as in kubectl, it is joined to them or it is not theirs
_OPTIONAL_VALUES = {"--verify": "all"}


class Parsed(NamedTuple):
    """The command that was named ("" for none), and what argparse made of the words."""

    command: str
    args: argparse.Namespace


class HelpShown(Exception):
    """The user asked for help, which is *text*."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def parse(argv: Sequence[str], program: str) -> Parsed:
    """
    Return the command of *argv* and its arguments.

    Raises HelpShown where help is asked for, UsageError where a word is not understood or missing.
    """
    words = _with_values(argv)
    command = command_in(words)
    parser = build_parser(program, (command,) if command else ())
    try:
        args, unused = parser.parse_known_args(words)
    except _Missing as missing:
        raise _unknown_flag(missing.parser, argv) or missing from None
    if unused:
        raise _not_understood(parser, command, unused)
    return Parsed(command, args)


def command_in(words: Sequence[str]) -> str:
    """Return the command that *words* name; "" where they name none, or one that there is not."""
    flag_before = ""
    for word in words:
        is_value = flag_before in flags.TAKING_A_VALUE
        flag_before = word if word.startswith("-") and not is_value else ""
        if not is_value and (not flag_before or word == "-"):
            return word if word in COMMANDS else ALIASES.get(word, "")
    return ""


def format_in(words: Sequence[str]) -> str:
    """Return the format that *words* ask for, whether or not all of them are understood; "" for none."""
    return _value_in(words, "-o", "--output")


def verbosity_in(words: Sequence[str]) -> int:
    """Return the level of `-v` in *words*, 0 without one."""
    level = _value_in(words, "-v", "--v")
    return int(level) if level.isdigit() else 0


def _value_in(words: Sequence[str], short: str, long: str) -> str:
    """The value of the last flag of these spellings."""
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
    """Return the module of a command's arguments and help."""
    return importlib.import_module(f"kubectl_kfaccess.commands.{command.replace('-', '_')}.arguments")


def build_parser(program: str, commands: Iterable[str] = COMMANDS) -> CommandParser:
    """Return the parser of *commands*; where there are none, one that knows each command's help line."""
    parser = CommandParser(
        prog=program,
        allow_abbrev=False,
        description=SUBJECT,
        epilog=f"`{program} COMMAND --help` tells more of a command. Without a cluster, add `--demo`.",
        formatter_class=HelpFormatter,
        parents=[flags.shared(CommandParser)],
    )
    adding = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=CommandParser)
    for name in commands:
        _add_command(adding, name, program)
    if not adding.choices:
        for name in COMMANDS:
            adding.add_parser(
                name,
                aliases=aliases_of(name),
                formatter_class=HelpFormatter,
                help=arguments_module(name).QUESTION,
            )
    return parser


def _add_command(adding: argparse._SubParsersAction[CommandParser], name: str, program: str) -> None:
    module = arguments_module(name)
    command = adding.add_parser(
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
    """Return what the program's name alone answers: what can be asked, and how to try it."""
    questions = "\n".join(f"  {name:<13}{arguments_module(name).QUESTION}" for name in COMMANDS)
    tried = ("who-can", "access", "explain")
    examples = "\n".join(f"  {program} {arguments_module(name).EXAMPLES[0]}" for name in tried)
    return f"""{SUBJECT}

{questions}

Try it without a cluster:

{examples}

`{program} COMMAND --help` tells more of a command, `{program} --help` lists the flags that all share.
"""


def _with_values(argv: Sequence[str]) -> list[str]:
    """Return *argv* with the values that such flags stand for alone, so that none takes the next word."""
    end = argv.index("--") if "--" in argv else len(argv)
    words = (f"{word}={_OPTIONAL_VALUES[word]}" if word in _OPTIONAL_VALUES else word for word in argv[:end])
    return [*words, *argv[end:]]


def _not_understood(parser: CommandParser, command: str, unused: Sequence[str]) -> UsageError:
    """Return the error about words that nothing in the parser took, of which the first flag counts most."""
    if command:
        parser = parser.commands()[command]
    word = next((text for text in unused if text.startswith("-") and text != "-"), "").partition("=")[0]
    if not word:
        return UsageError(f"one argument too many: `{unused[0]}`", hint=f"see `{parser.prog} --help`")
    if word in parser.flags():
        return UsageError(f"`{word}` stands before the command", hint=f"write `{parser.prog} … {word}`")
    return _no_flag(word, parser)


def _unknown_flag(parser: CommandParser, argv: Sequence[str]) -> UsageError | None:
    """Return the error about a flag that *parser* lacks, which says more than that words are missing."""
    typed = argv[: argv.index("--")] if "--" in argv else argv
    known = parser.flags()
    for word in (text.partition("=")[0] for text in typed if text.startswith("-") and text != "-"):
        if word not in known and (word.startswith("--") or word[:2] not in known):
            return _no_flag(word, parser)
    return None


def _no_flag(word: str, parser: CommandParser) -> UsageError:
    return UsageError(f"unknown flag: `{word}`", hint=_near(word, parser.flags(), parser.prog))


def _near(word: str, known: Iterable[str], program: str) -> str:
    """Return the hint of the known word that looks most like *word*, and where all of them are."""
    near = nearest(word, frozenset(known))
    return f"did you mean `{near}`? see `{program} --help`" if near else f"see `{program} --help`"


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """argparse's formatter, which else imports all of shutil to learn the terminal's width, for each flag."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


def _terminal_width() -> int:
    """The width as shutil.get_terminal_size finds it."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdigit() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns if sys.__stdout__ else 80
    except (OSError, ValueError):
        return 80


class _Missing(UsageError):
    """Words that a command cannot do without are missing."""

    def __init__(self, parser: CommandParser, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.parser = parser


class CommandParser(argparse.ArgumentParser):
    """argparse with our help, and our errors: an exception instead of the end of the process."""

    def error(self, message: str) -> NoReturn:
        hint = f"see `{self.prog} --help`"
        if message.startswith("the following arguments are required: "):
            raise _Missing(
                self, f"missing: {message.partition(': ')[2]}", f"write `{self.synopsis()}`; {hint}"
            )
        raise UsageError(message, hint=hint)

    def print_help(self, _file: object = None) -> None:
        raise HelpShown(self.format_help())

    def format_help(self) -> str:
        """Return the question, how to ask it, the flags (those of every command last), and examples."""
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
        """Return the line that shows how the command is written; its flags are listed elsewhere."""
        forms = {"?": "[{}]", "+": "{}…"}
        words = (forms.get(str(action.nargs), "{}").format(action.metavar) for action in self.arguments())
        return " ".join((self.prog, *words, "[flags]"))

    def arguments(self) -> list[argparse.Action]:
        """Return what stands without a flag."""
        return [action for action in self._actions if not action.option_strings]

    def flags(self) -> dict[str, argparse.Action]:
        """Return the flags by each of their spellings."""
        return {flag: action for action in self._actions for flag in action.option_strings}

    def commands(self) -> Mapping[str, CommandParser]:
        """Return the parsers of the commands by name and alias; those have none."""
        adding = (action for action in self._actions if isinstance(action, argparse._SubParsersAction))
        return next((action.choices for action in adding), {})

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            raise UsageError(f"unknown command: `{value}`", hint=_near(value, known, self.prog))
        what = action.option_strings[-1] if action.option_strings else action.metavar
        hint = _near(value, known, self.prog)
        raise UsageError(f"`{what}` is one of {', '.join(known)}: `{value}` is not", hint=hint)
