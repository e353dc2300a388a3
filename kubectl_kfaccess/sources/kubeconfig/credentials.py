"""
What identifies the caller in a request: an Authorization header, a certificate, impersonation headers.

Every command that asks a cluster imports this module, so modules that only some users need are imported
inside functions.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnusableCredentials, cause_text
from kubectl_kfaccess.sources.kubeconfig.connection import AuthProvider, Connection, ExecPlugin
from kubectl_kfaccess.sources.kubeconfig.redaction import without_secrets

PLUGIN_SECONDS = 30.0  # for a plugin that cannot use the terminal


class ClientCertificate(NamedTuple):
    """A certificate chain and its key, both in PEM."""

    certificate: bytes
    key: bytes

    def __repr__(self) -> str:
        return without_secrets(self, "key")


class Credentials(NamedTuple):
    """The caller's credentials; with neither a header nor a certificate, the caller is anonymous."""

    authorization: str | None = None  # the value of the Authorization header
    certificate: ClientCertificate | None = None
    expires: float | None = None  # seconds since the epoch, if a plugin says so
    auth_provider: AuthProvider | None = None  # with the tokens that were sent, which can be new

    def __repr__(self) -> str:
        return without_secrets(self, "authorization")

    def kept_in(self, connection: Connection) -> Connection:
        """Return *connection* with new tokens: many identity providers take a refresh-token only once."""
        return connection._replace(auth_provider=self.auth_provider or connection.auth_provider)


# --- headers and certificates -----------------------------------------------------------------------------


def headers(
    connection: Connection, env: Environment, *, interactive: bool, limit: float = PLUGIN_SECONDS
) -> Credentials:
    """
    Return the credentials for the connection; each call reads the files or runs the plugin again.

    *interactive* lets a plugin use the terminal, if stdin is one; any other plugin has *limit* seconds. An
    id-token that has expired is refreshed, and the new one is written into the kubeconfig.

    The order is client-go's: token, user name, auth-provider; a plugin only if there is nothing else.
    Raises UnusableCredentials.
    """
    _refuse_removed_provider(connection)
    certificate = _own_certificate(connection)
    authorization = _own_authorization(connection)
    if connection.exec and not certificate and not authorization:
        return _from_plugin(connection.exec, connection, env, interactive=interactive, limit=limit)
    if connection.auth_provider and not authorization:
        from kubectl_kfaccess.sources.kubeconfig import oidc  # for few users

        provider = oidc.with_valid_token(connection.auth_provider, env)
        authorization = _bearer(provider.config["id-token"], "the id-token")
        return Credentials(authorization, certificate, auth_provider=provider)
    return Credentials(authorization, certificate)


def impersonation_headers(connection: Connection) -> list[tuple[str, str]]:
    """Return the Impersonate-… headers, one for each group and value, in http.client's Latin-1."""
    identity = connection.impersonation
    if not identity:
        return []
    pairs = [("Impersonate-User", identity.user)]
    pairs += [("Impersonate-Uid", identity.uid)] if identity.uid else []
    pairs += [("Impersonate-Group", group) for group in identity.groups]
    extra = ((key, value) for key, values in identity.extra.items() for value in values)
    pairs += [(f"Impersonate-Extra-{_header_key(key)}", value) for key, value in extra]
    return [(name, _header_value(value, f"the value of {name}")) for name, value in pairs]


@contextmanager
def certificate_files(certificate: ClientCertificate) -> Iterator[tuple[Path, Path]]:
    """Yield the paths of the certificate and its key, readable by this user alone and deleted afterwards."""
    import tempfile  # slow to import (random numbers and more), and tokens do not need it

    with tempfile.TemporaryDirectory(prefix="kfaccess-") as folder:
        paths = Path(folder, "tls.crt"), Path(folder, "tls.key")
        for path, data in zip(paths, (certificate.certificate, certificate.key), strict=True):
            path.touch(mode=0o600)
            path.write_bytes(data)
        yield paths


# --- credentials in the kubeconfig ------------------------------------------------------------------------


