"""An object of a bundle of manifests, with what the cluster knows of it."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.resources import ResourceType


class BundleObject(Struct, frozen=True):
    """
    An object of a bundle, in the *namespace* that it goes to ("" if its type is cluster-scoped).

    *name* is "" if the server makes it. *type* is None if nothing knows the kind, *defines* the type of a
    CustomResourceDefinition. *exists* is None if that is not known, and *why* says why. *unchanged*: the
    cluster has it exactly as `kubectl apply` would leave it. *line* is None if the file is JSON.
    *elsewhere* is the namespace of `-n` if the object names another. *is_defaulted*: it names none.
    Unless *is_served*, the server does not know the kind in this version. If it *is_read*, what it is before
    is known.
    """

    api_version: str
    kind: str
    namespace: str
    name: str
    file: str
    line: int | None
    manifest: Manifest
    type: ResourceType | None
    generate_name: str = ""
    defines: ResourceType | None = None
    exists: bool | None = None
    unchanged: bool = False
    why: str = ""
    elsewhere: str = ""
    is_defaulted: bool = False
    is_served: bool = True
    is_read: bool = False
