"""What to take away so that somebody no longer gets in, as a value."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.overlay import ObjectKey


class Removal(Struct, frozen=True):
    """
    An object to delete; if *subject* is set, a binding that keeps all its other subjects.

    *key* is (kind, namespace, name).
    """

    key: ObjectKey
    subject: Subject | None = None
