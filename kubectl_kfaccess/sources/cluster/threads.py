"""Wait for several answers at once, in daemon threads, so that an interrupt does not wait for the network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")


def at_once(function: Callable[[T], R], items: Sequence[T], most: int) -> list[R]:
    """Return the result of *function* for each item, in their order; at most *most* run at the same time."""
    queue: SimpleQueue[int] = SimpleQueue()
    results: dict[int, R] = {}
    for index in range(len(items)):
        queue.put(index)

    def work() -> None:
        while True:
            try:
                index = queue.get_nowait()
            except Empty:
                return
            results[index] = function(items[index])

    for wait in [_started(work) for _ in range(min(most, len(items)))]:
        wait()
    return [results[index] for index in range(len(items))]


def within(seconds: float, function: Callable[[], R]) -> R:
    """
    Return what *function* returns.

    Raises TimeoutError if it takes longer than *seconds*; it goes on in the background then.
    """
    return _started(function)(seconds)


def _started(function: Callable[[], R]) -> Callable[..., R]:
    """
    Start *function* in the background, and return a function that waits for its result.

    That function raises what *function* raised, or TimeoutError after the number of seconds that it is given.
    """
    results: SimpleQueue[R | _Raised] = SimpleQueue()

    def work() -> None:
        try:
            results.put(function())
        except BaseException as error:  # raised again in the thread that waits
            results.put(_Raised(error))

    def wait(seconds: float | None = None) -> R:
        try:
            result = results.get(timeout=seconds)
        except Empty:
            raise TimeoutError from None
        if isinstance(result, _Raised):
            raise result.error
        return result

    threading.Thread(target=work, daemon=True).start()
    return wait


class _Raised(NamedTuple):
    """The exception that a function raised."""

    error: BaseException
