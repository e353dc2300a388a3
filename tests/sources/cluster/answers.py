"""Answers of a server that is not there, as urllib3 returns them before their body is read."""

from __future__ import annotations

import io
from collections.abc import Mapping

import urllib3


def response(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> urllib3.HTTPResponse:
    """Return an answer with this body."""
    return urllib3.HTTPResponse(
        io.BytesIO(body), urllib3.HTTPHeaderDict(headers or {}), status, preload_content=False
    )
