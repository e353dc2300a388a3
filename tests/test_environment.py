"""What the process knows of its terminals: width, colours, and whether they show more than ASCII."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping

import pytest

from kubectl_kfaccess.environment import Environment


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


def environment(
    environ: Mapping[str, str], *, stdout: io.TextIOBase | None = None, stderr: io.TextIOBase | None = None
) -> Environment:
    """Return the environment of a process with these variables, with streams in memory."""
    out, err = (stream or io.StringIO() for stream in (stdout, stderr))
    return Environment(io.BytesIO(), out, err, environ, "/")  # type: ignore[arg-type] # as good as a TextIO


def test_each_stream_has_its_own_width() -> None:
    """What is piped has none."""
    piped = environment({"COLUMNS": "90"}, stderr=Terminal())

    assert (0, 90) == (piped.columns, piped.error_columns)


def test_each_stream_has_its_own_colours() -> None:
    """An answer that is piped has none, while errors on the terminal have."""
    piped = environment({}, stderr=Terminal())

    assert (False, True) == (piped.colors("auto"), piped.colors("auto", piped.stderr))
    assert not environment({"NO_COLOR": "1"}, stderr=Terminal()).colors("auto", Terminal())
    assert [True, False] == [piped.colors(when, piped.stderr) for when in ("always", "never")]


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param({"LANG": "de_CH.UTF-8"}, True, id="the usual"),
        pytest.param({"LANG": "de_CH.utf8"}, True, id="another spelling"),
        pytest.param({"LANG": "C.UTF-8"}, True, id="without a language"),
        pytest.param({"LC_ALL": "C.UTF-8", "LANG": "C"}, True, id="for everything"),
        pytest.param({}, False, id="nothing is known"),
        pytest.param({"LANG": "C"}, False, id="ASCII"),
        pytest.param({"LC_ALL": "POSIX", "LANG": "de_CH.UTF-8"}, False, id="ASCII for everything"),
        pytest.param({"LANG": "de_CH.ISO-8859-1"}, False, id="Latin 1"),
        # PEP 538: at the start of a process in the C locale, Python sets this variable
        pytest.param({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False, id="set by Python"),
        pytest.param({"LC_CTYPE": "C.UTF-8"}, False, id="set by Python without a locale"),
        pytest.param({"LC_CTYPE": "C.UTF-8", "LANG": "en_GB.UTF-8"}, True, id="set by the user"),
    ],
)
def test_the_locale_says_what_a_terminal_shows(environ: dict[str, str], *, expected: bool) -> None:
    """Python itself takes the terminal's encoding for UTF-8 in the C locale."""
    assert expected is environment(environ, stdout=Terminal()).is_unicode


def test_a_file_is_unicode_if_its_encoding_is() -> None:
    """No terminal has to show it."""
    for encoding, expected in (("utf-8", True), ("UTF8", True), ("ascii", False), ("latin-1", False)):
        assert expected is environment({}, stdout=io.TextIOWrapper(io.BytesIO(), encoding)).is_unicode


def test_the_time_is_that_of_the_build_or_of_the_clock() -> None:
    """In UTC, so that what ends on a day ends everywhere at once."""
    before = time.time()

    assert 1798847999 == environment({"SOURCE_DATE_EPOCH": "1798847999"}).now
    for text in ("", "soon", "-1", "1.5", "9" * 30):
        assert before <= environment({"SOURCE_DATE_EPOCH": text}).now <= time.time()
