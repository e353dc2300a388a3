"""A line about work that takes long: on a terminal only, after a second, gone before anything is said."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

AFTER_SECONDS = 1.0
CLEAR = "\r\x1b[K"


@contextmanager
def progress(stream: TextIO, text: str, terminal: str = "") -> Iterator[None]:
    """Say *text* on *stream* while the block takes longer than a second, when somebody is looking."""
    if not stream.isatty() or terminal == "dumb":
        yield
        return
    shown = threading.Event()

    def show() -> None:
        shown.set()
        stream.write(f"{CLEAR}{text} …")
        stream.flush()

    timer = threading.Timer(AFTER_SECONDS, show)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if shown.is_set():
            stream.write(CLEAR)
            stream.flush()
