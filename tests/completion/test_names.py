"""Names from the cluster: within a second or not at all, kept for the next TAB, each caller's for himself."""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_kfaccess.completion.names import AGAIN_SECONDS, USABLE_SECONDS, WAIT_SECONDS
from tests.completion.fake_server import FakeServer, bound, named
from tests.completion.program import Done, tab

NAMESPACES = "/api/v1/namespaces"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
ENOUGH = 20.0


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has an empty home."""
    return {"HOME": str(tmp_path)}


def names(environ: dict[str, str], *words: str) -> list[str]:
    """What is offered for the last of *words*."""
    return tab(*words, environ=environ).words


def in_time(environ: dict[str, str], *words: str) -> list[str]:
    """What is offered for the last of *words*, once the server has answered: the machine may be busy."""
    end = time.monotonic() + ENOUGH
    while not (found := names(environ, *words)) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def kept(environ: dict[str, str]) -> list[Path]:
    """The files that hold names."""
    return sorted(Path(environ["HOME"]).glob(".kube/cache/kfaccess/*/names-*/*.json"))


def aged(environ: dict[str, str], seconds: float) -> None:
    """Make everything that is kept older."""
    for file in Path(environ["HOME"]).glob(".kube/cache/kfaccess/*/names-*/*"):
        then = file.stat().st_mtime - seconds
        os.utime(file, (then, then))


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def test_names_come_from_the_server_once(environ: dict[str, str]) -> None:
    """The next TAB has them from the cache."""
    with FakeServer({NAMESPACES: named("team-b", "team-a")}) as server:
        line = ("-s", server.url, "-n", "")

        first, second = in_time(environ, *line), names(environ, *line)

    assert ["team-a", "team-b"] == first == second
    assert [NAMESPACES] == server.asked


def test_only_what_the_place_needs_is_asked_for(environ: dict[str, str]) -> None:
    """A cluster may have tens of thousands of bindings."""
    with FakeServer({"/apis/kubeflow.org/v1/profiles": named("team-a")}) as server:
        found = in_time(environ, "profiles", "-s", server.url, "")

    assert (["team-a"], ["/apis/kubeflow.org/v1/profiles"]) == (found, server.asked)


def seconds(environ: dict[str, str], *words: str) -> float:
    """How long a TAB takes that finds nothing."""
    begun = time.monotonic()
    assert [] == names(environ, *words)
    return time.monotonic() - begun


def test_a_silent_server_is_waited_for_once_and_not_a_second(environ: dict[str, str], silent: str) -> None:
    """Then the next TAB does not wait at all; the quickest of three, since the machine may be busy."""
    lines = [("-s", silent, "--as", who, "-n", "") for who in ("alice", "bob", "carol")]

    first = min(seconds(environ, *line) for line in lines)
    second = min(seconds(environ, *line) for line in lines)

    assert WAIT_SECONDS <= first < 1.2
    assert second < WAIT_SECONDS / 2


def test_a_server_that_refuses_is_not_waited_for_again(environ: dict[str, str]) -> None:
    """Nothing listens there: the process that asked has ended, and the next one comes later."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        line = ("-s", f"http://127.0.0.1:{listening.getsockname()[1]}", "-n", "")

    names(environ, *line)

    assert min(seconds(environ, *line) for _ in range(3)) < WAIT_SECONDS / 2


def test_a_late_answer_comes_to_the_next_tab(environ: dict[str, str]) -> None:
    """The process that asks lives on when nobody waits for it any more."""
    with FakeServer({NAMESPACES: named("team-a")}, delay=1.5) as server:
        line = ("-s", server.url, "-n", "")

        assert [] == names(environ, *line)
        assert ["team-a"] == in_time(environ, *line)
    assert [NAMESPACES] == server.asked


def test_old_names_do_where_the_server_does_not_answer(environ: dict[str, str]) -> None:
    """For a day; then they are too old to be of use."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)

    aged(environ, USABLE_SECONDS / 2)
    assert ["team-a"] == names(environ, *line)
    aged(environ, USABLE_SECONDS / 2 + AGAIN_SECONDS)
    assert [] == names(environ, *line)


def test_names_that_are_old_are_asked_for_again(environ: dict[str, str]) -> None:
    """A new namespace is offered a minute later."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)
        server.lists[NAMESPACES] = named("team-a", "team-b")

        before = names(environ, *line)
        aged(environ, 100)
        names(environ, *line)  # a busy machine may not have the answer in time for this one
        end = time.monotonic() + ENOUGH
        while len(after := names(environ, *line)) < 2 and time.monotonic() < end:
            time.sleep(0.05)

    assert (["team-a"], ["team-a", "team-b"]) == (before, after)


