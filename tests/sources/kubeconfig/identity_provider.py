"""A small identity provider and API server on one address, which record what they are asked."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote_plus

CLIENT, SECRET, REFRESH, NEXT_REFRESH = "kube-client", "the-client-secret", "refresh-one", "refresh-two"
FAR = 4102444800  # the year 2100


def jwt(**claims: Any) -> str:
    """Return a token whose payload has these claims; nobody checks its signature."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"aGVhZGVy.{payload}.c2lnbmF0dXJl"


EXPIRED, NEW = jwt(sub="alice", exp=1), jwt(sub="alice", exp=FAR, number=1)


@dataclass
class Behaviour:
    """What the provider answers to a refresh, and the API server to everything."""

    answer: dict[str, Any] = field(default_factory=lambda: {"id_token": NEW, "refresh_token": NEXT_REFRESH})
    discovery_status: int = 200
    api_status: int = 200
    login_in_form: bool = False  # the provider knows no login in a header


class IdentityProvider:
    """Serves HTTPS with *certificate*; `taken` returns what was asked."""

    def __init__(self, certificate: tuple[Path, Path]) -> None:
        self.behaviour = Behaviour()
        self.refreshes: list[str] = []  # the refresh-token of each request that had the right login
        self.authorizations: list[str] = []  # the header of each request to the API server
        self.current = REFRESH
        self._server = _Listener(("127.0.0.1", 0), _handler(self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )

    @property
    def url(self) -> str:
        """Return the URL of both servers."""
        return f"https://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> IdentityProvider:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def taken(self) -> tuple[list[str], list[str]]:
        """Return the refreshes and the Authorization headers since the last call, and start anew."""
        taken = self.refreshes, self.authorizations
        self.refreshes, self.authorizations, self.current = [], [], REFRESH
        return taken

    def refreshed(self, form: dict[str, str], login: str) -> tuple[int, dict[str, Any]]:
        """Return the status and the answer of the token endpoint."""
        in_form = f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        if (in_form if self.behaviour.login_in_form else login or in_form) != f"{CLIENT}:{SECRET}":
            return 401, {"error": "invalid_client"}
        self.refreshes.append(form.get("refresh_token", ""))
        if form.get("grant_type") != "refresh_token" or form.get("refresh_token") != self.current:
            text = f"{form.get('refresh_token')} of {CLIENT} with {SECRET} is not valid"  # some do quote it
            return 400, {"error": "invalid_grant", "error_description": text}
        self.current = self.behaviour.answer.get("refresh_token", self.current)
        return 200, {"access_token": "a", "token_type": "bearer", "expires_in": 60, **self.behaviour.answer}


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that does not trust us breaks the connection."""


def _handler(provider: IdentityProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path == "/.well-known/openid-configuration":
                endpoint = {"issuer": provider.url, "token_endpoint": f"{provider.url}/token"}
                self._answer(provider.behaviour.discovery_status, endpoint)
                return
            provider.authorizations.append(self.headers.get("Authorization", ""))
            self._answer(provider.behaviour.api_status, {"gitVersion": "v1.37.2", "major": "1"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = {name: values[-1] for name, values in parse_qs(body).items()}
            scheme, _, pair = self.headers.get("Authorization", "").partition(" ")
            login = unquote_plus(base64.b64decode(pair).decode()) if scheme == "Basic" else ""
            self._answer(*provider.refreshed(form, login))

        def _answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: Any) -> None:
            """Say nothing."""

    return Handler
