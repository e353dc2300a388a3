"""A line about work that takes long: on a terminal only, after a second, gone before anything is said."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

AFTER_SECONDS = 1.0
CLEAR = "\r\x1b[K"


@contextmanager
def progress(stream: TextIO, text: str | Callable[[], str], terminal: str = "") -> Iterator[None]:
    """
    Say *text* on *stream* while the block takes longer than a second, when somebody is looking.

    A function is called each second, for a text that changes.
    """
    if not stream.isatty() or terminal == "dumb":
        yield
        return
    ended = threading.Event()
    shown = threading.Event()

    def show() -> None:
        said = ""
        while not ended.wait(AFTER_SECONDS):
            now = text() if callable(text) else text
            if now != said:
                shown.set()
                stream.write(f"{CLEAR}{now} …")
                stream.flush()
                said = now

    writer = threading.Thread(target=show, daemon=True)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()  # what it is writing just now is cleared as well
        if shown.is_set():
            stream.write(CLEAR)
            stream.flush()
