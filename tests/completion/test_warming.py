"""Commands cache for TAB the names that they have read anyway."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubectl_kfaccess.completion import warming
from kubectl_kfaccess.completion.collected import of_snapshot
from kubectl_kfaccess.completion.kept_files import FRESH_SECONDS, age
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, displayed
from tests.builders import cluster_role_binding, role_binding, snapshot
from tests.completion.fake_server import FakeServer, bound, named
from tests.completion.program import tab
from tests.completion.test_names import in_time, kept
from tests.robustness.names import shell_commands
from tests.running import run

RBAC = "/apis/rbac.authorization.k8s.io/v1"
LISTS = {
    "/api/v1/namespaces": named("kubeflow", "team-a"),
    "/apis/kubeflow.org/v1/profiles": [{"metadata": {"name": "team-a"}, "spec": {}}],
    f"{RBAC}/clusterroles": [{"metadata": {"name": "kubeflow-edit"}, "rules": []}],
    f"{RBAC}/clusterrolebindings": [],
    f"{RBAC}/rolebindings": bound("alice@example.com"),
    f"{RBAC}/roles": [],
    "/api/v1/serviceaccounts": [{"metadata": {"name": "default", "namespace": "team-a"}}],
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Return the environment of a user with an empty home directory."""
    return {"HOME": str(tmp_path)}


def offered(environ: Mapping[str, str], *words: str) -> list[str]:
    """Return what the first TAB offers."""
    return tab(*words, environ=environ).words


def contents(environ: dict[str, str]) -> dict[str, dict[str, list[str]]]:
    """Return what is in each cache file."""
    return {file.name.removesuffix(".json"): json.loads(file.read_bytes()) for file in kept(environ)}


def test_the_first_tab_after_a_command_needs_no_server(environ: dict[str, str]) -> None:
    """It offers the names that the command has read; the server is gone, and is not asked."""
    with FakeServer(LISTS) as server:
        at = ("-s", server.url)
        assert "team-a" in run("profiles", *at, environ=environ).stdout
        requests = list(server.paths)

        assert ["alice@example.com"] == offered(environ, "access", *at, "ali")
        assert requests == server.paths
    assert ["kubeflow", "team-a"] == offered(environ, "access", *at, "-n", "")
    assert ["kubeflow-edit"] == offered(environ, "aggregation", *at, "")


@pytest.mark.parametrize(
    "flags",
    [
        (),
        ("-n", "team-a"),
        ("--as", "bob", "--as-group", "a", "--as-group", "b", "--as-uid", "7"),
        ("--token", "t", "--insecure-skip-tls-verify"),
        ("--request-timeout", "9s", "--disable-compression"),
        ("--tls-server-name", "x", "--as", "bob", "--as-user-extra", "k=v"),
    ],
    ids=" ".join,
)
def test_a_command_and_tab_use_the_same_files(environ: dict[str, str], flags: tuple[str, ...]) -> None:
    """The folder is named after the server and the caller, whatever else the line has."""
    with FakeServer(LISTS) as server:
        at = ("-s", server.url, *flags)
        run("profiles", *at, environ=environ)
        folders = {file.parent for file in kept(environ)}
        in_time(environ, "profiles", *at, "")

    assert 1 == len(folders)
    assert folders == {file.parent for file in kept(environ)}


@pytest.mark.parametrize(
    "argv",
    [
        ("profiles", "--demo"),
        ("who-can", "get", "pods", "-f", str(Path(__file__).parents[1] / "demo")),
        ("version", "--client"),
        ("resources",),
        ("access", "alice", "-s", "http://127.0.0.1:1"),
    ],
    ids=" ".join,
)
def test_nothing_is_written_if_no_cluster_is_read(environ: dict[str, str], argv: tuple[str, ...]) -> None:
    """Neither for files nor for the demo, nor for a server that does not answer."""
    run(*argv, environ=environ)

    assert [] == list(Path(environ["HOME"]).rglob("*"))


def test_names_of_a_single_namespace_are_cached_as_old_ones(environ: dict[str, str]) -> None:
    """A caller who can read no more has them at once; one who can gets all names from the next TAB."""
    lists = {f"{RBAC}/namespaces/team-a/rolebindings": bound("alice@example.com")}
    with FakeServer(lists) as server:
        at = ("-s", server.url, "-n", "team-a")
        run("who-can", "get", "pods", *at, environ=environ)
        ages = {file.name: age(file) >= FRESH_SECONDS for file in kept(environ)}
        server.lists |= LISTS | {f"{RBAC}/rolebindings": bound("alice@example.com", "alina@example.com")}

        expected = ["alice@example.com", "alina@example.com"]
        while (names := offered(environ, "access", *at, "ali")) != expected:
            assert ["alice@example.com"] == names

    assert {"subjects@team-a.json": True} == ages


