"""`version`: this program, Python, and the server if it answers."""

from __future__ import annotations

import json
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kubectl_kfaccess import __version__
from tests.controlplane.cluster import ControlPlane
from tests.robustness.clock import Clock
from tests.robustness.process import WATCHDOG
from tests.running import NOWHERE, run

OWN = [
    {"component": "client", "version": __version__},
    {"component": "python", "version": platform.python_version()},
]


def test_client_shows_only_the_client() -> None:
    """Two lines below the headers; no server is asked, and there is no error."""
    result = run("version", "--client")

    assert (0, "") == (result.status, result.stderr)
    assert [
        ["COMPONENT", "VERSION"],
        ["client", __version__],
        ["python", platform.python_version()],
    ] == [line.split() for line in result.lines]


def test_no_headers_leaves_the_headers_out() -> None:
    """Only the two lines remain."""
    result = run("version", "--client", "--no-headers")

    assert ["client", "python"] == [line.split()[0] for line in result.lines]


def test_machines_get_items() -> None:
    """They have the envelope of every command."""
    answer = run("version", "--client", "-o", "json").json

    assert ("Version", OWN) == (answer["kind"], answer["items"])


def test_the_table_is_the_same_without_a_server() -> None:
    """The lines of `--client` look like the table."""
    assert run("version", "--client").stdout == run("version").stdout


def test_without_a_cluster_there_are_two_versions_and_an_error() -> None:
    """The status is 3; the other versions are listed, and the reason is among the errors."""
    result = run("version", "-o", "json")

    assert (3, OWN) == (result.status, result.json["items"])
    assert result.stderr.startswith("error: no cluster is configured")
    (error,) = result.json["errors"]
    assert error["message"].startswith("no cluster is configured")


class _Server(BaseHTTPRequestHandler):
    """An API server that knows its version; a slow one answers when the test ends."""

    slow = False
    asked = threading.Event()
    released = threading.Event()

    def do_GET(self) -> None:
        self.asked.set()
        if self.slow:
            self.released.wait(WATCHDOG)
        body = json.dumps({"gitVersion": "v1.36.3"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(*, slow: bool, asked: threading.Event | None = None) -> Iterator[str]:
    """Yield the address of such a server; *asked* is set when the first request has come."""
    events = {"asked": asked or threading.Event(), "released": threading.Event()}
    handler = type("Handler", (_Server,), {"slow": slow, **events})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            handler.released.set()
            server.shutdown()
            thread.join()


def test_quiet_leaves_the_error_on_stderr() -> None:
    """As for every other command, the status alone does not say what is wrong."""
    loud, quiet = run("version"), run("version", "-q")

    assert (loud.status, "") == (quiet.status, quiet.stdout)
    assert quiet.stderr.startswith("error: ")
    assert quiet.stderr in loud.stderr


def test_the_version_of_a_server_that_answers_is_listed(tmp_path: Path) -> None:
    """The third line has its gitVersion."""
    with serving(slow=False) as address:
        result = run("version", "-s", address, environ={**NOWHERE, "KUBECACHEDIR": str(tmp_path)})

    assert (0, "") == (result.status, result.stderr)
    assert ["server", "v1.36.3"] == result.lines[-1].split()


def test_a_slow_server_is_given_up_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to wait half a minute for a version."""
    asked = threading.Event()
    clock = Clock(lambda: int(asked.is_set()))
    clock.use(monkeypatch)
    with serving(slow=True, asked=asked) as address:
        result = run("version", "-s", address)

    assert (3, 2.0) == (result.status, min(clock.deadlines))  # the other one is that of a whole list
    hint = "hint: `--client` leaves the server out"
    assert f"error: the server did not answer in 2 s\n{hint}\n" == result.stderr


@pytest.mark.server
def test_the_version_of_a_real_server_is_listed(plane: ControlPlane) -> None:
    """It is the server's own word."""
    result = run("version", "-o", "json", "--kubeconfig", str(plane.kubeconfig("admin")))

    assert {"component": "server", "version": plane.version} == result.json["items"][-1]
