"""`python -m tools.pages.man_page`: write the man page from the program's parser."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands import COMMANDS, QUESTIONS
from kubectl_kfaccess.help_pages import own_flags, shared_flags
from kubectl_kfaccess.parser import CommandParser, aliases_of, arguments_module, command_parser, top_parser
from tools.command_line import REPOSITORY
from tools.pages import reference

NAME = "kubectl-kfaccess"
FILE = REPOSITORY / "docs" / "man" / f"{NAME}.1"

DESCRIPTION = (
    "A kubectl plugin that answers who can do what on Kubeflow, exactly as the API server would, from live"
    " RoleBindings, ClusterRole aggregation and access reviews. It only reads: GETs, and access reviews,"
    " which change nothing.",
    "Without a cluster, ask any question about the embedded demo cluster, with --demo, or about manifests,"
    " with -f. The demo is never used unless you ask for it.",
    "The answer is on stdout. Notes, warnings and progress are on stderr.",
)
FILES = (
    ("~/.kube/config", "the kubeconfig, unless --kubeconfig or $KUBECONFIG names another"),
    ("~/.kube/cache/kfaccess", "the types that the server serves, cached for ten minutes"),
)


def page() -> str:
    """Return the man page as roff, with the `man` macros."""
    groups = shared_flags(top_parser(reference.PROGRAM)).items()
    lines = [
        f'.TH KUBECTL\\-KFACCESS 1 "" "{NAME} {__version__}" "User Commands"',
        ".SH NAME",
        f"{text(NAME)} \\- who can do what on a Kubeflow cluster, and through what",
        ".SH SYNOPSIS",
        f".B {text(reference.PROGRAM)}",
        text("COMMAND [options]"),
        ".SH DESCRIPTION",
        *paragraphs(DESCRIPTION),
        ".SH COMMANDS",
        *(line for name in COMMANDS for line in command(name, command_parser(reference.PROGRAM, name))),
        ".SH SUBJECTS",
        *tagged((plain(form), plain(meaning)) for form, meaning in reference.SUBJECTS),
        ".SH OPTIONS THAT COMMANDS SHARE",
        *(line for title, actions in groups for line in (f".SS {text(title)}", *flag_lines(actions))),
        ".SH EXIT STATUS",
        *tagged((status, plain(meaning)) for status, meaning in reference.STATUSES),
        ".SH ENVIRONMENT",
        *tagged((name, plain(meaning)) for name, meaning in reference.VARIABLES),
        ".SH FILES",
        *tagged(FILES),
        ".SH SEE ALSO",
        f".BR {text('kubectl')} (1),",
        f".BR {text('kubectl-auth-can-i')} (1)",
    ]
    return "\n".join(lines) + "\n"


def command(name: str, parser: CommandParser) -> list[str]:
    """Return the lines about a command: its usage, question, options and examples."""
    module = arguments_module(name)
    aliases = aliases_of(name)
    arguments = [action for action in parser._actions if not action.option_strings]
    lines = [
        f".SS {text(name)}",
        *block(parser.synopses()),
        *paragraphs((QUESTIONS[name], *([f"Alias: {', '.join(aliases)}."] if aliases else []))),
        *described(module.DESCRIPTION),
        *tagged((str(action.metavar), reference.description(action)) for action in arguments),
    ]
    lines += flag_lines(own_flags(parser))
    examples = (
        line
        for purpose, words in module.EXAMPLES
        for line in (f"# {purpose}", f"{reference.PROGRAM} {words}")
    )
    return [
        *lines,
        *described(module.DETAILS),
        *paragraphs((f"Exit status: {module.EXIT_STATUS}.", "Examples:")),
        *block(examples),
    ]


def described(description: str) -> list[str]:
    """Return the lines of a command's description; indented parts are kept line by line."""
    lines: list[str] = []
    for part in description.strip("\n").split("\n\n") if description else ():
        indented = (line[2:] for line in part.split("\n"))
        lines += block(indented) if part.startswith("  ") else paragraphs((part,))
    return lines


def paragraphs(parts: Iterable[str]) -> list[str]:
    """Return the lines of paragraphs of running text."""
    return [line for part in parts for line in (".PP", text(" ".join(plain(part).split())))]


def block(lines: Iterable[str]) -> list[str]:
    """Return *lines* as an indented block that is not filled."""
    return [".PP", ".RS 4", ".nf", *(text(line) for line in lines), ".fi", ".RE"]


def flag_lines(actions: Iterable[argparse.Action]) -> list[str]:
    """Return the lines about flags and their descriptions."""
    return tagged((reference.spelled(action), plain(reference.description(action))) for action in actions)


def tagged(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Return the lines of tagged paragraphs: each pair is a term and its meaning."""
    return [line for word, meaning in pairs for line in (".TP", f".B {text(word)}", text(meaning))]


def plain(words: str) -> str:
    """Return *words* without Markdown's backticks."""
    return words.replace("`", "")


def text(words: str) -> str:
    """Return *words* so that roff prints them unchanged: dashes can be copied, and no line is a request."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    escaped = escaped.replace("'", "\\(aq").replace("`", "\\(ga").replace("~", "\\(ti").replace("^", "\\(ha")
    escaped = re.sub(r"^\.", r"\\&.", escaped)
    return re.sub(r"[^\x00-\x7f]", lambda match: f"\\[u{ord(match[0]):04X}]", escaped)


def main() -> None:
    """Write the page."""
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
