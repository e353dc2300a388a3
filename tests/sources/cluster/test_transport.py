"""Requests to the API server without a real one: what `-v` shows, and the error code of each failure."""

from __future__ import annotations

import io
import json
import ssl
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from typing import Any

import pytest
import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    DecodeError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    SSLError,
)

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.sources.cluster.bounds import MOST_CHARACTERS
from kubectl_kfaccess.sources.cluster.transport import Refused, Transport
from tests.sources.cluster.answers import response

HOST = urllib3.connection.HTTPConnection("stub")
SECRETS = ("Bearer t0k3n", "session=c00kie", "k3y")


class Pool:
    """A server that answers everything with the same status and headers, in place of urllib3's pool."""

    def __init__(self, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
        self.status, self.body = status, body
        self.headers = urllib3.HTTPHeaderDict(headers)

    def request(self, _method: str, _url: str, **_options: Any) -> urllib3.HTTPResponse:
        """Answer one request."""
        return response(self.status, self.body, self.headers)


def stderr_of_a_get(verbosity: int, **response_headers: str) -> str:
    """Return what a GET writes to stderr; it has a token, and impersonates a group with a hostile name."""

    def headers(_fresh: bool) -> urllib3.HTTPHeaderDict:
        sent = {
            "Authorization": SECRETS[0],
            "Impersonate-Group": "g\x1b[2J",
            "Impersonate-Extra-Key": SECRETS[2],
        }
        return urllib3.HTTPHeaderDict(sent)

    stderr = io.StringIO()
    answer = {"Content-Type": "application/json", "Set-Cookie": SECRETS[1], **response_headers}
    Transport(Pool(**answer), "https://stub", headers, verbosity=verbosity, stderr=stderr).get("/version")
    return stderr.getvalue()


@pytest.mark.parametrize(
    ("verbosity", "lines"),
    [
        pytest.param(5, (False, False, False), id="5: nothing"),
        pytest.param(6, (True, False, False), id="6: requests"),
        pytest.param(7, (True, True, False), id="7: and their headers"),
        pytest.param(8, (True, True, True), id="8: and those of the answers"),
        pytest.param(99, (True, True, True), id="99: no more than that"),
    ],
)
def test_requests_are_shown_at_kubectls_levels(verbosity: int, lines: tuple[bool, ...]) -> None:
    """6, 7 and 8, as `kubectl help` documents them for kubectl's own requests."""
    text = stderr_of_a_get(verbosity)

    expected = ("GET https://stub/version 200 in ", "Request Headers:\n", "Response Headers:\n")
    assert lines == tuple(line in text for line in expected)


def test_headers_with_possible_secrets_are_masked() -> None:
    """These are tokens and cookies; a header that we do not know counts as one."""
    text = stderr_of_a_get(8, **{"X-Proxy": SECRETS[2]})

    assert [] == [secret for secret in SECRETS if secret in text]
    for name in ("Authorization", "Impersonate-Extra-Key", "Set-Cookie", "X-Proxy"):
        assert f"    {name}: <masked>\n" in text
    assert "    Accept: application/json\n" in text
    assert "    Content-Type: application/json\n" in text


def test_control_characters_in_headers_are_escaped() -> None:
    """A control character in a group's name or a server's answer is escaped."""
    text = stderr_of_a_get(8, Server="s\x1b[31m")

    assert text.replace("\n", "").isprintable()
    assert "Impersonate-Group: g\\x1b[2J" in text


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.BAD_ANSWER),
        (401, ErrorCode.FORBIDDEN),
        (403, ErrorCode.FORBIDDEN),
        (404, ErrorCode.BAD_ANSWER),
        (408, ErrorCode.TIMEOUT),
        (413, ErrorCode.TOO_BIG),
        (429, ErrorCode.UNREACHABLE),
        (500, ErrorCode.BAD_ANSWER),
        (502, ErrorCode.UNREACHABLE),
        (503, ErrorCode.UNREACHABLE),
        (504, ErrorCode.TIMEOUT),
    ],
)
def test_a_status_decides_the_code_of_the_error(status: int, code: ErrorCode) -> None:
    """A gateway that waited in vain is a different problem from a server that refuses."""
    transport = Transport(Pool(status), "https://stub", lambda _fresh: {}, sleep=lambda _seconds: None)

    with pytest.raises((CannotAnswer, Refused)) as error:
        transport.get("/version")

    assert code is error.value.code


@pytest.mark.parametrize(
    ("length", "end"),
    [
        pytest.param(MOST_CHARACTERS, "x", id="as long as it can be"),
        pytest.param(500_000, "x… (cut off: 500,000 characters)", id="too long to be shown"),
        pytest.param(20_000_000, "x", id="too long to be read"),
    ],
)
def test_a_message_of_the_server_has_a_bound(length: int, end: str) -> None:
    """Nobody reads 20 MB on a terminal, and to escape them would take seconds."""
    body = json.dumps({"kind": "Status", "message": "x" * length}).encode()
    transport = Transport(Pool(403, body), "https://stub", lambda _fresh: {})

    with pytest.raises(Refused) as error:
        transport.get("/version")

    assert len(error.value.reason) < MOST_CHARACTERS + 100
    assert error.value.reason.endswith(end)


def _of(error: BaseException, reason: BaseException) -> BaseException:
    error.__cause__ = reason
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(NewConnectionError(HOST, "no route"), ErrorCode.UNREACHABLE, id="no way there"),
        pytest.param(ConnectTimeoutError("slow"), ErrorCode.TIMEOUT, id="no connection in time"),
        pytest.param(TimeoutError(), ErrorCode.TIMEOUT, id="no answer in time"),
        pytest.param(_of(SSLError(), ssl.SSLCertVerificationError()), ErrorCode.TLS, id="certificate"),
        pytest.param(_of(ProxyError("p", OSError()), ssl.SSLError()), ErrorCode.TLS, id="TLS of a proxy"),
        pytest.param(ProxyError("p", OSError("407")), ErrorCode.UNREACHABLE, id="a proxy that refuses"),
        pytest.param(DecodeError(), ErrorCode.BAD_ANSWER, id="no gzip"),
        pytest.param(_of(ProtocolError(), BadStatusLine("220")), ErrorCode.BAD_ANSWER, id="no HTTP"),
        pytest.param(_of(ProtocolError(), RemoteDisconnected()), ErrorCode.UNREACHABLE, id="hung up"),
        pytest.param(_of(ProtocolError(), IncompleteRead(b"")), ErrorCode.UNREACHABLE, id="broke off"),
    ],
)
def test_the_cause_decides_the_code_of_the_error(error: Exception, code: ErrorCode) -> None:
    """urllib3 wraps causes in its own errors; we look at their types and never at their messages."""

    class Broken(Pool):
        def request(self, _method: str, _url: str, **_options: Any) -> urllib3.HTTPResponse:
            raise error

    transport = Transport(Broken(), "https://stub", lambda _fresh: {}, sleep=lambda _seconds: None)

    with pytest.raises(CannotAnswer) as raised:
        transport.get("/version")

    assert code is raised.value.code
