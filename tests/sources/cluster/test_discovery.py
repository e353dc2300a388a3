"""Discovery: both forms that servers use, and the cache."""

from __future__ import annotations

import io
import json
import os
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.sources.cluster.discovery import (
    FRESH_SECONDS,
    Discovery,
    cache_directory,
    cache_file,
    cached,
    discovered,
    keep,
)

PODS = ResourceType("", "pods", "pod", "Pod", ("po",), True, ("get", "list"), ("exec", "log"))
NODES = ResourceType("", "nodes", "node", "Node", (), False, ("get",))
WIDGETS = ResourceType(
    "a.example", "widgets", "widget", "Widget", ("wd",), True, ("create", "get"), ("scale", "status")
)
EXPECTED = (PODS, NODES, WIDGETS)


class Server:
    """A server with answers to discovery requests; *paths* lists the requests."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers
        self.paths: list[str] = []

    def get(self, path: str, _accept: str) -> bytes:
        """Answer one request."""
        self.paths.append(path)
        return json.dumps(self.answers[path]).encode()


def resource(name: str, kind: str, verbs: list[str], subs: list[str], **more: Any) -> dict[str, Any]:
    """Return a resource in the aggregated form."""
    return {
        "resource": name,
        "responseKind": {"group": "", "version": "", "kind": kind},
        "singularResource": kind.lower(),
        "scope": "Namespaced",
        "verbs": verbs,
        "subresources": [{"subresource": sub, "verbs": ["get"]} for sub in subs],
        **more,
    }


def group(name: str, *versions: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a group in the aggregated form; the preferred version is first."""
    numbered = [
        {"version": f"v{number}", "resources": resources} for number, resources in enumerate(versions, 1)
    ]
    return {"metadata": {"name": name} if name else {}, "versions": numbered}


def aggregated(*groups: dict[str, Any]) -> dict[str, Any]:
    """Return an answer in the aggregated form."""
    return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": list(groups)}


CORE = group(
    "",
    [
        resource("pods", "Pod", ["list", "get"], ["log", "exec"], shortNames=["po"]),
        resource("nodes", "Node", ["get"], [], scope="Cluster"),
    ],
)
NEW = {
    "/api": aggregated(CORE),
    "/apis": aggregated(
        group(
            "a.example",
            [resource("widgets", "Widget", ["get"], ["status"], shortNames=["wd"])],
            [resource("widgets", "Widget", ["create"], ["scale"])],
        )
    ),
}


def old_resource(name: str, kind: str, verbs: list[str], **more: Any) -> dict[str, Any]:
    """Return a resource in the old form, in which a subresource is a resource of its own."""
    singular = "" if "/" in name else kind.lower()
    return {"name": name, "singularName": singular, "namespaced": True, "kind": kind, "verbs": verbs, **more}


def old_list(*resources: dict[str, Any]) -> dict[str, Any]:
    """Return an answer about one version of a group, in the old form."""
    return {"kind": "APIResourceList", "resources": list(resources)}


OLD = {
    "/api": {"kind": "APIVersions", "versions": ["v1"]},
    "/api/v1": old_list(
        old_resource("pods", "Pod", ["get", "list"], shortNames=["po"]),
        old_resource("pods/exec", "PodExecOptions", ["create"]),
        old_resource("pods/log", "Pod", ["get"]),
        old_resource("nodes", "Node", ["get"], namespaced=False),
    ),
    "/apis": {
        "kind": "APIGroupList",
        "groups": [
            {
                "name": "a.example",
                "versions": [{"groupVersion": "a.example/v1"}, {"groupVersion": "a.example/v2"}],
            }
        ],
    },
    "/apis/a.example/v1": old_list(
        old_resource("widgets", "Widget", ["get"], shortNames=["wd"]),
        old_resource("widgets/status", "Widget", ["get"]),
    ),
    "/apis/a.example/v2": old_list(
        old_resource("widgets", "Widget", ["create"]), old_resource("widgets/scale", "Scale", ["get"])
    ),
}


@pytest.mark.parametrize("answers", [NEW, OLD], ids=["the aggregated form", "the old form"])
def test_both_forms_give_the_same_types(answers: dict[str, Any]) -> None:
    """RBAC knows no versions: a type's verbs and subresources are those of all versions."""
    assert Discovery(EXPECTED) == discovered(Server(answers).get)


def test_the_aggregated_form_takes_two_requests() -> None:
    """A server that knows this form is not asked about each group."""
    server = Server(NEW)

    discovered(server.get)

    assert ["/api", "/apis"] == server.paths


def test_a_server_can_know_the_new_form_on_one_path_only() -> None:
    """The answer of each path decides."""
    mixed = {**OLD, "/apis": NEW["/apis"]}

    assert Discovery(EXPECTED) == discovered(Server(mixed).get)


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"/api": aggregated(), "/apis": aggregated()}, id="empty lists"),
        pytest.param(
            {"/api": {"versions": None}, "/apis": {"kind": "APIGroupList", "groups": None}}, id="null"
        ),
        pytest.param(
            {"/api": aggregated(group("", [])), "/apis": aggregated({"metadata": {}, "versions": None})},
            id="groups without resources",
        ),
    ],
)
def test_a_server_that_serves_nothing_has_no_types(answers: dict[str, Any]) -> None:
    """It is not an error."""
    assert Discovery(()) == discovered(Server(answers).get)


