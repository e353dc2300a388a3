"""Waiting for several answers at once, in daemon threads: an interrupt does not wait for the network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(function: Callable[[T], R], items: Sequence[T], most: int) -> list[R]:
    """Return what *function* makes of each item, in their order; at most *most* are under way."""
    waiting: SimpleQueue[int] = SimpleQueue()
    results: dict[int, R] = {}
    for at in range(len(items)):
        waiting.put(at)

    def work() -> None:
        while True:
            try:
                at = waiting.get_nowait()
            except Empty:
                return
            results[at] = function(items[at])

    for wait in [_started(work) for _ in range(min(most, len(items)))]:
        wait()
    return [results[at] for at in range(len(items))]


def within(seconds: float, function: Callable[[], R]) -> R:
    """Return what *function* returns; when that takes longer it is left behind, with a TimeoutError."""
    return _started(function)(seconds)


def _started(function: Callable[[], R]) -> Callable[..., R]:
    """Start *function* in the background; return what waits for its result, or raises what it raised."""
    done: SimpleQueue[R | _Raised] = SimpleQueue()

    def work() -> None:
        try:
            done.put(function())
        except BaseException as error:  # handed to the thread that waits
            done.put(_Raised(error))

    def wait(seconds: float | None = None) -> R:
        try:
            found = done.get(timeout=seconds)
        except Empty:
            raise TimeoutError from None
        if isinstance(found, _Raised):
            raise found.error
        return found

    threading.Thread(target=work, daemon=True).start()
    return wait


class _Raised(NamedTuple):
    """What a function raised instead of returning."""

    error: BaseException
