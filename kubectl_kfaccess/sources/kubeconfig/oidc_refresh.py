"""
Fetch new tokens from an identity provider, with the Kubernetes client, and save them in the kubeconfig.

The client takes longer to import than a small answer, so import this module only to refresh a token. It does
not verify the identity provider's certificate if the kubeconfig has no authority for it, and writes no file.
So it gets a copy of the settings with an authority in it, and its result is checked and saved here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import certifi
from kubernetes.client.configuration import Configuration
from kubernetes.config.kube_config import KubeConfigLoader
from oauthlib.oauth2 import OAuth2Error
from urllib3.exceptions import HTTPError

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import ErrorCode, UnusableCredentials, cause_text
from kubectl_kfaccess.sources.cluster.failures import unreachable
from kubectl_kfaccess.sources.cluster.threads import within
from kubectl_kfaccess.sources.kubeconfig import token_file
from kubectl_kfaccess.sources.kubeconfig.connection import AuthProvider
from kubectl_kfaccess.sources.kubeconfig.redaction import without_secrets

SECONDS = 30.0  # for both requests to the identity provider
_LAST_SECONDS = 5.0  # after an interrupt: a token that was replaced and not saved logs the user out
_LOG_IN = "log in again: the refresh-token may have expired, been used before or been revoked"
_CHECK = "check `idp-issuer-url` and the certificate authority of the auth-provider, and your network"
# A token that expired in 1970 makes the client ask for another one
_EXPIRED = "e30.eyJleHAiOjF9.e30"


class _Unchanged(Exception):
    """The client gave up without a reason."""


class _Outcome(NamedTuple):
    """The settings with the new tokens, and why they are not saved; "" if they are."""

    config: Mapping[str, str]
    unsaved: str

    def __repr__(self) -> str:
        return without_secrets(self, "config")


def refreshed(provider: AuthProvider, env: Environment) -> AuthProvider:
    """
    Return *provider* with new tokens, which its kubeconfig has then, too; if not, a note on stderr says so.

    Raises UnusableCredentials if the identity provider gives none.
    """
    issuer, finished = _issuer(provider.config), threading.Event()

    def work() -> _Outcome:
        try:
            return _fetched_and_saved(provider, env)
        finally:
            finished.set()

    try:
        outcome = within(SECONDS, work)
    except TimeoutError as error:
        raise _no_answer(issuer, error) from error
    except KeyboardInterrupt:
        finished.wait(_LAST_SECONDS)
        raise
    if outcome.unsaved:
        env.stderr.write(f"note: {_unsaved_text(provider, outcome)}\n")
    return provider._replace(config=outcome.config)


def _issuer(config: Mapping[str, str]) -> str:
    """Return the URL of the identity provider; raises UnusableCredentials if a setting is missing."""
    for key in ("idp-issuer-url", "client-id"):
        if not config.get(key):
            raise UnusableCredentials(f"no credentials: the auth-provider `oidc` has no {key}", hint=_CHECK)
    issuer = config["idp-issuer-url"]
    if not issuer.startswith("https://"):
        text = "no credentials: the `idp-issuer-url` of the auth-provider `oidc` does not start with https://"
        raise UnusableCredentials(text, hint="over plain HTTP, anybody on the way could read the tokens")
    return issuer


def _fetched_and_saved(provider: AuthProvider, env: Environment) -> _Outcome:
    tokens = _fetched(provider.config, env)
    unsaved = ""
    try:
        token_file.save(provider.file, provider.user, tokens)
    except (OSError, ValueError) as error:
        unsaved = cause_text(error)
    return _Outcome({**provider.config, **tokens}, unsaved)


def _unsaved_text(provider: AuthProvider, outcome: _Outcome) -> str:
    where = f"the new id-token is not saved in `{provider.file}`: {outcome.unsaved}"
    if outcome.config["refresh-token"] == provider.config["refresh-token"]:
        return where
    return f"{where}; nor is the new refresh-token, and the old one might not work again: log in again then"


# --- the Kubernetes client --------------------------------------------------------------------------------


def _fetched(config: Mapping[str, str], env: Environment) -> dict[str, str]:
    """Return the new id-token, and the refresh-token from now on; raises UnusableCredentials."""
    with _authority_file(config, env) as authority:
        settings = {
            "idp-issuer-url": config["idp-issuer-url"].removesuffix("/"),
            "idp-certificate-authority": str(authority),
            "client-id": config["client-id"],
            "client-secret": config.get("client-secret", ""),
            "id-token": _EXPIRED,
            "refresh-token": config["refresh-token"],
        }
        try:
            _load(settings)
        except Exception as error:  # those of five libraries, and what an odd answer causes in them
            raise _refused(config["idp-issuer-url"], error) from error
    return {key: settings[key] for key in ("id-token", "refresh-token")}


def _load(settings: dict[str, str]) -> None:
    """Let the client replace the tokens in *settings*, as if they were all of a kubeconfig."""
    user = {"auth-provider": {"name": "oidc", "config": settings}}
    document = {
        "contexts": [{"name": "oidc", "context": {"cluster": "oidc", "user": "oidc"}}],
        "clusters": [{"name": "oidc", "cluster": {}}],
        "users": [{"name": "oidc", "user": user}],
    }
    KubeConfigLoader(document, active_context="oidc").load_and_set(Configuration())
    if settings["id-token"] == _EXPIRED:
        raise _Unchanged
    if not (isinstance(settings["id-token"], str) and isinstance(settings["refresh-token"], str)):
        raise TypeError


def _refused(issuer: str, error: Exception) -> UnusableCredentials:
    """Return the error for a failed refresh, without the provider's own text, which could quote a token."""
    if isinstance(error, OAuth2Error):
        is_code = re.fullmatch("[a-z_]{1,40}", error.error or "")
        reason = f"refuses to refresh the id-token: {error.error if is_code else 'it gives an odd reason'}"
        return _failed(issuer, reason, _LOG_IN, ErrorCode.FORBIDDEN)
    if isinstance(error, (OSError, HTTPError)):
        return _no_answer(issuer, error)
    status = getattr(error, "status", None)
    problem = (
        f"status {status}" if isinstance(status, int) else _PROBLEMS.get(type(error), type(error).__name__)
    )
    return _failed(issuer, f"does not refresh the id-token: {problem}", _CHECK, ErrorCode.BAD_ANSWER)


