"""The bindings that releases of Kubernetes and Kubeflow ship, from the bundled data: see data/README.md."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT_PREFIX, USER, Principal

FILE = Path(__file__).parents[2] / "data" / "shipped-bindings.json"

BindingKey = tuple[str, str, str, str, str]
"""The kind, namespace and name of a binding, and the kind and name of its role."""


class ShippedBinding(Struct, frozen=True, rename="camel"):
    """A binding of one or more *releases*; *subjects* are as the command line spells them."""

    kind: str
    namespace: str
    name: str
    role_kind: str
    role: str
    subjects: tuple[str, ...]
    releases: tuple[str, ...]

    @property
    def key(self) -> BindingKey:
        return (self.kind, self.namespace, self.name, self.role_kind, self.role)


class _Content(Struct, frozen=True):
    bindings: tuple[ShippedBinding, ...]


@lru_cache(maxsize=1)
def shipped_bindings() -> tuple[ShippedBinding, ...]:
    """Return every shipped binding; if releases bind other subjects by it, once for each of these sets."""
    return msgspec.json.decode(FILE.read_bytes(), type=_Content).bindings


@lru_cache(maxsize=1)
def shipped_grants() -> Mapping[BindingKey, Mapping[Principal, tuple[str, ...]]]:
    """Return, for each shipped binding, the principals that it binds, each with the releases that do."""
    grants: dict[BindingKey, dict[Principal, tuple[str, ...]]] = {}
    for binding in shipped_bindings():
        releases_of = grants.setdefault(binding.key, {})
        for subject in binding.subjects:
            who = shipped_principal(subject)
            releases_of[who] = (*releases_of.get(who, ()), *binding.releases)
    return grants


def shipped_principal(subject: str) -> Principal:
    """Return the principal that a subject of the data matches."""
    kind, _, name = subject.partition(":")
    if kind == "sa":
        return Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{name.replace('/', ':')}")
    return Principal(GROUP if kind == "group" else USER, name)


def binding_key(binding: Binding) -> BindingKey:
    """Return the key by which *binding* is shipped, if it is."""
    ref = binding.role_ref
    return (binding.kind, binding.namespace, binding.name, ref.kind, ref.name)
