"""`version`: this program, its Python, and the server, if it answers soon."""

from __future__ import annotations

import argparse
import platform
from typing import TYPE_CHECKING

from kubectl_kfaccess import __version__
from kubectl_kfaccess.commands import flags
from kubectl_kfaccess.commands.answer import Answer
from kubectl_kfaccess.errors import CannotAnswer, ExitStatus, KfaccessError

if TYPE_CHECKING:
    from kubectl_kfaccess.environment import Environment

SERVER_SECONDS = 2.0


def run(args: argparse.Namespace, env: Environment) -> Answer:
    """Return the versions; a server that does not answer is an error after the rest is printed."""
    own = [("client", __version__), ("python", platform.python_version())]
    if args.client and args.output == "table":
        return Answer(text=[f"{name:9}   {version}\n" for name, version in _headed(own, args)])
    from kubectl_kfaccess.output.blocks import Column, Section, Table
    from kubectl_kfaccess.output.report import Report, Response
    from kubectl_kfaccess.terminal.safe_text import shown

    error = None
    if not args.client:
        try:
            own.append(("server", _server_version(args, env)))
        except KfaccessError as raised:
            error = raised
    columns = (Column("COMPONENT"), Column("VERSION"))
    table = Table(columns, lambda: (Section("", [(name, shown(version)) for name, version in own]),))
    report = Response(
        Report(
            kind="Version",
            blocks=(table,),
            table=table,
            items=lambda: [{"component": name, "version": version} for name, version in own],
        ),
        notes=(f"server: {error.message}",) if error else (),
    )
    if not error:
        return Answer(report)
    remarks = (f"error: {error.message}", *((f"hint: {error.hint}",) if error.hint else ()))
    return Answer(report, remarks=remarks, status=ExitStatus(error.status))


def _headed(rows: list[tuple[str, str]], args: argparse.Namespace) -> list[tuple[str, str]]:
    return rows if args.no_headers else [("COMPONENT", "VERSION"), *rows]


def _server_version(args: argparse.Namespace, env: Environment) -> str:
    from kubectl_kfaccess.sources.cluster.threads import within

    source = flags.cluster(args, env)
    try:
        version = within(SERVER_SECONDS, source.server_version)
    except TimeoutError as error:
        text = f"the server did not answer in {SERVER_SECONDS:.0f} s"
        raise CannotAnswer(text, hint="`--client` does not ask") from error
    return str(version.get("gitVersion", "unknown"))
