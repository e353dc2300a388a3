"""Names from the cluster: within a second or not at all, cached for the next TAB of the same caller."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from kubectl_kfaccess.completion import names as names_module
from kubectl_kfaccess.completion import refresh_start
from kubectl_kfaccess.completion.line import Line
from kubectl_kfaccess.completion.names import AGAIN_SECONDS, USABLE_SECONDS, WAIT_SECONDS, Names
from kubectl_kfaccess.completion.words import load
from tests.completion import fake_server
from tests.completion.fake_server import FakeServer, bound, named
from tests.completion.program import Done, tab
from tests.robustness.names import shell_commands
from tests.robustness.process import WATCHDOG, wait_until

NAMESPACES = "/api/v1/namespaces"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ENOUGH = WATCHDOG


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user with an empty home directory."""
    return {"HOME": str(tmp_path)}


def names(environ: dict[str, str], *words: str) -> list[str]:
    """Return the candidates for the last of *words*."""
    return tab(*words, environ=environ).words


def in_time(environ: dict[str, str], *words: str) -> list[str]:
    """Return the candidates for the last of *words* after the server has answered, on a busy machine too."""
    end = time.monotonic() + ENOUGH
    while not (offered := names(environ, *words)) and time.monotonic() < end:
        time.sleep(0.05)
    return offered


def kept(environ: dict[str, str]) -> list[Path]:
    """Return the cache files with names."""
    return sorted(Path(environ["HOME"]).glob(".kube/cache/kfaccess/*/names-*/*.json"))


def aged(environ: dict[str, str], seconds: float) -> None:
    """Make everything in the cache older."""
    for file in Path(environ["HOME"]).glob(".kube/cache/kfaccess/*/names-*/*"):
        then = file.stat().st_mtime - seconds
        os.utime(file, (then, then))


def asked_just_now(environ: dict[str, str]) -> dict[Path, int]:
    """Make the last request recent, however long this test has taken; return when each was, by its file."""
    files = list(Path(environ["HOME"]).glob(".kube/cache/kfaccess/*/names-*/*.asked"))
    for file in files:
        file.touch()
    return {file: file.stat().st_mtime_ns for file in files}


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(ENOUGH)
        yield listening


def test_names_come_from_the_server_once(environ: dict[str, str]) -> None:
    """The next TAB reads them from the cache."""
    with FakeServer({NAMESPACES: named("team-b", "team-a")}) as server:
        line = ("-s", server.url, "-n", "")

        first, second = in_time(environ, *line), names(environ, *line)

    assert ["team-a", "team-b"] == first == second
    assert [NAMESPACES] == server.paths


def test_only_the_needed_list_is_requested(environ: dict[str, str]) -> None:
    """A cluster can have tens of thousands of bindings."""
    with FakeServer({"/apis/kubeflow.org/v1/profiles": named("team-a")}) as server:
        offered = in_time(environ, "profiles", "-s", server.url, "")

    assert (["team-a"], ["/apis/kubeflow.org/v1/profiles"]) == (offered, server.paths)


