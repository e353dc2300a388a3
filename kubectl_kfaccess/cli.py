"""The command line: one parser, one way from arguments to an exit status, one place that reports errors."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from kubectl_kfaccess.commands import COMMANDS, flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer, ExitStatus, KfaccessError, UsageError


def main() -> NoReturn:
    """Run the command line of this process and end it."""
    _complete()
    gc.disable()  # one short run over values without cycles: looking for garbage would find none
    _repair_streams()
    status = run(sys.argv[1:], Environment.actual())
    # The answer is out: what is left would only be tearing down a large heap, and threads that wait
    os._exit(status)


def _complete() -> None:
    """Answer a shell instead, and end, when it asks what could be typed next."""
    asked = sys.argv[1:2]
    if asked == ["__complete"]:
        importlib.import_module("kubectl_kfaccess.completion.protocol").main(sys.argv[2:])
    elif asked == ["__refresh"]:
        importlib.import_module("kubectl_kfaccess.completion.refresh").main()
    elif "_ARGCOMPLETE" in os.environ:
        importlib.import_module("kubectl_kfaccess.completion.bare").main()


def run(argv: Sequence[str], env: Environment) -> ExitStatus:
    """Run one command line in *env* and return how it ended; nothing the user did wrong raises."""
    try:
        status = _answered(argv, env)
    except KfaccessError as error:
        status = error.status
        _say(env, f"error: {error.message}", *([f"hint: {error.hint}"] if error.hint else []))
    except KeyboardInterrupt:
        status = ExitStatus.INTERRUPTED
    except BrokenPipeError:
        # the reader has what it wanted, `| head -1`; nothing more may be written to that pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), env.stdout.fileno())
        status = ExitStatus.OK
    except OSError as error:  # the outside world failed where nothing more is known about it
        status = ExitStatus.USAGE
        _say(env, f"error: {_told(error)}")
    return status


def _repair_streams() -> None:
    """
    Stand in for streams that the caller closed (`>&-`), and let no encoding refuse a character.

    The stand-in of a closed stdout fails when it is written to, as the closed one would.
    """
    stand_ins = (("stdin", os.O_RDONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
    for name, descriptor_flags, mode in stand_ins:
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, descriptor_flags), mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _told(error: OSError) -> str:
    where = f"cannot use `{os.fsdecode(error.filename)}`: " if error.filename else ""
    return f"{where}{(error.strerror or str(error)).lower()}"


def _answered(argv: Sequence[str], env: Environment) -> ExitStatus:
    parser = build_parser(env.program)
    try:
        args, left = parser.parse_known_args(_with_values(argv))
    except _Exit as done:
        _print(env, [done.text])
        return ExitStatus.OK
    except _Missing as missing:
        raise _unknown_flag(missing.parser, argv) or missing from None
    if left:
        raise _not_understood(parser, getattr(args, "command", ""), left)
    if not hasattr(args, "command"):
        _print(env, [_orientation(env.program)])
        return ExitStatus.OK
    answer: Answer = importlib.import_module(f"{_folder(args.command)}.answer").run(args, env)
    if not args.quiet:
        _write(answer, args, env)
    return answer.status


# Flags whose value may be left out: as in kubectl, it is joined to them or it is not theirs
_OPTIONAL_VALUES = {"--verify": "all"}


def _with_values(argv: Sequence[str]) -> list[str]:
    """Return *argv* with the values that such flags stand for alone, so that none takes the next word."""
    end = argv.index("--") if "--" in argv else len(argv)
    words = (f"{word}={_OPTIONAL_VALUES[word]}" if word in _OPTIONAL_VALUES else word for word in argv[:end])
    return [*words, *argv[end:]]


def _write(answer: Answer, args: argparse.Namespace, env: Environment) -> None:
    pieces = answer.text
    if answer.report:
        from kubectl_kfaccess.output.formats.registry import rendered
        from kubectl_kfaccess.output.style import Style

        style = Style(not args.no_headers, args.sort_by, env.columns, env.colors(args.color))
        pieces = rendered(answer.report, args.output, style)
    _print(env, pieces)
    _say(env, *answer.remarks)


def _print(env: Environment, pieces: Iterable[str]) -> None:
    try:
        for piece in pieces:
            env.stdout.write(piece)
        env.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise CannotAnswer(f"cannot write the answer: {_told(error)}") from error


def _say(env: Environment, *lines: str) -> None:
    if lines:
        from kubectl_kfaccess.terminal.safe_text import line

        with contextlib.suppress(OSError):  # whom to tell that nothing can be told? the status remains
            env.stderr.write("".join(f"{line(text)}\n" for text in lines))
            env.stderr.flush()


_SUBJECT = "Who can do what on a Kubeflow cluster, and through what."


def build_parser(program: str) -> _Parser:
    """Return the parser of all commands; building it imports none of their work."""
    parser = _Parser(
        prog=program,
        allow_abbrev=False,
        description=_SUBJECT,
        epilog=f"`{program} COMMAND --help` tells more of a command. Without a cluster, add `--demo`.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[flags.shared(_Parser)],
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    for name in COMMANDS:
        module = _module(name)
        command = commands.add_parser(
            name,
            aliases=getattr(module, "ALIASES", ()),
            allow_abbrev=False,
            help=module.QUESTION,
            description=f"{module.QUESTION}\n\n{module.DESCRIPTION}",
            epilog="examples:\n" + "".join(f"  {program} {example}\n" for example in module.EXAMPLES),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=[flags.shared(_Parser)],
        )
        command.set_defaults(command=name)
        module.add_arguments(command)
    return parser


def _orientation(program: str) -> str:
    """What the program's name alone answers: what can be asked, and how to try it."""
    questions = "\n".join(f"  {name:<13}{_module(name).QUESTION}" for name in COMMANDS)
    tries = "\n".join(f"  {program} {_module(name).EXAMPLES[0]}" for name in ("who-can", "access", "explain"))
    return f"""{_SUBJECT}

{questions}

Try it without a cluster:

{tries}

`{program} COMMAND --help` tells more of a command, `{program} --help` lists the flags that all share.
"""


