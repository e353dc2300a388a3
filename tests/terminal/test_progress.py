"""The progress line appears on a terminal after a second, and is cleared again."""

from __future__ import annotations

import io
import time

import pytest

from kubectl_kfaccess.terminal import progress as module
from kubectl_kfaccess.terminal.progress import CLEAR, progress


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_quick_work_shows_no_line() -> None:
    """Work of less than a second is not shown."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        pass

    assert "" == terminal.getvalue()


def test_long_work_shows_a_line_that_is_cleared() -> None:
    """The line appears after a second, and nothing of it is left at the end."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        time.sleep(module.AFTER_SECONDS + 0.3)

    assert f"{CLEAR}reading roles …{CLEAR}" == terminal.getvalue()


def test_a_text_that_changes_is_written_again() -> None:
    """The line is written again every second if its text has changed."""
    terminal = Terminal()
    texts = iter(["1 done", "1 done", "2 done"])

    with progress(terminal, lambda: next(texts)):
        time.sleep(3 * module.AFTER_SECONDS + 0.3)

    assert f"{CLEAR}1 done …{CLEAR}2 done …{CLEAR}" == terminal.getvalue()


@pytest.mark.parametrize(
    ("stream", "terminal"),
    [
        pytest.param(io.StringIO(), "xterm", id="a pipe"),
        pytest.param(Terminal(), "dumb", id="a dumb terminal"),
    ],
)
def test_other_streams_show_no_line(stream: io.StringIO, terminal: str) -> None:
    """Only a terminal that can clear a line shows progress."""
    with progress(stream, "reading roles", terminal):
        time.sleep(module.AFTER_SECONDS + 0.3)

    assert "" == stream.getvalue()


def test_the_line_is_cleared_when_the_work_fails() -> None:
    """The error's text starts on an empty line."""
    terminal = Terminal()

    with pytest.raises(ZeroDivisionError), progress(terminal, "reading roles"):
        time.sleep(module.AFTER_SECONDS + 0.3)
        _ = 1 / 0

    assert terminal.getvalue().endswith(CLEAR)
