"""A listener that is any proxy, or a server: it records who wants to go where, and lets nobody through."""

from __future__ import annotations

import base64
import socket
import socketserver
import ssl
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

TLS_HANDSHAKE, SOCKS5 = b"\x16", b"\x05"
_NO_LOGIN, _PASSWORD, _NONE = 0, 2, 255
_REFUSED = b"\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"
_ADDRESS_IPV4, _ADDRESS_NAME = 1, 3
_FORBIDDEN = (
    b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
    b"Connection: close\r\n\r\n{}"
)


class Wish(NamedTuple):
    """What a client asked of a listener: the way, the target and the login, "" for none."""

    listener: str
    way: str  # `CONNECT`, `GET` or `SOCKS5`, and `TLS ` before it on an encrypted connection
    target: str
    login: str = ""


class Recorder:
    """A listener called *name*; with TLS by *certificate* if the client begins with a handshake."""

    def __init__(self, name: str, certificate: tuple[Path, Path]) -> None:
        self.name = name
        self.wishes: list[Wish] = []
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(*certificate)
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.recorder = self

    def __enter__(self) -> Recorder:
        threading.Thread(target=self._listener.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._listener.shutdown()
        self._listener.server_close()

    @property
    def address(self) -> str:
        """Return HOST:PORT."""
        return f"127.0.0.1:{self._listener.server_address[1]}"

    def taken(self) -> set[Wish]:
        """Return what was asked since the last call."""
        wishes, self.wishes = set(self.wishes), []
        return wishes


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True
    recorder: Recorder

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: nobody gets what they want here."""


class _Handler(socketserver.BaseRequestHandler):
    server: _Listener
    request: socket.socket

    def handle(self) -> None:
        """Find out what the client speaks, record its wish, and refuse it."""
        self.request.settimeout(30)
        first = self.request.recv(1, socket.MSG_PEEK)
        encrypted = first == TLS_HANDSHAKE
        if encrypted:
            self.request = self.server.recorder.tls.wrap_socket(self.request, server_side=True)
        with suppress(OSError):
            self._socks() if first == SOCKS5 else self._http("TLS " if encrypted else "")

    def finish(self) -> None:
        """End the connection, so that the client sees it."""
        self.request.close()

    def _http(self, prefix: str) -> None:
        head = self._head().decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ")
        fields = dict(line.lower().split(": ", 1)[:1] + line.split(": ", 1)[1:] for line in head[1:] if line)
        scheme, _, login = fields.get("proxy-authorization", "").partition(" ")
        assert scheme in ("", "Basic")
        self._note(prefix + method, target, base64.b64decode(login).decode())
        self.request.sendall(_FORBIDDEN)

    def _head(self) -> bytes:
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.request.recv(65536) or b"\r\n\r\n"
        return head.partition(b"\r\n\r\n")[0]

    def _socks(self) -> None:
        """The server's side of RFC 1928 and, for the password, of RFC 1929."""
        methods = self._exactly(self._exactly(2)[1])
        method = _PASSWORD if _PASSWORD in methods else _NO_LOGIN if _NO_LOGIN in methods else _NONE
        self.request.sendall(bytes((5, method)))
        login = ""
        if method == _PASSWORD:
            user = self._exactly(self._exactly(2)[1]).decode()
            login = f"{user}:{self._exactly(self._exactly(1)[0]).decode()}"
            self.request.sendall(b"\x01\x00")
        kind = self._exactly(4)[3]
        assert kind in (_ADDRESS_IPV4, _ADDRESS_NAME)
        host = (
            self._exactly(self._exactly(1)[0]).decode()
            if kind == _ADDRESS_NAME
            else socket.inet_ntoa(self._exactly(4))
        )
        port = int.from_bytes(self._exactly(2), "big")
        self._note("SOCKS5", f"{host}:{port}", login)
        self.request.sendall(_REFUSED)

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self.request.recv(count - len(data))
            if not piece:
                raise OSError("the client has gone")
            data += piece
        return data

    def _note(self, way: str, target: str, login: str) -> None:
        recorder = self.server.recorder
        recorder.wishes.append(Wish(recorder.name, way, target, login))
