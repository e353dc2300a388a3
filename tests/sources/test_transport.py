"""Requests to the API server, where no real server is needed: what `-v` tells of them."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any

import pytest
import urllib3

from kubectl_kfaccess.sources.cluster.transport import Transport

SECRETS = ("Bearer t0k3n", "session=c00kie", "k3y")


class Pool:
    """A server that answers everything with the same headers, in place of urllib3's pool."""

    def __init__(self, **headers: str) -> None:
        self.headers = urllib3.HTTPHeaderDict(headers)

    def request(self, _method: str, _url: str, **_options: Any) -> SimpleNamespace:
        """Answer one request."""
        return SimpleNamespace(status=200, data=b"{}", headers=self.headers)


def told(verbosity: int, **answered: str) -> str:
    """What is said on stderr of a GET that carries a token and acts as a group of tricky name."""

    def headers(_fresh: bool) -> urllib3.HTTPHeaderDict:
        sent = {
            "Authorization": SECRETS[0],
            "Impersonate-Group": "g\x1b[2J",
            "Impersonate-Extra-Key": SECRETS[2],
        }
        return urllib3.HTTPHeaderDict(sent)

    stderr = io.StringIO()
    answer = {"Content-Type": "application/json", "Set-Cookie": SECRETS[1], **answered}
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
def test_requests_are_told_at_kubectls_levels(verbosity: int, lines: tuple[bool, ...]) -> None:
    """6, 7 and 8, as `kubectl help` has them for its own requests."""
    said = told(verbosity)

    asked = ("GET https://stub/version 200 in ", "Request Headers:\n", "Response Headers:\n")
    assert lines == tuple(text in said for text in asked)


def test_headers_that_may_hold_a_secret_are_told_by_name_alone() -> None:
    """Tokens and cookies; a header that nobody here knows counts as one."""
    said = told(8, **{"X-Proxy": SECRETS[2]})

    assert [] == [secret for secret in SECRETS if secret in said]
    for name in ("Authorization", "Impersonate-Extra-Key", "Set-Cookie", "X-Proxy"):
        assert f"    {name}: <masked>\n" in said
    assert "    Accept: application/json\n" in said
    assert "    Content-Type: application/json\n" in said


def test_headers_are_told_without_obeying_them() -> None:
    """A control character in a group's name or a server's answer is escaped."""
    said = told(8, Server="s\x1b[31m")

    assert said.replace("\n", "").isprintable()
    assert "Impersonate-Group: g\\x1b[2J" in said
