"""Passwords in the addresses of servers and proxies: no message shows them, and no file is named by them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kubectl_kfaccess.sources.kubeconfig.connection import Connection
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password
from tests.robustness.process import assert_decent, environment
from tests.robustness.stand_in import CALM, StandIn
from tests.running import run

PASSWORD = "s3/cr#et"
LOGIN = f"ann:{PASSWORD}"


def write_kubeconfig(path: Path, cluster: dict[str, str]) -> None:
    """Write a kubeconfig with this cluster."""
    content = {
        "clusters": [{"name": "here", "cluster": cluster}],
        "users": [{"name": "me", "user": {"token": "t"}}],
        "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        "current-context": "here",
    }
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("server", "proxy", "variable", "status"),
    [
        pytest.param("https://ann:s3cret@127.0.0.1:1", "", "", 3, id="a server that does not answer"),
        pytest.param("https://ann:s3cret@127.0.0.1:x", "", "", 2, id="a server with a bad port"),
        pytest.param(
            "https://ann:s3/cret@127.0.0.1:1", "", "", 2, id="a server with a slash in the password"
        ),
        pytest.param("https://ann:s3cret@", "", "", 2, id="a server without a host"),
        pytest.param("ann:s3cret@127.0.0.1:1/a", "", "", 2, id="a server without a scheme"),
        pytest.param("https://[ann:s3cret@x", "", "", 2, id="a server that is no URL"),
        pytest.param("https://x", "http://ann:s3cret@127.0.0.1:1", "", 3, id="a proxy that does not answer"),
        pytest.param("https://x", "socks5://ann:s3cret@127.0.0.1:1", "", 3, id="a SOCKS proxy that does not"),
        pytest.param("https://x", "http://ann:s3cret@127.0.0.1:x", "", 2, id="a proxy with a bad port"),
        pytest.param("https://x", "http://ann:s3/cret@127.0.0.1:1", "", 2, id="a proxy with a slash"),
        pytest.param("https://x", "ftp://ann:s3cret@127.0.0.1:1", "", 2, id="a proxy of another scheme"),
        pytest.param("https://x", "http://[ann:s3cret@127.0.0.1:1", "", 2, id="a proxy that is no URL"),
        pytest.param("https://x", "", "http://ann:s3cret@127.0.0.1:1", 3, id="a variable"),
        pytest.param("https://x", "", "http://ann:s3cret@127.0.0.1:x", 2, id="a variable with a bad port"),
        pytest.param("https://x", "", "ann:s3cret@", 2, id="a variable without a host"),
    ],
)
@pytest.mark.parametrize("more", [("-v=9",), ("-o", "json")], ids=["verbose", "JSON"])
def test_a_password_is_not_shown(
    server: str, proxy: str, variable: str, status: int, more: tuple[str, ...], tmp_path: Path
) -> None:
    """Whatever is wrong with the address."""
    write_kubeconfig(tmp_path / "config", {"server": server, **({"proxy-url": proxy} if proxy else {})})
    environ = {**environment(tmp_path), "HTTPS_PROXY": variable}

    result = run("whoami", *more, environ=environ, cwd=tmp_path)

    assert status == result.status, result.stderr
    assert_decent(result)
    for part in ("s3", "cret"):
        assert part not in result.stdout + result.stderr


def test_a_password_is_not_in_requests_or_names_of_files(tmp_path: Path) -> None:
    """`-v 6` shows the rest of the URL, and the cache is named by the rest of the address."""
    with StandIn(CALM) as server:
        write_kubeconfig(tmp_path / "config", {"server": f"http://ann:s3cret@{server.address}/"})
        argv = ("who-can", "get", "secrets", "-v=6")
        result = run(*argv, environ=environment(tmp_path), cwd=tmp_path)

    assert 0 == result.status, result.stderr
    assert f"GET http://xxxxx@{server.address}/apis 200 in " in result.stderr
    assert "s3cret" not in result.stdout + result.stderr
    folders = [folder.name for folder in (tmp_path / "cache" / "kfaccess").iterdir()]
    assert folders
    assert [] == [
        name for name in folders if "s3cret" in name or server.address.partition(":")[2] not in name
    ]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x:6443/a", "https://x:6443/a"),
        ("x:6443", "x:6443"),
        (f"https://{LOGIN}@x:6443/a", "https://xxxxx@x:6443/a"),
        (f"{LOGIN}@x", "xxxxx@x"),
        ("https://ann:p@ss@x", "https://xxxxx@x"),
        ("https://ann:p\nss@x", "https://xxxxx@x"),
    ],
)
def test_what_is_before_the_host_is_hidden(url: str, expected: str) -> None:
    """Up to the last `@`, as curl and Go take it."""
    assert expected == without_password(url)


def test_a_traceback_does_not_show_a_password() -> None:
    """The representations of the values that hold one."""
    url = f"https://{LOGIN}@x"

    for value in (Connection(server=url, proxy_url=url), ConnectionFlags(server=url)):
        assert PASSWORD not in repr(value)
        assert "https://xxxxx@x" in repr(value)
