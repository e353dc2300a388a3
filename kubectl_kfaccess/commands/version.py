"""`version`: this program, its Python, and the server, if it answers soon."""

from __future__ import annotations

import argparse
import platform
import threading
from typing import TYPE_CHECKING

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands import options
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ExitStatus, KfaccessError

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment

QUESTION = "Which versions of this program, Python and the server are these?"
DESCRIPTION = "Waits two seconds for the server at most; --client does not ask it."
EXAMPLES = ("version --client", "version --client -o json", "version")
SERVER_SECONDS = 2.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `version`."""
    parser.add_argument("--client", action="store_true", help="only this program's own version")
    options.add_output(parser, ("table", "json", "yaml"))


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the versions; a server that does not answer is an error after the rest is printed."""
    own = [("client", __version__), ("python", platform.python_version())]
    if args.client and args.output == "table":
        return Answer(text=[f"{name:9}   {version}\n" for name, version in _headed(own, args)])
    from kubectl_kfaccess.output.report import Column, Report, Section
    from kubectl_kfaccess.output.safe_text import shown

    error = None
    if not args.client:
        try:
            own.append(("server", _server_version(args, env)))
        except KfaccessError as raised:
            error = raised
    report = Report(
        kind="Version",
        columns=(Column("COMPONENT"), Column("VERSION")),
        sections=lambda: (Section("", [(name, shown(version)) for name, version in own]),),
        head={},
        items=lambda: [{"component": name, "version": version} for name, version in own],
        names=tuple,
        notes=(f"server: {error.message}",) if error else (),
    )
    if not error:
        return Answer(report)
    remarks = (f"error: {error.message}", *((f"hint: {error.hint}",) if error.hint else ()))
    return Answer(report, remarks=remarks, status=ExitStatus(error.status))


def _headed(rows: list[tuple[str, str]], args: argparse.Namespace) -> list[tuple[str, str]]:
    return rows if args.no_headers else [("COMPONENT", "VERSION"), *rows]


def _server_version(args: argparse.Namespace, env: Environment) -> str:
    source = options.cluster(args, env)
    answer: list[str | KfaccessError] = []

    def ask() -> None:
        try:
            answer.append(str(source.server_version().get("gitVersion", "unknown")))
        except KfaccessError as error:
            answer.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(SERVER_SECONDS)
    if not answer:
        raise CannotAnswer(
            f"the server did not answer in {SERVER_SECONDS:.0f} s", hint="`--client` does not ask"
        )
    if isinstance(answer[0], KfaccessError):
        raise answer[0]
    return answer[0]
