"""
The server's own reason for a "yes", read back: which binding and role it names, and whom they mean.

Mirrors the texts of plugin/pkg/auth/authorizer/rbac (`roleBindingDescriber`, `describeSubject`): names are
quoted as Go does it, so none can pretend to be another part of the sentence.
"""

from __future__ import annotations

import json
import re

from msgspec import Struct

from kubectl_kfaccess.rbac.model import (
    AnyRole,
    Binding,
    ClusterRole,
    ClusterRoleBinding,
    ObjectMeta,
    Role,
    RoleBinding,
    RoleRef,
)

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_ALLOWED = re.compile(
    rf"RBAC: allowed by (RoleBinding|ClusterRoleBinding) {_QUOTED} of (Role|ClusterRole) {_QUOTED}"
    rf" to (User|Group|ServiceAccount) {_QUOTED}"
)


class Named(Struct, frozen=True):
    """What a reason names: a binding and a role of which nothing else is known, and the kind of subject."""

    binding: Binding
    role: AnyRole
    kind: str


def named(reason: str) -> Named | None:
    """Return what the RBAC authorizer names as its reason; None for any other text."""
    found = _ALLOWED.fullmatch(reason.strip())
    if not found:
        return None
    kind, place, role_kind, role, subject, _ = found.groups()
    ref = RoleRef(role_kind, _unquoted(role))
    if kind == "ClusterRoleBinding":
        binding: Binding = ClusterRoleBinding(metadata=ObjectMeta(_unquoted(place)), role_ref=ref)
        return Named(binding, ClusterRole(metadata=ObjectMeta(ref.name)), subject)
    # the name stands before the namespace, which has no slash
    name, _, namespace = _unquoted(place).rpartition("/")
    binding = RoleBinding(metadata=ObjectMeta(name, namespace), role_ref=ref)
    if role_kind == "Role":
        return Named(binding, Role(metadata=ObjectMeta(ref.name, namespace)), subject)
    return Named(binding, ClusterRole(metadata=ObjectMeta(ref.name)), subject)


def _unquoted(text: str) -> str:
    """The text that Go's `%q` has quoted; its escapes are JSON's but for a few, which stay as they are."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
