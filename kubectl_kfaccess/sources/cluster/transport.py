"""
Requests to the API server, with deadlines, bounds, retries and kubectl's wording for errors.

After a 429 or 5xx answer, a request is sent again when the server wants it. A refusal (403) or a missing API
(404) has an exception of its own, because it concerns one request only. Reviews, the only requests that we
post, change nothing, so they can be sent again too.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TextIO
from urllib.parse import urlencode

import msgspec

from kubectl_kfaccess import __version__
from kubectl_kfaccess.errors import CannotAnswer, ErrorCode, KfaccessError
from kubectl_kfaccess.rbac.impersonation import both_needed
from kubectl_kfaccess.sources.cluster.bodies import TooBig, body_of, start_of_body
from kubectl_kfaccess.sources.cluster.bounds import (
    MOST_BYTES,
    MOST_BYTES_OF_A_MESSAGE,
    MOST_SECONDS,
    Bounds,
    shortened,
)
from kubectl_kfaccess.sources.cluster.decoders import decoder_of
from kubectl_kfaccess.sources.cluster.failures import (
    closed_midway,
    code_of_status,
    redirected,
    too_big,
    unreachable,
    urllib3_module,
)
from kubectl_kfaccess.sources.cluster.threads import within
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password
from kubectl_kfaccess.terminal.safe_text import line

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0
TRIES = 5
LONGEST_WAIT = 30.0  # seconds between two tries
TRY_AGAIN = frozenset((429, 500, 502, 503, 504))
REDIRECTS = frozenset((301, 302, 303, 307, 308))
# Headers whose values -v shows; all others are masked, because they can hold tokens and cookies
_SHOWN = frozenset(
    (
        "accept", "accept-encoding", "audit-id", "cache-control", "content-encoding", "content-length",
        "content-type", "date", "etag", "impersonate-group", "impersonate-uid", "impersonate-user",
        "retry-after", "server", "transfer-encoding", "user-agent", "vary", "warning",
        "x-kubernetes-pf-flowschema-uid", "x-kubernetes-pf-prioritylevel-uid",
    )
)  # fmt: skip
_IMPERSONATE = re.compile(r"cannot (impersonate\S*)")
_WORDS = {403: "forbidden", 404: "not found"}


class Refused(Exception):
    """The server answered a GET with 403 or 404, or rejected a POST; *reason* is its own message."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    @property
    def code(self) -> ErrorCode:
        """Return the error code for a command that cannot answer because of this refusal."""
        return code_of_status(self.status)


class Expired(Exception):
    """The server answered 410: a continue token is too old."""


class _Status(msgspec.Struct):
    message: str = ""
    reason: str = ""


class _Request(NamedTuple):
    method: str
    url: str
    accept: str = "application/json"
    body: bytes | None = None
    paging: bool = False


@dataclass
class _Renewals:
    """How often new credentials were fetched: once for all requests that are refused at the same time."""

    count: int = 0
    failure: KfaccessError | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def renew(self, used: int, headers: Callable[[bool], Any]) -> None:
        """
        Fetch new credentials, unless those of renewal number *used* were replaced in the meantime.

        Raises KfaccessError if they cannot be fetched.
        """
        with self.lock:
            if self.count == used:
                self.count, self.failure = used + 1, None
                try:
                    headers(True)
                except KfaccessError as error:
                    self.failure = error
            if self.failure:
                raise self.failure


