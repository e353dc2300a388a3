"""Send many requests at once, one for each connection of the control plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.controlplane.cluster import CONNECTIONS

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return the result of *function* for each item, in their order."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(function, items))
