"""
What a request carries so that the server knows the caller: a header, a certificate, somebody impersonated.

Modules that only some users need are imported where they are needed: every command that asks a cluster
imports this one.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnusableCredentials, cause
from kubectl_kfaccess.sources.kubeconfig.connection import Connection, ExecPlugin
from kubectl_kfaccess.sources.kubeconfig.redaction import without_secrets

PLUGIN_SECONDS = 30.0
_EXPIRY_DELTA = 10.0  # seconds; oidc.go's expiryDelta


class ClientCertificate(NamedTuple):
    """A certificate chain and its key, both PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return without_secrets(self, "key")


class Credentials(NamedTuple):
    """What identifies the caller; neither part means anonymous."""

    authorization: str | None = None  # the value of the Authorization header
    certificate: ClientCertificate | None = None
    expires: float | None = None  # seconds since the epoch, where a plugin said so

    def __repr__(self) -> str:
        return without_secrets(self, "authorization")


# --- what callers ask -------------------------------------------------------------------------------------


def headers(
    connection: Connection, env: Environment, *, interactive: bool, limit: float = PLUGIN_SECONDS
) -> Credentials:
    """
    Return the credentials for the connection, read or made anew at each call.

    *interactive* lets a plugin use the terminal, if stdin is one; a plugin that may not has *limit* seconds.
    The order is client-go's: token, user name, auth-provider; a plugin only when nothing else is there.
    """
    _refuse_removed_provider(connection)
    certificate = _own_certificate(connection)
    authorization = _own_authorization(connection)
    if connection.exec and not certificate and not authorization:
        return _from_plugin(connection.exec, connection, env, interactive=interactive, limit=limit)
    if connection.auth_provider and not authorization:
        authorization = _bearer(_id_token(connection.auth_provider.config), "the id-token")
    return Credentials(authorization, certificate)


def impersonation_headers(connection: Connection) -> list[tuple[str, str]]:
    """Return the Impersonate-… headers, one for each group and value; ready for http.client's Latin-1."""
    act = connection.impersonation
    if not act:
        return []
    pairs = [("Impersonate-User", act.user)]
    pairs += [("Impersonate-Uid", act.uid)] if act.uid else []
    pairs += [("Impersonate-Group", group) for group in act.groups]
    extra = ((key, value) for key, values in act.extra.items() for value in values)
    pairs += [(f"Impersonate-Extra-{_header_key(key)}", value) for key, value in extra]
    return [(name, _header_value(value, f"the value of {name}")) for name, value in pairs]


@contextmanager
def certificate_files(certificate: ClientCertificate) -> Iterator[tuple[Path, Path]]:
    """Yield the paths of the certificate and its key, readable for this user alone, gone afterwards."""
    import tempfile  # random numbers and much else, which tokens do not need

    with tempfile.TemporaryDirectory(prefix="kfaccess-") as folder:
        paths = Path(folder, "tls.crt"), Path(folder, "tls.key")
        for path, data in zip(paths, (certificate.certificate, certificate.key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(data)
        yield paths


# --- what the kubeconfig itself holds ---------------------------------------------------------------------


def _refuse_removed_provider(connection: Connection) -> None:
    """Fail for the providers that kubectl 1.26 dropped, and unknown ones; as there, a token does not help."""
    name = connection.auth_provider.name if connection.auth_provider else "oidc"
    if name == "oidc":
        return
    plugin = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin (github.com/Azure/kubelogin)"}.get(name)
    hint = f"use the exec credential plugin {plugin}" if plugin else "use an exec credential plugin"
    what = "was removed from kubectl 1.26" if plugin else "is not known"
    raise UnusableCredentials(f"no credentials: the auth-provider `{name}` {what}", hint=hint)


def _own_certificate(connection: Connection) -> ClientCertificate | None:
    certificate, key = connection.certificate(), connection.key()
    return _checked(ClientCertificate(certificate, key)) if certificate and key else None


def _checked(made: ClientCertificate) -> ClientCertificate:
    """Return the pair, after a look whether they are PEM and belong together."""
    import ssl  # slow, and tokens do not need it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with certificate_files(made) as files:
        try:
            # An encrypted key would make OpenSSL ask on the terminal; Go cannot use one either.
            context.load_cert_chain(*files, password="")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise UnusableCredentials(f"cannot use the client certificate and key: {error}") from error
    return made


def _own_authorization(connection: Connection) -> str | None:
    if connection.token or connection.token_file:
        return _bearer(*_own_token(connection))
    if connection.username or connection.password:
        pair = f"{connection.username}:{connection.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return None


def _own_token(connection: Connection) -> tuple[str, str]:
    """Return the token, and what it is called; a token file that can be read wins, as in transport.go."""
    path = connection.token_file
    try:
        token = path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        if not connection.token:
            raise UnusableCredentials(f"cannot read the token file `{path}`: {cause(error)}") from error
        token = ""
    if not token and not connection.token:
        raise UnusableCredentials(f"the token file `{path}` is empty")
    return (token, f"the token in `{path}`") if token else (connection.token, "the token")


def _bearer(token: str, what: str) -> str:
    return f"Bearer {_header_value(token, what)}"


def _header_value(value: str, what: str) -> str:
    """Return the value as http.client wants it; Go and the server refuse control characters, we do here."""
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
        raise UnusableCredentials(f"{what} has a line break or another control character: it cannot be sent")
    return value.encode("utf-8", "surrogateescape").decode("latin-1")


def _header_key(key: str) -> str:
    """Return the extra key for use in a header's name: what is no token character is percent-encoded."""
    return quote(key, safe="!#$&'*+-.^_`|~")


def _id_token(config: Mapping[str, str]) -> str:
    token = config.get("id-token", "")
    advice = "use an exec credential plugin for OpenID Connect, such as kubelogin (kubectl oidc-login)"
    if not token:
        raise UnusableCredentials("no credentials: the auth-provider `oidc` holds no id-token", hint=advice)
    if _expiry(token) <= time.time() + _EXPIRY_DELTA:
        raise UnusableCredentials(
            "no credentials: the id-token of the auth-provider `oidc` has expired", hint=advice
        )
    return token


def _expiry(token: str) -> float:
    """Return when the JSON Web Token expires, in seconds since the epoch; one that does not say so has."""
    try:
        _, payload, _ = token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims.get("exp") or 0)
    except (ValueError, TypeError, AttributeError) as error:
        raise UnusableCredentials(
            "no credentials: the id-token of the auth-provider `oidc` is no JWT"
        ) from error


# --- what a credential plugin gives -----------------------------------------------------------------------


def _from_plugin(
    plugin: ExecPlugin, connection: Connection, env: Environment, *, interactive: bool, limit: float
) -> Credentials:
    from kubectl_kfaccess.sources.kubeconfig import exec_plugin  # processes, for plugins alone

    given = exec_plugin.run(plugin, connection, env, interactive=interactive, limit=limit)
    token, what = given.token, f"the token of the plugin `{plugin.command}`"
    pair = ClientCertificate(given.certificate.encode(), given.key.encode())
    return Credentials(
        authorization=_bearer(token, what) if token else None,
        certificate=_checked(pair) if pair.key else None,
        expires=given.expires,
    )
