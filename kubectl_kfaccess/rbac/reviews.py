"""
SubjectAccessReviews as values: the questions that authorizers get, answered from a snapshot.

Groups and attributes count exactly as given. Nothing is added, and no name is resolved.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from kubectl_kfaccess.rbac.evaluator import Decision, Evaluator, Verdict, gap_text, reason
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.subjects import Identity

API_VERSION = "authorization.k8s.io/v1"
KIND = "SubjectAccessReview"
NOT_KNOWN = "not known: "


class _Camel(Struct, frozen=True, rename="camel", omit_defaults=True):
    pass


class ResourceAttributes(_Camel, frozen=True):
    """A request about a resource. RBAC does not read the version and the selectors."""

    namespace: str = ""
    verb: str = ""
    group: str = ""
    version: str = ""
    resource: str = ""
    subresource: str = ""
    name: str = ""
    field_selector: Any = UNSET
    label_selector: Any = UNSET


class NonResourceAttributes(_Camel, frozen=True):
    """A request about a URL path."""

    path: str = ""
    verb: str = ""


class Spec(_Camel, frozen=True):
    """The caller and the request, which is one of the two kinds of attributes."""

    resource_attributes: ResourceAttributes | None = None
    non_resource_attributes: NonResourceAttributes | None = None
    user: str = ""
    groups: tuple[str, ...] | None = None
    extra: Any = UNSET
    uid: str = ""


class Status(_Camel, frozen=True):
    """The answer. In a file, `allowed` is the answer that its author expects."""

    allowed: bool | UnsetType = UNSET
    denied: bool = False
    reason: str = ""
    evaluation_error: str = ""


class Review(_Camel, frozen=True):
    """A SubjectAccessReview. Its metadata is kept unchanged."""

    api_version: str = ""
    kind: str = ""
    metadata: msgspec.Raw | UnsetType = UNSET
    spec: Spec = Spec()
    status: Status | None = None

    @property
    def expected(self) -> bool | None:
        """The answer that the file expects, None if it expects none."""
        return None if self.status is None or self.status.allowed is UNSET else bool(self.status.allowed)


def problem(review: Review) -> str:
    """Return why the API server would refuse *review*, "" if it would not (upstream: its validation)."""
    spec = review.spec
    if (spec.resource_attributes is None) == (spec.non_resource_attributes is None):
        return "exactly one of `resourceAttributes` and `nonResourceAttributes` must be set"
    if not spec.user and not spec.groups:
        return "at least one of `user` and `groups` must be set"
    return ""


def request(spec: Spec) -> Request:
    """Return the request of *spec*."""
    if spec.non_resource_attributes is not None:
        return Request(spec.non_resource_attributes.verb, path=spec.non_resource_attributes.path)
    attributes = spec.resource_attributes or ResourceAttributes()
    return Request(
        attributes.verb,
        attributes.group,
        attributes.resource,
        attributes.subresource,
        attributes.name,
        attributes.namespace,
    )


def answered(review: Review, evaluator: Evaluator, version: KubernetesVersion | None = None) -> Review:
    """Return *review* with the status that a server of *version* with RBAC alone would give it."""
    identity = Identity(review.spec.user, tuple(review.spec.groups or ()))
    status = _status(evaluator.decide(identity, request(review.spec)), identity, version)
    return Review(API_VERSION, KIND, review.metadata, review.spec, status)


def _status(decision: Decision, identity: Identity, version: KubernetesVersion | None) -> Status:
    if decision.verdict is Verdict.UNKNOWN:
        return Status(allowed=False, evaluation_error=NOT_KNOWN + "; ".join(map(gap_text, decision.doubts)))
    return Status(allowed=decision.verdict is Verdict.ALLOWED, reason=reason(decision, identity, version))
