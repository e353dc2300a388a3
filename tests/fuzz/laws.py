"""What must be true of every run: how it ends, and what its output is."""

from __future__ import annotations

import csv
import faulthandler
import io
import json
import re
import signal
import socket
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

import pytest
import yaml

from kubectl_kfaccess import cli, parser
from kubectl_kfaccess.errors import Bug, ExitStatus
from kubectl_kfaccess.output.formats.registry import MACHINE
from tests.fuzz.case import Case
from tests.robustness.clock import Clock
from tests.robustness.process import WATCHDOG
from tests.robustness.reading_back import unseen
from tests.running import Result, run
from tests.schemas import errors, validator

LARGEST = 10_000_000  # characters; the largest file of a case has five million
LONGEST_CHECKED = 300_000  # characters of JSON that are held against their schema
# The answer of `review` is Kubernetes' own list; an error before a command is known has no schema
SCHEMAS_OF_KINDS = {"List": "Review", "Error": "", "Completion": ""}
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
STATUSES = frozenset(int(status) for status in ExitStatus)


class Hung(BaseException):
    """Raised in a run that takes too long; no `except Exception` catches it."""


class Runner:
    """
    Runs cases inside this process, without a network and without pauses.

    *cause* has the traceback of the mistake in the program that the last run found, if it found one.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.cause = ""
        self._validators: dict[str, Any] = {}
        Clock().use(patch)
        patch.setattr(cli, "Bug", self._bug)
        patch.setattr(socket.socket, "connect", _refuse)
        patch.setattr(socket, "getaddrinfo", _resolve)

    def _bug(self, error: Exception) -> Bug:
        self.cause = "".join(traceback.format_exception(error))
        return Bug(error)

    def broken_laws(self, case: Case, directory: Path) -> list[str]:
        """Return what is wrong with how *case* ends, a line each; *cause* tells more."""
        self.cause = ""
        try:
            result = self.result(case, directory)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.cause = "".join(traceback.format_exception(error))
            return [f"{type(error).__name__} escapes: {self.cause.splitlines()[-1]}"]
        broken = [*_about_the_end(result, self.cause), *_about_the_text(result)]
        return broken or self._about_the_format(case, result)

    def result(self, case: Case, directory: Path) -> Result:
        """Return how *case* ends."""
        case.write_files(directory)
        home = {"HOME": str(directory), "PATH": str(directory / "bin"), "KUBECONFIG": ""}
        with _watchdog():
            return run(*case.argv, stdin=case.stdin, cwd=directory, environ={**home, **case.environ})

    def _about_the_format(self, case: Case, result: Result) -> list[str]:
        form = parser.format_in(case.argv)
        check = READERS.get(form)
        # without a command the program prints its help, whatever the format
        is_help = result.status == ExitStatus.OK and not parser.command_in(case.argv)
        if not check or is_help or _is_other_text(case):
            return []
        if not result.stdout:
            # an answer with a gap, and without any items, has no lines as jsonl
            has_failed = (
                result.status in (ExitStatus.USAGE, ExitStatus.CANNOT_ANSWER) and "error: " in result.stderr
            )
            return (
                [f"an error without {form}"] if has_failed and form in MACHINE and not _is_quiet(case) else []
            )
        try:
            value = check(result.stdout)
        except Exception as error:
            return [f"{form} does not parse: {type(error).__name__}: {error}"]
        return self._about_the_schema(value) if form == "json" else []

    def _about_the_schema(self, value: Any) -> list[str]:
        if len(str(value)) > LONGEST_CHECKED:
            return []
        kind = SCHEMAS_OF_KINDS.get(value["kind"], value["kind"])
        if not kind:
            return []
        if kind not in self._validators:
            self._validators[kind] = validator(kind)
        return [f"{kind}: {text[:300]}" for text in errors(self._validators[kind], value)[:1]]


def _about_the_end(result: Result, cause: str) -> Iterator[str]:
    if cause:
        yield f"a mistake in the program: {cause.splitlines()[-1]}"
    if result.status not in STATUSES:
        yield f"the status {result.status}"
    if result.status == ExitStatus.USAGE and not result.stderr:
        yield "status 2 without a message"


def _about_the_text(result: Result) -> Iterator[str]:
    for name, text in (("stdout", result.stdout), ("stderr", result.stderr)):
        if len(text) > LARGEST:
            yield f"{len(text)} characters on {name}"
        elif characters := unseen(COLOURS.sub("", text)):
            yield f"characters that cannot be seen on {name}: {characters!a}"
    if "Traceback" in result.stderr:
        yield "a traceback"


def _is_other_text(case: Case) -> bool:
    """Whether stdout may have another text: help, or the format is a word after `--` and no flag."""
    return any(
        word in ("-h", "--help", "--", "completion", "help", "options") or word.startswith("-h")
        for word in case.argv
    )


def _is_quiet(case: Case) -> bool:
    return any(word == "--quiet" or word.startswith("-q") for word in case.argv)


def _json_lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


def _yaml(text: str) -> Any:
    return list(yaml.load_all(text, yaml.CSafeLoader))


def _csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


READERS: dict[str, Callable[[str], Any]] = {
    "json": json.loads, "jsonl": _json_lines, "yaml": _yaml, "fix": _yaml, "junit": ElementTree.fromstring,
    "csv": _csv,
}  # fmt: skip


@contextmanager
def _watchdog() -> Iterator[None]:
    """Raise Hung in the block when it takes too long; if not even that ends it, the process ends."""

    def bark(_number: int, _frame: object) -> NoReturn:
        raise Hung(f"after {WATCHDOG:.0f} s")

    before = signal.signal(signal.SIGALRM, bark)
    signal.setitimer(signal.ITIMER_REAL, WATCHDOG)
    faulthandler.dump_traceback_later(2 * WATCHDOG, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _refuse(_socket: socket.socket, _address: object) -> NoReturn:
    raise ConnectionRefusedError(111, "Connection refused")


def _resolve(host: object, port: object, *_: object, **__: object) -> list[Any]:
    """Return the one address that every name has: nobody answers there."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 1))]
