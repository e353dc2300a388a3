"""
Which roles and bindings an API server refuses (upstream: pkg/apis/rbac/validation and ValidateObjectMeta).

`metadata.finalizers`, `ownerReferences` and `managedFields` are not checked: no access depends on them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct, field

from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    LabelSelector,
    LabelSelectorRequirement,
    PolicyRule,
    Role,
    RoleBinding,
)
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT

Texts = dict[str, str] | None
_ROLE_KINDS = {"RoleBinding": ("Role", "ClusterRole"), "ClusterRoleBinding": ("ClusterRole",)}
_MOST_REMEMBERED = 10_000  # texts
_LARGEST_ANNOTATIONS = 256 * 1024  # bytes (upstream: TotalAnnotationSizeLimitB)


class Problem(NamedTuple):
    """One reason to refuse an object: the path to the field, and what is wrong with it."""

    path: str
    text: str


class Metadata(Struct, rename="camel"):
    """The part of an object's metadata that a server checks."""

    name: str | None = ""
    generate_name: str | None = ""
    namespace: str | None = ""
    labels: Texts = None
    annotations: Texts = None
    resource_version: str | None = ""


class NamedSubject(Struct, rename="camel"):
    """A subject with its `apiGroup`, which is checked and then never read again."""

    kind: str | None = ""
    api_group: str | None = ""
    name: str | None = ""
    namespace: str | None = ""


class NamedRole(Struct, rename="camel"):
    """A roleRef with its `apiGroup`."""

    api_group: str | None = ""
    kind: str | None = ""
    name: str | None = ""


class _Aggregation(Struct, rename="camel"):
    cluster_role_selectors: tuple[LabelSelector, ...] | None = None


class Candidate(Struct, rename="camel"):
    """A role or a binding of any kind, as somebody asks a server to create it."""

    metadata: Metadata | None = None
    rules: tuple[PolicyRule, ...] | None = None
    aggregation_rule: _Aggregation | None = None
    role_ref: NamedRole | None = None
    subjects: tuple[NamedSubject, ...] | None = field(default=None)

    @property
    def is_stored(self) -> bool:
        """Return whether a server stored the object: what it stored counts, whatever is in it."""
        return bool(self.metadata and self.metadata.resource_version)


def problems(kind: str, candidate: Candidate, namespace: str = "") -> Iterator[Problem]:
    """Yield why a server refuses *candidate*, a role or binding of *kind* to create in *namespace*."""
    is_namespaced = kind in ("Role", "RoleBinding")
    yield from _metadata(candidate.metadata or Metadata(), namespace if is_namespaced else None)
    if kind in _ROLE_KINDS:
        yield from _role_ref(candidate.role_ref or NamedRole(), _ROLE_KINDS[kind])
        for index, subject in enumerate(candidate.subjects or ()):
            yield from _subject(subject, is_namespaced, f"subjects[{index}]")
        return
    for index, rule in enumerate(candidate.rules or ()):
        yield from _rule(rule, is_namespaced, f"rules[{index}]")
    if kind == "ClusterRole" and candidate.aggregation_rule:
        yield from _aggregation(candidate.aggregation_rule)


# --- a quick look ---


class _PlainUser(Struct, rename="camel", tag_field="kind", tag="User"):
    api_group: Literal["", "rbac.authorization.k8s.io"] | None = ""


class _PlainGroup(Struct, rename="camel", tag_field="kind", tag="Group"):
    api_group: Literal["", "rbac.authorization.k8s.io"] | None = ""


class _PlainAccount(Struct, rename="camel", tag_field="kind", tag="ServiceAccount"):
    api_group: Literal[""] | None = ""


class _PlainRef(Struct, rename="camel"):
    kind: Literal["Role", "ClusterRole"]
    api_group: Literal["", "rbac.authorization.k8s.io"] | None = ""


class PlainBinding(Struct, rename="camel"):
    """What a valid binding of any kind has and `model` leaves out: the groups of its roleRef and subjects."""

    role_ref: _PlainRef
    subjects: tuple[_PlainUser | _PlainGroup | _PlainAccount, ...] | None = ()


