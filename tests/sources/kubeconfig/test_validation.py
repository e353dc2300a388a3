"""Clusters and users with contradictory fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.errors import UsageError
from tests.sources.kubeconfig.kubeconfigs import config, loaded


@pytest.mark.parametrize(
    ("user", "cluster", "message"),
    [
        pytest.param({"token": "t", "username": "u"}, {}, "a token and a username", id="token and user"),
        pytest.param(
            {"client-certificate-data": "YQ=="},
            {},
            "needs client-key-data or client-key",
            id="no key",
        ),
        pytest.param(
            {"tokenFile": "gone"}, {}, "cannot read the tokenFile `.*/gone`: no such", id="token file"
        ),
        pytest.param({"as-groups": ["g"]}, {}, "without a user: add `--as`", id="groups of nobody"),
        pytest.param({"exec": {}}, {}, "exec has no command", id="empty exec"),
        pytest.param(
            {"exec": {"command": "x", "apiVersion": "v1"}}, {}, "exec has the apiVersion", id="version"
        ),
        pytest.param({}, {"proxy-url": "ftp://p"}, "must be http, https or socks5", id="proxy"),
        pytest.param(
            {}, {"certificate-authority": "gone"}, "cannot read the certificate-auth", id="authority"
        ),
        pytest.param(
            {},
            {"certificate-authority-data": "YQ==", "insecure-skip-tls-verify": True},
            "cannot be combined",
            id="insecure",
        ),
        pytest.param({}, {"server": "https://x:port"}, "invalid server `https://x:port`", id="port"),
        pytest.param({}, {"server": "host/path"}, "neither a URL nor HOST:PORT", id="path"),
    ],
)
def test_a_contradiction_is_an_error(
    tmp_path: Path, user: dict[str, Any], cluster: dict[str, Any], message: str
) -> None:
    """We reject what kubectl rejects, and name the wrong part."""
    with pytest.raises(UsageError, match=message):
        loaded(config(tmp_path / "config", user, **cluster))


def test_v1_plugins_must_say_how_interactive_they_are(tmp_path: Path) -> None:
    """interactiveMode has a default only before v1."""
    plugin = {"command": "x", "apiVersion": "client.authentication.k8s.io/v1"}

    with pytest.raises(UsageError, match="needs an interactiveMode of Never, IfAvailable, Always"):
        loaded(config(tmp_path / "config", {"exec": plugin}))