def test_a_group_that_could_not_be_discovered_leaves_the_others() -> None:
    """An aggregated API that is down is marked as stale, and has no resources."""
    stale = {
        "metadata": {"name": "b.example"},
        "versions": [{"version": "v1", "freshness": "Stale", "resources": None}],
    }
    answers = {**NEW, "/apis": aggregated(stale, *NEW["/apis"]["items"])}

    assert Discovery(EXPECTED, frozenset({"b.example"})) == discovered(Server(answers).get)


def environment(cwd: Path, **environ: str) -> Environment:
    """Return an environment with these variables."""
    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, cwd)


@pytest.mark.parametrize(
    ("flag", "environ", "expected"),
    [
        pytest.param("", {"HOME": "/home/a"}, "/home/a/.kube/cache", id="the home directory's"),
        pytest.param("", {"HOME": "/home/a", "KUBECACHEDIR": "/cache"}, "/cache", id="the variable's"),
        pytest.param("/flag", {"HOME": "/home/a", "KUBECACHEDIR": "/cache"}, "/flag", id="the flag's"),
        pytest.param("flag", {"HOME": "/home/a"}, "/here/flag", id="below the working directory"),
    ],
)
def test_the_cache_is_where_kubectl_keeps_its_own(flag: str, environ: dict[str, str], expected: str) -> None:
    """The flag wins over the variable, and the variable over the home directory."""
    assert Path(expected) == cache_directory(flag, environment(Path("/here"), **environ))


def test_servers_do_not_share_a_cache_file() -> None:
    """Not even if their addresses look alike, differ only in the path, or are long."""
    servers = [
        "https://a:6443",
        "https://a_6443",
        "https://a:6443/k8s/clusters/one",
        "https://a:6443/k8s/clusters/two",
        f"https://{'a' * 300}",
        f"https://{'a' * 301}",
        "http://a:6443",
    ]

    files = [cache_file(Path("/cache"), server) for server in servers]

    assert len(servers) == len(set(files))
    assert all(len(part) < 120 for file in files for part in file.parts)
    assert {Path("/cache/kfaccess")} == {file.parents[1] for file in files}


@pytest.mark.parametrize("server", ["https://../../x", "https://a/../../etc", "https://[::1]:6443"])
def test_a_servers_address_does_not_lead_out_of_the_cache(server: str) -> None:
    """The address becomes the name of one harmless folder."""
    file = cache_file(Path("/cache"), server)

    assert Path("/cache/kfaccess") == file.parents[1]
    assert ".." not in file.parts


def test_kept_types_are_read_back(tmp_path: Path) -> None:
    """All types are read back, and only the user can read the file."""
    file = tmp_path / "a" / "b" / "discovery.json"

    assert "" == keep(file, EXPECTED)

    assert EXPECTED == cached(file)
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    assert 0o700 == stat.S_IMODE(file.parent.stat().st_mode)
    assert [file] == list(file.parent.iterdir())


def test_the_later_types_replace_the_earlier_ones(tmp_path: Path) -> None:
    """The file is replaced."""
    file = tmp_path / "discovery.json"
    keep(file, EXPECTED)

    keep(file, (PODS,))

    assert (PODS,) == cached(file)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        pytest.param(FRESH_SECONDS - 30, EXPECTED, id="fresh"),
        pytest.param(FRESH_SECONDS + 30, None, id="old"),
        pytest.param(-3600, None, id="from the future"),
    ],
)
def test_a_cache_is_used_for_ten_minutes(tmp_path: Path, age: int, expected: Any) -> None:
    """An old file is ignored, and so is one whose date is in the future."""
    file = tmp_path / "discovery.json"
    keep(file, EXPECTED)
    then = time.time() - age
    os.utime(file, (then, then))

    assert expected == cached(file)


@pytest.mark.parametrize("content", [b"", b"[{", b"{}", b'[{"group": 1, "name": "a"}]', b"\xff"], ids=repr)
def test_a_broken_cache_is_ignored(tmp_path: Path, content: bytes) -> None:
    """No matter who wrote it, the server is asked again."""
    file = tmp_path / "discovery.json"
    file.write_bytes(content)

    assert None is cached(file)


def test_a_missing_cache_is_none(tmp_path: Path) -> None:
    """The file or its folder is missing."""
    assert None is cached(tmp_path / "a" / "discovery.json")


def test_a_cache_that_cannot_be_written_is_harmless(tmp_path: Path) -> None:
    """The cause is returned, and nothing is raised."""
    (tmp_path / "file").write_text("")

    assert keep(tmp_path / "file" / "discovery.json", EXPECTED) in ("Not a directory", "File exists")
