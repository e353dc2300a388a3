"""What a command asks of a server while something fails, and what it makes of half an answer."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import jsonschema
import msgspec
import pytest

from kubectl_kfaccess.sources.cluster.discovery import cache_file, cached
from tests.robustness.proxy import FaultProxy, Tunnel
from tests.robustness.worlds import WORLDS, Bench

pytestmark = pytest.mark.server

WHO = ("who-can", "get", "secrets", "-n", "faults-team")


def test_retry_after_is_waited_for(bench: Bench, in_front: Callable[..., FaultProxy]) -> None:
    """`Retry-After: 1` is a pause of a second before the second and last request."""
    proxy = in_front(fault="429-once", path="/rolebindings")
    WORLDS["admin"](bench)

    result = bench.run(*WHO)

    assert (0, [1.0]) == (result.status, bench.clock.pauses)
    assert 2 == sum("/rolebindings" in seen.path for seen in proxy.seen)


def test_an_expired_list_is_read_again_from_the_start(
    bench: Bench, in_front: Callable[..., FaultProxy]
) -> None:
    """After a 410 the next request carries no token."""
    proxy = in_front(fault="410-once", path="/rolebindings", pages=5)
    WORLDS["admin"](bench)

    result = bench.run(*WHO)
    lists = [seen.path for seen in proxy.seen if "/rolebindings" in seen.path]

    assert 0 == result.status
    assert [False, True, False, True] == ["continue=" in path for path in lists[:4]]


def test_a_list_that_always_expires_is_taken_in_one_piece(
    bench: Bench, in_front: Callable[..., FaultProxy]
) -> None:
    """The last request has neither a token nor a limit."""
    proxy = in_front(fault="410-on-pages", path="/rolebindings", pages=5)
    WORLDS["admin"](bench)

    result = bench.run(*WHO)
    lists = [seen.path for seen in proxy.seen if "/rolebindings" in seen.path]

    assert 0 == result.status
    assert lists[-1].endswith("/namespaces/faults-team/rolebindings")


def test_the_proxy_of_the_kubeconfig_is_used(bench: Bench) -> None:
    """Each connection is a CONNECT to the server."""
    with Tunnel() as tunnel:
        bench.tunnel = tunnel.url
        WORLDS["tunnel"](bench)
        result = bench.run(*WHO)

    assert 0 == result.status
    assert {bench.server.removeprefix("https://")} == set(tunnel.wanted)


CLUSTER_WIDE = {"clusterrolebindings", "clusterroles"}


@pytest.mark.parametrize(
    ("world", "missing"),
    [
        pytest.param("tenant", {*CLUSTER_WIDE, "rolebindings", "roles"}, id="nothing"),
        pytest.param("one namespace", CLUSTER_WIDE, id="one namespace"),
        pytest.param("all but clusterroles", {"clusterroles"}, id="all but clusterroles"),
    ],
)
def test_coverage_names_what_may_hide_a_grant(bench: Bench, world: str, missing: set[str]) -> None:
    """The JSON keeps to its schema; unread roles count if a binding needs one, or may need one."""
    WORLDS[world](bench)

    result = bench.run(*WHO, "-o", "json")

    schema = (files("kubectl_kfaccess") / "schemas" / "WhoCan.json").read_bytes()
    jsonschema.validate(result.json, msgspec.json.decode(schema))
    assert 3 == result.status
    assert result.json["coverage"]["complete"] is False
    assert missing == {gap["resource"] for gap in result.json["coverage"]["gaps"]}


def test_what_one_namespace_proves_is_listed(bench: Bench) -> None:
    """Everybody who is granted it by the account's own roles, and nobody else."""
    WORLDS["one namespace"](bench)

    result = bench.run(*WHO, "-o", "json")
    proven = {item["subject"]["name"] for item in result.json["items"]}

    assert {f"m{number:02}@example.com" for number in range(23)} == proven


def test_a_corrupt_cache_is_replaced(bench: Bench) -> None:
    """By what discovery answers."""
    WORLDS["corrupt cache"](bench)

    result = bench.run(*WHO)
    kept = cached(cache_file(bench.cache, bench.server)) or ()

    assert 0 == result.status
    assert "secrets" in {resource.name for resource in kept}


def test_an_unwritable_cache_is_left_alone(bench: Bench) -> None:
    """The file in its place stays as it is."""
    WORLDS["unwritable cache"](bench)
    before = bench.cache.read_bytes()

    result = bench.run(*WHO)

    assert 0 == result.status
    assert before == bench.cache.read_bytes()


def test_no_secret_is_shown(bench: Bench) -> None:
    """Neither `-v=9` nor a failure shows the token."""
    WORLDS["wrong token"](bench)

    result = bench.run(*WHO, "-v=9")

    assert 3 == result.status
    assert "GET https://" in result.stderr
    assert "0123456789abcdef" not in result.stdout + result.stderr
