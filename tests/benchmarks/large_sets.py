"""Large sets of objects in files: each grows in one direction, and has commands that it could make slow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from tests.benchmarks import bigger
from tests.benchmarks.bigger import RBAC, tenant

Object = dict[str, Any]
ONE_USER = "alice@example.com"
WHO_CAN = ("who-can", "create", "inferenceservices", "-A")
ACCESS = ("access", ONE_USER)
NO = ("explain", "nobody@example.com", "create", "inferenceservices", "-n", tenant(0))
EVERY_COMMAND = (WHO_CAN, ACCESS, NO, ("check",), ("profiles",), ("aggregation",))


@dataclass(frozen=True)
class LargeSet:
    """
    The demo and objects that grow in one direction: *objects* yields them for each of two sizes.

    *commands* are measured on both; *suffix* is the kind of file that they are written to.
    """

    name: str
    small: int
    large: int
    objects: Callable[[int], Iterable[Object]]
    commands: tuple[tuple[str, ...], ...]
    suffix: str = ".json"

    def write(self, size: int, directory: Path) -> Path:
        """Write the set of that size into a file in *directory*, and return its path."""
        file = directory / f"{self.name.replace(' ', '-')}-{size}{self.suffix}"
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(SPELLINGS[self.suffix](self.objects(size)))
        return file


def _list(objects: Iterable[Object]) -> Iterator[str]:
    yield '{"apiVersion": "v1", "kind": "List", "items": [\n'
    for number, each in enumerate(objects):
        yield f"{',' if number else ''}{json.dumps(each)}\n"
    yield "]}\n"


def _lines(objects: Iterable[Object]) -> Iterator[str]:
    return (f"{json.dumps(each)}\n" for each in objects)


def _documents(objects: Iterable[Object]) -> Iterator[str]:
    return (f"---\n{yaml.dump(each, Dumper=yaml.CSafeDumper)}" for each in objects)


SPELLINGS = {".json": _list, ".jsonl": _lines, ".yaml": _documents}


def role_bindings(count: int) -> Iterator[Object]:
    """Yield profiles until they have *count* RoleBindings."""
    yield from _demo()
    yield from bigger.profiles(count // 10)


def cluster_roles(count: int) -> Iterator[Object]:
    """Yield *count* ClusterRoles; every tenth aggregates ten others by a label of its own."""
    yield from _demo()
    for number in range(count):
        whole, is_whole = number // 10, number % 10 == 0
        if is_whole:
            yield _cluster_role(f"whole-{whole}", selectors=[{f"part-of/{whole}": "true"}])
            yield _cluster_binding(f"whole-{whole}", f"whole-{whole}", [_user(f"user-{whole}")])
        else:
            yield _cluster_role(f"part-{number}", [_rule(number)], labels={f"part-of/{whole}": "true"})


def aggregation_chain(count: int) -> Iterator[Object]:
    """Yield *count* ClusterRoles; each aggregates the one before it, and the first has the rule."""
    yield from _demo()
    for number in range(count):
        labels = {f"link/{number}": "true"}
        before = [{f"link/{number - 1}": "true"}] if number else None
        yield _cluster_role(f"link-{number}", [_rule(0)], labels=labels, selectors=before)
    if count:
        yield _cluster_binding("last", f"link-{count - 1}", [_user(ONE_USER)])


def aggregation_of_all(count: int) -> Iterator[Object]:
    """Yield *count* aggregated ClusterRoles that all select all of them, and one with a rule."""
    yield from _demo()
    label = {"all": "true"}
    yield _cluster_role("source", [_rule(0)], labels=label)
    yield from (_cluster_role(f"all-{number}", labels=label, selectors=[label]) for number in range(count))
    yield _cluster_binding("first", "all-0" if count else "source", [_user(ONE_USER)])


def subjects(count: int) -> Iterator[Object]:
    """Yield one RoleBinding in a profile with *count* subjects: users, groups and accounts in turn."""
    yield from _demo()
    yield from bigger.profiles(1)
    kinds = (_user, _group, lambda name: _account(tenant(0), name))
    people = [kinds[number % 3](f"subject-{number}") for number in range(count)]
    yield _binding(tenant(0), "many", "kubeflow-edit", people)


def bindings_of_one(count: int) -> Iterator[Object]:
    """Yield *count* RoleBindings of one user, each in a namespace of its own, to three roles in turn."""
    yield from _demo()
    roles = ("kubeflow-admin", "kubeflow-edit", "kubeflow-view")
    for number in range(count):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": tenant(number)}}
        yield _binding(tenant(number), "hers", roles[number % 3], [_user(ONE_USER)])


def rules(count: int) -> Iterator[Object]:
    """Yield one ClusterRole with *count* rules, bound to one user."""
    yield from _demo()
    yield _cluster_role("many-rules", [_rule(number) for number in range(count)])
    yield _cluster_binding("many-rules", "many-rules", [_user(ONE_USER)])


def namespaces(count: int) -> Iterator[Object]:
    """Yield *count* namespaces, and one binding that counts in all of them."""
    yield from _demo()
    for number in range(count):
        yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": tenant(number)}}
    yield _cluster_binding("everywhere", "kubeflow-edit", [_user(ONE_USER)])


def documents(count: int) -> Iterator[Object]:
    """Yield *count* objects of profiles, which are written as a document each."""
    yield from _demo()
    yield from islice(bigger.profiles(count), count)


REFERENCES = ("access", ONE_USER, "--bindings")
WIDE = ("access", ONE_USER, "-A", "-o", "wide")
AGGREGATED = (WHO_CAN, ACCESS, NO, ("aggregation",))
LARGE_SETS = (
    LargeSet("role bindings", 20_000, 200_000, role_bindings, EVERY_COMMAND),
    LargeSet("cluster roles", 500, 5_000, cluster_roles, EVERY_COMMAND),
    LargeSet("chain of roles", 30, 300, aggregation_chain, AGGREGATED),
    LargeSet("roles that select all", 30, 300, aggregation_of_all, AGGREGATED),
    LargeSet("subjects of a binding", 1_000, 10_000, subjects, (WHO_CAN, ACCESS, NO, ("profiles",))),
    LargeSet("bindings of a subject", 2_000, 20_000, bindings_of_one, (WHO_CAN, WIDE, REFERENCES)),
    LargeSet("rules of a role", 1_000, 10_000, rules, (WHO_CAN, ACCESS, WIDE, NO)),
    LargeSet("namespaces", 2_000, 20_000, namespaces, (WHO_CAN, ACCESS, WIDE)),
    LargeSet("documents as YAML", 2_000, 20_000, documents, (WHO_CAN,), ".yaml"),
    LargeSet("documents as JSON lines", 20_000, 200_000, documents, (WHO_CAN,), ".jsonl"),
)


def _demo() -> Iterator[Object]:
    """Yield the demo without the binding whose role is missing: of files, an answer would not be complete."""
    return (each for each in bigger.demo() if each["metadata"]["name"] != "heidi-labeling")


def _rule(number: int) -> Object:
    return {"apiGroups": [f"group-{number}.example.com"], "resources": [f"things-{number}"], "verbs": ["get"]}


def _cluster_role(
    name: str,
    rules: list[Object] | None = None,
    *,
    labels: dict[str, str] | None = None,
    selectors: list[dict[str, str]] | None = None,
) -> Object:
    role: Object = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name, "labels": labels or {}},
    }
    if selectors is not None:
        aggregation = {"clusterRoleSelectors": [{"matchLabels": selector} for selector in selectors]}
        return {**role, "aggregationRule": aggregation, "rules": []}
    return {**role, "rules": rules or []}


def _cluster_binding(name: str, role: str, people: list[Object]) -> Object:
    reference = {"apiGroup": RBAC, "kind": "ClusterRole", "name": role}
    meta = {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name}}
    return {**meta, "roleRef": reference, "subjects": people}


def _binding(namespace: str, name: str, role: str, people: list[Object]) -> Object:
    binding = _cluster_binding(name, role, people)
    return {**binding, "kind": "RoleBinding", "metadata": {"name": name, "namespace": namespace}}


def _user(name: str) -> Object:
    return {"apiGroup": RBAC, "kind": "User", "name": name}


def _group(name: str) -> Object:
    return {"apiGroup": RBAC, "kind": "Group", "name": name}


def _account(namespace: str, name: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}
