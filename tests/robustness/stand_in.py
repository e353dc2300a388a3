"""A web server in the place of an API server: it answers what a test tells it to, over plain HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from kubectl_kfaccess.sources.kinds import KINDS

JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Answer:
    """An answer to any GET."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)


def empty(kind: str) -> Answer:
    """Return the empty list of that kind."""
    (item,) = (known for known in KINDS if f"{known.struct.kind}List" == kind)
    version = f"{item.group}/{item.version}" if item.group else item.version
    return Answer(json.dumps({"apiVersion": version, "kind": kind, "metadata": {}, "items": []}).encode())


# A cluster that serves nothing and where nobody can do anything
CALM = {
    "/api": Answer(json.dumps({"kind": "APIVersions", "versions": []}).encode()),
    "/apis": Answer(json.dumps({"kind": "APIGroupList", "groups": []}).encode()),
    "clusterroles": empty("ClusterRoleList"),
    "clusterrolebindings": empty("ClusterRoleBindingList"),
    "roles": empty("RoleList"),
    "rolebindings": empty("RoleBindingList"),
}


class StandIn:
    """
    The server, between `with` and its end; *answers* are found by the whole path or by its last part.

    *requests* are the paths of all requests, in their order.
    """

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.requests: list[str] = []

        class Handler(_Handler):
            stand_in = self

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> StandIn:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Return HOST:PORT."""
        return f"127.0.0.1:{self._server.server_port}"

    def write_kubeconfig(self, path: Path) -> None:
        """Write a kubeconfig whose one context leads here."""
        content: dict[str, Any] = {
            "clusters": [{"name": "here", "cluster": {"server": f"http://{self.address}"}}],
            "contexts": [{"name": "here", "context": {"cluster": "here"}}],
            "current-context": "here",
        }
        path.write_text(json.dumps(content), encoding="utf-8")

    def answer(self, target: str) -> Answer:
        """Return what is answered to a request for *target*."""
        self.requests.append(target)
        path = urlsplit(target).path
        answer = self.answers.get(path) or self.answers.get(path.rpartition("/")[2])
        return answer or Answer(b'{"kind": "Status", "message": "not found", "code": 404}', 404)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stand_in: StandIn

    def do_GET(self) -> None:
        answer = self.stand_in.answer(self.path)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Log nothing: `requests` has them."""
