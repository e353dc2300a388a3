"""
The requests that policies tell apart: a method, a host and a port each.

Policies that name none of them are compared with one request alone. Otherwise there is one for each value
that they name and one for all others, so that an answer that depends on method, host or port shows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.rules import HOST, METHOD, PATH, PORT, PolicyRules, Term

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""The methods of the services that run in a profile; a rule with all of them limits nothing."""

MOST = 4096  # requests: more combinations than that are not compared
_ANY = ""
_LIMITING = (METHOD, HOST, PORT)


class Request(Struct, frozen=True):
    """A request to an ordinary path. "" is a method, host or port that no policy names."""

    method: str = _ANY
    host: str = _ANY
    port: str = _ANY


def requests(policies: Iterable[PolicyRules]) -> tuple[Request, ...]:
    """Return the requests that the policies tell apart, the ordinary one first; () if there are too many."""
    named: dict[str, dict[str, None]] = {attribute: {} for attribute in _LIMITING}
    for term in _limits(policies):
        named[term.attribute].update(dict.fromkeys(term.values))
    methods, hosts, ports = _methods(named[METHOD]), _hosts(named[HOST]), (_ANY, *named[PORT])
    if len(methods) * len(hosts) * len(ports) > MOST:
        return ()
    return tuple(Request(*values) for values in product(methods, hosts, ports))


def is_ordinary_path(term: Term) -> bool | None:
    """Whether a path that no policy names matches the term; None if that is not known."""
    matching = [_matches_any_path(pattern) for pattern in term.values]
    listed = True if True in matching else None if None in matching else False
    return listed if listed is None or not term.negative else not listed


def _matches_any_path(pattern: str) -> bool | None:
    if pattern in ("*", "/*", "/{**}"):
        return True
    # a template such as `/{*}/{**}` matches some of the paths that nobody names
    return None if "{" in pattern and not pattern.replace("{**}", "").replace("{*}", "").strip("/") else False


def _limits(policies: Iterable[PolicyRules]) -> Iterator[Term]:
    """Yield the terms about methods, hosts and ports of the rules that ordinary paths can match."""
    for policy in policies:
        for rule in policy.rules or ():
            possible = [each for each in rule.operations if not _is_about_named_paths(each)]
            if possible or not rule.operations:
                terms = (term for operation in possible for term in operation)
                yield from (term for term in (*terms, *rule.conditions) if term.attribute in _LIMITING)


def _is_about_named_paths(operation: Iterable[Term]) -> bool:
    return any(term.attribute == PATH and is_ordinary_path(term) is False for term in operation)


def _methods(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return the methods of a service and all others that are named, those that no pattern names as one."""
    named = tuple(patterns)
    if not named or named == ("*",):
        return (_ANY,)
    # an ordinary method is one of the seven that no pattern matches; if there is none, the first is as good
    return tuple(dict.fromkeys((*METHODS, *(pattern.strip("*") or "GET" for pattern in named))))


def _hosts(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return a host for each set of patterns that one host can match."""
    named = [pattern.lower() for pattern in patterns if pattern not in ("", "*")]
    if not named:
        return (_ANY,)
    exact = [pattern for pattern in named if "*" not in (pattern[0], pattern[-1])]
    suffixes = [pattern[1:] for pattern in named if pattern[0] == "*"]
    prefixes = [pattern[:-1] for pattern in named if pattern[0] != "*" and pattern[-1] == "*"]
    around = (f"{prefix}~{suffix}" for prefix in ("", *prefixes) for suffix in ("", *suffixes))
    return tuple(dict.fromkeys((*around, *exact)))
