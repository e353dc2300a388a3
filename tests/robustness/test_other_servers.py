"""What answers at the address of the cluster may be no API server, or a hostile one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.robustness.process import assert_decent, environment
from tests.robustness.reading_back import unseen
from tests.robustness.stand_in import CALM, Answer, StandIn
from tests.running import Result, run

ASK = ("who-can", "get", "secrets", "-n", "team-a")
HTML = {"Content-Type": "text/html"}
PAGE = Answer(b"<!DOCTYPE html><html><body>Please sign in</body></html>", headers=HTML)
ELSEWHERE = {"Location": "https://login.example/\x1b[31m?next=/"}


def answer_of(changed: Mapping[str, Answer], cwd: Path, *argv: str) -> tuple[Result, list[str]]:
    """Return how the command ends with a server that differs in these answers, and the paths it asked for."""
    with StandIn({**CALM, **changed}) as server:
        server.write_kubeconfig(cwd / "config")
        result = run(*(argv or ASK), environ=environment(cwd), cwd=cwd)
    assert_decent(result)
    assert [] == unseen(result.stdout + result.stderr)
    return result, server.requests


def test_an_empty_cluster_grants_nothing(tmp_path: Path) -> None:
    """The server works as long as a test changes nothing: nobody can, status 0."""
    result, _ = answer_of({}, tmp_path)

    assert (0, "") == (result.status, result.stdout)
    assert "nobody can get secrets in team-a" in result.stderr


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
    """It never reads as an empty list, which would say that nobody can."""
    result, _ = answer_of({what: Answer(body)}, tmp_path, *ASK, "-o", "json")

    assert (3, ["bad-answer"]) == (result.status, [error["code"] for error in result.json["errors"]])
    assert ("discovery" if what == "/apis" else what) in result.stderr
    assert "hint: " in result.stderr
    assert "nobody" not in result.stderr


@pytest.mark.parametrize("what", ["/api", "rolebindings"])
@pytest.mark.parametrize("status", [301, 307])
def test_a_redirect_is_shown_and_not_followed(what: str, status: int, tmp_path: Path) -> None:
    """There is a login page before the server: the error says where it would lead."""
    result, _ = answer_of({what: Answer(b"Found", status, ELSEWHERE)}, tmp_path)

    assert (3, "") == (result.status, result.stdout)
    assert f"{status}" in result.stderr
    assert r"`https://login.example/\x1b[31m?next=/`" in result.stderr


def test_a_wrong_content_type_does_no_harm(tmp_path: Path) -> None:
    """The content counts."""
    plain = {
        what: Answer(answer.body, headers={"Content-Type": "text/plain"}) for what, answer in CALM.items()
    }

    result, _ = answer_of(plain, tmp_path)

    assert 0 == result.status
    assert "nobody can get secrets in team-a" in result.stderr


@pytest.mark.parametrize("status", [400, 403, 404, 418])
def test_a_message_from_the_server_is_one_line_without_control(status: int, tmp_path: Path) -> None:
    """A server chooses the text of one line, and nothing else."""
    said = {"kind": "Status", "message": "gone\x1b[2J\nerror: nobody may\u202e"}

    result, _ = answer_of({"rolebindings": Answer(json.dumps(said).encode(), status)}, tmp_path)

    assert 3 == result.status
    assert r"gone\x1b[2J\x0aerror: nobody may\u202e" in result.stderr


def test_a_warning_from_the_server_is_one_line_without_control(tmp_path: Path) -> None:
    """The same for a header, and once however often the server sends it."""
    warning = {"Content-Type": "application/json", "Warning": '299 - "old\x1b[2J"'}
    lists = {what: Answer(answer.body, headers=warning) for what, answer in CALM.items()}

    result, _ = answer_of(lists, tmp_path)

    assert 0 == result.status
    assert ["Warning: old\\x1b[2J"] == [line for line in result.stderr.splitlines() if "Warning" in line]


@pytest.mark.parametrize(
    "namespace",
    ["..", ".", "../..", "a/b", "a?limit=1", "a#b", "%2e%2e", "a b", "é", "\x1b[31m", "x" * 64, "A"],
)
def test_a_namespace_never_leads_elsewhere(namespace: str, tmp_path: Path) -> None:
    """A text that cannot name a namespace never gets into a path; the list of namespaces is for a hint."""
    result, paths = answer_of({}, tmp_path, "who-can", "get", "secrets", "-n", namespace)

    assert 0 == result.status
    api = "/apis/rbac.authorization.k8s.io/v1"
    lists = {"/api", "/apis", "/api/v1/namespaces", f"{api}/clusterroles", f"{api}/clusterrolebindings"}
    assert lists == {urlsplit(path).path for path in paths}
