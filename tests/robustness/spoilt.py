"""What can go wrong with an answer, by name."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

ALWAYS = 1_000_000
JSON = {"Content-Type": "application/json"}
GZIP = {"Content-Encoding": "gzip"}
HTML = b"<!DOCTYPE html><html><body>Please sign in to the Wi-Fi</body></html>"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


def whole(handler: Any, answer: Answer) -> None:
    """Send the answer as it is."""
    handler.head(answer)
    handler.wfile.write(answer.body)


def _hang(handler: Any, _answer: Answer) -> None:
    handler.proxy.keep_waiting()
    handler.close_connection = True


def _hang_midway(handler: Any, answer: Answer) -> None:
    handler.head(answer)
    handler.wfile.write(_half(answer.body))
    _hang(handler, answer)


def _close_at_once(handler: Any, _answer: Answer) -> None:
    handler.close_connection = True


def _close_midway(handler: Any, answer: Answer) -> None:
    handler.head(answer)
    handler.wfile.write(_half(answer.body))
    handler.close_connection = True


def _half_of_it(handler: Any, answer: Answer) -> None:
    whole(handler, Answer(answer.status, _half(answer.body), answer.headers))


def _trickle(handler: Any, answer: Answer) -> None:
    """Send a byte every now and then, so that a limit for each read of the socket would never be reached."""
    handler.head(answer)
    handler.proxy.note_stuck()
    _drip(handler, answer.body, 0.1)


def _trickle_at_first(handler: Any, answer: Answer) -> None:
    handler.head(answer)
    _drip(handler, answer.body[:5], 0.01)
    handler.wfile.write(answer.body[5:])


def _no_http(handler: Any, _answer: Answer) -> None:
    handler.wfile.write(b"\x00\x01 this is not HTTP\r\n\r\n")
    handler.close_connection = True


def _drip(handler: Any, data: bytes, seconds: float) -> None:
    for byte in data:
        handler.wfile.write(bytes((byte,)))
        if handler.proxy.released.wait(seconds):
            return


def _list(kind: str, version: str, **metadata: str) -> Answer:
    content = {"apiVersion": version, "kind": kind, "metadata": metadata, "items": []}
    return Answer(200, json.dumps(content).encode())


def _half(body: bytes) -> bytes:
    return body[: len(body) // 2]


def _status(code: int, reason: str, message: str, **headers: str) -> Answer:
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
    body = json.dumps({**status, "message": message, "reason": reason, "code": code}).encode()
    return Answer(code, body, {**JSON, **{name.replace("_", "-"): text for name, text in headers.items()}})


@dataclass(frozen=True)
class Fault:
    """
    What happens to the first *times* requests with the text *only* in their paths.

    *instead* is an answer that the API server is not asked for; *send* puts an answer on the wire; *plain*
    keeps the connection from getting as far as a request.
    """

    instead: Answer | None = None
    send: Callable[[Any, Answer], None] = whole
    times: int = ALWAYS
    only: str = ""
    plain: bool = False


_EXPIRED = _status(410, "Expired", "The provided continue parameter is too old")
_TOO_MANY = _status(429, "TooManyRequests", "too many requests, please try again later", Retry_After="1")
_AT_ONCE = _status(429, "TooManyRequests", "too many requests, please try again later", Retry_After="0")
_NEXT_YEAR = _status(429, "TooManyRequests", "too many requests", Retry_After="31536000")
_INTERNAL = _status(500, "InternalError", "etcdserver: request timed out")
_UNAVAILABLE = _status(503, "ServiceUnavailable", "apiserver is shutting down")
_UNAUTHORIZED = _status(401, "Unauthorized", "Unauthorized")
_FORBIDDEN = _status(403, "Forbidden", 'forbidden: User "u" cannot get path "/apis"')
_NOT_FOUND = Answer(404, b"404 page not found\n", {"Content-Type": "text/plain"})
_LOGIN = Answer(302, b"", {"Location": "https://login.example.invalid/"})

# Stages: each ends when it has happened as often as it can, and after the last nothing fails
FAULTS: Mapping[str, tuple[Fault, ...]] = {
    "hang": (Fault(_NOT_FOUND, _hang),),
    "hang-midway": (Fault(send=_hang_midway),),
    "close-at-once": (Fault(_NOT_FOUND, _close_at_once),),
    "close-at-once-once": (Fault(_NOT_FOUND, _close_at_once, times=1),),
    "close-midway": (Fault(send=_close_midway),),
    "close-midway-once": (Fault(send=_close_midway, times=1),),
    "half-json": (Fault(send=_half_of_it),),
    "410-once": (Fault(_EXPIRED, times=1, only="continue="),),
    "410-on-pages": (Fault(_EXPIRED, only="continue="),),
    "410": (Fault(_EXPIRED),),
    "429-once": (Fault(_TOO_MANY, times=1),),
    "429": (Fault(_AT_ONCE),),
    "429-for-a-year-once": (Fault(_NEXT_YEAR, times=1),),
    "500-once": (Fault(_INTERNAL, times=1),),
    "500": (Fault(_INTERNAL),),
    "503-once": (Fault(_UNAVAILABLE, times=1),),
    "401": (Fault(_UNAUTHORIZED),),
    "401-in-the-end": (Fault(_NOT_FOUND, _close_at_once, times=4), Fault(_UNAUTHORIZED)),
    "403": (Fault(_FORBIDDEN),),
    "404": (Fault(_NOT_FOUND),),
    "302": (Fault(_LOGIN),),
    "html": (Fault(Answer(200, HTML, {"Content-Type": "text/html"})),),
    "html-403": (Fault(Answer(403, HTML, {"Content-Type": "text/html"})),),
    "list": (Fault(Answer(200, b"[1, 2, 3]")),),
    "null": (Fault(Answer(200, b"null")),),
    "empty": (Fault(Answer(200, b"")),),
    "no-utf-8": (Fault(Answer(200, b'{"kind": "\xff\xfe", "items": [{"metadata": {"name": "\xff"}}]}')),),
    "deep": (Fault(Answer(200, b'{"items": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")),),
    "no-gzip": (Fault(Answer(200, b"{}", {**JSON, **GZIP})),),
    "no-http": (Fault(_NOT_FOUND, _no_http),),
    "no-tls": (Fault(plain=True),),
    "trickle": (Fault(send=_trickle),),
    "trickle-at-first": (Fault(send=_trickle_at_first),),
    "pods": (Fault(_list("PodList", "v1")),),
    "the-same-page": (
        Fault(_list("RoleBindingList", "rbac.authorization.k8s.io/v1", **{"continue": "here"})),
    ),
    "long-message": (Fault(_status(403, "Forbidden", "x" * 500_000)),),
    "gzip-bomb": (Fault(Answer(200, gzip.compress(b" " * 1_000_000) * 600, {**JSON, **GZIP})),),
    "escape-codes": (Fault(_status(400, "BadRequest", "\x1b[2Jgone\nerror: nobody may\u202e")),),
}
