"""
The start of the program in the archive: one binary, which is called by two names.

The archive contains its own Python and libraries. They must not affect anything else: programs that we start
must find the system's libraries, and TLS must use the system's authorities.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

COMPLETER = "kubectl_complete-kfaccess"
LIBRARY_PATHS = ("LD_LIBRARY_PATH", "LIBPATH")

# Where Go, and therefore kubectl, looks for authorities: crypto/x509, root_linux.go
AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def main() -> None:
    """Run the program, or the one that kubectl runs on TAB if it was called by that name."""
    forget_the_loader(os.environ)
    name_authorities(os.environ)
    if Path(sys.argv[0]).name.removesuffix(".exe") == COMPLETER:
        from kubectl_kfaccess.completion import protocol

        protocol.main(sys.argv[1:])
    from kubectl_kfaccess import cli

    cli.main()


def forget_the_loader(environ: MutableMapping[str, str]) -> None:
    """Undo the changes of PyInstaller's loader in *environ*; it keeps a replaced value as `…_ORIG`."""
    for name in [name for name in environ if name.startswith("_PYI_")]:
        del environ[name]
    for name in LIBRARY_PATHS:
        former = environ.pop(f"{name}_ORIG", None)
        if former is not None:
            environ[name] = former
        elif name in environ and environ[name] == getattr(sys, "_MEIPASS", None):
            del environ[name]


def name_authorities(environ: MutableMapping[str, str]) -> None:
    """Set SSL_CERT_FILE to the system's authorities, unless OpenSSL finds them where it was built."""
    if file := authorities(environ):
        environ["SSL_CERT_FILE"] = file


def authorities(environ: Mapping[str, str]) -> str:
    """Return the system's file of authorities; "" if the user names one, or if OpenSSL finds some itself."""
    default = ssl.get_default_verify_paths()
    if environ.get("SSL_CERT_FILE") or environ.get("SSL_CERT_DIR") or default.cafile or default.capath:
        return ""
    return next((file for file in AUTHORITIES if Path(file).is_file()), "")


if __name__ == "__main__":
    main()
