"""A small web server that answers as an API server would, at once or later, and records the requests."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

from kubectl_kfaccess.sources.kinds import BY_RESOURCE
from tests.robustness.process import WATCHDOG


class FakeServer:
    """
    A server that runs inside a `with` block.

    *lists* has the objects of each list by its path, and *groups* the preferred version of API groups by
    their names; every other path is forbidden (403). Who asks for metadata alone gets metadata alone.
    If it is *held*, answers wait until `release`. *by_user* has other lists for impersonated users, by their
    names.
    """

    def __init__(
        self,
        lists: dict[str, list[dict[str, Any]]],
        by_user: dict[str, dict[str, list[dict[str, Any]]]] | None = None,
        *,
        groups: dict[str, str] | None = None,
        held: bool = False,
    ) -> None:
        self.paths: list[str] = []
        self.lists, self.by_user, self.groups = lists, by_user or {}, groups or {}
        self._released = threading.Event()
        if not held:
            self.release()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakeServer:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def release(self) -> None:
        """Let the answers go that were held."""
        self._released.set()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                fake.paths.append(path)
                fake._released.wait(WATCHDOG)
                lists = fake.by_user.get(self.headers.get("Impersonate-User", ""), fake.lists)
                group = path.removeprefix("/apis/")
                status, answer = 403, {"message": "no"}
                if group in fake.groups:
                    version = f"{group}/{fake.groups[group]}"
                    status, answer = 200, {"preferredVersion": {"groupVersion": version}}
                elif path in lists and "PartialObjectMetadataList" in self.headers["Accept"]:
                    status, answer = 200, _metadata(lists[path])
                elif path in lists:
                    status, answer = 200, _list(path, lists[path])
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Log nothing."""

        return Handler


def named(*names: str) -> list[dict[str, Any]]:
    """Return objects that have only a name."""
    return [{"metadata": {"name": name}} for name in names]


def bound(*users: str, namespace: str = "team-a") -> list[dict[str, Any]]:
    """Return a binding of a role for each user."""
    return [
        {
            "metadata": {"name": f"binding-{at}", "namespace": namespace},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": user}],
        }
        for at, user in enumerate(users)
    ]


def _metadata(items: list[dict[str, Any]]) -> dict[str, Any]:
    heads = [{"metadata": item["metadata"]} for item in items]
    return {"kind": "PartialObjectMetadataList", "metadata": {}, "items": heads}


def _list(path: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    kind = BY_RESOURCE[path.rpartition("/")[2]].struct.kind
    return {"kind": f"{kind}List", "metadata": {}, "items": items}
