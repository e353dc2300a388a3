"""ConfigMaps that are read by their names, of a server that has many others: which requests, which gaps."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.cluster.cluster import ClusterSource
from kubectl_kfaccess.sources.cluster.named_objects import METADATA_ONLY, MOST_OBJECTS
from kubectl_kfaccess.sources.cluster.transport import Transport
from kubectl_kfaccess.sources.kubeconfig.choice import Connection
from kubectl_kfaccess.sources.source import Wanted
from tests.sources.cluster.answers import response

KUBEFLOW = "/api/v1/namespaces/kubeflow/configmaps"
ISTIO = "/api/v1/namespaces/istio-system/configmaps/istio"
PLAIN, HASHED, OLD = "profiles-config", "profiles-config-46c7tgh6fd", "profiles-config-m2kg5h8t4b"
OTHERS = ("kubeflow-config", "profiles-config-x", "profiles-config-46c7tgh6fd-old", "my-profiles-config")
SETTINGS = Wanted(("configmaps",))


class Server:
    """
    An API server in place of urllib3's pool: with the ConfigMaps *names* of `kubeflow`, and perhaps `istio`.

    It refuses the paths *refused*. Those that are *gone* are only in its list. *asked_for* are the paths that
    were requested, each with its media type.
    """

    def __init__(
        self,
        *names: str,
        refused: tuple[str, ...] = (),
        gone: tuple[str, ...] = (),
        istio: bool = True,
    ) -> None:
        self.names = names
        self.refused = refused
        self.there = set(names) - set(gone)
        self.istio = istio
        self.asked_for: list[tuple[str, str]] = []

    def request(self, _method: str, url: str, **options: Any) -> urllib3.HTTPResponse:
        """Answer one request."""
        path = urlsplit(url).path
        self.asked_for.append((path, options["headers"]["Accept"]))
        status, body = self._answer(path, parse_qs(urlsplit(url).query))
        data = json.dumps(body).encode()
        return response(status, data)

    def _answer(self, path: str, query: Mapping[str, list[str]]) -> tuple[int, dict[str, Any]]:
        _, _, _, _, namespace, _, *names = path.split("/")
        name = "".join(names)
        if path in self.refused:
            return 403, {"message": f"{path} is not for you"}
        if path == KUBEFLOW:
            return 200, self._page(int(query.get("continue", ["0"])[0]))
        if (namespace == "kubeflow" and name in self.there) or (path == ISTIO and self.istio):
            return 200, {"metadata": {"name": name, "namespace": namespace}, "data": {"of": name}}
        return 404, {"message": f"{path} not found"}

    def _page(self, start: int) -> dict[str, Any]:
        """Return a page of the names, two at a time."""
        items = [{"metadata": {"name": name, "namespace": "kubeflow"}} for name in self.names]
        rest = {"continue": str(start + 2)} if start + 2 < len(items) else {}
        return {"kind": "PartialObjectMetadataList", "metadata": rest, "items": items[start : start + 2]}

    def read(self, wanted: Wanted = SETTINGS) -> Snapshot:
        """Return what the program reads of this server."""
        return self.source.read(wanted)

    @property
    def source(self) -> ClusterSource:
        """Return the program's source, with this server behind it."""
        env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
        source = ClusterSource(_no_kubeconfig, env)
        source.transport = Transport(self, "https://stub", lambda _fresh: urllib3.HTTPHeaderDict())
        return source

    @property
    def paths(self) -> set[str]:
        """The paths that were requested."""
        return {path for path, _ in self.asked_for}


def _no_kubeconfig() -> Connection:
    raise AssertionError("the transport is there")


def names_of(snapshot: Snapshot) -> list[str]:
    """Return the names of the ConfigMaps of `kubeflow` in the snapshot."""
    return sorted(name for namespace, name in snapshot.config_maps if namespace == "kubeflow")


def gaps_of(snapshot: Snapshot) -> list[tuple[str, str]]:
    """Return the namespace and the reason of each gap, which are all about ConfigMaps."""
    assert {"configmaps"} >= {gap.resource for gap in snapshot.gaps}
    return [(gap.namespace, gap.reason) for gap in snapshot.gaps]


