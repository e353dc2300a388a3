"""Send many SubjectAccessReviews to a real API server, several at once on each open connection."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import msgspec

from tests.controlplane.cluster import ControlPlane

CONNECTIONS = 8
AHEAD = 16  # requests on a connection that are sent before the first answer is read
PATH = "/apis/authorization.k8s.io/v1/subjectaccessreviews"

Spec = dict[str, Any]


class Status(msgspec.Struct, rename="camel"):
    """The status of an answered review."""

    allowed: bool
    denied: bool = False
    reason: str = ""
    evaluation_error: str = ""


class _Review(msgspec.Struct):
    status: Status


def ask(plane: ControlPlane, specs: Sequence[Spec]) -> list[Status]:
    """Return the server's answer to each spec of a SubjectAccessReview, in their order."""
    size = max(1, -(-len(specs) // CONNECTIONS))
    parts = [specs[start : start + size] for start in range(0, len(specs), size)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [status for part in pool.map(lambda part: _ask(plane, part), parts) for status in part]


def _ask(plane: ControlPlane, specs: Sequence[Spec]) -> list[Status]:
    url = urlsplit(plane.server)
    context = ssl.create_default_context(cafile=str(plane.ca_file))
    with (
        socket.create_connection((url.hostname, url.port), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname=url.hostname) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        statuses = []
        for start in range(0, len(specs), AHEAD):
            ahead = specs[start : start + AHEAD]
            connection.sendall(b"".join(_request(plane, spec) for spec in ahead))
            statuses += [_answer(answers) for _ in ahead]
        return statuses


def _request(plane: ControlPlane, spec: Spec) -> bytes:
    body = msgspec.json.encode(
        {"apiVersion": "authorization.k8s.io/v1", "kind": "SubjectAccessReview", "spec": spec}
    )
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {plane.admin_token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _answer(answers: BinaryIO) -> Status:
    line = answers.readline()
    length = 0
    while header := answers.readline().strip():
        name, _, value = header.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = answers.read(length)
    if not line.startswith(b"HTTP/1.1 201"):
        raise RuntimeError(f"the server refused a review: {line!r} {body!r}")
    return msgspec.json.decode(body, type=_Review).status
