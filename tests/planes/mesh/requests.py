"""The requests that are asked about the workloads of a namespace: what they do, and what they carry."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from tests.planes.mesh.kubeflow_policies import Policy
from tests.planes.mesh.random_policies import METHODS
from tests.planes.mesh.witnesses import (
    FRESH,
    RARE_METHODS,
    address_in,
    least_named,
    matches,
    outside,
    path_for,
    ports,
    text_for,
)

ORDINARY, OTHER, PATH = range(3)
SOURCES = ("127.0.0.1", "127.0.9.9", "127.0.77.77")
REMOTES = ("10.244.0.9", "100.64.0.9")
Asked = dict[str, Any]
Change = Callable[[Asked], None]
Pairs = list[tuple[int, int, int]]


class Patterns:
    """All that some policies say about requests, by attribute: lists of patterns, each once."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self.by_attribute: dict[str, list[str]] = {}
        for policy in policies:
            for rule in (policy.get("spec") or {}).get("rules") or ():
                self._add_rule(rule)

    def of(self, *attributes: str) -> list[str]:
        """Return the patterns of some attributes."""
        return [text for name in attributes for text in self.by_attribute.get(name, ())]

    def within(self, attribute: str) -> Iterator[tuple[str, list[str]]]:
        """Yield what is in the brackets of an attribute, such as a header's name, and its patterns."""
        for name, patterns in self.by_attribute.items():
            if name.startswith(f"{attribute}["):
                yield name[len(attribute) + 1 : -1], patterns

    def _add_rule(self, rule: Any) -> None:
        for source in rule.get("from") or ():
            self._add_fields(source.get("source") or {})
        for operation in rule.get("to") or ():
            self._add_fields(operation.get("operation") or {})
        for condition in rule.get("when") or ():
            key = condition["key"]
            name = key.lower() if key.startswith("request.headers") else key
            self._add(name, [*condition.get("values", ()), *condition.get("notValues", ())])

    def _add_fields(self, fields: dict[str, list[str]]) -> None:
        for name, patterns in fields.items():
            self._add(name[3].lower() + name[4:] if name.startswith("not") else name, patterns)

    def _add(self, name: str, patterns: Iterable[str]) -> None:
        known = self.by_attribute.setdefault(name, [])
        known.extend(text for text in patterns if text not in known)


def asked(policies: Sequence[Policy], rng: random.Random) -> dict[str, Any]:
    """Return operations, surroundings, and which pairs of them are asked, as the oracle reads them."""
    patterns = Patterns(policies)
    operations, kinds = _operations(patterns)
    surroundings = list(_surroundings(patterns, rng))
    pairs = sorted(_pairs(kinds, len(surroundings), rng), key=lambda pair: pair[2] > 1)
    return {
        "operations": operations,
        "surroundings": surroundings,
        "requests": [
            {"kind": kind, "operation": operation, "surrounding": surrounding}
            for kind, operation, surrounding in pairs
        ],
    }


def _pairs(kinds: list[int], surroundings: int, rng: random.Random) -> Iterator[tuple[int, int, int]]:
    """Yield (kind, operation, surrounding): ordinary operations meet all surroundings, the others some."""
    for operation, kind in enumerate(kinds):
        some = {0, *rng.choices(range(surroundings), k=3), min(1, surroundings - 1)}
        for surrounding in range(surroundings) if kind == ORDINARY else sorted(some):
            yield kind, operation, surrounding


def _operations(patterns: Patterns) -> tuple[list[Asked], list[int]]:
    """Return the operations and the kind of each."""
    methods, hosts = patterns.of("methods"), patterns.of("hosts")
    named_ports = list(ports(patterns.of("ports", "destination.port")))
    base: Asked = {
        "method": least_named(METHODS, methods),
        "path": least_named((f"/{FRESH}", f"/{FRESH}/deep/{FRESH}"), patterns.of("paths")),
        "host": f"{FRESH}.invalid",
        "port": int(least_named(("8080", "8999", "18080"), map(str, named_ports))),
    }
    is_named = any(matches(pattern, base["method"]) for pattern in methods)
    operations, kinds = [base], [OTHER if is_named else ORDINARY]
    for kind, change in _other_operations(methods, hosts, named_ports, patterns.of("paths")):
        changed = base | change
        if changed not in operations:
            operations.append(changed)
            kinds.append(kind)
    return operations, kinds


