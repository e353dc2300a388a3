"""Headers and certificates from tokens, files and providers, and headers for impersonation."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import CannotAnswer
from kubectl_kfaccess.sources.kubeconfig.choice import AuthProvider, Connection, Impersonation
from kubectl_kfaccess.sources.kubeconfig.credentials import (
    Credentials,
    certificate_files,
    impersonation_headers,
)
from tests.sources.kubeconfig.logins import credentials, environment, pair


@pytest.fixture
def env(tmp_path: Path) -> Environment:
    """Return an environment whose stdin is not a terminal and whose streams can be read."""
    return environment(tmp_path)


# --- without a plugin -------------------------------------------------------------------------------------


def test_a_token_is_a_bearer(env: Environment) -> None:
    """A token becomes an Authorization header."""
    assert credentials(env, token="t").authorization == "Bearer t"


def test_a_token_file_is_read_at_each_call(env: Environment) -> None:
    """If a token was rotated on disk, the new one is sent next."""
    path = env.cwd / "token"
    path.write_text("old\n")
    before = credentials(env, token_file=path).authorization
    path.write_text(" new \n")

    assert (before, credentials(env, token_file=path).authorization) == ("Bearer old", "Bearer new")


def test_a_token_file_wins_over_a_token(env: Environment) -> None:
    """If the kubeconfig has both, the file counts, as in client-go."""
    path = env.cwd / "token"
    path.write_text("file")

    assert credentials(env, token="field", token_file=path).authorization == "Bearer file"


def test_a_token_stands_in_for_a_file_that_cannot_be_read(env: Environment) -> None:
    """If the file is gone, the kubeconfig's token counts."""
    assert credentials(env, token="field", token_file=env.cwd / "gone").authorization == "Bearer field"


@pytest.mark.parametrize(("text", "message"), [(None, "cannot read the token file"), (" \n", "is empty")])
def test_a_token_file_without_a_token_is_an_error(env: Environment, text: str | None, message: str) -> None:
    """A missing or empty token file never leads to an anonymous request."""
    path = env.cwd / "token"
    if text is not None:
        path.write_text(text)

    with pytest.raises(CannotAnswer, match=message):
        credentials(env, token_file=path)


@pytest.mark.parametrize("token", ["a\nb", "a\r\nX-Evil: 1", "a\x00b", "a\x7f"], ids=repr)
def test_a_token_cannot_smuggle_a_header(env: Environment, token: str) -> None:
    """A token with a control character is rejected, and the message does not repeat it."""
    with pytest.raises(CannotAnswer, match="line break or another control character") as raised:
        credentials(env, token=token)
    assert token not in raised.value.message


def test_a_user_name_and_password_are_basic(env: Environment) -> None:
    """User name and password become an Authorization header, as UTF-8 in base64."""
    expected = "Basic " + base64.b64encode("jürgen:a:b".encode()).decode()

    assert credentials(env, username="jürgen", password="a:b").authorization == expected


def test_nothing_is_anonymous(env: Environment) -> None:
    """A user without any fields has neither header nor certificate."""
    assert credentials(env) == Credentials()


def test_a_certificate_can_be_data_or_files(env: Environment) -> None:
    """A client certificate is the same, inline or from files."""
    made = pair()
    with certificate_files(made) as (certificate, key):
        from_files = credentials(env, certificate_file=certificate, key_file=key)
    from_data = credentials(env, certificate_data=made.certificate, key_data=made.key)

    assert from_files == from_data == Credentials(certificate=made)


def test_a_key_of_another_certificate_is_an_error(env: Environment) -> None:
    """Certificate and key have to belong together."""
    with pytest.raises(CannotAnswer, match="cannot use the client certificate and key"):
        credentials(env, certificate_data=pair().certificate, key_data=pair().key)


def test_certificate_files_are_private_and_short_lived() -> None:
    """Only the owner can read the key on disk, and it is deleted as soon as possible."""
    with certificate_files(pair()) as (certificate, key):
        modes = [path.stat().st_mode & 0o777 for path in (certificate, key, key.parent)]

    assert modes == [0o600, 0o600, 0o700]
    assert not key.parent.exists()


def test_secrets_are_not_in_the_repr(env: Environment) -> None:
    """Credentials in a traceback do not show the token or the key."""
    made = pair()

    shown = repr(credentials(env, token="secret", certificate_data=made.certificate, key_data=made.key))

    assert "secret" not in shown
    assert "PRIVATE" not in shown


# --- impersonation ----------------------------------------------------------------------------------------