def _not_understood(parser: _Parser, command: str, left: Sequence[str]) -> UsageError:
    """Return the error about words that nothing in the parser took, of which the first flag counts most."""
    if command:
        parser = parser.commands()[command]
    word = next((one for one in left if one.startswith("-") and one != "-"), "").partition("=")[0]
    if not word:
        return UsageError(f"one argument too many: `{left[0]}`", hint=f"see `{parser.prog} --help`")
    if word in parser.flags():
        return UsageError(f"`{word}` stands before the command", hint=f"write `{parser.prog} … {word}`")
    return _no_flag(word, parser)


def _unknown_flag(parser: _Parser, argv: Sequence[str]) -> UsageError | None:
    """Return the error about a flag that *parser* lacks, which says more than that words are missing."""
    typed = argv[: argv.index("--")] if "--" in argv else argv
    flags = parser.flags()
    for word in (one.partition("=")[0] for one in typed if one.startswith("-") and one != "-"):
        if word not in flags and (word.startswith("--") or word[:2] not in flags):
            return _no_flag(word, parser)
    return None


def _no_flag(word: str, parser: _Parser) -> UsageError:
    return UsageError(f"unknown flag: `{word}`", hint=_near(word, parser.flags(), parser.prog))


def _near(word: str, known: Iterable[str], program: str) -> str:
    """Return the hint of the known word that looks most like *word*, and where all of them are."""
    from kubectl_kfaccess.spelling import nearest

    near = nearest(word, frozenset(known))
    return f"did you mean `{near}`? see `{program} --help`" if near else f"see `{program} --help`"


class _Exit(Exception):
    """How argparse's help leaves: with a text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Missing(UsageError):
    """Words that a command cannot do without are missing."""

    def __init__(self, parser: _Parser, message: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.parser = parser


class _Parser(argparse.ArgumentParser):
    """argparse with our help, and our errors: an exception instead of the end of the process."""

    def error(self, message: str) -> NoReturn:
        hint = f"see `{self.prog} --help`"
        if message.startswith("the following arguments are required: "):
            raise _Missing(
                self, f"missing: {message.partition(': ')[2]}", f"write `{self.synopsis()}`; {hint}"
            )
        raise UsageError(message, hint=hint)

    def print_help(self, _file: object = None) -> None:
        raise _Exit(self.format_help())

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
        words = (forms.get(str(one.nargs), "{}").format(one.metavar) for one in self.arguments())
        return " ".join((self.prog, *words, "[flags]"))

    def arguments(self) -> list[argparse.Action]:
        """Return what stands without a flag."""
        return [action for action in self._actions if not action.option_strings]

    def flags(self) -> dict[str, argparse.Action]:
        """Return the flags by each of their spellings."""
        return {flag: action for action in self._actions for flag in action.option_strings}

    def commands(self) -> dict[str, _Parser]:
        """Return the parsers of the commands by name and alias; those have none."""
        found = (one.choices for one in self._actions if isinstance(one, argparse._SubParsersAction))
        return dict(next(found, {}))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is None or value in action.choices:
            return
        known = [str(choice) for choice in action.choices]
        if isinstance(action, argparse._SubParsersAction):
            raise UsageError(f"unknown command: `{value}`", hint=_near(value, known, self.prog))
        what = action.option_strings[-1] if action.option_strings else action.metavar
        hint = _near(value, known, self.prog)
        raise UsageError(f"`{what}` is one of {', '.join(known)}: `{value}` is not", hint=hint)


def _module(name: str) -> Any:
    """The arguments of one command."""
    return importlib.import_module(f"{_folder(name)}.arguments")


def _folder(name: str) -> str:
    return f"kubectl_kfaccess.commands.{name.replace('-', '_')}"
