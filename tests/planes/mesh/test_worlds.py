"""The random clusters of the mesh oracle, and the requests that are asked about them."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from tests.planes.mesh.questions import question, workloads
from tests.planes.mesh.random_policies import ACTIONS
from tests.planes.mesh.requests import Patterns
from tests.planes.mesh.settings import DOMAINS, GATEWAYS, HEADERS, ROOTS
from tests.planes.mesh.witnesses import address_in, least_named, matches, path_for, text_for
from tests.planes.mesh.worlds import LABELS, World, random_worlds

SEED = 1
FIELDS = ("principals", "namespaces", "serviceAccounts", "requestPrincipals", "ipBlocks", "remoteIpBlocks")
OPERATIONS = ("methods", "paths", "hosts", "ports")


@pytest.fixture(scope="module")
def worlds() -> list[World]:
    """Return some random clusters."""
    return list(random_worlds(SEED, 300))


def test_a_seed_always_gives_the_same_worlds(worlds: list[World]) -> None:
    """Otherwise nobody could repeat a contradiction."""
    again = list(random_worlds(SEED, 300))

    assert worlds == again
    assert [json.dumps(question(world)) for world in worlds] == [json.dumps(question(w)) for w in again]


def test_the_worlds_have_settings_of_each_kind(worlds: list[World]) -> None:
    """Every gateway, header, trust domain and root namespace is drawn, and is sometimes unreadable."""
    known = [world.truth for world in worlds if len(world.truth.logins) == len(world.truth.meshes) == 1]

    assert {truth.logins[0].gateway for truth in known} == set(GATEWAYS)
    assert {(truth.logins[0].header, truth.logins[0].prefix) for truth in known} == set(HEADERS)
    assert {(truth.meshes[0].domain, truth.meshes[0].aliases) for truth in known} == set(DOMAINS)
    assert {truth.meshes[0].root for truth in known} == set(ROOTS)
    assert any(len(world.truth.logins) > 1 for world in worlds)
    assert any(len(world.truth.meshes) > 1 for world in worlds)
    assert any(world.hidden for world in worlds)


def test_the_worlds_have_policies_of_each_kind(worlds: list[World]) -> None:
    """Every action, field and label of a namespace is drawn."""
    specs = [policy.get("spec") or {} for world in worlds for policy in world.policies]
    text = json.dumps(specs)
    named = (*FIELDS, *OPERATIONS)

    assert {spec.get("action", "ALLOW") for spec in specs} == set(ACTIONS)
    assert [] == [name for name in named if f'"{name}"' not in text]
    assert [] == [name for name in named if f'"not{name[0].upper()}{name[1:]}"' not in text]
    assert [] == [name for name in ("selector", "targetRef", "targetRefs") if f'"{name}"' not in text]
    labels = [labels for world in worlds for labels in world.truth.labels.values()]
    assert [] == [drawn for _, drawn in LABELS if not any(drawn.items() <= seen.items() for seen in labels)]


def test_no_two_policies_have_the_same_name(worlds: list[World]) -> None:
    """The tool would see only one of them."""
    for world in worlds:
        names = Counter((p["metadata"]["namespace"], p["metadata"]["name"]) for p in world.policies)
        assert max(names.values(), default=1) == 1


@pytest.mark.parametrize("pattern", ["GET", "a*", "*a", "*", "*.example.com"])
def test_a_text_for_a_pattern_matches_it(pattern: str) -> None:
    """The text is a witness that the rule can match."""
    assert matches(pattern, text_for(pattern))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [("/a", "/a"), ("/a/*", "/a/zq7"), ("*/b", "/zq7/b"), ("/{*}/b/{**}", "/zq7/b/zq7/deep"), ("b", None)],
)
def test_a_path_for_a_pattern_is_a_path(pattern: str, path: str | None) -> None:
    """A pattern without a slash at its start matches no request."""
    assert path_for(pattern) == path


def test_the_ordinary_value_is_the_one_that_patterns_name_least() -> None:
    """A method that no pattern names, if there is one."""
    assert least_named(("GET", "HEAD", "PUT"), ["GET", "H*"]) == "PUT"
    assert least_named(("GET", "HEAD"), ["*", "GET"]) == "HEAD"


def test_an_address_in_a_block() -> None:
    """No address shows what is special about a block of all addresses."""
    assert address_in("127.0.2.0/24") == "127.0.2.7"
    assert address_in("127.0.3.4") == "127.0.3.4"
    assert address_in("0.0.0.0/0") is None
    assert address_in("nonsense") is None


def test_workloads_have_the_labels_of_selectors_alone_and_together() -> None:
    """Gateways are left out, and so are labels that contradict each other."""
    selectors = ({"app": "x"}, {"app": "y"}, {"tier": "web"}, {"app": "istio-ingressgateway"})
    policies = [{"spec": {"selector": {"matchLabels": labels}}} for labels in selectors]

    assert list(workloads([{}, *policies])) == [
        {},
        {"app": "x"},
        {"app": "y"},
        {"tier": "web"},
        {"app": "x", "tier": "web"},
        {"app": "y", "tier": "web"},
    ]


def test_patterns_of_a_field_and_of_its_opposite_are_one_list() -> None:
    """Names of headers are compared in lower case."""
    rule = {
        "from": [{"source": {"notPrincipals": ["a"]}}, {"source": {"principals": ["b", "a"]}}],
        "when": [{"key": "request.headers[X-Team]", "values": ["c"], "notValues": ["d"]}],
    }
    patterns = Patterns([{"spec": {"rules": [rule]}}, {"spec": None}, {}])

    assert patterns.by_attribute == {"principals": ["a", "b"], "request.headers[x-team]": ["c", "d"]}
