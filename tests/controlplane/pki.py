"""Keys and certificates of a control plane."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

VALIDITY = datetime.timedelta(days=2)
SKEW = datetime.timedelta(minutes=5)

_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """A certificate authority, whose certificate is in a file and whose key is in memory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "kubectl-kfaccess test authority")])
        self.certificate = directory / "ca.crt"
        builder = _builder(self._name, self._name, self._key.public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        self._write_certificate(self.certificate, builder.add_extension(_SIGNS_CERTIFICATES, critical=True))

    def key_file(self) -> Path:
        """Return a file of the key, for a program that signs as well."""
        return _write_key(self._directory / "ca.key", self._key)

    def server(self, file_name: str) -> tuple[Path, Path]:
        """Return the files of a certificate and key for a server on this machine, also valid for a client."""
        names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        return self._issue(file_name, subject, x509.SubjectAlternativeName(names))

    def client(self, file_name: str, user: str, groups: tuple[str, ...]) -> tuple[Path, Path]:
        """Return the files of a client certificate and key: CN is the user, each O is a group."""
        organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        subject = x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, user)])
        return self._issue(file_name, subject, None)

    def _issue(
        self, file_name: str, subject: x509.Name, names: x509.SubjectAlternativeName | None
    ) -> tuple[Path, Path]:
        """Return the files of a new certificate and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = _builder(subject, self._name, key.public_key())
        if names is not None:
            usages.append(ExtendedKeyUsageOID.SERVER_AUTH)
            builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        certificate = self._directory / f"{file_name}.crt"
        self._write_certificate(certificate, builder)
        return certificate, _write_key(self._directory / f"{file_name}.key", key)

    def _write_certificate(self, path: Path, builder: x509.CertificateBuilder) -> None:
        """Sign a certificate and write it, with the key identifiers that Python 3.13 requires."""
        public = self._key.public_key()
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(public)
        builder = builder.add_extension(identifier, critical=False)
        path.write_bytes(builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM))


def service_account_keys(directory: Path) -> tuple[Path, Path]:
    """Return the files of a private key that signs service account tokens, and of its public key."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = directory / "sa.pub"
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return _write_key(directory / "sa.key", key), public


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    """Return a builder with what all certificates have in common."""
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.not_valid_before(now - SKEW).not_valid_after(now + VALIDITY)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
    """Write a private key to a file that only its owner can read, and return its path."""
    path.touch(mode=0o600)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path
