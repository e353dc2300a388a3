"""The metadata of a manifest for an object that exists: what `kubectl apply` would otherwise remove."""

from __future__ import annotations

from collections.abc import Mapping

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED, Manifest
from kubectl_kfaccess.rbac.model import KubernetesObject


def applied_metadata(
    value: KubernetesObject, labels: Mapping[str, str] | None = None, **annotations: str
) -> Manifest:
    """
    Return the object's name and namespace, and the labels and annotations that it would lose otherwise.

    New *labels* and *annotations* are among them.
    """
    meta, kept = value.metadata, may_be_applied(value)
    old = {key: text for key, text in meta.annotations.items() if kept and key != LAST_APPLIED}
    all_labels = {**(meta.labels if kept else {}), **(labels or {})}
    return {
        "name": value.name,
        **({"namespace": value.namespace} if value.namespace else {}),
        **({"labels": all_labels} if all_labels else {}),
        **({"annotations": {**old, **annotations}} if old or annotations else {}),
    }


def may_be_applied(value: KubernetesObject) -> bool:
    """Whether `kubectl apply` may have written the object: it removes what a later manifest leaves out."""
    return LAST_APPLIED in value.metadata.annotations or not value.metadata.resource_version
