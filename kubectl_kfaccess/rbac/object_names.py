"""The names of objects that are read by their names, because clusters have many others of their kind."""

from __future__ import annotations

import enum
import re

from msgspec import Struct


class Ending(enum.Enum):
    """What can follow the name, as a pattern."""

    NOTHING = ""
    HASH = "(-[a-z0-9]{10})?"  # kustomize gives what it generates a new one at each change
    ANYTHING = ".*"


class ObjectName(Struct, frozen=True):
    """
    The *name* of one or several objects of a kind, and their *namespace* ("" if it can be any).

    *when_missing* is what it can mean that there is none, in words.
    """

    name: str
    namespace: str = ""
    ending: Ending = Ending.NOTHING
    when_missing: str = ""

    def fits(self, namespace: str, name: str) -> bool:
        """Return whether the object *name* in *namespace* has this name."""
        pattern = f"{re.escape(self.name)}{self.ending.value}"
        is_there = self.namespace in ("", namespace)
        return is_there and re.fullmatch(pattern, name, re.ASCII | re.DOTALL) is not None


PROFILES_CONFIG = ObjectName("profiles-config", "kubeflow", Ending.HASH)
"""The ConfigMap of the profile controller and KFAM: the header with the user's name, and who is an admin."""

MESH_CONFIG = ObjectName(
    "istio", "istio-system", when_missing="the mesh's revision may have one of another name"
)
"""The ConfigMap of Istio's default revision: the root namespace and the trust domain of the mesh."""
