"""Seconds that pass when a test says so."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from kubectl_kfaccess.terminal import progress as module
from tests.robustness.process import WATCHDOG


class Seconds:
    """
    The seconds that a progress line waits for.

    *waited* are the seconds that were waited for, one number for each time.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waited: list[float | None] = []
        self._changed = threading.Condition()
        self._due = self._idle = 0
        here = SimpleNamespace(Event=lambda: _Event(self), Thread=threading.Thread)
        monkeypatch.setattr(module, "threading", here)

    def pass_one(self) -> None:
        """Let one wait be over; return when the next one begins."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._idle, WATCHDOG)
            self._idle -= 1
            self._due += 1
            self._changed.notify_all()
            assert self._changed.wait_for(lambda: self._idle, WATCHDOG)

    def _wait(self, event: _Event, seconds: float | None) -> None:
        with self._changed:
            self.waited.append(seconds)
            self._idle += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._due or event.is_set(), WATCHDOG)
            self._due = 0

    def _end(self) -> None:
        with self._changed:
            self._changed.notify_all()


class _Event(threading.Event):
    def __init__(self, seconds: Seconds) -> None:
        super().__init__()
        self._seconds = seconds

    def wait(self, timeout: float | None = None) -> bool:
        self._seconds._wait(self, timeout)
        return self.is_set()

    def set(self) -> None:
        super().set()
        self._seconds._end()
