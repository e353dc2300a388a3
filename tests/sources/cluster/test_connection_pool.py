"""The connections to a server: how it is verified, and how many are kept."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from kubectl_kfaccess.sources.cluster.connection_pool import LISTS_AT_ONCE, REVIEWS_AT_ONCE, connection_pool
from kubectl_kfaccess.sources.kubeconfig.choice import Connection
from tests.controlplane.pki import Authority


class Server:
    """An HTTPS server with a certificate for localhost and 127.0.0.1, and the names that clients sent."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.names = authority, []
        self.http = _Listener(("127.0.0.1", 0), _Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*authority.server("server"))
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self.http.socket = context.wrap_socket(
            self.http.socket, server_side=True, do_handshake_on_connect=False
        )

    def connection(self, **fields: object) -> Connection:
        """Return a connection that trusts the server's authority, with these fields."""
        url = f"https://127.0.0.1:{self.http.server_address[1]}"
        return Connection(url, ca_file=self.authority.certificate)._replace(**fields)


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a client that does not trust us breaks the connection."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A running server."""
    server = Server(Authority(tmp_path))
    threading.Thread(target=server.http.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.http.shutdown()
    server.http.server_close()


def status(connection: Connection) -> int:
    """Return the status of the server's answer."""
    with connection_pool(connection, None, {}) as pool:
        response = pool.request("GET", connection.server, retries=False, timeout=30)
    answered: int = response.status
    return answered


def test_a_server_is_verified_by_its_address(server: Server) -> None:
    """Without a name of its own, the address in the URL counts, and no name is sent for an address."""
    assert 200 == status(server.connection())
    assert [None] == server.names


def test_the_tls_server_name_is_sent_and_verified(server: Server) -> None:
    """`tls-server-name` counts instead of the host in the URL."""
    assert 200 == status(server.connection(tls_server_name="localhost"))
    with pytest.raises(urllib3.exceptions.SSLError, match=r"elsewhere\.example\.com"):
        status(server.connection(tls_server_name="elsewhere.example.com"))
    assert ["localhost", "elsewhere.example.com"] == server.names


def test_an_unknown_authority_is_refused(server: Server, tmp_path: Path) -> None:
    """Only the authority of the kubeconfig counts, unless nothing is to be verified."""
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").certificate

    with pytest.raises(urllib3.exceptions.SSLError, match="certificate verify failed"):
        status(server.connection(ca_file=other))
    assert 200 == status(server.connection(ca_file=None, insecure=True))


@pytest.mark.parametrize("proxy", ["", "http://proxy:8080", "https://proxy:8080", "socks5://proxy:8080"])
def test_enough_connections_are_kept(server: Server, proxy: str) -> None:
    """Each of the requests that are in progress at the same time can use its connection again."""
    pool = connection_pool(server.connection(proxy_url=proxy), None, {})

    one = pool.connection_from_url("https://127.0.0.1:1")

    assert max(LISTS_AT_ONCE, REVIEWS_AT_ONCE) == one.pool.maxsize
    assert pool.connection_from_url("http://127.0.0.1:1").pool.maxsize == one.pool.maxsize


def test_threads_can_connect_while_urllib3_sets_the_protocols_of_the_others(server: Server) -> None:
    """
    Each greeting is whole, as far as hundreds of connections show it.

    Two threads do what urllib3 does for each connection. Before, this damaged one greeting in 60.
    """
    context = connection_pool(server.connection(), None, {}).connection_pool_kw["ssl_context"]
    address, ended, failures = server.http.server_address, threading.Event(), []

    def set_protocols() -> None:
        while not ended.is_set():
            context.set_alpn_protocols(["http/1.1"])

    def connect() -> None:
        for _ in range(200):
            try:
                with (
                    socket.create_connection(address) as plain,
                    context.wrap_socket(plain, server_hostname="localhost"),
                ):
                    pass
            except OSError as error:
                failures.append(error)

    setting = [threading.Thread(target=set_protocols) for _ in range(2)]
    connecting = [threading.Thread(target=connect) for _ in range(4)]
    for thread in (*setting, *connecting):
        thread.start()
    for thread in connecting:
        thread.join()
    ended.set()

    assert [] == failures
