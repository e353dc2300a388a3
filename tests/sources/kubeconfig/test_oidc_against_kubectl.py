"""Compared with the real kubectl: an id-token that has expired is refreshed, and the new one is saved."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.controlplane.pki import Authority
from tests.running import Result, run
from tests.sources.kubeconfig.identity_provider import (
    CLIENT,
    EXPIRED,
    FAR,
    NEW,
    NEXT_REFRESH,
    REFRESH,
    SECRET,
    IdentityProvider,
    jwt,
)

pytestmark = pytest.mark.server
SECRETS = (SECRET, REFRESH, NEXT_REFRESH, EXPIRED, NEW)


class Outcome(NamedTuple):
    """What the servers saw, and the settings in the kubeconfig afterwards."""

    works: bool
    refreshes: list[str]
    authorizations: set[str]
    kubeconfig: Any


class Place:
    """A directory for kubeconfigs, an identity provider that is also the API server, and two authorities."""

    def __init__(self, provider: IdentityProvider, directory: Path, known: Path, other: Path) -> None:
        self.provider, self.directory = provider, directory
        self.known, self.other = known, other
        self.config = directory / "config"
        self.variables: dict[str, str] = {}

    def write(self, settings: dict[str, str | None]) -> None:
        """Write a kubeconfig with these settings instead of the usual ones; None for none."""
        usual = {
            "client-id": CLIENT,
            "client-secret": SECRET,
            "id-token": EXPIRED,
            "idp-certificate-authority": str(self.known),
            "idp-issuer-url": self.provider.url,
            "refresh-token": REFRESH,
        }
        config = {key: value for key, value in {**usual, **settings}.items() if value is not None}
        user = {"name": "me", "user": {"auth-provider": {"name": "oidc", "config": config}}}
        content = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "here",
            "clusters": [{"name": "here", "cluster": self.cluster()}],
            "users": [{"name": "other", "user": {"token": "t"}}, user],
            "contexts": [{"name": "here", "context": {"cluster": "here", "user": "me"}}],
        }
        self.config.write_text("# mine\n" + yaml.safe_dump(content), encoding="utf-8")
        self.config.chmod(0o640)

    def cluster(self) -> dict[str, str]:
        return {"server": self.provider.url, "certificate-authority-data": encoded(self.known)}

    @property
    def environ(self) -> dict[str, str]:
        """Return the whole environment of both programs."""
        home = {"HOME": str(self.directory), "KUBECONFIG": str(self.config)}
        return {"PATH": os.environ["PATH"], **home, **self.variables}

    def kubectl(self, program: Path) -> tuple[Outcome, str]:
        """Return what the real kubectl did, and its messages."""
        command = [program, "get", "--raw", "/version"]
        done = subprocess.run(
            command, cwd=self.directory, env=self.environ, capture_output=True, text=True, timeout=60
        )
        return self._outcome(program, done.returncode == 0), done.stderr

    def ours(self, program: Path) -> tuple[Outcome, Result]:
        """Return what our program did, and how it ended."""
        result = run("version", environ=self.environ, cwd=self.directory)
        return self._outcome(program, result.status == 0), result

    def _outcome(self, program: Path, works: bool) -> Outcome:
        view = [program, "config", "view", "--raw", "-o", "json"]
        done = subprocess.run(view, env=self.environ, capture_output=True, check=True, timeout=60)
        refreshes, authorizations = self.provider.taken()
        return Outcome(works, refreshes, set(authorizations), json.loads(done.stdout))


def encoded(file: Path) -> str:
    """Return the content of a file in base64."""
    return base64.b64encode(file.read_bytes()).decode()


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Authority]:
    """The authority of the identity provider, and another one."""
    return Authority(tmp_path_factory.mktemp("known")), Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
def place(
    authorities: tuple[Authority, Authority], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """A directory and servers of its own for each test; no setting of this machine counts."""
    for name in ("HTTPS_PROXY", "https_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    known, other = authorities
    with IdentityProvider(known.server("idp")) as provider:
        yield Place(provider, tmp_path, known.certificate, other.certificate)


def both(place: Place, kubectl: Path, settings: dict[str, str | None]) -> tuple[Outcome, Outcome, Result]:
    """Return what kubectl and our program did with equal kubeconfigs, and how ours ended."""
    place.write(settings)
    expected, _ = place.kubectl(kubectl)
    place.write(settings)
    actual, result = place.ours(kubectl)
    return expected, actual, result


SAME: dict[str, Any] = {"id_token": NEW, "refresh_token": REFRESH}
VALID = jwt(sub="alice", exp=FAR)


@pytest.mark.parametrize(
    ("settings", "answer", "refreshes", "tokens"),
    [
        pytest.param({"id-token": VALID}, None, [], (VALID, REFRESH), id="a valid token"),
        pytest.param({}, None, [REFRESH], (NEW, NEXT_REFRESH), id="rotation"),
        pytest.param({}, {"id_token": NEW}, [REFRESH], (NEW, REFRESH), id="no rotation"),
        pytest.param({}, SAME, [REFRESH], (NEW, REFRESH), id="the same refresh-token"),
        pytest.param({"id-token": None}, None, [REFRESH], (NEW, NEXT_REFRESH), id="no id-token"),
        pytest.param({"id-token": ""}, None, [REFRESH], (NEW, NEXT_REFRESH), id="an empty id-token"),
        pytest.param(
            {"id-token": jwt(sub="alice")}, None, [REFRESH], (NEW, NEXT_REFRESH), id="a token without expiry"
        ),
    ],
)
def test_sends_and_saves_what_kubectl_does(
    place: Place,
    plane: Any,
    settings: dict[str, str | None],
    answer: dict[str, Any] | None,
    refreshes: list[str],
    tokens: tuple[str, str],
) -> None:
    """The server gets the same token from both, and the kubeconfigs are the same afterwards."""
    if answer:
        place.provider.behaviour.answer = answer

    expected, actual, result = both(place, plane.kubectl, settings)

    assert expected == actual, result.stderr
    assert (True, refreshes, {f"Bearer {tokens[0]}"}) == expected[:3]
    users = {user["name"]: user["user"] for user in actual.kubeconfig["users"]}
    config = users["me"]["auth-provider"]["config"]
    assert tokens == (config["id-token"], config["refresh-token"])
    assert "" == result.stderr


@pytest.mark.parametrize("where", ["data", "a relative path", "the system"])
def test_finds_the_authority_where_kubectl_does(place: Place, plane: Any, where: str) -> None:
    """It can be in the kubeconfig or in a file, or the system trusts it."""
    key = "idp-certificate-authority"
    (place.directory / "idp.crt").write_bytes(place.known.read_bytes())
    settings: dict[str, str | None] = {
        "data": {key: None, f"{key}-data": encoded(place.known)},
        "a relative path": {key: "idp.crt"},
        "the system": {key: None},
    }[where]
    if where == "the system":
        place.variables["SSL_CERT_FILE"] = str(place.known)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place.directory)
        for name, value in place.variables.items():
            patch.setenv(name, value)
        expected, actual, result = both(place, plane.kubectl, settings)

    assert expected == actual, result.stderr
    assert (True, [REFRESH], {f"Bearer {NEW}"}) == expected[:3]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("no authority", "certificate verify failed"),
        ("an empty path", "certificate verify failed"),
        ("another authority", "certificate verify failed"),
        ("a missing file", "cannot use the idp-certificate-authority"),
        ("broken data", "cannot use the idp-certificate-authority-data"),
    ],
)
def test_sends_nothing_to_an_unknown_provider(place: Place, plane: Any, where: str, message: str) -> None:
    """A server that is not surely the identity provider gets no token from kubectl or from us."""
    key = "idp-certificate-authority"
    settings: dict[str, str | None] = {
        "no authority": {key: None},
        "an empty path": {key: ""},
        "another authority": {key: str(place.other)},
        "a missing file": {key: "missing.crt"},
        "broken data": {f"{key}-data": "!"},
    }[where]

    expected, actual, result = both(place, plane.kubectl, settings)

    assert expected == actual
    assert (False, [], set()) == actual[:3]
    assert result.status == 3
    assert message in result.stderr
    assert_no_secrets(result)


def assert_no_secrets(result: Result) -> None:
    """Nothing that the program printed contains a token or the client's secret."""
    assert [] == [secret for secret in SECRETS if secret in f"{result.stdout}{result.stderr}"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({"refresh-token": "used"}, "refuses to refresh the id-token: invalid_grant", id="used"),
        pytest.param(
            {"client-secret": "wrong"}, "refuses to refresh the id-token: invalid_client", id="client"
        ),
        pytest.param(
            {"client-secret": None}, "refuses to refresh the id-token: invalid_client", id="no secret"
        ),
        pytest.param({"refresh-token": None}, "id-token of the auth-provider `oidc` has expired", id="none"),
        pytest.param({"refresh-token": ""}, "id-token of the auth-provider `oidc` has expired", id="empty"),
        pytest.param({"idp-issuer-url": None}, "the auth-provider `oidc` has no idp-issuer-url", id="issuer"),
        pytest.param({"client-id": None}, "the auth-provider `oidc` has no client-id", id="no client"),
    ],
)
def test_fails_where_kubectl_does(
    place: Place, plane: Any, settings: dict[str, str | None], message: str
) -> None:
    """Without a valid token nothing is sent, and the kubeconfig stays as it was."""
    expected, actual, result = both(place, plane.kubectl, settings)

    assert expected._replace(refreshes=[]) == actual._replace(refreshes=[])
    assert (False, set()) == (actual.works, actual.authorizations)
    assert set(actual.refreshes) == set(expected.refreshes)
    assert result.status == 3
    error, hint = result.stderr.splitlines()
    assert message in error
    assert hint.startswith("hint: ")
    assert_no_secrets(result)


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [
        pytest.param({"answer": {}}, "its answer has no id_token", id="no id_token"),
        pytest.param({"answer": {"id_token": 1}}, "does not refresh the id-token: TypeError", id="a number"),
        pytest.param({"discovery_status": 404}, "does not refresh the id-token: ", id="no discovery"),
    ],
)
def test_an_odd_answer_fails_as_with_kubectl(
    place: Place, plane: Any, behaviour: dict[str, Any], message: str
) -> None:
    """An answer without a token is an error, not an anonymous request."""
    for name, value in behaviour.items():
        setattr(place.provider.behaviour, name, value)

    expected, actual, result = both(place, plane.kubectl, {})

    assert expected == actual
    assert (False, set(), 3) == (actual.works, actual.authorizations, result.status)
    assert message in result.stderr
    assert_no_secrets(result)


