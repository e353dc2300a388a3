"""A proxy in front of the API server that spoils chosen answers."""

from __future__ import annotations

import http.server
import re
import socket
import socketserver
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import urllib3

from tests.robustness.process import WATCHDOG
from tests.robustness.spoilt import FAULTS, Answer, Fault

PASSED_ON = ("Authorization", "Accept", "Content-Type")


@dataclass(frozen=True)
class Seen:
    """A request that the proxy got: its path with the query, and what was posted."""

    path: str
    body: bytes = b""


class FaultProxy:
    """
    A TLS server that passes requests on to *upstream*, whose certificate *authority* has signed.

    The *fault* hits requests whose path and query match the pattern *path*, except the first *after* of them.
    With *pages*, lists come in pages of that many objects, so the server gives continue tokens.
    """

    def __init__(
        self,
        upstream: str,
        authority: Path,
        certificate: tuple[Path, Path],
        *,
        fault: str = "",
        path: str = "",
        pages: int = 0,
        after: int = 0,
    ) -> None:
        self.seen: list[Seen] = []
        self.struck = 0  # the requests, or connections, that a fault has met
        self.stuck = 0  # the requests that it will never answer
        self.released = threading.Event()
        self._stages = [[stage, stage.times] for stage in FAULTS[fault]] if fault else []
        self._path, self._pages, self._upstream = re.compile(path), pages, upstream
        self._spared = after
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._pool = urllib3.PoolManager(ca_certs=str(authority), timeout=30, retries=False, maxsize=8)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*certificate)
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.proxy = self

    def __enter__(self) -> FaultProxy:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.released.set()
        self._listener.shutdown()
        self._listener.server_close()
        self._pool.clear()

    @property
    def url(self) -> str:
        """Return the address to write into a kubeconfig."""
        return f"https://127.0.0.1:{self._listener.server_address[1]}"

    @property
    def talks_tls(self) -> bool:
        """Return whether connections begin with a handshake."""
        return not any(stage.plain for stage, _ in self._stages)

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Return what the API server answers to the same request."""
        if self._pages:
            path = re.sub(r"\blimit=\d+", f"limit={self._pages}", path)
        passed = {n: v for n, v in headers.items() if n in PASSED_ON or n.startswith("Impersonate-")}
        response = self._pool.request(method, self._upstream + path, headers=passed, body=body or None)
        return Answer(response.status, response.data, {"Content-Type": response.headers["Content-Type"]})

    def fault(self, path: str, body: bytes = b"") -> Fault:
        """Return what happens to this request, and count it."""
        with self._lock:
            self.seen.append(Seen(path, body))
            self._changed.notify_all()
            if self._path.search(path):
                if self._spared > 0:
                    self._spared -= 1
                    return Fault()
                for stage in self._stages:
                    if stage[1] > 0 and stage[0].only in path:
                        stage[1] -= 1
                        self.struck += 1
                        return stage[0]
        return Fault()

    def note_stuck(self) -> None:
        """Count one more request that has no complete answer."""
        with self._lock:
            self.stuck += 1
            self._changed.notify_all()

    def keep_waiting(self) -> None:
        """Return when the test ends."""
        self.note_stuck()
        self.released.wait(2 * WATCHDOG)

    def wait_until_stuck(self) -> None:
        """Return once a client waits for an answer that will not come."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.stuck, WATCHDOG), f"only {self.seen}"


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address, request_queue_size = True, False, True, 64
    proxy: FaultProxy

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: in many cases clients give up, or fail the handshake."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are written apart: the second would wait 40 ms for an ACK
    server: _Listener

    def setup(self) -> None:
        """Greet the client with TLS, or with something else."""
        self.proxy = self.server.proxy
        if self.proxy.talks_tls:
            self.request.settimeout(60)
            self.request = self.proxy.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def handle(self) -> None:
        """Serve the connection."""
        if self.proxy.talks_tls:
            super().handle()
        else:
            self.request.recv(1)
            self.proxy.struck += 1
            self.request.sendall(b"220 mail.example.com ESMTP\r\n")

    def do_POST(self) -> None:
        """Pass a request with a body on."""
        self.do_GET()

    def do_GET(self) -> None:
        """Pass a request on, and its answer back, spoilt or not."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        fault = self.proxy.fault(self.path, body)
        answer = fault.instead or self.proxy.answer(self.command, self.path, dict(self.headers.items()), body)
        fault.send(self, answer)

    def head(self, answer: Answer) -> None:
        """Send all that comes before the body."""
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()

    def finish(self) -> None:
        """End the connection, so that the client sees it."""
        super().finish()
        self.request.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
        """Say nothing."""


class Tunnel:
    """An HTTP proxy that knows CONNECT only, and keeps the places that clients asked for."""

    def __init__(self) -> None:
        self.wanted: list[str] = []
        self._listener = _TunnelListener(("127.0.0.1", 0), _TunnelHandler)
        self._listener.tunnel = self

    def __enter__(self) -> Tunnel:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def url(self) -> str:
        """Return the address to write into a kubeconfig as `proxy-url`."""
        return f"http://127.0.0.1:{self._listener.server_address[1]}"


class _TunnelListener(_Listener):
    tunnel: Tunnel


class _TunnelHandler(http.server.BaseHTTPRequestHandler):
    server: _TunnelListener

    def do_CONNECT(self) -> None:
        """Join the client to the place that it names."""
        self.server.tunnel.wanted.append(self.path)
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=30) as there:
            self.send_response(200)
            self.end_headers()
            back = threading.Thread(target=_pump, args=(there, self.connection), daemon=True)
            back.start()
            _pump(self.connection, there)
            back.join()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (http.server's name)
        """Say nothing."""


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return  # one side has gone, and the tunnel with it
