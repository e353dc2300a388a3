"""The start of the archive's program: the loader leaves no trace, and TLS finds the system's authorities."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from release import start
from release.start import authorities, forget_the_loader


def test_what_the_loader_tells_itself_is_forgotten() -> None:
    """A credential plugin that PyInstaller built as well must not take itself for a part of this program."""
    environ = {"_PYI_ARCHIVE_FILE": "/opt/kubectl-kfaccess", "_PYI_PARENT_PROCESS_LEVEL": "1", "HOME": "/h"}
    forget_the_loader(environ)

    assert {"HOME": "/h"} == environ


def test_programs_that_are_started_find_the_systems_libraries() -> None:
    """The user's own path is restored, which the loader had saved."""
    environ = {"LD_LIBRARY_PATH": "/opt/kfaccess/_internal", "LD_LIBRARY_PATH_ORIG": "/opt/mine"}
    forget_the_loader(environ)

    assert {"LD_LIBRARY_PATH": "/opt/mine"} == environ


def test_a_path_of_libraries_that_is_the_users_stays() -> None:
    """If the loader has changed nothing, there is nothing to undo."""
    environ = {"LD_LIBRARY_PATH": "/opt/mine"}
    forget_the_loader(environ)

    assert {"LD_LIBRARY_PATH": "/opt/mine"} == environ


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_authorities_that_the_user_names_stay(name: str) -> None:
    """The user has set OpenSSL's own variable for a reason."""
    assert "" == authorities({name: "/opt/authorities"})


def test_authorities_are_the_systems_where_openssl_looks_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A Python of another distribution looks where that one has them, and here is nothing there."""
    nowhere = ssl.DefaultVerifyPaths(None, None, "SSL_CERT_FILE", "/nowhere", "SSL_CERT_DIR", "/nowhere")
    system = tmp_path / "ca-bundle.crt"
    system.touch()
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: nowhere)  # built into OpenSSL
    monkeypatch.setattr(start, "AUTHORITIES", (str(tmp_path / "missing"), str(system)))  # the system's

    assert str(system) == authorities({})
