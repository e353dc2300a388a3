"""Standard input for several readers, each of which reads all of it."""

from __future__ import annotations

import io
import threading
from typing import BinaryIO

CHUNK = 65536


class SharedInput:
    """A stream that is read once, as far as the readers need it, and kept in memory for all of them."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._kept = bytearray()
        self._is_read = False

    def reader(self) -> io.BufferedReader:
        """Return a stream that starts at the beginning. It is no terminal."""
        return io.BufferedReader(_Reader(self))

    def at(self, start: int, size: int) -> bytes:
        """Return up to *size* bytes from *start*, b"" at the end of the stream. Raises OSError."""
        with self._lock:
            while len(self._kept) <= start and not self._is_read:
                chunk = self._stream.read(CHUNK)
                self._kept += chunk
                self._is_read = not chunk
            return bytes(self._kept[start : start + size])


class _Reader(io.RawIOBase):
    def __init__(self, shared: SharedInput) -> None:
        super().__init__()
        self._shared = shared
        self._place = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override] # typeshed allows any buffer
        data = self._shared.at(self._place, len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)
