"""SECURITY.md is true: it names every request, every place and every mode, as the code has them."""

from __future__ import annotations

import ast
import io
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from kubectl_kfaccess import __version__
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources import kept_files
from kubectl_kfaccess.sources.cluster import access_reviews
from kubectl_kfaccess.sources.cluster.discovery import CACHE, cache_directory
from kubectl_kfaccess.sources.kinds import KINDS
from kubectl_kfaccess.sources.kubeconfig.credentials import PLUGIN_SECONDS
from tests.running import REPOSITORY, run

PAGE = (REPOSITORY / "SECURITY.md").read_text(encoding="utf-8")
PACKAGE = REPOSITORY / "kubectl_kfaccess"
MODULES = {
    module.relative_to(PACKAGE).as_posix(): ast.parse(module.read_text(encoding="utf-8"))
    for module in sorted(PACKAGE.rglob("*.py"))
}
NETWORK = {
    "urllib3",
    "socket",
    "requests",
    "http",
    "asyncio",
    "websocket",
    "kubernetes",
    "aiohttp",
    "urllib.request",
}
PROCESSES = {"subprocess", "multiprocessing", "pty"}


def row(title: str) -> str:
    """Return what the page's table of requests says about some of them."""
    (text,) = re.findall(rf"^\| {re.escape(title)} \| (.*) \|$", PAGE, re.MULTILINE)
    return str(text)


def words(text: str) -> set[str]:
    """Return the words of a text that are marked as code."""
    return set(re.findall(r"`([^`]+)`", text))


def importing(names: set[str]) -> set[str]:
    """Return the modules that import one of the modules *names*, or a part of it."""
    return {module for module, tree in MODULES.items() if names & set(imported(tree))}


def imported(tree: ast.Module) -> Iterator[str]:
    """Yield the modules that a module imports, and the first parts of their names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (part for alias in node.names for part in (alias.name, alias.name.partition(".")[0]))
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (node.module, node.module.partition(".")[0])


def calls(tree: ast.Module, name: str) -> list[ast.Call]:
    """Return the calls of a function or of a method in a module."""
    found_calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call for call in found_calls if name in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))
    ]


def test_it_lists_the_kinds_that_are_read() -> None:
    """Those of which everything is read, and those of which certain objects are."""
    assert {kind.resource for kind in KINDS if not kind.only} == words(row("GET, lists"))
    assert {kind.resource for kind in KINDS if kind.only} <= words(row("GET, by name"))


def test_it_lists_the_questions_that_are_sent() -> None:
    """Only the module of access reviews sends anything but GETs, and these are its kinds."""
    senders = {module for module, tree in MODULES.items() if calls(tree, "post")}
    methods = {
        argument.value
        for call in calls(MODULES["sources/cluster/transport.py"], "_Request")
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }

    assert {"GET", "POST"} == methods
    assert {"sources/cluster/access_reviews.py"} == senders
    kinds = {
        value
        for value in vars(access_reviews).values()
        if isinstance(value, str) and value.endswith("Review")
    }
    assert kinds == words(row("POST, questions that are not stored"))


def test_nothing_else_reaches_the_network() -> None:
    """The server's connections, what became of them, and the identity provider whose tokens are refreshed."""
    assert {
        "sources/cluster/cluster.py",
        "sources/cluster/connection_pool.py",
        "sources/cluster/failures.py",
        "sources/kubeconfig/oidc_refresh.py",
    } == importing(NETWORK)


def test_nothing_else_runs_programs() -> None:
    """The credential plugin, kubectl and the shell for `completion status`, and our own process after TAB."""
    assert {
        "sources/kubeconfig/exec_plugin.py",
        "completion/names.py",
        "completion/refresh_start.py",
        "completion/status.py",
    } == importing(PROCESSES)


def test_the_cache_is_where_it_says_with_the_modes_that_it_says(tmp_path: Path) -> None:
    """In kubectl's cache directory."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {"HOME": str(tmp_path)}, tmp_path)
    cache = cache_directory("", env) / CACHE
    file = cache / "completion" / "names.json"
    kept_files.write(file, b"{}")

    assert (tmp_path / ".kube" / "cache" / "kfaccess") == cache
    assert "`kfaccess` in `~/.kube/cache`, in `$KUBECACHEDIR` or in the directory of `--cache-dir`" in PAGE
    assert "you: files 0600, in folders 0700" in PAGE
    assert (0o600, 0o700) == (mode(file), mode(file.parent))


def test_a_snapshot_is_for_its_owner(tmp_path: Path) -> None:
    """Also one without names."""
    for flags in ((), ("--anonymize",)):
        file = tmp_path / "cluster.json"
        assert 0 == run("snapshot", str(file), "--demo", *flags).status
        assert 0o600 == mode(file)
    assert "| a snapshot | the file that you name | you: 0600 |" in PAGE


def mode(path: Path) -> int:
    """Return the permissions of a file or folder."""
    return stat.S_IMODE(path.stat().st_mode)


def test_it_says_how_long_a_plugin_has() -> None:
    """Thirty seconds."""
    assert 30 == PLUGIN_SECONDS
    assert "A plugin has thirty seconds" in PAGE


def test_it_supports_this_version() -> None:
    """The versions that get fixes are those of the package's two first numbers."""
    series = ".".join(__version__.split(".")[:2])

    assert f"| {series}.x | yes |" in PAGE
    assert {__version__} == set(re.findall(r"kubectl-kfaccess_v([\d.]+)_", PAGE))
