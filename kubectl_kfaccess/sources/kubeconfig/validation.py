"""Problems of a cluster or a user, by the rules of clientcmd's validateClusterInfo and validateAuthInfo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kubectl_kfaccess.errors import cause_text
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password


def cluster_problems(cluster: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a cluster's fields: contradictions, and files that cannot be read."""
    yield from _proxy_problems(cluster.get("proxy-url", ""))
    authority = cluster.get("certificate-authority")
    if authority and cluster.get("certificate-authority-data"):
        yield "certificate-authority-data and certificate-authority are both given"
    if cluster.get("insecure-skip-tls-verify") and (authority or cluster.get("certificate-authority-data")):
        yield "insecure-skip-tls-verify and a certificate authority cannot be combined"
    yield from _file_problems("certificate-authority", authority)


def user_problems(user: Mapping[str, Any]) -> Iterator[str]:
    """Yield the problems of a user's fields: contradictions, and files that cannot be read."""
    if (user.get("token") or user.get("tokenFile")) and (user.get("username") or user.get("password")):
        yield "a token and a username are both given"
    if user.get("client-certificate") or user.get("client-certificate-data"):
        yield from _certificate_problems(user)
    if not user.get("token"):
        yield from _file_problems("tokenFile", user.get("tokenFile"))
    if user.get("exec") is not None:
        yield from _exec_problems(user["exec"], user.get("auth-provider"))
    if not user.get("as") and any(user.get(key) for key in ("as-uid", "as-groups", "as-user-extra")):
        yield "a uid, groups or extra values are impersonated without a user: add `--as`"


def _proxy_problems(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError if it is not a number
    except ValueError as error:
        yield f"proxy-url `{without_password(url)}`: {cause_text(error).partition(' as ')[0]}"
        return
    if url and parts.scheme not in ("http", "https", "socks5"):
        yield f"proxy-url `{without_password(url)}` must be http, https or socks5"


def _file_problems(key: str, path: str | None) -> Iterator[str]:
    try:
        if path:
            Path(path).open("rb").close()
    except (OSError, ValueError) as error:
        yield f"cannot read the {key} `{path}`: {cause_text(error)}"


def _certificate_problems(user: Mapping[str, Any]) -> Iterator[str]:
    for key in ("client-certificate", "client-key"):
        if user.get(key) and user.get(f"{key}-data"):
            yield f"{key}-data and {key} are both given"
    if not user.get("client-key") and not user.get("client-key-data"):
        yield "the client certificate needs client-key-data or client-key"
    yield from _file_problems("client-certificate", user.get("client-certificate"))
    yield from _file_problems("client-key", user.get("client-key"))


def _exec_problems(plugin: Mapping[str, Any], auth_provider: Mapping[str, Any] | None) -> Iterator[str]:
    if auth_provider is not None:
        yield "exec and auth-provider cannot be combined"
    if not plugin.get("command"):
        yield "exec has no command"
    versions = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1")
    if plugin.get("apiVersion") not in versions:
        yield f"exec has the apiVersion `{plugin.get('apiVersion', '')}`, not {' or '.join(versions)}"
    if any(not variable.get("name") for variable in plugin.get("env") or ()):
        yield "an env entry of exec has no name"
    modes = ("Never", "IfAvailable", "Always")
    if plugin.get("interactiveMode") not in modes:
        mode = plugin.get("interactiveMode", "")
        yield f"exec needs an interactiveMode of {', '.join(modes)}, not `{mode}`"
