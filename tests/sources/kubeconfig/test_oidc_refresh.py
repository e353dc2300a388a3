"""What the real kubectl cannot show about a refresh: interrupts, deadlines, systems without authorities."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kubectl_kfaccess.completion.refresh import carry_out
from kubectl_kfaccess.errors import ErrorCode, UnusableCredentials
from kubectl_kfaccess.sources.kubeconfig import oidc_refresh
from kubectl_kfaccess.sources.kubeconfig.connection import AuthProvider
from kubectl_kfaccess.sources.kubeconfig.oidc_refresh import refreshed
from tests.controlplane.pki import Authority
from tests.sources.kubeconfig.identity_provider import (
    CLIENT,
    EXPIRED,
    NEW,
    NEXT_REFRESH,
    REFRESH,
    SECRET,
    IdentityProvider,
)
from tests.sources.kubeconfig.kubeconfigs import config, environment

AUTHORITY = "idp-certificate-authority"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """The authority of the identity provider."""
    (tmp_path / "authority").mkdir()
    return Authority(tmp_path / "authority")


@pytest.fixture
def provider(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[IdentityProvider]:
    """A running identity provider; no setting of this machine counts."""
    for name in ("HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with IdentityProvider(authority.server("idp")) as provider:
        yield provider


def login(provider: IdentityProvider, path: Path, authority: str) -> AuthProvider:
    """Write a kubeconfig with a token that has expired, and return its auth-provider."""
    settings = {
        "client-id": CLIENT,
        "client-secret": SECRET,
        "id-token": EXPIRED,
        AUTHORITY: authority,
        "idp-issuer-url": provider.url,
        "refresh-token": REFRESH,
    }
    user = {"auth-provider": {"name": "oidc", "config": settings}}
    file = config(path, user, server=provider.url, **{"certificate-authority": authority})
    return AuthProvider("oidc", settings, file, "u")


def test_an_interrupt_waits_until_new_tokens_are_saved(
    provider: IdentityProvider, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old refresh-token is worth nothing when the provider has sent another one."""
    made = login(provider, tmp_path / "config", str(authority.certificate))

    def interrupted(_seconds: float, work: Callable[[], object]) -> object:
        threading.Thread(target=work, daemon=True).start()
        raise KeyboardInterrupt

    monkeypatch.setattr(oidc_refresh, "within", interrupted)
    monkeypatch.setattr(oidc_refresh, "_LAST_SECONDS", 60.0)
    with pytest.raises(KeyboardInterrupt):
        refreshed(made, environment(tmp_path))

    assert {NEW, NEXT_REFRESH} == {
        token for token in (NEW, NEXT_REFRESH, REFRESH) if token in (tmp_path / "config").read_text()
    }


def test_a_provider_that_does_not_answer_is_an_error(
    provider: IdentityProvider, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The Kubernetes client would wait forever."""
    made = login(provider, tmp_path / "config", str(authority.certificate))

    def late(_seconds: float, _work: Callable[[], object]) -> object:
        raise TimeoutError

    monkeypatch.setattr(oidc_refresh, "within", late)
    with pytest.raises(UnusableCredentials, match="no answer in time") as raised:
        refreshed(made, environment(tmp_path))

    assert ErrorCode.TIMEOUT == raised.value.code


def test_tokens_are_not_in_the_repr(provider: IdentityProvider, authority: Authority, tmp_path: Path) -> None:
    """Neither are they in a traceback."""
    made = login(provider, tmp_path / "config", str(authority.certificate))

    new = refreshed(made, environment(tmp_path))

    assert NEW == new.config["id-token"]
    assert [] == [secret for secret in (NEW, NEXT_REFRESH, SECRET) if secret in repr(new)]


def test_authorities_can_be_in_a_folder_of_the_system(
    provider: IdentityProvider, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some systems have a file for each, named after a hash."""
    (tmp_path / "certs").mkdir()
    (tmp_path / "certs" / "0123abcd.0").write_bytes(authority.certificate.read_bytes())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "certs"))

    new = refreshed(login(provider, tmp_path / "config", ""), environment(tmp_path))

    assert NEW == new.config["id-token"]


def test_a_system_without_authorities_trusts_nobody_blindly(
    provider: IdentityProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the library brings along counts then, and never no verification."""
    (tmp_path / "certs").mkdir()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "certs"))

    with pytest.raises(UnusableCredentials, match="certificate verify failed") as raised:
        refreshed(login(provider, tmp_path / "config", ""), environment(tmp_path))

    assert ErrorCode.TLS == raised.value.code
    assert ([], []) == provider.taken()


def test_completion_refreshes_nothing(
    provider: IdentityProvider, authority: Authority, tmp_path: Path
) -> None:
    """Its process ends after some seconds, whatever it is doing."""
    made = login(provider, tmp_path / "config", str(authority.certificate))
    flags = {"kubeconfig": str(made.file)}
    order = {"flags": flags, "cache": str(tmp_path), "folder": str(tmp_path), "parts": ["namespaces"]}

    with pytest.raises(UnusableCredentials, match="has expired"):
        carry_out(order)

    assert ([], []) == provider.taken()
