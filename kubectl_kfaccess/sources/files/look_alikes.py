"""
Objects that grant access in another API, or look as if they did.

OpenShift's own roles and bindings (upstream: openshift/api authorization/v1, and their conversion in
openshift/origin) become RBAC. Others are only recognised: by a misspelled kind, or by their fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kubectl_kfaccess.rbac.manifests import KINDS
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT
from kubectl_kfaccess.spelling import nearest

OPENSHIFT = "authorization.openshift.io"
_ACCOUNT_PREFIX = "system:serviceaccount:"
_SUBJECT_KINDS = {"SystemUser": "User", "SystemGroup": "Group"}
_FOLDED = {kind.lower(): kind for kind in KINDS}


def resembled_kind(content: Mapping[str, Any]) -> str:
    """Return the kind of RBAC that an object of another type looks like, "" if it looks like none."""
    binds = isinstance(content.get("roleRef"), Mapping) and _has_subjects(content)
    if not binds and not _has_rules(content):
        return ""  # most objects: their kinds need not be compared
    folded = _folded(str(content.get("kind", "")))
    similar = _FOLDED.get(folded) or _FOLDED.get(nearest(folded, set(_FOLDED)), "")
    if not binds:
        return similar if similar in ("Role", "ClusterRole") else ""
    is_binding = similar.endswith("Binding")
    return similar if is_binding else "ClusterRoleBinding" if "cluster" in folded else "RoleBinding"


def _folded(kind: str) -> str:
    return "".join(character for character in kind.lower() if character.isalpha()).removesuffix("s")


def _has_subjects(content: Mapping[str, Any]) -> bool:
    return any(key in content for key in ("subjects", "userNames", "groupNames"))


def _has_rules(content: Mapping[str, Any]) -> bool:
    rules = content.get("rules")
    return isinstance(rules, list) and any(isinstance(rule, Mapping) and "verbs" in rule for rule in rules)


def rbac_of_openshift(content: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return OpenShift's role or binding as an object of RBAC; None if it is something else."""
    group, _, version = str(content.get("apiVersion", "")).rpartition("/")
    kind = content.get("kind")
    is_legacy = (group, version) == ("", "v1") and _is_legacy(content)
    if kind not in KINDS or not (group == OPENSHIFT or is_legacy):
        return None
    base = {"apiVersion": f"{RBAC_GROUP}/v1", "kind": kind, "metadata": content.get("metadata")}
    if str(kind).endswith("Binding"):
        return {**base, "roleRef": _role_ref(content.get("roleRef")), "subjects": _subjects(content)}
    rules = content.get("rules") or ()
    return {**base, "rules": [_rule(rule) for rule in rules if isinstance(rule, Mapping)]}


def _is_legacy(content: Mapping[str, Any]) -> bool:
    """Return whether an object of `v1` is one of OpenShift before 3.9: its roleRef has no kind."""
    ref = content.get("roleRef")
    return isinstance(ref, Mapping) and not ref.get("kind") and not ref.get("apiGroup")


def _role_ref(ref: Any) -> dict[str, Any]:
    """Return the roleRef; in OpenShift one without a namespace names a ClusterRole."""
    named = ref if isinstance(ref, Mapping) else {}
    kind = "Role" if named.get("namespace") else "ClusterRole"
    return {"apiGroup": RBAC_GROUP, "kind": kind, "name": named.get("name")}


def _subjects(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the subjects: `userNames` and `groupNames` replace `subjects`, if there are any."""
    users, groups = content.get("userNames"), content.get("groupNames")
    if users is None and groups is None:
        subjects = content.get("subjects") or ()
        return [_subject(subject) for subject in subjects if isinstance(subject, Mapping)]
    return [*map(_named_user, users or ()), *({"kind": "Group", "name": name} for name in groups or ())]


def _subject(subject: Mapping[str, Any]) -> dict[str, Any]:
    kind = subject.get("kind")
    known = {key: subject.get(key) for key in ("name", "namespace")}
    return {"kind": _SUBJECT_KINDS.get(str(kind), kind), **known}


def _named_user(name: Any) -> dict[str, Any]:
    namespace, colon, account = str(name).removeprefix(_ACCOUNT_PREFIX).partition(":")
    if colon and str(name).startswith(_ACCOUNT_PREFIX):
        return {"kind": SERVICE_ACCOUNT, "namespace": namespace, "name": account}
    return {"kind": "User", "name": name}


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule as RBAC has it; OpenShift's means the core group if it names none."""
    kept = {key: value for key, value in rule.items() if key != "attributeRestrictions"}
    return kept if kept.get("apiGroups") or kept.get("nonResourceURLs") else {**kept, "apiGroups": [""]}
