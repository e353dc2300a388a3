"""
Bindings, roles and subjects in a few words, as the table of seeds writes them.

A subject is `user:NAME`, `group:NAME` or `sa:NAMESPACE/NAME`. A role of a binding is a ClusterRole's name or
`Role/NAME`. A rule is `VERB,… TYPE[.GROUP][/SUBRESOURCE],… [NAME …]`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

RBAC = "rbac.authorization.k8s.io"
Object = dict[str, Any]
_KINDS = {"user": "User", "group": "Group"}


def subject(text: str) -> Object:
    """Return the subject of a binding."""
    kind, _, name = text.partition(":")
    if kind == "sa":
        namespace, _, account = name.partition("/")
        return {"kind": "ServiceAccount", "name": account, "namespace": namespace}
    return {"apiGroup": RBAC, "kind": _KINDS[kind], "name": name}


def binding(text: str, *, annotations: Mapping[str, str] | None = None) -> Object:
    """Return the binding `[NAMESPACE/]NAME ROLE SUBJECT…`: a ClusterRoleBinding without a namespace."""
    place, role, *subjects = text.split()
    namespace, _, name = place.rpartition("/")
    kind, _, role_name = role.rpartition("/")
    metadata = _metadata(namespace, name)
    if annotations:
        metadata["annotations"] = dict(annotations)
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": RBAC, "kind": kind or "ClusterRole", "name": role_name},
        "subjects": [subject(each) for each in subjects],
    }


def role(place: str, rules: Iterable[str]) -> Object:
    """Return the role `[NAMESPACE/]NAME`: a ClusterRole without a namespace."""
    namespace, _, name = place.rpartition("/")
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": _metadata(namespace, name),
        "rules": [rule(each) for each in rules],
    }


def rule(text: str) -> Object:
    """Return a rule about resources, which share all their groups."""
    verbs, resources, *names = text.split()
    parts = [resource(each) for each in resources.split(",")]
    value: Object = {
        "verbs": verbs.split(","),
        "apiGroups": [*dict.fromkeys(group for group, _, _ in parts)],
        "resources": [f"{kind}/{sub}" if sub else kind for _, kind, sub in parts],
    }
    return {**value, "resourceNames": names} if names else value


def resource(text: str) -> tuple[str, str, str]:
    """Return the group, the type and the subresource of `TYPE[.GROUP][/SUBRESOURCE]`."""
    whole, _, sub = text.partition("/")
    kind, _, group = whole.partition(".")
    return group, kind, sub


def account(text: str) -> Object:
    """Return the service account `NAMESPACE/NAME`."""
    namespace, _, name = text.partition("/")
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": _metadata(namespace, name)}


def asker(text: str) -> Object:
    """Return the user and the groups that the server knows a subject by."""
    kind, _, name = text.partition(":")
    if kind == "sa":
        namespace, _, account_name = name.partition("/")
        groups = ["system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated"]
        return {"user": f"system:serviceaccount:{namespace}:{account_name}", "groups": groups}
    if kind == "group":
        return {"user": "somebody@example.com", "groups": [name]}
    return {"user": name, "groups": ["system:authenticated"]}


def review(text: str) -> Object:
    """Return the spec of the access review `SUBJECT VERB TYPE[.GROUP][/SUBRESOURCE] NAMESPACE|- [NAME]`."""
    who, verb, what, namespace, *names = text.split()
    group, kind, sub = resource(what)
    attributes = {"verb": verb, "group": group, "resource": kind, "subresource": sub}
    attributes |= {"namespace": namespace.strip("-") if namespace == "-" else namespace}
    return {**asker(who), "resourceAttributes": {**attributes, "name": names[0] if names else ""}}


def _metadata(namespace: str, name: str) -> Object:
    return {"name": name, "namespace": namespace} if namespace else {"name": name}
