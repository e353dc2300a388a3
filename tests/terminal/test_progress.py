"""The line about long work is there for whoever looks, late, and gone again."""

from __future__ import annotations

import io
import time

import pytest

from kubectl_kfaccess.terminal import progress as module
from kubectl_kfaccess.terminal.progress import CLEAR, progress


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


def test_quick_work_says_nothing() -> None:
    """What takes less than a second is not talked about."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        pass

    assert "" == terminal.getvalue()


def test_long_work_is_said_and_the_line_is_cleared() -> None:
    """After a second the line is there; afterwards nothing of it is left."""
    terminal = Terminal()

    with progress(terminal, "reading roles"):
        time.sleep(module.AFTER_SECONDS + 0.3)

    assert f"{CLEAR}reading roles …{CLEAR}" == terminal.getvalue()


def test_a_text_that_changes_is_written_again() -> None:
    """Each second the line is replaced by what there is to say by then, unless that is the same."""
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
def test_nobody_looks_at_other_streams(stream: io.StringIO, terminal: str) -> None:
    """Progress is for terminals only, and for those that can clear a line."""
    with progress(stream, "reading roles", terminal):
        time.sleep(module.AFTER_SECONDS + 0.3)

    assert "" == stream.getvalue()


def test_the_line_is_cleared_when_the_work_fails() -> None:
    """An error stands on a line of its own."""
    terminal = Terminal()

    with pytest.raises(ZeroDivisionError), progress(terminal, "reading roles"):
        time.sleep(module.AFTER_SECONDS + 0.3)
        _ = 1 / 0

    assert terminal.getvalue().endswith(CLEAR)
