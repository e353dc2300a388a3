"""kubectl's connection flags, as a value that imports nothing slow."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple
from kubectl_kfaccess.sources.kubeconfig.redaction import without_password, without_secrets


class ConnectionFlags(NamedTuple):
    """kubectl's connection flags; a flag that was not given is empty or None."""

    kubeconfig: str = ""
    context: str = ""
    cluster: str = ""
    user: str = ""
    namespace: str = ""
    server: str = ""
    token: str = ""
    as_user: str = ""
    as_groups: tuple[str, ...] = ()
    as_uid: str = ""
    as_user_extra: tuple[str, ...] = ()
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    insecure_skip_tls_verify: bool | None = None
    tls_server_name: str = ""
    request_timeout: str = "0"
    disable_compression: bool | None = None

    def __repr__(self) -> str:
        return without_secrets(self._replace(server=without_password(self.server)), "token")
