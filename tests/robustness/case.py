"""One case of a table: a command line, the world around it, and how it ends."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_kfaccess.terminal.safe_text import line
from tests.robustness.contents import GENERATORS
from tests.robustness.process import assert_decent
from tests.running import Result

FOLDER = Path(__file__).parent
COMMAND_LINES, FILES, SERVER_FAULTS = (
    FOLDER / name for name in ("command_lines.yaml", "files.yaml", "server_faults.yaml")
)
COMPLETE = "complete"


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A command line, what is around it, and how it ends.

    What is around it: *files* are written first (a directory if the name ends in `/`); *stdin* can be read;
    *environ* adds variables. *fault* is one of `spoilt.FAULTS` and hits the requests whose path matches the
    pattern *path*; lists come in *pages* of that many objects; *world* is one of `worlds.WORLDS`.

    How it ends: *status* is the exit status and *code* the `code` of its one error in JSON. No code means
    that JSON has no error either.
    *stderr* are texts that it contains, *never* texts that neither stream contains. *stdout* are texts that
    it contains, none if it is empty, or `complete` for the answer without any fault; *lines* are all lines
    of it. *pauses* are the seconds that it waits between tries. *process* asks for a real process as well.
    """

    id: str
    status: int
    argv: tuple[str, ...] = ()
    files: dict[str, Any] = {}  # text, or bytes
    stdin: str = ""
    environ: dict[str, str] = {}
    fault: str = ""
    path: str = ""
    pages: int = 0
    world: str = "admin"
    code: str = ""
    stdout: tuple[str, ...] | str = ()
    lines: tuple[str, ...] | None = None
    stderr: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    pauses: tuple[float, ...] = ()
    process: bool = False

    def write_files(self, directory: Path) -> None:
        """Write the files of this case into *directory*."""
        for name, content in self.files.items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
            else:
                path.write_bytes(content if isinstance(content, bytes) else content.encode())

    def mistakes(self, result: Result, complete: str = "") -> list[str]:
        """Return what is not as the case says; *complete* is the answer without any fault."""
        both = result.stdout + result.stderr
        mistakes = {
            f"the status {result.status}": result.status != self.status,
            "the answer": not self._fits(result.stdout, complete),
            "a control character": re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", both) is not None,
            **{f"no `{text}`": text not in result.stderr for text in self.stderr},
            **{f"there is `{text}`": text in both for text in self.never},
        }
        return [text for text, wrong in mistakes.items() if wrong]

    def _fits(self, stdout: str, complete: str) -> bool:
        if self.stdout == COMPLETE:
            return stdout == complete
        if self.lines is not None:
            return tuple(stdout.splitlines()) == self.lines
        return all(text in stdout for text in self.stdout) and bool(self.stdout) == bool(stdout)


class Content(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A file that is read in every way there is; in texts, PLACE is how messages call it.

    *content* is its text, in *encoding*, or the name of a generator in *generated* makes it. *status*,
    *code*, *stderr*, *never* and *lines* say how `who-can` ends, as in `Case`. `review` always ends with 2,
    and *review_code* and *reviews* replace *code* and *stderr* if they are there.
    """

    id: str
    status: int
    name: str = "a.yaml"
    content: str = ""
    encoding: str = "utf-8"
    generated: str = ""
    code: str = ""
    stderr: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    review_code: str = ""
    reviews: tuple[str, ...] = ()

    @property
    def bytes(self) -> bytes:
        """What is in the file."""
        return GENERATORS[self.generated]() if self.generated else self.content.encode(self.encoding)

    def objects(self, place: str, *argv: str) -> Case:
        """Return the case of a command line that reads it as the cluster's objects, from *place*."""
        return Case(
            id=self.id,
            argv=argv,
            status=self.status,
            code=self.code,
            lines=self.lines,
            stderr=_placed(self.stderr, place),
            never=self.never,
        )

    def of_reviews(self, *argv: str) -> Case:
        """Return the case of a command line that reads it as access reviews."""
        return Case(
            id=self.id,
            argv=argv,
            status=2,
            code=self.review_code or self.code,
            lines=(),
            stderr=_placed(self.reviews or self.stderr, self.name),
            never=self.never,
        )


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    cases: tuple[Case, ...] = ()
    texts: dict[str, Any] = {}
    contents: tuple[Content, ...] = ()


def cases(file: Path) -> tuple[Case, ...]:
    """Return the cases of a table; a key that is not known is an error."""
    return _table(file).cases


def contents(file: Path = FILES) -> tuple[Content, ...]:
    """Return the wrong files of a table."""
    return _table(file).contents


def ids(table: tuple[Case, ...] | tuple[Content, ...]) -> dict[str, Any]:
    """Return *table* as the arguments of `parametrize` that name each case."""
    names = [case.id for case in table]
    assert len(set(names)) == len(names), "a name stands for one case"
    return {"argvalues": table, "ids": names}


def assert_ended(case: Case, result: Result, complete: str = "") -> None:
    """A command ended as its case says, without a traceback or a control character."""
    assert [] == case.mistakes(result, complete), result
    assert_decent(result)


def assert_one_error(result: Result) -> None:
    """Status 2 has one error, in the first line; any other status has none."""
    errors = [text for text in result.stderr.splitlines() if text.startswith("error: ")]
    assert (1 if result.status == 2 else 0) == len(errors), result.stderr
    assert result.stderr.startswith("error: ") == (result.status == 2)


def assert_code(case: Case, result: Result) -> None:
    """The answer in JSON has the status and the code of the case, and the message that people get."""
    errors = result.json.get("errors", [])
    assert (case.status, [case.code] if case.code else []) == (
        result.status,
        [error["code"] for error in errors],
    ), result.stderr
    for error in errors:
        assert f"error: {line(error['message'])}" in result.stderr.splitlines()


def _placed(texts: tuple[str, ...], place: str) -> tuple[str, ...]:
    return tuple(text.replace("PLACE", place) for text in texts)


def _table(file: Path) -> _Table:
    return msgspec.yaml.decode(file.read_bytes(), type=_Table)
