"""The table of seeds: what each plants, and what `audit` must say of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tests.isolation_seeds.notation import Object, account, binding, role
from tests.isolation_seeds.world import teams

TABLE = Path(__file__).parent / "seeds.yaml"
_WAYS = ("isolation-account-everywhere", "isolation-everybody", "isolation-possible-steps", "isolation-steps")
ANY = "?"
"""Stands for an object of which several are equally right."""


class Expected(NamedTuple):
    """A finding: its id, `KIND/[NAMESPACE/]NAME`, the tenants, and the subject; "-" for what it lacks."""

    id: str
    object: str
    from_tenant: str
    into: str
    subject: str

    def fits(self, other: Expected) -> bool:
        """Return whether *other* is this finding."""
        return self._replace(object=other.object) == other if self.object == ANY else self == other


class Seed(NamedTuple):
    """
    A hole: *what* it is, the *objects* that make it and those that are *gone*.

    *finds* are the new findings, *verdicts* those that differ afterwards, *asks* the requests that the server
    allows. *people* are the members of groups, if they are known. `make test` plants what *is_quick*.

    *onward* says whether those who get in can act as accounts there: `proved`, `possible` or `no`. What
    *is_alone* is not planted together with others. *stops*: each of its ways has a removal that closes it.
    """

    id: str
    what: str
    objects: tuple[Object, ...]
    gone: tuple[str, ...]
    finds: tuple[Expected, ...]
    verdicts: Mapping[str, str]
    asks: tuple[str, ...]
    people: Mapping[str, list[str]]
    is_quick: bool
    onward: str
    is_alone: bool
    stops: bool

    @property
    def names(self) -> frozenset[str]:
        """The objects that it applies or deletes."""
        return frozenset((*map(name_of, self.objects), *self.gone))


@cache
def seeds() -> tuple[Seed, ...]:
    """Return the seeds in the order of the table."""
    entries = yaml.load(TABLE.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return tuple(map(_seed, entries))


def _seed(entry: Mapping[str, Any]) -> Seed:
    return Seed(
        entry["id"],
        entry["what"],
        tuple(_objects(entry)),
        tuple(entry.get("gone", ())),
        tuple(map(_expected, entry["finds"])),
        dict(_verdicts(entry.get("verdicts", {}))),
        tuple(entry.get("asks", ())),
        entry.get("people", {}),
        entry.get("quick", False),
        entry.get("onward", "proved"),
        entry.get("alone", False) or "people" in entry,
        entry.get("stops", True),
    )


def _objects(entry: Mapping[str, Any]) -> Iterator[Object]:
    for name in entry.get("namespaces", ()):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    yield from map(account, entry.get("accounts", ()))
    for place, rules in entry.get("roles", {}).items():
        yield role(place, rules)
    for text in entry.get("bindings", ()):
        yield binding(text)
    for text, known in entry.get("annotated", {}).items():
        yield binding(text, annotations=known)
    yield from entry.get("objects", ())


def _expected(text: str) -> Expected:
    known, target, tenants, who = text.split()
    from_tenant, _, into = tenants.partition(">")
    into = into or "-"
    return Expected(known, target, from_tenant, into, who)


def _verdicts(written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the verdicts; `*` stands for all profiles but those named with `-`."""
    if "*" in written:
        yield from dict.fromkeys(teams(), written["*"]).items()
    yield from ((name, verdict) for name, verdict in written.items() if name != "*")


def found(document: Mapping[str, Any]) -> dict[str, Expected]:
    """Return the findings of an audit's JSON by fingerprint."""
    return {item["fingerprint"]: _of(item) for item in document["items"]}


def _of(item: Mapping[str, Any]) -> Expected:
    target = item["object"]
    place = "/".join(filter(None, (target["kind"], target["namespace"], target["name"])))
    # what everybody gets in all tenants names no tenant
    into = item.get("tenant", "") or ("*" if item["id"] in _WAYS else "-")
    who = _who(item["subject"]) if "subject" in item else "-"
    return Expected(item["id"], place, item.get("fromTenant", "") or "-", into, who)


def _who(subject: Mapping[str, str]) -> str:
    if subject["kind"] == "ServiceAccount":
        return f"sa:{subject['namespace']}/{subject['name']}"
    return f"{subject['kind'].lower()}:{subject['name']}"


def verdicts_in(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict on each tenant of an audit's JSON."""
    return {each["name"]: each["verdict"] for each in document["tenants"]}


def name_of(object_: Object) -> str:
    """Return `KIND/[NAMESPACE/]NAME`."""
    metadata = object_["metadata"]
    return "/".join(filter(None, (object_["kind"], metadata.get("namespace", ""), metadata["name"])))


def pairs(findings: Iterable[Expected]) -> set[tuple[str, str, str]]:
    """Return the findings by id and tenants alone."""
    return {(each.id, each.from_tenant, each.into) for each in findings}