def test_names_that_could_not_be_read_are_not_cached_as_all(environ: dict[str, str]) -> None:
    """A list that was refused might have more names."""
    lists = {path: items for path, items in LISTS.items() if not path.endswith("clusterrolebindings")}
    with FakeServer(lists) as server:
        run("who-can", "get", "pods", "-A", "-s", server.url, environ=environ)

    assert ["clusterroles"] == list(contents(environ))


def test_fresh_names_are_not_written_again(environ: dict[str, str]) -> None:
    """A command of each minute is enough, and it never replaces names with fewer ones."""
    with FakeServer(LISTS) as server:
        run("profiles", "-s", server.url, environ=environ)
        before = {file: file.stat().st_ino for file in kept(environ)}
        run("profiles", "-s", server.url, environ=environ)

    assert before
    assert before == {file: file.stat().st_ino for file in kept(environ)}


def test_only_the_user_can_read_what_a_command_caches(environ: dict[str, str]) -> None:
    """As with the names that TAB has asked for."""
    with FakeServer(LISTS) as server:
        run("profiles", "-s", server.url, "--token", "very-secret", environ=environ)

    files = kept(environ)
    assert files
    assert {0} == {path.stat().st_mode & 0o077 for path in [*files, *(file.parent for file in files)]}
    assert [] == [file for file in files if b"very-secret" in file.read_bytes() or "secret" in str(file)]


def test_hostile_names_that_a_command_has_read_are_kept_back(environ: dict[str, str]) -> None:
    """They are in the cache as the cluster has them, and are never offered."""
    people = ("alice@example.com", *shell_commands("al", "touch x"), "al ice")
    with FakeServer(LISTS | {f"{RBAC}/rolebindings": bound(*people)}) as server:
        run("who-can", "get", "pods", "-A", "-s", server.url, environ=environ)

        assert sorted(people) == contents(environ)["subjects"]["users"]
        assert ["alice@example.com"] == offered(environ, "access", "-s", server.url, "al")


def test_a_cache_that_cannot_be_written_changes_no_answer(environ: dict[str, str]) -> None:
    """The answer, the messages and the status stay the same."""
    with FakeServer(LISTS) as server:
        argv = ("who-can", "get", "pods", "-A", "-s", server.url)
        usual = run(*argv, environ=environ)
        without = run(*argv, environ={**environ, "KUBECACHEDIR": "/dev/null/cache"})

    assert usual == without


def test_a_mistake_here_does_not_change_the_answer(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names are a convenience."""

    def broken(_: object) -> dict[str, list[str]]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(warming, "of_snapshot", broken)
    with FakeServer(LISTS) as server:
        answer = run("profiles", "-s", server.url, environ=environ)

    assert "team-a" in answer.stdout
    assert "bug" not in answer.stderr
    assert [] == kept(environ)


def test_a_large_cluster_is_left_for_tab(environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Sorting its subjects would keep the command from ending."""
    monkeypatch.setattr(warming, "MOST_BINDINGS", 1)
    two = bound("alice@example.com", "bob@example.com")
    with FakeServer(LISTS | {f"{RBAC}/rolebindings": two}) as server:
        run("who-can", "get", "pods", "-A", "-s", server.url, environ=environ)

    assert {} == contents(environ)


def test_subjects_are_those_that_the_evaluator_knows() -> None:
    """The way to collect them is shorter, and finds the same."""
    known = snapshot(
        role_binding("team-a", "b", "ClusterRole/edit", "user:alice", "group:ml", "sa:team-b/x", "sa:w"),
        cluster_role_binding("c", "view", "user:system:serviceaccount:team-c:y", "sa:team-a/z", "user:bob"),
    )
    subjects = {displayed(who) for who in known.principals}
    names = of_snapshot(known)

    assert names["groups"] == sorted(each.name for each in subjects if each.kind == GROUP)
    assert names["users"] == ["alice", "bob"]
    accounts = (each for each in subjects if each.kind == SERVICE_ACCOUNT)
    assert names["accounts"] == sorted(f"{each.namespace}/{each.name}" for each in accounts)
