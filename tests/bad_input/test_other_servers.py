"""What answers at the address of the cluster need not be an API server, nor mean well."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bad_input.program import Ended, assert_decent, run
from tests.bad_input.reading_back import unseen
from tests.bad_input.stand_in import CALM, Answer, StandIn

ASK = ("who-can", "get", "secrets", "-n", "team-a")
HTML = {"Content-Type": "text/html"}
PAGE = Answer(b"<!DOCTYPE html><html><body>Please sign in</body></html>", headers=HTML)
ELSEWHERE = {"Location": "https://login.example/\x1b[31m?next=/"}


def asked(changed: Mapping[str, Answer], cwd: Path, *argv: str) -> tuple[Ended, list[str]]:
    """How the command ends with a server that differs in these answers, and the paths it asked for."""
    with StandIn({**CALM, **changed}) as server:
        server.write_kubeconfig(cwd / "config")
        ended = run(*(argv or ASK), cwd=cwd)
    assert_decent(ended)
    assert [] == unseen(ended.stdout + ended.stderr)
    return ended, server.asked


def test_an_empty_cluster_grants_nothing(tmp_path: Path) -> None:
    """What the other tests change works as it is: nobody may, status 0."""
    ended, _ = asked({}, tmp_path)

    assert (0, "") == (ended.status, ended.stdout)
    assert "nobody may `get secrets` in `team-a`, by RBAC\n" in ended.stderr


@pytest.mark.parametrize("what", ["/apis", "rolebindings"])
@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b'{"status": "ok", "items": []}', id="another service's JSON"),
        pytest.param(b'{"kind": "Status", "status": "Success"}', id="a Status"),
        pytest.param(b"[]", id="an array"),
        pytest.param(b"null", id="null"),
        pytest.param(b"", id="nothing"),
        pytest.param(b'{"items": ["\xff"]}', id="no UTF-8"),
        pytest.param(b"[" * 100_000, id="brackets"),
        pytest.param(PAGE.body, id="a web page"),
    ],
)
def test_an_answer_that_is_not_kubernetes_is_no_answer(what: str, body: bytes, tmp_path: Path) -> None:
    """It never reads as an empty list, which would say that nobody may."""
    ended, _ = asked({what: Answer(body)}, tmp_path)

    assert (3, "") == (ended.status, ended.stdout)
    about = "discovery" if what == "/apis" else what
    assert f"error: cannot understand the server's answer about {about}: " in ended.stderr
    assert "hint: is this the address of a Kubernetes API server?\n" in ended.stderr
    assert "nobody" not in ended.stderr


@pytest.mark.parametrize("what", ["/api", "rolebindings"])
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_told_and_not_followed(what: str, status: int, tmp_path: Path) -> None:
    """A login page stands before the server: where it would lead is said."""
    ended, _ = asked({what: Answer(b"Found", status, ELSEWHERE)}, tmp_path)

    assert (3, "") == (ended.status, ended.stdout)
    wanted = rf"error: error from server: .*{status}.*`https://login\.example/\\x1b\[31m\?next=/`\n"
    assert re.search(wanted, ended.stderr)


def test_a_wrong_content_type_does_no_harm(tmp_path: Path) -> None:
    """What counts is what is in it."""
    plain = {
        what: Answer(answer.body, headers={"Content-Type": "text/plain"}) for what, answer in CALM.items()
    }

    ended, _ = asked(plain, tmp_path)

    assert 0 == ended.status
    assert "nobody may `get secrets` in `team-a`, by RBAC\n" in ended.stderr


@pytest.mark.parametrize("status", [400, 403, 404, 418])
def test_a_message_from_the_server_is_one_line_without_control(status: int, tmp_path: Path) -> None:
    """Whoever answers chooses the text of a line, and nothing else."""
    said = {"kind": "Status", "message": "gone\x1b[2J\nerror: nobody may\u202e"}

    ended, _ = asked({"rolebindings": Answer(json.dumps(said).encode(), status)}, tmp_path)

    assert 3 == ended.status
    assert r"gone\x1b[2J\x0aerror: nobody may\u202e" in ended.stderr


def test_a_warning_from_the_server_is_one_line_without_control(tmp_path: Path) -> None:
    """The same goes for what it says in a header, once however often it says so."""
    warning = {"Content-Type": "application/json", "Warning": '299 - "old\x1b[2J"'}
    lists = {what: Answer(answer.body, headers=warning) for what, answer in CALM.items()}

    ended, _ = asked(lists, tmp_path)

    assert 0 == ended.status
    assert ["Warning: old\\x1b[2J"] == [line for line in ended.stderr.splitlines() if "Warning" in line]


@pytest.mark.parametrize(
    "namespace",
    ["..", ".", "../..", "a/b", "a?limit=1", "a#b", "%2e%2e", "a b", "é", "\x1b[31m", "x" * 64, "A"],
)
def test_a_namespace_never_leads_elsewhere(namespace: str, tmp_path: Path) -> None:
    """What cannot be a namespace's name is no part of a path: nothing is in it, and nothing is asked."""
    ended, paths = asked({}, tmp_path, "who-can", "get", "secrets", "-n", namespace)

    assert 0 == ended.status
    api = "/apis/rbac.authorization.k8s.io/v1"
    lists = {"/api", "/apis", f"{api}/clusterroles", f"{api}/clusterrolebindings"}
    assert lists == {urlsplit(path).path for path in paths}
