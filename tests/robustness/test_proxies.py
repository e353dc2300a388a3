"""The way to a server, straight or through a proxy: the same as that of the real kubectl."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import Struct

from tests.controlplane.cluster import ControlPlane
from tests.robustness.process import WATCHDOG, assert_decent, environment
from tests.robustness.recorder import Recorder, Wish
from tests.running import Result, run

SERVER = "https://api.example.internal:6443"  # nobody can resolve it, so a proxy has to


class Way(Struct, frozen=True, kw_only=True, rename="kebab", forbid_unknown_fields=True):
    """What leads to a server: its URL, the kubeconfig's `proxy-url`, and the variables."""

    id: str
    server: str = SERVER
    proxy_url: str = ""
    environ: dict[str, str] = {}


class _Table(Struct, frozen=True, forbid_unknown_fields=True):
    cases: tuple[Way, ...]


CASES = msgspec.yaml.decode(Path(__file__).with_name("proxies.yaml").read_bytes(), type=_Table).cases
IDS = [case.id for case in CASES]


class Crossroads:
    """Proxies A and B, and a server, with a directory for kubeconfigs."""

    def __init__(self, listeners: dict[str, Recorder], authority: Path, directory: Path) -> None:
        self.listeners, self.authority, self.directory = listeners, authority, directory

    def with_addresses(self, text: str) -> str:
        """Return *text* with the address of each listener that it names."""
        for name, listener in self.listeners.items():
            before, at, after = text.rpartition(name)
            text = f"{before}{listener.address}{after}" if at and not after.isalpha() else text
        return text.replace("PORT", self.listeners["SERVER"].address.partition(":")[2])

    def prepared(self, way: Way) -> dict[str, str]:
        """Write the kubeconfig of *way*, and return the whole environment."""
        cluster = {"server": self.with_addresses(way.server), "certificate-authority": str(self.authority)}
        if way.proxy_url:
            cluster["proxy-url"] = self.with_addresses(way.proxy_url)
        content: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "there", "cluster": cluster}],
            "users": [{"name": "me", "user": {"token": "t"}}],  # else kubectl asks for a name
            "contexts": [{"name": "there", "context": {"cluster": "there", "user": "me"}}],
            "current-context": "there",
        }
        (self.directory / "config").write_text(json.dumps(content), encoding="utf-8")
        return {
            **environment(self.directory),
            **{name: self.with_addresses(value) for name, value in way.environ.items()},
        }

    def taken(self) -> set[Wish]:
        """Return what the listeners were asked since the last call."""
        return {wish for listener in self.listeners.values() for wish in listener.taken()}


@pytest.fixture
def crossroads(front: tuple[Path, tuple[Path, Path]], tmp_path: Path) -> Iterator[Crossroads]:
    """The listeners, which the cluster's authority vouches for."""
    with ExitStack() as stack:
        names = ("SERVER", "A", "B")
        listeners = {name: stack.enter_context(Recorder(name, front[1])) for name in names}
        yield Crossroads(listeners, front[0], tmp_path)


def kubectls(crossroads: Crossroads, way: Way, kubectl: Path) -> set[Wish]:
    """Return where the real kubectl went."""
    command = [kubectl, "get", "--raw", "/version"]
    environ = crossroads.prepared(way)
    done = subprocess.run(command, env=environ, capture_output=True, timeout=WATCHDOG, check=False)
    assert done.returncode != 0, "nobody answers"
    return crossroads.taken()


def ours(crossroads: Crossroads, way: Way) -> tuple[set[Wish], Result]:
    """Return where our own program went, and how it ended."""
    environ = crossroads.prepared(way)
    result = run("whoami", environ=environ, cwd=crossroads.directory)
    return crossroads.taken(), result


def road(wishes: set[Wish]) -> set[Wish]:
    """Return the wishes without what differs between two commands: the path of a URL."""
    return {wish._replace(way=wish.way.replace("POST", "GET"), target=_host(wish.target)) for wish in wishes}


def _host(target: str) -> str:
    return "/".join(target.split("/")[:3]) if "://" in target else target.partition("/")[0]


@pytest.mark.server
@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_way_is_kubectls(case: Way, crossroads: Crossroads, plane: ControlPlane) -> None:
    """The same listener, the same target for the proxy to resolve, and the same login."""
    expected = kubectls(crossroads, case, plane.kubectl)
    actual, result = ours(crossroads, case)

    assert road(expected) == road(actual), result.stderr
    assert_decent(result)
    assert result.status in (2, 3)


@pytest.mark.server
@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("HTTPS_PROXY and an address on loopback", ("SERVER", "TLS GET", "")),
        ("proxy-url with an escaped login", ("A", "CONNECT", "an@n:s3:cr/et%")),
        ("proxy-url with TLS", ("A", "TLS CONNECT", "")),
        ("proxy-url of SOCKS with a login", ("A", "SOCKS5", "ann:s3@cret")),
        ("ALL_PROXY", None),
    ],
)
def test_the_listeners_hear_every_way(
    name: str, wish: tuple[str, str, str] | None, crossroads: Crossroads, plane: ControlPlane
) -> None:
    """If they heard nothing, all ways would seem to be the same."""
    (case,) = (case for case in CASES if case.id == name)

    wishes = kubectls(crossroads, case, plane.kubectl)

    assert {wish} - {None} == {(heard.listener, heard.way, heard.login) for heard in wishes}


@pytest.mark.parametrize("scheme", ["http", "https", "socks5"])
def test_a_proxy_that_refuses_is_named_as_the_cause(scheme: str, tmp_path: Path) -> None:
    """The server that nobody has reached is not to blame."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # and does not listen
        proxy = f"{scheme}://127.0.0.1:{unused.getsockname()[1]}"
        result = run("version", "-s", SERVER, cwd=tmp_path, environ={"HTTPS_PROXY": proxy})

    assert "through the proxy: connection refused" in result.stderr
    assert "HTTPS_PROXY" in result.stderr
    assert 3 == result.status
