"""
The request header that carries the user's name in the mesh, and the users that policies admit by it.

Mirrors getAuthorizationPolicy of profile_controller.go: the controller is configured with a header and with a
prefix for every name (USERID_HEADER, USERID_PREFIX), and writes both into each owner's policy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from msgspec import Struct
from msgspec.structs import replace as replace_struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh import USER_ID
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import USER

_HEADER = re.compile(r"request\.headers\[[^\[\]]+\]")


class Header(Struct, frozen=True):
    """The *key* of the policy condition about users, and the *prefix* of the names in its values."""

    key: str = USER_ID
    prefix: str = ""

    @property
    def is_usual(self) -> bool:
        return self == Header()

    def caller(self, user: str) -> KnownSubject:
        """Return *user* as the mesh sees them: with the prefix before the name."""
        name = f"{self.prefix}{user}"
        return KnownSubject(Subject(USER, name), name)


def header(snapshot: Snapshot) -> Header:
    """Return the header in most owners' policies, or Kubeflow's default if none can be read."""
    counts: Counter[tuple[str, str]] = Counter()
    for policy in snapshot.authorization_policies.values():
        if policy.name == OWNERS_POLICY:
            counts.update(set(_owner_headers(policy)))
    most_common = min(counts, key=lambda pair: (-counts[pair], pair), default=None)
    return Header(*most_common) if most_common else Header()


def admitted(policy: AuthorizationPolicy, by: Header) -> tuple[str, ...]:
    """Return the users that *policy* admits by name. Patterns with a star are left out."""
    if value_at(policy.spec, "action") not in (None, "", "ALLOW"):
        return ()
    values = (
        value
        for condition in _conditions(policy)
        if str(value_at(condition, "key")).lower() == by.key.lower()
        for value in texts_at(condition, "values")
    )
    named = (value.removeprefix(by.prefix) for value in values if value.startswith(by.prefix))
    return tuple(dict.fromkeys(name for name in named if name and "*" not in (name[0], name[-1])))


def with_usual_header(snapshot: Snapshot, by: Header) -> Snapshot:
    """Return the snapshot with *by* and Kubeflow's default header swapped: `Mesh` knows only the default."""
    if by.key == USER_ID:
        return snapshot
    policies = {key: _swapped(policy, by) for key, policy in snapshot.authorization_policies.items()}
    return replace(snapshot, authorization_policies=policies)


def _owner_headers(policy: AuthorizationPolicy) -> Iterator[tuple[str, str]]:
    """Yield (key, prefix) for each condition of an owner's policy that names the owner in a header."""
    owner = policy.metadata.annotations.get("user", "")
    for condition in _conditions(policy):
        key, values = value_at(condition, "key"), texts_at(condition, "values")
        if isinstance(key, str) and _HEADER.fullmatch(key) and owner:
            yield from ((key, value.removesuffix(owner)) for value in values if value.endswith(owner))


def _conditions(policy: AuthorizationPolicy) -> Iterator[Any]:
    for rule in list_at(policy.spec, "rules"):
        yield from list_at(rule, "when")


def _swapped(policy: AuthorizationPolicy, by: Header) -> AuthorizationPolicy:
    rules = value_at(policy.spec, "rules")
    if not isinstance(rules, list):
        return policy
    return replace_struct(policy, spec={**policy.spec, "rules": [_swapped_rule(rule, by) for rule in rules]})


def _swapped_rule(rule: Any, by: Header) -> Any:
    conditions = value_at(rule, "when")
    if not isinstance(conditions, list):
        return rule
    return {**rule, "when": [_swapped_condition(condition, by) for condition in conditions]}


def _swapped_condition(condition: Any, by: Header) -> Any:
    key = value_at(condition, "key")
    other = {by.key.lower(): USER_ID, USER_ID: by.key}
    return {**condition, "key": other.get(key.lower(), key)} if isinstance(key, str) else condition