@dataclass
class Transport:
    """
    Sends requests to one API server through *pool*, a urllib3 pool manager.

    *headers* returns the headers of a request, with credentials; called with True, it first fetches new
    credentials, which it uses from then on. *timeout* is in seconds, 0 for the default limits. *clock* tells
    the time, in seconds, and *sleep* waits.
    """

    pool: Any
    server: str
    headers: Callable[[bool], Any]
    timeout: float = 0.0
    compressed: bool = True
    verbosity: int = 0
    stderr: TextIO | None = None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    warned: set[str] = field(default_factory=set)
    _renewals: _Renewals = field(default_factory=_Renewals)

    def bounds(self) -> Bounds:
        """Return the bounds of an answer, or of a list, that is asked for now."""
        return Bounds(self.clock() + max(self.timeout, MOST_SECONDS))

    def get(
        self,
        path: str,
        query: Mapping[str, str | int] | None = None,
        accept: str = "application/json",
        bounds: Bounds | None = None,
    ) -> bytes:
        """
        Return the body of the answer to a GET; raises Refused, Expired or CannotAnswer.

        *bounds* are those of a list, if this is a page of it.
        """
        url = f"{self._url(path)}{'?' + urlencode(query) if query else ''}"
        request = _Request("GET", url, accept, paging="continue" in (query or ()))
        return self._exchanged(request, bounds or self.bounds())

    def post(self, path: str, body: bytes) -> bytes:
        """Return the body of the answer to a POST of *body*, a review; raises Refused or CannotAnswer."""
        return self._exchanged(_Request("POST", self._url(path), body=body), self.bounds())

    def _url(self, path: str) -> str:
        return f"{self.server.rstrip('/')}{path}"

    def _exchanged(self, request: _Request, bounds: Bounds) -> bytes:
        """Send a request, up to TRIES times, and return the body of the answer."""
        renewed = False
        for attempt in range(1, TRIES + 1):
            last = attempt == TRIES
            used = self._renewals.count
            answer = self._send(request, bounds, last=last)
            if answer is not None:
                status, body, wait = answer
                if status == 401 and not renewed and not last:
                    renewed = True
                    self._renewals.renew(used, self.headers)
                    continue
                pause = min(wait if wait is not None else 0.1 * 4 ** (attempt - 1), LONGEST_WAIT)
                if status not in TRY_AGAIN or last or self.clock() + pause >= bounds.until:
                    return _checked(status, body, request)
                self.sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _send(
        self, request: _Request, bounds: Bounds, *, last: bool
    ) -> tuple[int, bytes, float | None] | None:
        """
        Return the status, the body, and the seconds that the server asks us to wait.

        Returns None if the connection broke midway, unless this is the *last* try.
        """
        headers = self._headers(request)
        start = self.clock()
        try:
            answer, body = self._answer(request, headers, bounds)
        except TooBig as error:
            raise too_big(self.server, MOST_BYTES) from error
        except urllib3_module().exceptions.ProtocolError as error:
            if not last:
                return None
            raise closed_midway(self.server, error) from error
        except (urllib3_module().exceptions.HTTPError, OSError, ValueError) as error:
            raise unreachable(self.server, error) from error
        self._report(request, headers, answer, self.clock() - start)
        if answer.status in REDIRECTS:
            raise redirected(answer.status, shortened(answer.headers.get("Location") or ""))
        return answer.status, body, _seconds(answer.headers.get("Retry-After"))

    def _headers(self, request: _Request) -> Any:
        headers = self.headers(False)
        headers["Accept"] = request.accept
        headers["User-Agent"] = f"kubectl-kfaccess/{__version__}"
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if self.compressed:
            headers["Accept-Encoding"] = "gzip"
        return headers

    def _answer(self, request: _Request, headers: Any, bounds: Bounds) -> tuple[Any, bytes]:
        """
        Return the answer and its body; raises TimeoutError at the deadline, however slowly bytes come in.

        (A socket's own limit starts again at each byte.)
        """

        def ask() -> tuple[Any, bytes]:
            answer = self.pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=headers,
                retries=False,
                redirect=False,
                preload_content=False,
                timeout=self._timeout(),
            )
            if answer.status >= 300:
                return answer, start_of_body(answer, MOST_BYTES_OF_A_MESSAGE)
            return answer, body_of(answer, bounds.size)

        left = bounds.until - self.clock()
        if left <= 0:
            raise TimeoutError
        return within(min(self.timeout or left, left), ask)

    def _timeout(self) -> Any:
        if self.timeout:
            return urllib3_module().Timeout(total=self.timeout)
        return urllib3_module().Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)

    def _shown(self, url: str) -> str:
        """Return a URL of this server without the user and password that the server's address can have."""
        server = self.server.rstrip("/")
        return line(without_password(server) + url.removeprefix(server))

    def _report(self, request: _Request, headers: Any, answer: Any, seconds: float) -> None:
        """Write the exchange to stderr, as far as `-v` asks for it, and the server's new warnings."""
        if self.stderr is None:
            return
        # kubectl's levels; a single write, because several lists are read at the same time
        texts = (
            (6, f"{request.method} {self._shown(request.url)} {answer.status} in {seconds * 1000:.0f} ms\n"),
            (7, _without_secrets("Request", headers) if self.verbosity >= 7 else ""),
            (8, _without_secrets("Response", answer.headers) if self.verbosity >= 8 else ""),
        )
        self.stderr.write("".join(text for level, text in texts if self.verbosity >= level))
        for warning in answer.headers.getlist("Warning") if "Warning" in answer.headers else ():
            text = warning.partition('"')[2].rpartition('"')[0]
            if text and text not in self.warned:
                self.warned.add(text)
                self.stderr.write(f"Warning: {line(shortened(text))}\n")


def _without_secrets(title: str, headers: Any) -> str:
    """Return a line for each header; values that can be secret are masked, as kubectl does."""
    lines = (
        f"    {line(name)}: {line(value) if name.lower() in _SHOWN else '<masked>'}\n"
        for name, value in sorted(headers.items())
    )
    return f"{title} Headers:\n{''.join(lines)}"


def _checked(status: int, body: bytes, request: _Request) -> bytes:
    """Return *body* if *status* is a success; raises Refused, Expired or CannotAnswer if it is not."""
    if status < 300:
        return body
    message = _message(body)
    if status == 401:
        raise CannotAnswer(
            f"you must be logged in to the server: {message or 'unauthorized'}",
            hint="the token or certificate of this context is missing, wrong or expired: log in again",
            code=code_of_status(status),
        )
    if status == 410 and request.paging:
        raise Expired
    if status == 403 and "cannot impersonate" in message:
        raise CannotAnswer(
            f"error from server (Forbidden): {message}",
            hint=_impersonation_hint(message),
            code=code_of_status(status),
        )
    if status in (403, 404) or (request.body is not None and 400 <= status < 500 and status not in TRY_AGAIN):
        raise Refused(status, message or _WORDS.get(status, f"status {status}"))
    raise CannotAnswer(f"error from server: {message or f'status {status}'}", code=code_of_status(status))


def _impersonation_hint(message: str) -> str:
    """Return what to try after the server refused `--as` with *message*."""
    verb = _IMPERSONATE.search(message)
    needs = both_needed(verb[1]) if verb else ""
    hint = "`--as` acts as another user; you do not need it to ask about one"
    return f"{hint}; {needs}" if needs else hint


def _message(body: bytes) -> str:
    """Return the message of a Status object, shortened; the first 200 bytes of any other body."""
    try:
        return shortened(decoder_of(_Status).decode(body).message)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return " ".join(body[:200].decode("utf-8", "replace").split())


def _seconds(retry_after: str | None) -> float | None:
    """Return the seconds of a Retry-After header, None if it has none (it can also hold a date)."""
    try:
        return max(0.0, float(retry_after)) if retry_after else None
    except ValueError:
        return None
