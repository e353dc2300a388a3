"""The body of an answer: decompressed, and never more of it than the bound."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
import urllib3

from kubectl_kfaccess.sources.cluster.bodies import PIECE, NotGzip, TooBig, body_of, start_of_body
from tests.sources.cluster.answers import response

GZIP = {"Content-Encoding": "gzip"}
TEXT = b"who can do what\n" * 1000


class Endless(io.RawIOBase):
    """A body without an end, made of *piece* again and again; *sent* counts its bytes."""

    def __init__(self, piece: bytes) -> None:
        self.piece, self.sent = piece, 0

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next piece, whatever *size* says."""
        assert size > 0, "it is read as a whole, which never ends"
        self.sent += len(self.piece)
        return self.piece


def endless(body: Endless, **headers: str) -> urllib3.HTTPResponse:
    """Return an answer with that body."""
    return urllib3.HTTPResponse(body, headers, 200, preload_content=False)


@pytest.mark.parametrize("most", [len(TEXT), 10 * PIECE])
def test_a_body_that_fits_is_returned(most: int) -> None:
    """Compressed or not, up to the last byte."""
    assert TEXT == body_of(response(200, TEXT), most)
    assert TEXT == body_of(response(200, gzip.compress(TEXT), GZIP), most)


def test_several_gzip_files_in_a_row_are_one_body() -> None:
    """RFC 1952 allows it, and Go reads it so."""
    assert TEXT * 2 == body_of(response(200, gzip.compress(TEXT) * 2, GZIP), PIECE)


def test_a_body_of_many_pieces_is_returned() -> None:
    """More than what is read at a time."""
    big = bytes(range(256)) * (3 * PIECE // 256)

    assert big == body_of(response(200, big), len(big))
    assert big == body_of(response(200, gzip.compress(big, 1), GZIP), len(big))


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(TEXT, {}, id="plain"),
        pytest.param(gzip.compress(TEXT), GZIP, id="compressed"),
    ],
)
def test_a_body_that_is_a_byte_too_long_is_refused(body: bytes, headers: dict[str, str]) -> None:
    """The bound is that of the expanded body."""
    with pytest.raises(TooBig):
        body_of(response(200, body, headers), len(TEXT) - 1)


def test_reading_stops_at_the_bound() -> None:
    """No more than a piece beyond it is taken from the network."""
    body = Endless(b"x" * 1000)

    with pytest.raises(TooBig):
        body_of(endless(body), 10_000)

    assert 11_000 == body.sent


def test_a_small_body_that_expands_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gibibyte in a megabyte: what was expanded is counted, not what came."""
    expanded: list[int] = []
    bomb = gzip.compress(b"0" * (1 << 24), 9) * 64

    class Counted:
        def __init__(self, bits: int) -> None:
            self.member = real(bits)

        def decompress(self, data: bytes, most: int) -> bytes:
            piece = self.member.decompress(data, most)
            expanded.append(len(piece))
            return piece

        def __getattr__(self, name: str) -> object:
            return getattr(self.member, name)

    real = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Counted)

    with pytest.raises(TooBig):
        body_of(response(200, bomb, GZIP), 5 * PIECE)

    assert sum(expanded) <= 6 * PIECE


def test_compressed_nothing_without_end_is_refused() -> None:
    """Empty gzip files expand to nothing, so what came counts as well."""
    body = Endless(gzip.compress(b""))

    with pytest.raises(TooBig):
        body_of(endless(body, **GZIP), 10_000)

    assert body.sent <= PIECE + len(body.piece)


@pytest.mark.parametrize(
    "body", [b"{}", gzip.compress(TEXT, mtime=0)[:10] + b"\xff" * 20], ids=["plain", "broken"]
)
def test_a_body_that_is_no_gzip_is_refused(body: bytes) -> None:
    """The header says that it is."""
    with pytest.raises(NotGzip, match="cannot decompress"):
        body_of(response(200, body, GZIP), PIECE)


@pytest.mark.parametrize(("most", "expected"), [(5, TEXT[:5]), (PIECE, TEXT)])
def test_the_start_of_a_body(most: int, expected: bytes) -> None:
    """The rest is not read."""
    assert expected == start_of_body(response(200, TEXT), most)
    assert expected == start_of_body(response(200, gzip.compress(TEXT), GZIP), most)


def test_the_start_of_a_body_without_end() -> None:
    """A piece is enough for it."""
    body = Endless(b"x" * 1000)

    assert b"x" * 10 == start_of_body(endless(body), 10)
    assert 1000 == body.sent
