"""A progress line on a terminal: shown when work takes longer than a second, and cleared when it ends."""

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
    Show *text* on *stream*, if that is a terminal, once the block has taken longer than a second.

    If *text* is a function, it is called every second and its result shown. *terminal* is the value of $TERM:
    a `dumb` one cannot clear the line, so it shows none.
    """
    if not stream.isatty() or terminal == "dumb":
        yield
        return
    ended = threading.Event()
    shown = threading.Event()

    def show() -> None:
        written = ""
        while not ended.wait(AFTER_SECONDS):
            now = text() if callable(text) else text
            if now != written:
                shown.set()
                stream.write(f"{CLEAR}{now} ...")
                stream.flush()
                written = now

    writer = threading.Thread(target=show, daemon=True)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()  # so that a line that it is writing now is cleared as well
        if shown.is_set():
            stream.write(CLEAR)
            stream.flush()