_PROBLEMS: Mapping[type[Exception], str] = {
    KeyError: "its answer has no id_token, or its discovery document no token_endpoint",
    json.JSONDecodeError: "its discovery document is not JSON",
    _Unchanged: "it does not know the client-id, or has no discovery document",
}


def _failed(issuer: str, reason: str, hint: str, code: ErrorCode) -> UnusableCredentials:
    host = urlsplit(issuer).netloc.rpartition("@")[2]
    text = f"no credentials: the identity provider {host} {reason}"
    return UnusableCredentials(text, hint=hint, code=code)


def _no_answer(issuer: str, error: Exception) -> UnusableCredentials:
    problem = unreachable(issuer, error)
    text = f"no credentials: the id-token has expired and cannot be refreshed: {problem.message}"
    return UnusableCredentials(text, hint=_CHECK, code=problem.code)


# --- the certificate authority ----------------------------------------------------------------------------


@contextmanager
def _authority_file(config: Mapping[str, str], env: Environment) -> Iterator[Path]:
    """Yield a file with the certificates to verify the identity provider with: never none."""
    text = _authority(config, env)
    with tempfile.TemporaryDirectory(prefix="kfaccess-") as folder:
        file = Path(folder, "ca.crt")
        file.write_text(text, encoding="ascii")
        yield file


def _authority(config: Mapping[str, str], env: Environment) -> str:
    """Return the authority in PEM, or the system's; raises UnusableCredentials if it cannot be used."""
    data, path = config.get("idp-certificate-authority-data"), config.get("idp-certificate-authority")
    if not data and not path:
        return _system_authorities()
    key = "idp-certificate-authority-data" if data else "idp-certificate-authority"
    try:
        content = _decoded(data) if data else (env.cwd / (path or "")).read_bytes()
        text = _ascii(content)
        if not text.strip():
            raise ValueError("it is empty")
        ssl.create_default_context(cadata=text)
    except (OSError, ValueError) as error:
        text = f"no credentials: cannot use the {key} of the auth-provider `oidc`: {cause_text(error)}"
        raise UnusableCredentials(text) from error
    return text


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(re.sub(r"[\r\n]", "", data), validate=True)
    except binascii.Error as error:
        raise ValueError("it is not base64") from error


def _system_authorities() -> str:
    """Return what Python trusts on this system, or else what certifi has."""
    system = [ssl.DER_cert_to_PEM_cert(each) for each in ssl.create_default_context().get_ca_certs(True)]
    folder = ssl.get_default_verify_paths().capath
    files = sorted(Path(folder).glob("*.[0-9]")) if folder and not system else []
    texts = system or [_ascii(file.read_bytes()) for file in files]
    return "\n".join(texts) or _ascii(Path(certifi.where()).read_bytes())


def _ascii(content: bytes) -> str:
    """Return PEM as text; bytes that are not ASCII can only be in comments."""
    return content.decode("ascii", "backslashreplace")
