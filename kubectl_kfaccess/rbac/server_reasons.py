"""
The binding, the role and the subject that the server names as its reason for a "yes".

Mirrors the texts of plugin/pkg/auth/authorizer/rbac (`roleBindingDescriber`, `describeSubject`). Go quotes
the names, so no name can look like another part of the sentence.
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
    """A binding and a role of which only the names are known, and the kind and the name of the subject."""

    binding: Binding
    role: AnyRole
    kind: str
    subject: str


def parse_reason(reason: str) -> Named | None:
    """Return what the RBAC authorizer's *reason* names, None if it is another text."""
    match = _ALLOWED.fullmatch(reason.strip())
    if not match:
        return None
    kind, place, role_kind, role, subject_kind, quoted = match.groups()
    subject = (subject_kind, _unquoted(quoted))
    ref = RoleRef(role_kind, _unquoted(role))
    if kind == "ClusterRoleBinding":
        binding: Binding = ClusterRoleBinding(metadata=ObjectMeta(_unquoted(place)), role_ref=ref)
        return Named(binding, ClusterRole(metadata=ObjectMeta(ref.name)), *subject)
    # the name stands before the namespace, which has no slash
    name, _, namespace = _unquoted(place).rpartition("/")
    binding = RoleBinding(metadata=ObjectMeta(name, namespace), role_ref=ref)
    if role_kind == "Role":
        return Named(binding, Role(metadata=ObjectMeta(ref.name, namespace)), *subject)
    return Named(binding, ClusterRole(metadata=ObjectMeta(ref.name)), *subject)


def _unquoted(text: str) -> str:
    """Return the text that Go's `%q` has quoted. Escapes that JSON does not have are kept unread."""
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
