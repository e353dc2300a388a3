"""
What the program of the archive starts with: one binary, and both names that it may be called by.

It brings its own Python and libraries along, and gives way where those would show: the programs that it
starts must find the system's libraries, and TLS the system's authorities.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

COMPLETER = "kubectl_complete-kfaccess"
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBPATH")

# Where Go, and so kubectl, looks for authorities: crypto/x509, root_linux.go
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def main() -> None:
    """Be the program, or the one that kubectl asks on TAB."""
    forget_the_loader(os.environ)
    name_authorities(os.environ)
    if Path(sys.argv[0]).name.removesuffix(".exe") == COMPLETER:
        from kubectl_kfaccess.completion import protocol

        protocol.main(sys.argv[1:])
    from kubectl_kfaccess import cli

    cli.main()


def forget_the_loader(environ: MutableMapping[str, str]) -> None:
    """Take back what PyInstaller's loader has put into *environ*; a value that it replaced is `…_ORIG`."""
    for name in [name for name in environ if name.startswith("_PYI_")]:
        del environ[name]
    for name in LIBRARY_PATHS:
        former = environ.pop(f"{name}_ORIG", None)
        if former is not None:
            environ[name] = former
        elif name in environ and environ[name] == getattr(sys, "_MEIPASS", None):
            del environ[name]


def name_authorities(environ: MutableMapping[str, str]) -> None:
    """Name the system's file of authorities where OpenSSL would look elsewhere: where it was built."""
    if file := authorities(environ):
        environ["SSL_CERT_FILE"] = file


def authorities(environ: Mapping[str, str]) -> str:
    """Return the file to name; nothing when the user has named one, or OpenSSL finds some by itself."""
    usual = ssl.get_default_verify_paths()
    if environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR") or usual.cafile or usual.capath:
        return ""
    return next((file for file in AUTHORITIES if Path(file).is_file()), "")


if __name__ == "__main__":
    main()