def test_a_provider_can_want_the_login_in_the_form(place: Place, plane: Any) -> None:
    """Some providers do not look at the Authorization header; kubectl asks them a second time."""
    place.provider.behaviour.login_in_form = True

    expected, actual, result = both(place, plane.kubectl, {})

    assert expected == actual, result.stderr
    assert actual.works


def test_a_refresh_token_is_used_once(place: Place, plane: Any) -> None:
    """If the API server rejects the new token, too, the old refresh-token is not sent again."""
    place.provider.behaviour.api_status = 401

    expected, actual, result = both(place, plane.kubectl, {})

    assert expected == actual, result.stderr
    assert (False, [REFRESH], {f"Bearer {NEW}"}) == actual[:3]


def test_a_file_that_is_being_written_is_left_alone(place: Place, plane: Any) -> None:
    """kubectl fails after it replaced the refresh-token; we answer, and say what is lost."""
    (place.directory / "config.lock").touch()

    expected, actual, result = both(place, plane.kubectl, {})

    assert [REFRESH] == expected.refreshes == actual.refreshes
    assert (False, True) == (expected.works, actual.works)
    assert expected.kubeconfig == actual.kubeconfig
    (note,) = result.stderr.splitlines()
    assert note.startswith(f"note: the new id-token is not saved in `{place.config}`: another command")
    assert note.endswith(
        "nor is the new refresh-token, and the old one might not work again: log in again then"
    )
    assert_no_secrets(result)


def test_the_comments_and_the_mode_of_the_file_stay(place: Place, plane: Any) -> None:
    """Only the two values differ, also if the kubeconfig is a link."""
    place.write({})
    before = place.config.read_text(encoding="utf-8")
    real = place.directory / "real"
    place.config.rename(real)
    place.config.symlink_to(real)

    place.ours(plane.kubectl)

    assert place.config.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    expected = before.replace(EXPIRED, f'"{NEW}"').replace(REFRESH, f'"{NEXT_REFRESH}"')
    assert expected == real.read_text(encoding="utf-8")
    names = {file.name for file in place.directory.iterdir()}
    assert {"config", "real"} == {name for name in names if "config" in name or "real" in name}