def is_plain_object(item: KubernetesObject, namespace: str) -> bool:
    """
    Return whether a quick look finds no problem with a role or binding; otherwise `problems` decides.

    The look leaves out what the values of `model` leave out. *namespace* is that of an item without one.
    """
    metadata = item.metadata
    if not metadata.name or _path_segment(metadata.name):
        return False
    if item.namespaced and not _is_label(item.namespace or namespace):
        return False
    if not all(_is_qualified(key) and _is_label_value(value) for key, value in metadata.labels.items()):
        return False
    if metadata.annotations and not _are_plain(metadata.annotations):
        return False
    if isinstance(item, (Role, ClusterRole)):
        return not getattr(item, "aggregation_rule", None) and all(map(_is_plain_rule, item.rules))
    return isinstance(item, (RoleBinding, ClusterRoleBinding)) and _has_plain_names(item)


def _are_plain(annotations: dict[str, str]) -> bool:
    # a character has at most four bytes, and a valid key fewer than 400 characters
    longest = 4 * (sum(map(len, annotations.values())) + 400 * len(annotations))
    return longest <= _LARGEST_ANNOTATIONS and all(map(_is_annotation, annotations))


def _is_plain_rule(rule: PolicyRule) -> bool:
    return bool(rule.verbs and rule.api_groups and rule.resources and not rule.non_resource_urls)


def _has_plain_names(binding: RoleBinding | ClusterRoleBinding) -> bool:
    """Return whether the names in the roleRef and in the subjects are valid."""
    ref = binding.role_ref
    if ref.kind not in _ROLE_KINDS[binding.kind] or not ref.name or _path_segment(ref.name):
        return False
    return all(
        subject.name
        and (
            subject.kind != SERVICE_ACCOUNT
            or (_is_subdomain(subject.name) and (binding.namespaced or subject.namespace))
        )
        for subject in binding.subjects
    )


# --- rules, roleRefs, subjects ---


def _rule(rule: PolicyRule, is_namespaced: bool, path: str) -> Iterator[Problem]:
    """Upstream: ValidatePolicyRule."""
    if not rule.verbs:
        yield Problem(f"{path}.verbs", "verbs must contain at least one value")
    if rule.non_resource_urls:
        if is_namespaced:
            yield Problem(f"{path}.nonResourceURLs", "namespaced rules cannot apply to non-resource URLs")
        if rule.api_groups or rule.resources or rule.resource_names:
            both = "rules cannot apply to both regular resources and non-resource URLs"
            yield Problem(f"{path}.nonResourceURLs", both)
        return
    if not rule.api_groups:
        yield Problem(f"{path}.apiGroups", "resource rules must supply at least one api group")
    if not rule.resources:
        yield Problem(f"{path}.resources", "resource rules must supply at least one resource")


def _role_ref(ref: NamedRole, kinds: tuple[str, ...]) -> Iterator[Problem]:
    """Upstream: ValidateRoleBinding, after SetDefaults_RoleBinding has filled an empty group in."""
    if (ref.api_group or RBAC_GROUP) != RBAC_GROUP:
        yield _unsupported("roleRef.apiGroup", ref.api_group, RBAC_GROUP)
    if ref.kind not in kinds:
        yield _unsupported("roleRef.kind", ref.kind, *kinds)
    if not ref.name:
        yield Problem("roleRef.name", _REQUIRED)
    elif problem := _path_segment(ref.name):
        yield Problem("roleRef.name", problem)


def _subject(subject: NamedSubject, is_namespaced: bool, path: str) -> Iterator[Problem]:
    """Upstream: ValidateRoleBindingSubject, after SetDefaults_Subject has filled an empty group in."""
    if not subject.name:
        yield Problem(f"{path}.name", _REQUIRED)
    if subject.kind == SERVICE_ACCOUNT:
        if subject.name and not _is_subdomain(subject.name):
            yield Problem(f"{path}.name", f"`{subject.name}` is not a name of a service account")
        if subject.api_group:
            yield _unsupported(f"{path}.apiGroup", subject.api_group, "")
        if not is_namespaced and not subject.namespace:
            yield Problem(f"{path}.namespace", _REQUIRED)
    elif subject.kind not in ("User", "Group"):
        yield _unsupported(f"{path}.kind", subject.kind, SERVICE_ACCOUNT, "User", "Group")
    elif (subject.api_group or RBAC_GROUP) != RBAC_GROUP:
        yield _unsupported(f"{path}.apiGroup", subject.api_group, RBAC_GROUP)


_REQUIRED = "required value"


def _unsupported(path: str, value: str | None, *supported: str) -> Problem:
    listed = ", ".join(f"`{each}`" if each else "nothing" for each in supported)
    return Problem(path, f"unsupported value `{value or ''}`, supported: {listed}")


