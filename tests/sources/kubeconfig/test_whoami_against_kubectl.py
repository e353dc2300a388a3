"""Compared with the real kubectl: who the server says we are, and the input of credential plugins."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import urllib3
import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.sources.cluster.connection_pool import connection_pool
from kubectl_kfaccess.sources.kubeconfig.choice import Connection, load
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags
from kubectl_kfaccess.sources.kubeconfig.credentials import headers, impersonation_headers
from tests.sources.kubeconfig.generated_logins import Logins
from tests.sources.kubeconfig.real_kubectl import AT_ONCE, ERROR, World, arguments, kubectl_says

pytestmark = pytest.mark.server


def whoami(connection: Connection, env: Environment) -> Any:
    """Return the user that the server sees in our own request, or ERROR."""
    credentials = headers(connection, env, interactive=False)
    sent = urllib3.HTTPHeaderDict({"Content-Type": "application/json"})
    for name, value in impersonation_headers(connection):
        sent.add(name, value)
    if credentials.authorization:
        sent["Authorization"] = credentials.authorization
    body = json.dumps({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"})
    url = connection.server + "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    with connection_pool(connection, credentials.certificate, {}) as pool:
        try:
            response = pool.request("POST", url, body=body, headers=sent, retries=False, timeout=10)
        except urllib3.exceptions.HTTPError:
            return ERROR
    return response.json()["status"]["userInfo"] if response.status == 201 else ERROR


def our_whoami(world: World) -> Any:
    """Return who the server says we are, or ERROR."""
    try:
        return whoami(load(world.flags, world.env), world.env)
    except KfaccessError:
        return ERROR


def kubectl_whoami(kubectl: Path, world: World) -> Any:
    """Return who the server says kubectl is, or ERROR."""
    answered = kubectl_says(kubectl, world, "auth", "whoami")
    return answered if answered == ERROR else answered["status"]["userInfo"]


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
@pytest.mark.parametrize("seed", range(10), ids=lambda seed: f"seed {seed}")
def test_is_who_kubectl_is(plane: Any, tmp_path: Path, seed: int) -> None:
    """Whatever the files and flags, the server sees the same user as with kubectl, or rejects both."""
    print(f"seed {seed}")
    draw = random.Random(seed)
    worlds = [Logins(draw, tmp_path / str(number), plane).world() for number in range(16)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        expected = list(pool.map(lambda world: kubectl_whoami(plane.kubectl, world), worlds))
    actual = [our_whoami(world) for world in worlds]

    shown = [(world.about, arguments(world.flags)) for world in worlds]
    assert list(zip(shown, expected, strict=True)) == list(zip(shown, actual, strict=True))


def test_tells_a_plugin_what_kubectl_tells_it(plane: Any, tmp_path: Path) -> None:
    """KUBERNETES_EXEC_INFO, arguments and variables are the same from us and from kubectl."""
    plugin = tmp_path / "plugin"
    plugin.write_text('#!/bin/sh\nprintf "%s\\037" "$KUBERNETES_EXEC_INFO" "$A" "$@" >>told\nexit 1\n')
    plugin.chmod(0o755)
    plugin_fields = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "./plugin",
        "args": ["one", "two"],
        "env": [{"name": "A", "value": "first"}, {"name": "A", "value": "last"}],
        "provideClusterInfo": True,
        "interactiveMode": "IfAvailable",
    }
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": ["q", 1, None]}}
    (tmp_path / "ca.crt").write_bytes(plane.ca_file.read_bytes())
    cluster = {"server": plane.server, "certificate-authority": "ca.crt", "extensions": [extension]}
    config = {
        "current-context": "a",
        "contexts": [{"name": "a", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": cluster | {"tls-server-name": "localhost"}}],
        "users": [{"name": "u", "user": {"exec": plugin_fields}}],
    }
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    world = World(tmp_path, {"KUBECONFIG": "config"}, ConnectionFlags())

    expected = plugin_input(tmp_path / "told", lambda: kubectl_whoami(plane.kubectl, world))
    actual = plugin_input(tmp_path / "told", lambda: our_whoami(world))

    assert expected == actual
    assert len(expected) == len(("info", "variable", "one", "two"))


def plugin_input(output: Path, run: Callable[[], Any]) -> list[Any]:
    """Return the input of the plugin's first run: the decoded KUBERNETES_EXEC_INFO, $A and the arguments."""
    output.unlink(missing_ok=True)
    run()
    info, *rest = output.read_text().split("\x1f")[:4]
    return [json.loads(info), *rest]


@pytest.mark.parametrize(
    ("text", "user"),
    [
        pytest.param("bob", "bob@example.com", id="a token"),
        pytest.param("", "alice@example.com", id="nothing"),
        pytest.param(None, "alice@example.com", id="no file"),
    ],
)
def test_a_token_file_wins_over_the_token_flag(
    plane: Any, tmp_path: Path, text: str | None, user: str
) -> None:
    """`--token` counts only if the context's tokenFile has no token, for kubectl and for us."""
    if text is not None:
        (tmp_path / "token").write_text(plane.token("bob@example.com") if text else "")
    config = yaml.safe_load(plane.kubeconfig("alice@example.com").read_text())
    config["users"][0]["user"] = {"tokenFile": "token"}
    (tmp_path / "config").write_text(yaml.safe_dump(config))
    world = World(tmp_path, {"KUBECONFIG": "config"}, ConnectionFlags(token=plane.token("alice@example.com")))

    expected = kubectl_whoami(plane.kubectl, world)
    actual = our_whoami(world)

    assert user == expected["username"]
    assert expected == actual