def _refuse_removed_provider(connection: Connection) -> None:
    """
    Raise UnusableCredentials for a provider that kubectl 1.26 removed, and for an unknown one.

    As in kubectl, a token beside it does not help.
    """
    name = connection.auth_provider.name if connection.auth_provider else "oidc"
    if name == "oidc":
        return
    plugin = {"gcp": "gke-gcloud-auth-plugin", "azure": "kubelogin (github.com/Azure/kubelogin)"}.get(name)
    hint = f"use the exec credential plugin {plugin}" if plugin else "use an exec credential plugin"
    problem = "was removed in kubectl 1.26" if plugin else "is not known"
    raise UnusableCredentials(f"no credentials: the auth-provider `{name}` {problem}", hint=hint)


def _own_certificate(connection: Connection) -> ClientCertificate | None:
    certificate, key = connection.certificate(), connection.key()
    return _checked(ClientCertificate(certificate, key)) if certificate and key else None


def _checked(pair: ClientCertificate) -> ClientCertificate:
    """Return the pair; raises UnusableCredentials unless both are PEM and belong together."""
    import ssl  # slow, and tokens do not need it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    with certificate_files(pair) as files:
        try:
            # For an encrypted key, OpenSSL would ask on the terminal; Go cannot use one either
            context.load_cert_chain(*files, password="")
        except (ssl.SSLError, OSError, ValueError) as error:
            raise UnusableCredentials(f"cannot use the client certificate and key: {error}") from error
    return pair


def _own_authorization(connection: Connection) -> str | None:
    """Return the Authorization header for the kubeconfig's token or password, None if it has neither."""
    if connection.token or connection.token_file:
        return _bearer(*_own_token(connection))
    if connection.username or connection.password:
        pair = f"{connection.username}:{connection.password}".encode()
        return f"Basic {base64.b64encode(pair).decode()}"
    return None


def _own_token(connection: Connection) -> tuple[str, str]:
    """
    Return the token and its name in messages; a readable token file wins, as in transport.go.

    Raises UnusableCredentials if the file cannot be read or is empty, and there is no other token.
    """
    path = connection.token_file
    try:
        token = path.read_text(encoding="utf-8").strip() if path else ""
    except (OSError, ValueError) as error:
        if not connection.token:
            raise UnusableCredentials(f"cannot read the token file `{path}`: {cause_text(error)}") from error
        token = ""
    if not token and not connection.token:
        raise UnusableCredentials(f"the token file `{path}` is empty")
    return (token, f"the token in `{path}`") if token else (connection.token, "the token")


def _bearer(token: str, noun: str) -> str:
    return f"Bearer {_header_value(token, noun)}"


def _header_value(value: str, noun: str) -> str:
    """
    Return the value as http.client expects it.

    Raises UnusableCredentials for control characters, which Go and the server reject too, and for half of a
    surrogate pair, which JSON can hold and no encoding can write.
    """
    if re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
        raise UnusableCredentials(f"{noun} has a line break or another control character: it cannot be sent")
    try:
        return value.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError as error:
        raise UnusableCredentials(f"{noun} is not valid Unicode: it cannot be sent") from error


def _header_key(key: str) -> str:
    """Return an extra key as part of a header's name: other characters than HTTP's are percent-encoded."""
    return quote(key, safe="!#$&'*+-.^_`|~")


# --- credentials of a plugin ------------------------------------------------------------------------------


def _from_plugin(
    plugin: ExecPlugin, connection: Connection, env: Environment, *, interactive: bool, limit: float
) -> Credentials:
    from kubectl_kfaccess.sources.kubeconfig import exec_plugin  # imports subprocess, for plugins only

    login = exec_plugin.run(plugin, connection, env, interactive=interactive, limit=limit)
    token, noun = login.token, f"the token of the plugin `{plugin.command}`"
    pair = ClientCertificate(*(_pem(text, plugin) for text in (login.certificate, login.key)))
    return Credentials(
        authorization=_bearer(token, noun) if token else None,
        certificate=_checked(pair) if pair.key else None,
        expires=login.expires,
    )


def _pem(text: str, plugin: ExecPlugin) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        noun = f"the certificate or key of the plugin `{plugin.command}`"
        raise UnusableCredentials(f"{noun} is not valid Unicode") from error