def test_each_group_and_value_is_a_header_of_its_own() -> None:
    """Two groups are two headers; extra keys are escaped, and values are UTF-8 that is read as Latin-1."""
    extra = {"example.com/Scope": ("a", "b")}
    act = Impersonation("jürgen", "7", ("g", "h"), extra)

    sent = impersonation_headers(Connection("https://c", impersonation=act))

    assert sent == [
        ("Impersonate-User", "jÃ¼rgen"),
        ("Impersonate-Uid", "7"),
        ("Impersonate-Group", "g"),
        ("Impersonate-Group", "h"),
        ("Impersonate-Extra-example.com%2FScope", "a"),
        ("Impersonate-Extra-example.com%2FScope", "b"),
    ]


def test_nobody_impersonated_is_no_header() -> None:
    """Without `--as` there is no such header at all."""
    assert impersonation_headers(Connection("https://c")) == []


def test_an_impersonated_name_cannot_smuggle_a_header() -> None:
    """A line break in `--as` is rejected."""
    with pytest.raises(CannotAnswer, match="the value of Impersonate-User has a line break"):
        impersonation_headers(Connection("https://c", impersonation=Impersonation("a\nb")))


DEEP = 100_000

# --- auth-provider ----------------------------------------------------------------------------------------


def jwt(**claims: Any) -> str:
    """Return a token whose payload has these claims; nobody checks its signature."""
    return payload(json.dumps(claims))


def payload(text: str) -> str:
    """Return a token with this payload."""
    return f"h.{base64.urlsafe_b64encode(text.encode()).decode().rstrip('=')}.s"


@pytest.mark.parametrize("never", [None, 10**400, 1e300])
def test_a_valid_id_token_is_used(env: Environment, never: float | None) -> None:
    """The id-token of the provider oidc is a bearer token while it is valid, however long that is."""
    token = jwt(exp=never or time.time() + 60)

    made = credentials(env, auth_provider=AuthProvider("oidc", {"id-token": token}))

    assert made.authorization == f"Bearer {token}"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "has no id-token", id="none"),
        pytest.param({"id-token": jwt(exp=time.time() - 1)}, "has expired", id="expired"),
        pytest.param({"refresh-token": "r"}, "has no idp-issuer-url", id="no issuer"),
        pytest.param(
            {"refresh-token": "r", "idp-issuer-url": "https://localhost"}, "has no client-id", id="no client"
        ),
        pytest.param(
            {"refresh-token": "r", "idp-issuer-url": "http://localhost", "client-id": "c"},
            "does not start with https://",
            id="plain HTTP",
        ),
        pytest.param({"id-token": jwt(exp=time.time() + 9)}, "has expired", id="about to expire"),
        pytest.param({"id-token": jwt()}, "has expired", id="no expiry"),
        pytest.param({"id-token": "text"}, "is not a JWT", id="no JWT"),
        pytest.param({"id-token": "a.b.c"}, "is not a JWT", id="no payload"),
        pytest.param({"id-token": jwt(exp="soon")}, "is not a JWT", id="odd expiry"),
        pytest.param(
            {"id-token": payload('{"a": ' + "[" * DEEP + "]" * DEEP + "}")}, "is not a JWT", id="deep"
        ),
    ],
)
def test_an_unusable_id_token_is_an_error(env: Environment, settings: dict[str, str], message: str) -> None:
    """Without a valid id-token, nothing is sent."""
    with pytest.raises(CannotAnswer, match=message):
        credentials(env, auth_provider=AuthProvider("oidc", settings))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("gcp", "gke-gcloud-auth-plugin"), ("azure", "kubelogin"), ("odd", "exec credential plugin")],
)
def test_a_removed_provider_names_its_successor(env: Environment, name: str, hint: str) -> None:
    """kubectl removed gcp and azure; the hint names the plugin to use, also if there is a token."""
    with pytest.raises(CannotAnswer, match=f"the auth-provider `{name}`") as raised:
        credentials(env, token="t", auth_provider=AuthProvider(name))
    assert hint in raised.value.hint


# --- what it costs ----------------------------------------------------------------------------------------


def test_importing_needs_nothing_that_only_some_users_need() -> None:
    """Processes and threads for plugins, TLS and decoders are imported when they are needed."""
    later = {"subprocess", "threading", "ssl", "tempfile", "msgspec"}
    modules = "kubectl_kfaccess.sources.kubeconfig.choice, kubectl_kfaccess.sources.kubeconfig.credentials"
    code = f"import sys, {modules}; print(*sys.modules)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    imported = set(done.stdout.split())
    assert "kubectl_kfaccess.sources.kubeconfig.credentials" in imported
    assert set() == later & imported