def _other_operations(
    methods: list[str], hosts: list[str], named_ports: list[int], paths: list[str]
) -> Iterator[tuple[int, Asked]]:
    """Yield the kind of an operation, and how it differs from the ordinary one."""
    named = [method for method in METHODS if any(matches(pattern, method) for pattern in methods)]
    named += [method for method in RARE_METHODS if method in methods]
    if methods:
        for method in dict.fromkeys((*METHODS, *named)):
            yield OTHER if method in named else ORDINARY, {"method": method}
    named_hosts = [text_for(pattern) for pattern in hosts]
    yield from ((OTHER, {"host": host}) for host in named_hosts)
    yield from ((OTHER, {"port": port}) for port in named_ports)
    yield from ((OTHER, {"method": m, "port": port}) for m in _ends(named) for port in named_ports)
    yield from ((OTHER, {"host": host, "port": port}) for host in named_hosts for port in named_ports)
    yield from ((OTHER, {"host": host, "method": m}) for m in _ends(named) for host in named_hosts)
    for pattern in paths:
        path = path_for(pattern)
        if path:
            yield PATH, {"path": path}
            yield from ((PATH, {"path": path, "method": method}) for method in named[:1])


def _ends(values: list[str]) -> list[str]:
    return list(dict.fromkeys([*values[:1], *values[-1:]]))


def _surroundings(patterns: Patterns, rng: random.Random) -> Iterator[Asked]:
    """Yield what requests can carry: nothing, everything that is named, each alone, and random mixtures."""
    base: Asked = {
        "headers": {},
        "claims": {},
        "source": outside(SOURCES, patterns.of("ipBlocks", "source.ip")),
        "remote": outside(REMOTES, patterns.of("remoteIpBlocks", "remote.ip")),
        "inside": False,
    }
    yield base
    choices = list(_choices(patterns))
    mixtures: list[Sequence[Change | None]] = [
        [group[0] for group in choices],
        *([change] for group in choices for change in group),
        [group[-1] for group in choices],
        *([change for group in choices for change in rng.choices([*group, None])] for _ in range(3)),
    ]
    seen = [base]
    for changes in mixtures:
        mixture = copy.deepcopy(base)
        for change in changes:
            if change:
                change(mixture)
        if mixture["claims"]:  # every token has an issuer and a subject
            mixture["claims"] = {"iss": "https://kfaccess.invalid", "sub": FRESH} | mixture["claims"]
        if mixture not in seen:
            seen.append(mixture)
            yield mixture


def _choices(patterns: Patterns) -> Iterator[list[Change]]:
    """Yield for each attribute that policies name the changes that set it, to several values."""
    for header, values in patterns.within("request.headers"):
        yield [_set("headers", header, text) for text in (*map(text_for, values), FRESH)]
    for path, values in patterns.within("request.auth.claims"):
        yield [_claim(path, text) for text in (*map(text_for, values), FRESH)]
    for attribute, claim in (("request.auth.audiences", "aud"), ("request.auth.presenter", "azp")):
        if patterns.of(attribute):
            yield [_claim(claim, text_for(text)) for text in patterns.of(attribute)]
    if principals := patterns.of("requestPrincipals", "request.auth.principal"):
        yield [_token(text) for text in principals]
    yield from _addresses(patterns)


def _addresses(patterns: Patterns) -> Iterator[list[Change]]:
    sources = [address_in(block) for block in patterns.of("ipBlocks", "source.ip")]
    if inside := [text for text in sources if text and text.startswith("127.")]:
        yield [_put("source", text) for text in inside]
    if inside := [text for text in map(address_in, patterns.of("remoteIpBlocks", "remote.ip")) if text]:
        yield [_put("remote", text) for text in inside]
    if patterns.of("destination.ip"):
        yield [_put("inside", True)]


def _put(name: str, value: Any) -> Change:
    return lambda mixture: mixture.__setitem__(name, value)


def _set(part: str, name: str, value: Any) -> Change:
    return lambda mixture: mixture[part].__setitem__(name, value)


def _claim(path: str, text: str) -> Change:
    """Set a claim; `a][b` is the claim `b` within `a`."""

    def change(mixture: Asked) -> None:
        *parents, name = path.split("][")
        claims = mixture["claims"]
        for parent in parents:
            claims = claims.setdefault(parent, {})
        claims[name] = [text, FRESH]

    return change


def _token(pattern: str) -> Change:
    """Set issuer and subject so that ISSUER/SUBJECT matches a pattern."""
    issuer, _, subject = text_for(pattern).rpartition("/")

    def change(mixture: Asked) -> None:
        mixture["claims"] |= {"iss": issuer or subject or FRESH, "sub": subject if issuer else FRESH}

    return change