@pytest.mark.parametrize(
    "names",
    [
        pytest.param((PLAIN,), id="without a hash"),
        pytest.param((HASHED,), id="with kustomize's hash"),
        pytest.param((HASHED, OLD, PLAIN), id="several, some of them left behind"),
    ],
)
def test_the_settings_of_profiles_are_read_whatever_hash_they_have(names: tuple[str, ...]) -> None:
    """All that fit are read, and no other; the list is read page by page."""
    server = Server(*OTHERS, *names)

    snapshot = server.read()

    assert (sorted(names), ()) == (names_of(snapshot), snapshot.gaps)
    assert {"of": names[0]} == snapshot.config_maps["kubeflow", names[0]].data
    assert ("istio-system", "istio") in snapshot.config_maps
    assert {KUBEFLOW, ISTIO, *(f"{KUBEFLOW}/{name}" for name in names)} == server.paths


def test_the_data_of_other_config_maps_is_not_read() -> None:
    """The list holds names alone: a ConfigMap can be large, and is none of our business."""
    server = Server(*OTHERS, HASHED)
    server.read()

    assert {METADATA_ONLY} == {accept for path, accept in server.asked_for if path == KUBEFLOW}
    assert {"application/json"} == {accept for path, accept in server.asked_for if path != KUBEFLOW}


@pytest.mark.parametrize("namespaces", [None, (), ("team-a",), ("kubeflow",)])
def test_they_are_in_fixed_places(namespaces: tuple[str, ...] | None) -> None:
    """`-n` chooses what is asked about, not where Kubeflow is installed."""
    snapshot = Server(PLAIN).read(Wanted(("configmaps",), namespaces))

    assert {("kubeflow", PLAIN), ("istio-system", "istio")} == set(snapshot.config_maps)


def test_without_that_resource_there_is_no_request() -> None:
    """Most commands need no settings."""
    server = Server(PLAIN)
    server.read(Wanted(()))

    assert [] == server.asked_for


def test_those_who_cannot_list_get_the_plain_name() -> None:
    """A Role can allow `get` of a name and no list."""
    snapshot = Server(PLAIN, refused=(KUBEFLOW,)).read()

    assert ([PLAIN], []) == (names_of(snapshot), gaps_of(snapshot))


@pytest.mark.parametrize(
    ("server", "gaps"),
    [
        pytest.param(
            Server(HASHED, refused=(KUBEFLOW,)),
            [("kubeflow", f"{KUBEFLOW} is not for you")],
            id="the list is refused, and the plain name does not exist",
        ),
        pytest.param(
            Server(PLAIN, refused=(KUBEFLOW, f"{KUBEFLOW}/{PLAIN}")),
            [("kubeflow", f"{KUBEFLOW} is not for you")],
            id="the list and the plain name are refused",
        ),
        pytest.param(
            Server(HASHED, OLD, refused=(f"{KUBEFLOW}/{OLD}",)),
            [("kubeflow", f"{KUBEFLOW}/{OLD} is not for you")],
            id="some of them are refused",
        ),
        pytest.param(
            Server(*OTHERS), [("kubeflow", "there is no ConfigMap `profiles-config`")], id="there is none"
        ),
        pytest.param(
            Server(PLAIN, istio=False),
            [
                (
                    "istio-system",
                    "there is no ConfigMap `istio`: the mesh's revision may have one of another name",
                )
            ],
            id="the mesh has another revision",
        ),
        pytest.param(
            Server(PLAIN, refused=(ISTIO,)),
            [("istio-system", f"{ISTIO} is not for you")],
            id="the mesh's is refused",
        ),
    ],
)
def test_what_cannot_be_read_is_a_gap(server: Server, gaps: list[tuple[str, str]]) -> None:
    """What could be read is there all the same."""
    assert gaps == gaps_of(server.read())


def test_an_object_that_vanishes_meanwhile_is_not_there() -> None:
    """The list has it, but GET does not."""
    snapshot = Server(HASHED, gone=(HASHED,)).read()

    assert [] == names_of(snapshot)
    assert [("kubeflow", "there is no ConfigMap `profiles-config`")] == gaps_of(snapshot)


def test_a_server_cannot_make_us_read_without_end() -> None:
    """Kustomize leaves an object behind at each change; the number that is read is bounded, and said."""
    names = [f"profiles-config-{number:010}" for number in range(MOST_OBJECTS + 1)]
    server = Server(*names)

    snapshot = server.read()

    assert MOST_OBJECTS == len(names_of(snapshot)) == len(server.paths) - 2
    reason = f"there are {MOST_OBJECTS + 1} called `profiles-config`, and {MOST_OBJECTS} of them were read"
    assert [("kubeflow", reason)] == gaps_of(snapshot)
