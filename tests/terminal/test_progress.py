"""The line about long work comes late, for people only, and goes again."""

from __future__ import annotations

import io
import threading

import pytest

from kubectl_kfaccess.terminal.progress import CLEAR, progress
from tests.terminal.seconds import Seconds


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Seconds:
    """Seconds that pass when the test says so."""
    return Seconds(monkeypatch)


def test_quick_work_says_nothing(seconds: Seconds) -> None:
    """Work of less than a second has no line."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        pass

    assert "" == terminal.getvalue()
    assert seconds.waited in ([], [1.0])


def test_long_work_has_a_line_that_is_cleared(seconds: Seconds) -> None:
    """After a second the line is there; afterwards nothing of it is left."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        seconds.pass_one()

    assert f"{CLEAR}reading roles ...{CLEAR}" == terminal.getvalue()
    assert {1.0} == set(seconds.waited)


def test_a_text_that_changes_is_written_again(seconds: Seconds) -> None:
    """Each second the line is replaced by what there is to say by then, unless that is the same."""
    terminal = Terminal()
    texts = iter(["1 done", "1 done", "2 done"])

    with progress(terminal, lambda: next(texts)):
        for _ in range(3):
            seconds.pass_one()

    assert f"{CLEAR}1 done ...{CLEAR}2 done ...{CLEAR}" == terminal.getvalue()


@pytest.mark.parametrize(
    ("stream", "terminal"),
    [
        pytest.param(io.StringIO(), "xterm", id="a pipe"),
        pytest.param(Terminal(), "dumb", id="a dumb terminal"),
    ],
)
def test_nobody_looks_at_other_streams(stream: io.StringIO, terminal: str) -> None:
    """Progress is for terminals only, and for those that can clear a line: nothing else runs meanwhile."""
    before = threading.active_count()

    with progress(stream, "reading roles", terminal):
        during = threading.active_count()

    assert ("", before) == (stream.getvalue(), during)


def test_the_line_is_cleared_when_the_work_fails(seconds: Seconds) -> None:
    """An error stands on a line of its own."""
    terminal = Terminal()

    with pytest.raises(ZeroDivisionError), progress(terminal, "reading roles"):
        seconds.pass_one()
        _ = 1 / 0

    assert terminal.getvalue().endswith(CLEAR)