class Clock:
    """The time of a TAB: it passes in the naps of who waits, and real time is not looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.naps, self._wall = 0.0, 0, time.time()
        here = SimpleNamespace(
            monotonic=lambda: self.now, sleep=self._sleep, time=lambda: self._wall + self.now
        )
        monkeypatch.setattr(names_module, "time", here)

    def _sleep(self, seconds: float) -> None:
        self.naps += 1
        self.now += seconds


@pytest.mark.parametrize(
    ("ends_after", "waited"),
    [
        pytest.param(None, WAIT_SECONDS, id="a silent server"),
        pytest.param(3, 0.03, id="a server that refuses"),
    ],
)
def test_a_request_is_waited_for_once_and_not_a_second(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch, ends_after: int | None, waited: float
) -> None:
    """Within WAIT_SECONDS, or until the process that asks has ended; the next TAB does not wait at all."""
    clock, orders = Clock(monkeypatch), []
    process = SimpleNamespace(poll=lambda: None if ends_after is None or clock.naps < ends_after else 1)
    monkeypatch.setattr(refresh_start, "start", lambda order: orders.append(order) or process)

    def tab_takes() -> float:
        begun = clock.now
        line = Line(load(), ["-s", "http://127.0.0.1:1"])
        assert [] == Names(line, environ).of("namespaces")
        return clock.now - begun

    taken = [tab_takes() for _ in range(3)]

    assert (pytest.approx(waited, abs=0.011), [0.0, 0.0], 1) == (taken[0], taken[1:], len(orders))


def test_a_silent_server_is_asked_once(environ: dict[str, str], silent: socket.socket) -> None:
    """By the first TAB of each caller; the executable offers nothing, and ends."""
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    lines = [("-s", url, "--as", who, "-n", "") for who in ("alice", "bob", "carol")]

    for line in lines:
        assert [] == names(environ, *line)
        asked_just_now(environ)
        assert [] == names(environ, *line)

    connections = []
    for _ in lines:
        connections.append(silent.accept()[0])
    silent.setblocking(False)
    with pytest.raises(BlockingIOError):
        connections.append(silent.accept()[0])
    for connection in connections:
        connection.close()


def test_a_server_that_refuses_is_not_asked_again(environ: dict[str, str]) -> None:
    """Nothing listens there: when the server was asked is kept, and does not change with the next TAB."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = ("-s", f"http://127.0.0.1:{listening.getsockname()[1]}", "-n", "")

    assert [] == names(environ, *line)
    before = asked_just_now(environ)
    assert [] == names(environ, *line)

    assert before
    assert before == {file: file.stat().st_mtime_ns for file in before}


def test_a_late_answer_comes_to_the_next_tab(environ: dict[str, str]) -> None:
    """The process that asks lives on when nobody waits for it any more."""
    with FakeServer({NAMESPACES: named("team-a")}, held=True) as server:
        line = ("-s", server.url, "-n", "")

        assert [] == names(environ, *line)
        server.release()
        assert ["team-a"] == in_time(environ, *line)
    assert [NAMESPACES] == server.paths


def test_old_names_are_offered_if_the_server_does_not_answer(environ: dict[str, str]) -> None:
    """For a day; after that they are too old to be useful."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)

    aged(environ, USABLE_SECONDS / 2)
    assert ["team-a"] == names(environ, *line)
    aged(environ, USABLE_SECONDS / 2 + AGAIN_SECONDS)
    assert [] == names(environ, *line)


def test_old_names_are_renewed(environ: dict[str, str]) -> None:
    """A new namespace is offered a minute later."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)
        server.lists[NAMESPACES] = named("team-a", "team-b")

        before = names(environ, *line)
        aged(environ, 100)
        names(environ, *line)  # on a busy machine, the answer can be too late for this TAB
        end = time.monotonic() + ENOUGH
        while len(after := names(environ, *line)) < 2 and time.monotonic() < end:
            time.sleep(0.05)

    assert (["team-a"], ["team-a", "team-b"]) == (before, after)


def test_callers_do_not_see_each_others_names(environ: dict[str, str]) -> None:
    """Names are cached by server, user and impersonation."""
    by_user = {"bob": {NAMESPACES: named("of-bob")}}
    with FakeServer({NAMESPACES: named("team-a")}, by_user=by_user) as server:
        own = in_time(environ, "-s", server.url, "-n", "")
        bobs = in_time(environ, "-s", server.url, "--as", "bob", "-n", "")
        again = names(environ, "-s", server.url, "-n", "")

    assert (["team-a"], ["of-bob"], ["team-a"]) == (own, bobs, again)


def test_another_server_has_other_names(environ: dict[str, str]) -> None:
    """The same user can have different permissions on both."""
    with FakeServer({NAMESPACES: named("one")}) as first, FakeServer({NAMESPACES: named("two")}) as second:
        offered = [in_time(environ, "-s", server.url, "-n", "") for server in (first, second)]

    assert [["one"], ["two"]] == offered


def test_callers_who_cannot_list_everything_see_the_people_of_a_namespace(environ: dict[str, str]) -> None:
    """As in the commands, and only for the namespace of `-n`."""
    lists = {
        f"{RBAC}/namespaces/team-a/rolebindings": bound("alice@example.com"),
        f"{RBAC}/namespaces/team-b/rolebindings": bound("bob@example.com", namespace="team-b"),
    }
    with FakeServer(lists) as server:
        line = ("access", "-s", server.url, "-n")
        offered = [
            in_time(environ, *line, team, "al" if team == "team-a" else "bo") for team in ("team-a", "team-b")
        ]
        missing = names(environ, *line, "team-a", "bo")

    assert [["alice@example.com"], ["bob@example.com"]] == offered
    assert [] == missing