def test_nobody_is_offered_what_another_caller_was_told(environ: dict[str, str]) -> None:
    """Names are kept by server, user and impersonation."""
    whose = {"bob": {NAMESPACES: named("of-bob")}}
    with FakeServer({NAMESPACES: named("team-a")}, whose=whose) as server:
        own = in_time(environ, "-s", server.url, "-n", "")
        bobs = in_time(environ, "-s", server.url, "--as", "bob", "-n", "")
        again = names(environ, "-s", server.url, "-n", "")

    assert (["team-a"], ["of-bob"], ["team-a"]) == (own, bobs, again)


def test_another_server_has_other_names(environ: dict[str, str]) -> None:
    """The same user may be somebody on both."""
    with FakeServer({NAMESPACES: named("one")}) as first, FakeServer({NAMESPACES: named("two")}) as second:
        found = [in_time(environ, "-s", server.url, "-n", "") for server in (first, second)]

    assert [["one"], ["two"]] == found


def test_who_may_not_see_the_whole_cluster_is_offered_the_namespaces_people(environ: dict[str, str]) -> None:
    """As the commands do, and only where he asks."""
    lists = {
        f"{RBAC}/namespaces/team-a/rolebindings": bound("alice@example.com"),
        f"{RBAC}/namespaces/team-b/rolebindings": bound("bob@example.com", namespace="team-b"),
    }
    with FakeServer(lists) as server:
        line = ("access", "-s", server.url, "-n")
        found = [
            in_time(environ, *line, team, "al" if team == "team-a" else "bo") for team in ("team-a", "team-b")
        ]
        missing = names(environ, *line, "team-a", "bo")

    assert [["alice@example.com"], ["bob@example.com"]] == found
    assert [] == missing


def test_hostile_names_are_kept_back(environ: dict[str, str]) -> None:
    """What the cluster calls somebody is not yet what may be in a shell's line."""
    people = (
        "alice@example.com",
        "al$(touch x)",
        "al`touch x`",
        "al;touch x",
        "al\nice",
        "--alice",
        "al ice",
    )
    with FakeServer({f"{RBAC}/rolebindings": bound(*people), f"{RBAC}/clusterrolebindings": []}) as server:
        assert ["alice@example.com"] == in_time(environ, "access", "-s", server.url, "al")


@pytest.mark.parametrize(
    "content",
    [b"", b"[", b"[]", b'{"namespaces": 1}', b'{"namespaces": [1, null, {}]}', b"\xff\xfe", b'"x"', b"{}"],
    ids=repr,
)
def test_a_cache_that_somebody_spoiled_is_no_answer_and_no_error(
    environ: dict[str, str], content: bytes
) -> None:
    """Whatever is in the files, no name comes of it."""
    with FakeServer({NAMESPACES: named("team-a")}) as server:
        line = ("-s", server.url, "-n", "")
        in_time(environ, *line)
    (file,) = kept(environ)
    file.write_bytes(content)

    assert Done(":4\n", "", 0) == tab(*line, environ=environ)


def test_what_is_kept_is_the_users_alone(environ: dict[str, str]) -> None:
    """Names of a cluster are nobody else's business on a shared machine."""
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
    """The user's kubeconfig."""
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
    """Contexts, clusters and users, those that are plain."""
    assert config.is_file()
    assert expected == names(environ, "who-can", flag, "")


def test_the_kubeconfigs_namespaces_do_where_the_servers_are_not_to_be_had(
    environ: dict[str, str], config: Path
) -> None:
    """Who may not list namespaces has written his own there."""
    assert config.is_file()
    assert ["team-a", "team-b"] == names(environ, "who-can", "-n", "")


def test_a_kubeconfig_that_was_changed_is_read_again(environ: dict[str, str], config: Path) -> None:
    """What was kept of it depends on its state."""
    before = names(environ, "--context", "")
    config.write_text(json.dumps({**CONFIG, "contexts": CONFIG["contexts"][:1]}))

    assert (["a", "b"], ["b"]) == (before, names(environ, "--context", ""))


@pytest.mark.parametrize("text", ["{", "[]", "clusters: 1", "\x00"], ids=repr)
def test_a_kubeconfig_that_cannot_be_read_has_no_names(
    environ: dict[str, str], config: Path, text: str
) -> None:
    """The line is completed all the same, as far as it can be."""
    config.write_text(text)

    assert [] == names(environ, "--context", "")
    assert ["create"] == names(environ, "who-can", "crea")


def test_without_a_place_to_keep_names_there_are_none() -> None:
    """No process is started whose answer nobody would see."""
    nowhere = {"HOME": "/nonexistent/home", "KUBECACHEDIR": "/dev/null/cache"}

    with FakeServer({NAMESPACES: named("team-a")}) as server:
        found = names(nowhere, "-s", server.url, "-n", "")

    assert ([], []) == (found, server.asked)
