"""Lists and objects: page by page to their end, within their bounds, and of the kind that was asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import urllib3

from kubectl_kfaccess.errors import CannotAnswer, ErrorCode
from kubectl_kfaccess.rbac.model import OwnerReference
from kubectl_kfaccess.sources.cluster import bounds
from kubectl_kfaccess.sources.cluster.bounds import MOST_PAGES, Bounds
from kubectl_kfaccess.sources.cluster.objects import read_list, read_names, read_object
from kubectl_kfaccess.sources.cluster.transport import Transport
from kubectl_kfaccess.sources.kinds import BY_RESOURCE
from tests.sources.cluster.answers import response

BINDINGS = BY_RESOURCE["rolebindings"]
CONFIG_MAPS = BY_RESOURCE["configmaps"]
RBAC = "rbac.authorization.k8s.io/v1"
ITEM = {"metadata": {"name": "a", "namespace": "b"}}


def page(token: str = "", **changed: Any) -> dict[str, Any]:
    """Return a page of a list of RoleBindings; *token* is that of the next."""
    whole = {"apiVersion": RBAC, "kind": "RoleBindingList", "metadata": {"continue": token}, "items": [ITEM]}
    return {**whole, **changed}


class Server:
    """A server that sends *pages*; each takes *seconds* of its clock. *requests* counts them."""

    def __init__(self, pages: Iterator[Any], seconds: float = 0.0, timeout: float = 0.0) -> None:
        self.pages, self.seconds = pages, seconds
        self.requests, self.now = 0, 0.0
        self.transport = Transport(self, "https://stub", self._headers, timeout=timeout, clock=self._clock)

    def request(self, _method: str, _url: str, **_options: Any) -> urllib3.HTTPResponse:
        """Answer one request."""
        self.requests += 1
        self.now += self.seconds
        return response(200, json.dumps(next(self.pages)).encode())

    def _headers(self, _fresh: bool) -> urllib3.HTTPHeaderDict:
        return urllib3.HTTPHeaderDict()

    def _clock(self) -> float:
        return self.now


def new_tokens(**changed: Any) -> Iterator[Any]:
    """Yield pages that each name another one."""
    number = 0
    while True:
        number += 1
        yield page(str(number), **changed)


def error_of(server: Server, read: Callable[..., Any] = read_list) -> CannotAnswer:
    """Return the error of reading the list."""
    with pytest.raises(CannotAnswer) as error:
        read(server.transport, BINDINGS, "b")
    return error.value


def test_a_list_ends_with_its_last_page() -> None:
    """Three pages, three requests, three objects."""
    server = Server(iter([page("x"), page("y"), page()]))

    assert (3, 3) == (len(read_list(server.transport, BINDINGS)), server.requests)


@pytest.mark.parametrize(
    ("tokens", "requests"),
    [
        pytest.param(("x", "x"), 2, id="the same token"),
        pytest.param(("x", "y", "x"), 3, id="a circle"),
    ],
)
def test_a_token_that_comes_again_is_an_error(tokens: tuple[str, ...], requests: int) -> None:
    """The pages would go round for ever."""
    server = Server(page(token) for token in tokens)
    error = error_of(server)

    assert (ErrorCode.TOO_BIG, requests) == (error.code, server.requests)
    assert "cannot list rolebindings: the server sends the same pages again and again" == error.message
    assert "`-n`" in error.hint


@pytest.mark.parametrize("items", [[], None, [ITEM]])
def test_pages_without_end_are_an_error(items: Any) -> None:
    """Empty or not."""
    server = Server(new_tokens(items=items))
    error = error_of(server)

    assert (ErrorCode.TOO_BIG, MOST_PAGES) == (error.code, server.requests)
    assert f"more than {MOST_PAGES:,} pages" in error.message


@pytest.mark.parametrize(
    ("timeout", "requests"),
    [
        pytest.param(0.0, 3, id="five minutes"),
        pytest.param(4.0, 3, id="five minutes, whatever a single request may take"),
        pytest.param(1000.0, 10, id="as long as a single request may take"),
    ],
)
def test_a_whole_list_has_a_deadline(timeout: float, requests: int) -> None:
    """Each page takes 100 seconds."""
    server = Server(new_tokens(), seconds=100.0, timeout=timeout)
    error = error_of(server)

    assert (ErrorCode.TIMEOUT, requests) == (error.code, server.requests)
    assert "`--request-timeout`" in error.hint


def test_a_whole_list_has_a_size() -> None:
    """All pages together: each has a megabyte here."""
    big = [{"metadata": {"name": "a" * (1 << 20)}}]
    server = Server(new_tokens(items=big))
    size = 10 << 20
    server.transport.bounds = lambda: Bounds(1.0, size)  # type: ignore[method-assign]

    error = error_of(server)

    assert (ErrorCode.TOO_BIG, 10) == (error.code, server.requests)
    assert Bounds(0.0).size == bounds.MOST_BYTES


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"apiVersion": "v1", "kind": "PodList"}, id="Pods"),
        pytest.param({"kind": "RoleList"}, id="Roles"),
        pytest.param({"kind": "ClusterRoleBindingList"}, id="bindings of the whole cluster"),
        pytest.param({"kind": "RoleBinding"}, id="no list"),
        pytest.param({"kind": ""}, id="no kind"),
        pytest.param({"apiVersion": "v1", "kind": "List"}, id="a list of anything"),
        pytest.param({"apiVersion": "rbac.authorization.k8s.io/v1beta1"}, id="another version"),
        pytest.param({"apiVersion": "example.com/v1"}, id="another group"),
        pytest.param({"items": [{**ITEM, "kind": "Pod"}]}, id="a Pod in it"),
        pytest.param({"items": [ITEM, {**ITEM, "apiVersion": "v1"}]}, id="an object of another group in it"),
    ],
)
def test_a_list_of_another_kind_is_not_believed(changed: dict[str, Any]) -> None:
    """It would decode, as bindings without subjects or with the subjects of something else."""
    error = error_of(Server(iter([page(**changed)])))

    assert ErrorCode.BAD_ANSWER is error.code
    assert error.message.startswith("cannot understand the server's answer about rolebindings: it ")
    assert "API server" in error.hint


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({}, id="without kinds in it"),
        pytest.param({"items": [{**ITEM, "apiVersion": RBAC, "kind": "RoleBinding"}]}, id="with kinds in it"),
        pytest.param({"items": [{**ITEM, "apiVersion": None, "kind": None}]}, id="with null for kinds"),
        pytest.param({"apiVersion": ""}, id="without an apiVersion"),
    ],
)
def test_a_list_of_that_kind_is_believed(changed: dict[str, Any]) -> None:
    """In lists of a real server, the items of built-in kinds say nothing about their kind."""
    (binding,) = read_list(Server(iter([page(**changed)])).transport, BINDINGS)

    assert ("b", "a") == binding.key


def test_a_list_of_names_can_be_either() -> None:
    """A server that knows no metadata-only lists sends the whole objects."""
    heads = {"apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadataList"}
    items = [{**ITEM, "apiVersion": "meta.k8s.io/v1", "kind": "PartialObjectMetadata"}]
    whole = {"apiVersion": "v1", "kind": "ConfigMapList", "items": [ITEM]}

    for answer in ({**heads, "items": items}, whole):
        assert ["a"] == read_names(Server(iter([answer])).transport, CONFIG_MAPS, "b")


@pytest.mark.parametrize("kind", ["Secret", "Status", "ConfigMapList"])
def test_an_object_of_another_kind_is_not_believed(kind: str) -> None:
    """The same for a single object."""
    server = Server(iter([{**ITEM, "apiVersion": "v1", "kind": kind}]))

    with pytest.raises(CannotAnswer, match="configmaps") as error:
        read_object(server.transport, CONFIG_MAPS, "b", "a")

    assert ErrorCode.BAD_ANSWER is error.value.code


def test_what_is_quoted_of_a_wrong_answer_is_shortened() -> None:
    """The kind can be of any length."""
    error = error_of(Server(iter([page(kind="x" * 1_000_000)])))

    assert len(error.message) < 2 * bounds.MOST_CHARACTERS


def test_only_what_names_the_owners_is_kept() -> None:
    """Most objects have none; a list that is null is empty, as for the server."""
    owner = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "name": "b", "uid": "1", "controller": True}
    owned = {"metadata": {**ITEM["metadata"], "ownerReferences": [owner, {**owner, "controller": None}]}}
    unowned = {"metadata": {**ITEM["metadata"], "ownerReferences": None}}
    server = Server(iter([page(items=[owned, unowned, ITEM])]))

    first, *others = read_list(server.transport, BINDINGS)

    assert first.metadata.controller == OwnerReference("kubeflow.org/v1", "Profile", "b", True)
    assert [(), ()] == [item.metadata.owner_references for item in others]
