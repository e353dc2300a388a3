"""Doing many requests at once, as many as the control plane keeps connections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tests.controlplane.cluster import CONNECTIONS

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """What the function makes of each item, in the items' order."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return list(pool.map(function, items))
