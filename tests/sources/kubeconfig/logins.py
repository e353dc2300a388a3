"""What tests of credentials need: environments, certificates, connections."""

from __future__ import annotations

import datetime
import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.kubeconfig.choice import Connection
from kubectl_kfaccess.sources.kubeconfig.credentials import ClientCertificate, Credentials, headers


def environment(cwd: Path, stdin: BinaryIO | None = None, **variables: str) -> Environment:
    """Return an environment with PATH and these variables."""
    environ = {"PATH": os.environ["PATH"], **variables}
    return Environment(stdin or io.BytesIO(), io.StringIO(), io.StringIO(), environ, cwd)


def credentials(
    env: Environment, *, interactive: bool = False, limit: float = 20.0, **parts: Any
) -> Credentials:
    """Return the credentials of a connection with these fields."""
    return headers(Connection("https://c", **parts), env, interactive=interactive, limit=limit)


def pair() -> ClientCertificate:
    """Return a new self-signed certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "carol")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(1))
    certificate = builder.sign(key, SHA256()).public_bytes(Encoding.PEM)
    return ClientCertificate(
        certificate, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
