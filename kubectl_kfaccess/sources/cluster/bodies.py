"""
The body of an answer, read piece by piece, so that neither its size nor its compression fills the memory.

We decompress it ourselves: urllib3 expands each piece as a whole, and gzip expands by up to a thousand times.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

PIECE = 1 << 20  # bytes that are read, or expanded, at a time
_GZIP = 16 + zlib.MAX_WBITS  # zlib's number for gzip


class TooBig(Exception):
    """The body has more bytes than allowed, as received or decompressed."""


class NotGzip(ValueError):
    """The body is not gzip, although its header says so."""


def body_of(answer: Any, most: int) -> bytes:
    """
    Return the body of *answer*, a urllib3 response whose body was not read.

    Raises TooBig if it has more than *most* bytes, NotGzip, and what urllib3 raises.
    """
    return _joined(answer, most, cut=False)


def start_of_body(answer: Any, most: int) -> bytes:
    """Return the first *most* bytes of the body; raises NotGzip, and what urllib3 raises."""
    return _joined(answer, most, cut=True)


def _joined(answer: Any, most: int, *, cut: bool) -> bytes:
    pieces = _bounded(_received(answer), max(most, PIECE), cut=cut)
    if answer.headers.get("Content-Encoding", "").strip().lower() == "gzip":
        pieces = _expanded(pieces)
    pieces = _bounded(pieces, most, cut=cut)
    try:
        return b"".join(pieces)
    finally:
        if not answer.closed:  # the rest is not wanted; a complete body has returned its connection
            answer.close()


def _received(answer: Any) -> Iterator[bytes]:
    while piece := answer.read(PIECE, decode_content=False):
        yield piece


def _expanded(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the decompressed content of *pieces*, which may be several gzip files in a row (RFC 1952)."""
    member = zlib.decompressobj(_GZIP)
    for piece in pieces:
        rest = piece
        while rest:
            try:
                yield member.decompress(rest, PIECE)
            except zlib.error as error:
                raise NotGzip(f"cannot decompress its answer: {error}") from None
            rest = member.unconsumed_tail or member.unused_data
            if member.eof:
                member = zlib.decompressobj(_GZIP)


def _bounded(pieces: Iterable[bytes], most: int, *, cut: bool) -> Iterator[bytes]:
    """Yield *pieces* up to *most* bytes; if there are more, end there (*cut*) or raise TooBig."""
    left = most
    for piece in pieces:
        if len(piece) > left:
            if not cut:
                raise TooBig
            yield piece[:left]
            return
        yield piece
        left -= len(piece)