SERVING = "serving.kserve.io"
MODELS = f"/apis/{SERVING}/v1beta1/namespaces/team-a/inferenceservices"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("explain", "alice@example.com", "create"), id="explain"),
        pytest.param(("explain", "get"), id="explain, one's own"),
        pytest.param(("who-can", "get"), id="who-can"),
    ],
)
def test_objects_of_kubeflows_types_take_one_list(environ: dict[str, str], words: tuple[str, ...]) -> None:
    """In the namespace of the line; which types the server has is not asked first."""
    with FakeServer({MODELS: named("iris", "sklearn")}, groups={SERVING: "v1beta1"}) as server:
        line = (*words, "-s", server.url, "-n", "team-a", "isvc/")

        offered = in_time(environ, *line)

    assert ["isvc/iris", "isvc/sklearn", "isvc/status"] == offered
    assert [f"/apis/{SERVING}", MODELS] == server.paths


def test_objects_of_a_namespace_are_not_those_of_another(environ: dict[str, str]) -> None:
    """They are cached by type and namespace."""
    other = MODELS.replace("team-a", "team-b")
    with FakeServer({MODELS: named("iris"), other: []}, groups={SERVING: "v1beta1"}) as server:
        line = ("who-can", "get", "-s", server.url, "-n")
        first = in_time(environ, *line, "team-a", "isvc/i")
        second = in_time(environ, *line, "team-b", "isvc/")

    assert (["isvc/iris"], ["isvc/status"]) == (first, second)


def test_of_secrets_only_names_are_read_and_kept(environ: dict[str, str]) -> None:
    """The server is asked for metadata, and the cache has no more than the names."""
    path = "/api/v1/namespaces/team-a/secrets"
    secret = {
        "metadata": {"name": "key", "annotations": {"note": "very-secret"}},
        "data": {"a": "very-secret"},
    }
    with FakeServer({path: [secret]}) as server:
        offered = in_time(environ, "who-can", "get", "-s", server.url, "-n", "team-a", "secrets/")

    assert ["secrets/key"] == offered
    assert [path] == server.paths
    files = [file for file in Path(environ["HOME"]).rglob("*") if file.is_file()]
    assert [] == [file for file in files if b"very-secret" in file.read_bytes()]


def test_a_server_that_sends_whole_secrets_has_no_names(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer that is not metadata alone is not used."""
    path = "/api/v1/namespaces/team-a/secrets"
    monkeypatch.setattr(fake_server, "_metadata", lambda items: {"kind": "SecretList", "items": items})
    with FakeServer({path: named("key")}) as server:
        line = ("who-can", "get", "-s", server.url, "-n", "team-a", "secrets/")
        wait_until(lambda: [names(environ, *line), kept(environ)][1], "no cache file")

        assert [] == names(environ, *line)


def test_one_subresource_is_not_inserted_before_objects_are_known(
    environ: dict[str, str], silent: socket.socket
) -> None:
    """The first TAB would make `isvc/` to `isvc/status`, as if there were no objects."""
    line = ("who-can", "get", "-s", f"http://127.0.0.1:{silent.getsockname()[1]}", "-n", "team-a")

    assert [] == names(environ, *line, "isvc/")
    assert ["isvc/status"] == names(environ, *line, "isvc/st")
    assert {"pods/log", "pods/exec"} <= set(names(environ, *line, "pods/"))


def test_hostile_objects_are_kept_back(environ: dict[str, str]) -> None:
    """An old kubectl's script would run them."""
    path = "/api/v1/namespaces/team-a/secrets"
    with FakeServer({path: named("key", *shell_commands("key", "touch x"))}) as server:
        assert ["secrets/key"] == in_time(
            environ, "who-can", "get", "-s", server.url, "-n", "team-a", "secrets/"
        )


def test_hostile_names_are_kept_back(environ: dict[str, str]) -> None:
    """A name in the cluster is not always safe in a shell's line."""
    people = ("alice@example.com", *shell_commands("al", "touch x"), "--alice", "al ice", "al\nice")
    with FakeServer({f"{RBAC}/rolebindings": bound(*people), f"{RBAC}/clusterrolebindings": []}) as server:
        assert ["alice@example.com"] == in_time(environ, "access", "-s", server.url, "al")


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"[]", b'{"namespaces": 1}', b'{"namespaces": [1, null, {}]}', b"\xff\xfe", b'"x"', b"{}"],
    ids=repr,
)
def test_a_broken_cache_file_is_neither_an_answer_nor_an_error(
    environ: dict[str, str], content: bytes
) -> None:
    """Whatever the files contain, they produce no names."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)
    (file,) = kept(environ)
    file.write_bytes(content)

    assert Done(":4\n", "", 0) == tab(*line, environ=environ)


def test_only_the_user_can_read_the_cache(environ: dict[str, str]) -> None:
    """On a shared machine, other users must not read the names of a cluster."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        in_time(environ, "-s", server.url, "--token", "very-secret", "-n", "")

    files = [path for path in Path(environ["HOME"]).rglob("*") if path.is_file()]
    modes = {
        path.stat().st_mode & 0o077 for path in [*kept(environ), *(path.parent for path in kept(environ))]
    }
    assert {0} == modes
    assert [] == [path for path in files if b"very-secret" in path.read_bytes() or "very-secret" in str(path)]


CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "b",
    "contexts": [
        {"name": "b", "context": {"cluster": "east", "user": "me", "namespace": "team-a"}},
        {"name": "a", "context": {"cluster": "west", "user": "me", "namespace": "team-b"}},
        {"name": "$(touch x)", "context": {"cluster": "west", "user": "me"}},
    ],
    "clusters": [
        {"name": "east", "cluster": {"server": "http://127.0.0.1:1"}},
        {"name": "west", "cluster": {"server": "http://127.0.0.1:1"}},
    ],
    "users": [{"name": "me", "user": {}}],
}


@pytest.fixture
def config(environ: dict[str, str]) -> Path:
    """Return the user's kubeconfig."""
    file = Path(environ["HOME"]) / ".kube" / "config"
    file.parent.mkdir()
    file.write_text(json.dumps(CONFIG))
    return file


@pytest.mark.parametrize(
    ("flag", "expected"),
    [("--context", ["a", "b"]), ("--cluster", ["east", "west"]), ("--user", ["me"])],
)
def test_the_kubeconfigs_own_names_need_no_server(
    environ: dict[str, str], config: Path, flag: str, expected: list[str]
) -> None:
    """Contexts, clusters and users are offered if their names are plain words."""
    assert config.is_file()
    assert expected == names(environ, "who-can", flag, "")


def test_the_kubeconfigs_namespaces_are_offered_if_the_server_does_not_answer(
    environ: dict[str, str], config: Path
) -> None:
    """Users user cannot list namespaces have their own namespaces in the kubeconfig."""
    assert config.is_file()
    assert ["team-a", "team-b"] == names(environ, "who-can", "-n", "")


def test_a_kubeconfig_that_was_changed_is_read_again(environ: dict[str, str], config: Path) -> None:
    """Cached results depend on the state of the file."""
    before = names(environ, "--context", "")
    config.write_text(json.dumps({**CONFIG, "contexts": CONFIG["contexts"][:1]}))

    assert (["a", "b"], ["b"]) == (before, names(environ, "--context", ""))


@pytest.mark.parametrize("text", ["{", "[]", "clusters: 1", "\x00"], ids=repr)
def test_a_kubeconfig_that_cannot_be_read_has_no_names(
    environ: dict[str, str], config: Path, text: str
) -> None:
    """The line is still completed as far as possible."""
    config.write_text(text)

    assert [] == names(environ, "--context", "")
    assert ["create"] == names(environ, "who-can", "crea")


def test_without_a_cache_there_are_no_names() -> None:
    """No process is started if its answer could not be cached."""
    nowhere = {"HOME": "/nonexistent/home", "KUBECACHEDIR": "/dev/null/cache"}

    with FakeServer({NAMESPACES: named("team-a")}) as server:
        offered = names(nowhere, "-s", server.url, "-n", "")

    assert ([], []) == (offered, server.paths)
