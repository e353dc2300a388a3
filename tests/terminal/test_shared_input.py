"""Standard input that several readers read: each from its beginning, and each all of it."""

from __future__ import annotations

import io
import threading

from kubectl_kfaccess.terminal.shared_input import CHUNK, SharedInput

CONTENT = bytes(range(256)) * (CHUNK // 64)


def test_each_reader_reads_all_of_it() -> None:
    """One after the other, and in pieces of any size."""
    shared = SharedInput(io.BytesIO(CONTENT))

    assert CONTENT == shared.reader().read()
    again = shared.reader()
    assert CONTENT == b"".join(iter(lambda: again.read(1000), b""))


def test_readers_can_read_at_the_same_time() -> None:
    """In threads, as clusters do."""
    shared, results = SharedInput(io.BytesIO(CONTENT)), []
    threads = [
        threading.Thread(target=lambda: results.append(shared.reader().read() == CONTENT)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [True] * 8 == results


def test_the_first_bytes_can_be_seen_and_read_again() -> None:
    """A snapshot on standard input is recognised by them."""
    reader = SharedInput(io.BytesIO(b"{}\n")).reader()

    assert reader.peek(2).startswith(b"{}")
    assert b"{}\n" == reader.read()
    assert not reader.isatty()