# --- aggregation ---


def _aggregation(rule: _Aggregation) -> Iterator[Problem]:
    """Upstream: ValidateClusterRole, and ValidateLabelSelector for each selector."""
    base = "aggregationRule.clusterRoleSelectors"
    if not rule.cluster_role_selectors:
        yield Problem(base, "at least one clusterRoleSelector required if aggregationRule is non-nil")
    for index, selector in enumerate(rule.cluster_role_selectors or ()):
        yield from _labels(selector.match_labels, f"{base}[{index}].matchLabels")
        for number, line in enumerate(selector.match_expressions):
            yield from _requirement(line, f"{base}[{index}].matchExpressions[{number}]")


def _requirement(line: LabelSelectorRequirement, path: str) -> Iterator[Problem]:
    if line.operator in ("In", "NotIn"):
        if not line.values:
            yield Problem(f"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'")
    elif line.operator not in ("Exists", "DoesNotExist"):
        yield Problem(f"{path}.operator", f"`{line.operator}` is not a valid label selector operator")
    elif line.values:
        yield Problem(f"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")
    if not _is_qualified(line.key):
        yield Problem(f"{path}.key", f"`{line.key}` is not a name of a label")
    for value in line.values:
        if not _is_label_value(value):
            yield Problem(f"{path}.values", f"`{value}` is not a value of a label")


# --- metadata ---


def _metadata(metadata: Metadata, namespace: str | None) -> Iterator[Problem]:
    """Upstream: ValidateObjectMeta; *namespace* is None for kinds that have none."""
    name = metadata.name or metadata.generate_name
    if not name:
        yield Problem("metadata.name", "name or generateName is required")
    elif problem := _path_segment(name, is_prefix=not metadata.name):
        yield Problem("metadata.name", problem)
    if namespace is not None and not _is_label(namespace):
        yield Problem("metadata.namespace", f"`{namespace}` is not a name of a namespace")
    yield from _labels(metadata.labels or {}, "metadata.labels")
    yield from _annotations(metadata.annotations or {})


def _annotations(annotations: dict[str, str]) -> Iterator[Problem]:
    """Upstream: ValidateAnnotations."""
    for key in annotations:
        if not _is_annotation(key):
            yield Problem("metadata.annotations", f"`{key}` is not a name of an annotation")
    if sum(len(key.encode()) + len(value.encode()) for key, value in annotations.items()) > (
        _LARGEST_ANNOTATIONS
    ):
        yield Problem("metadata.annotations", f"must have at most {_LARGEST_ANNOTATIONS} bytes")


def _labels(labels: dict[str, str], path: str) -> Iterator[Problem]:
    """Upstream: ValidateLabels."""
    for key, value in labels.items():
        if not _is_qualified(key):
            yield Problem(path, f"`{key}` is not a name of a label")
        if not _is_label_value(value):
            yield Problem(path, f"`{value}` is not a value of a label")


def _path_segment(name: str, *, is_prefix: bool = False) -> str:
    """Return why *name* is not a name of a role or binding, "" if it is one (upstream: IsPathSegmentName)."""
    if name in (".", "..") and not is_prefix:
        return f"must not be `{name}`"
    forbidden = [character for character in "/%" if character in name]
    return f"must not contain `{forbidden[0]}`" if forbidden else ""


_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_DNS_LABEL = re.compile(_LABEL)
_DNS_SUBDOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_QUALIFIED = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")


# A cluster's objects have the same few labels and namespaces many thousand times
@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_label(text: str) -> bool:
    return len(text) <= 63 and bool(_DNS_LABEL.fullmatch(text))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_subdomain(text: str) -> bool:
    return len(text) <= 253 and bool(_DNS_SUBDOMAIN.fullmatch(text))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_qualified(key: str) -> bool:
    """Return whether *key* is the name of a label or annotation (upstream: IsQualifiedName)."""
    prefix, slash, name = key.rpartition("/")
    return bool((not slash or _is_subdomain(prefix)) and len(name) <= 63 and _QUALIFIED.fullmatch(name))


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_annotation(key: str) -> bool:
    return _is_qualified(key.lower())


@lru_cache(maxsize=_MOST_REMEMBERED)
def _is_label_value(value: str) -> bool:
    return not value or (len(value) <= 63 and bool(_QUALIFIED.fullmatch(value)))
