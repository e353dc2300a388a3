"""
The annotations of RoleBindings that the dashboard reads.

KFAM lists a contributor for each binding that has them.

Mirrors List of components/access-management/kfam/bindings.go of kubeflow/kubeflow v1.10.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_BINDING
from kubectl_kfaccess.rbac.model import Binding, Subject


class DashboardAnnotation(Struct, frozen=True):
    """The annotations of a RoleBinding that the dashboard reads."""

    user: str
    role: str


def dashboard_annotation(binding: Binding) -> DashboardAnnotation | None:
    """Return what the dashboard reads of a binding, or None unless it has both annotations."""
    # KFAM's List checks that the keys exist, whatever their values are
    annotations = binding.metadata.annotations
    if "user" not in annotations or "role" not in annotations:
        return None
    return DashboardAnnotation(annotations["user"], annotations["role"])


def is_share(binding: Binding, subject: Subject) -> bool:
    """
    Return whether the dashboard shows that a profile's owner has shared it with *subject* by that binding.

    Not if it shows another name; letter case aside, which the dashboard keeps and some logins change. The
    binding of the owner is no share: left over, it names a former owner.
    """
    annotation = dashboard_annotation(binding)
    is_shown = annotation is not None and annotation.user.casefold() == subject.name.casefold()
    return is_shown and binding.name != OWNERS_BINDING
