"""Time as a value: it passes while the program pauses, or where the server keeps it waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import pytest

from kubectl_kfaccess.sources.cluster import cluster, threads, transport
from kubectl_kfaccess.sources.cluster.transport import Transport
from kubectl_kfaccess.sources.kubeconfig import exec_plugin
from tests.robustness.process import WATCHDOG

R = TypeVar("R")


class Clock:
    """
    The clock of commands that run in this process; a busy machine does not make it faster.

    A pause between two tries is kept in *pauses*, in seconds, and takes no time. A deadline is kept in
    *deadlines*, in seconds from when it was set. Time passes by the pauses; when *stuck* says that the server
    has stopped answering as many requests as are under way, it is the time of the next deadline.
    """

    def __init__(self, stuck: Callable[[], int] = lambda: 0) -> None:
        self.pauses: list[float] = []
        self.deadlines: list[float] = []
        self.stuck = stuck
        self._now = 0.0
        self._waits: list[float] = []  # the deadlines of what is under way
        self._requests = self._given_up = 0
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the commands of this test use it."""
        monkeypatch.setattr(cluster, "Transport", partial(Transport, sleep=self.pause, clock=self.now))
        monkeypatch.setattr(transport, "within", partial(self.within, requests=1))
        monkeypatch.setattr(threads, "within", partial(self.within, requests=0))

    def end(self) -> None:
        """Let go of what still pauses after its deadline."""
        self._ended.set()

    def now(self) -> float:
        """Return the time in seconds."""
        return self._now

    def pause(self, seconds: float) -> None:
        """Let *seconds* pass at once; what pauses beyond a deadline was given up, and does not go on."""
        with self._lock:
            self.pauses.append(seconds)
            self._now += seconds
            late = self._now > min(self._waits, default=self._now)
        if late:
            self._ended.wait(WATCHDOG)

    def within(self, seconds: float, function: Callable[[], R], requests: int) -> R:
        """Return what *function* returns, which is one request or more; TimeoutError at the deadline."""
        with self._lock:
            self.deadlines.append(seconds)
            until = self._now + seconds
            self._waits.append(until)
            self._requests += requests
        wait = threads._started(function)
        end = time.monotonic() + WATCHDOG
        try:
            while time.monotonic() < end:
                try:
                    return wait(0.01)
                except TimeoutError:
                    if self._passed(until):
                        with self._lock:
                            self._given_up += requests
                        raise
            raise AssertionError("the program hangs")
        finally:
            with self._lock:
                self._waits.remove(until)
                self._requests -= requests

    def _passed(self, until: float) -> bool:
        """Whether a deadline has passed. If nothing else can happen, it is the time of the next one."""
        with self._lock:
            if self._requests and self.stuck() - self._given_up >= self._requests:
                self._now = max(self._now, min(self._waits))
            return self._now >= until


def plugins_take_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the time of any credential plugin be up as soon as it has started."""
    monkeypatch.setattr(exec_plugin, "_left", lambda _deadline: 0.0)
