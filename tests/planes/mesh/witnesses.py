"""Texts and addresses that match the patterns of policies, and such that match none."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

FRESH = "zq7"
"""Part of texts that no policy names."""

RARE_METHODS = ("TRACE", "PROPFIND")
"""Methods that nobody uses unless a policy names them in full."""


def matches(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern of Istio: exact, or with a star at its start or its end."""
    if pattern == "*":
        return bool(text)
    if pattern.startswith("*"):
        return text.endswith(pattern[1:])
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern


def text_for(pattern: str) -> str:
    """Return a text that matches a pattern."""
    if pattern.startswith("*"):
        return FRESH + pattern[1:]
    return pattern[:-1] + FRESH if pattern.endswith("*") else pattern


def path_for(pattern: str) -> str | None:
    """Return a path that matches a pattern, None if no path can."""
    if "{" in pattern:
        path = pattern.replace("{**}", f"{FRESH}/deep").replace("{*}", FRESH)
    else:
        path = f"/{FRESH}{pattern[1:]}" if pattern.startswith("*") else text_for(pattern)
    return path if path.startswith("/") and "{" not in path else None


def least_named(candidates: Iterable[str], patterns: Iterable[str]) -> str:
    """Return the candidate that the fewest patterns match, the first of several."""
    known = list(patterns)
    return min(candidates, key=lambda text: sum(matches(pattern, text) for pattern in known))


def address_in(block: str) -> str | None:
    """Return an address of a block, None if the block is not valid or contains every address."""
    network = _network(block)
    if network is None or network.prefixlen == 0:
        return None
    return str(network[min(7, network.num_addresses - 1)])


def outside(candidates: Iterable[str], blocks: Iterable[str]) -> str:
    """Return the first candidate that is in the fewest of the blocks."""
    networks = [network for network in map(_network, blocks) if network]
    return min(candidates, key=lambda text: sum(ipaddress.ip_address(text) in known for known in networks))


def ports(patterns: Iterable[str]) -> Iterator[int]:
    """Yield the ports that policies name and that exist."""
    for text in patterns:
        if text.isascii() and text.isdigit() and 0 < int(text) <= 65535:
            yield int(text)


def _network(block: str) -> ipaddress.IPv4Network | None:
    try:
        return ipaddress.IPv4Network(block, strict=False)
    except ValueError:
        return None
