"""
The connection that a kubeconfig describes: the server, and the caller's credentials.

These are named tuples because every command that asks a cluster imports them: defining a frozen dataclass
takes five times as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from kubectl_kfaccess.errors import UnusableCredentials, cause_text
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password, without_secrets

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Impersonation(NamedTuple):
    """The identity that requests are made as: `--as`, `--as-uid`, `--as-group`, `--as-user-extra`."""

    user: str
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = _NOTHING


class ExecPlugin(NamedTuple):
    """A credential plugin: the command that prints an ExecCredential."""

    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""
    config: Any = None

    def __repr__(self) -> str:
        return without_secrets(self, "env")


class AuthProvider(NamedTuple):
    """An `auth-provider` entry, the predecessor of credential plugins."""

    name: str
    config: Mapping[str, str] = _NOTHING
    file: Path | None = None  # the kubeconfig that has it, and the user there
    user: str = ""

    def __repr__(self) -> str:
        return without_secrets(self, "config")


class Connection(NamedTuple):
    """The server and how to verify it, the caller's credentials, and the namespace to use."""

    server: str
    namespace: str = "default"
    namespace_from: str = "default"  # flag, context, in-cluster or default
    context: str = ""
    cluster_name: str = ""
    user_name: str = ""
    ca_data: bytes | None = None
    ca_file: Path | None = None
    insecure: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    disable_compression: bool = False
    certificate_data: bytes | None = None
    certificate_file: Path | None = None
    key_data: bytes | None = None
    key_file: Path | None = None
    token: str = ""
    token_file: Path | None = None
    username: str = ""
    password: str = ""
    exec: ExecPlugin | None = None
    auth_provider: AuthProvider | None = None
    impersonation: Impersonation | None = None
    timeout: float = 0.0  # seconds; 0 is kubectl's default, no limit

    def __repr__(self) -> str:
        server, proxy_url = without_password(self.server), without_password(self.proxy_url)
        shown = self._replace(server=server, proxy_url=proxy_url)
        return without_secrets(shown, "key_data", "token", "password")

    def authority(self) -> bytes | None:
        """Return the server's certificate authority in PEM, None for those that the system trusts."""
        return self.ca_data or _content(self.ca_file, "certificate authority")

    def certificate(self) -> bytes | None:
        """Return the client certificate in PEM, None if there is none; raises UnusableCredentials."""
        return self.certificate_data or _content(self.certificate_file, "client certificate")

    def key(self) -> bytes | None:
        """Return the key of the client certificate in PEM, None for none; raises UnusableCredentials."""
        return self.key_data or _content(self.key_file, "client key")


def _content(path: Path | None, noun: str) -> bytes | None:
    """Return the content of a file; raises UnusableCredentials, which calls the file *noun*."""
    try:
        return path.read_bytes() if path else None
    except (OSError, ValueError) as error:
        raise UnusableCredentials(f"cannot read the {noun} `{path}`: {cause_text(error)}") from error
