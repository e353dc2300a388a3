"""The parts in which names are cached: each has the names of some sorts, read from some lists."""

from __future__ import annotations

from kubectl_kfaccess.named_tuple import NamedTuple


class Part(NamedTuple):
    """The *resources* whose lists have the names of these *sorts*."""

    resources: tuple[str, ...]
    sorts: tuple[str, ...]

    @property
    def is_namespaced(self) -> bool:
        """Return whether callers who cannot read the whole cluster can read it for a single namespace."""
        return self.namespaced_resource != ""

    @property
    def namespaced_resource(self) -> str:
        """Return the resource of which each namespace has its own list; "" if there is none."""
        return next((each for each in self.resources if each in ("rolebindings", "serviceaccounts")), "")


PARTS = {
    "namespaces": Part(("namespaces",), ("namespaces",)),
    "profiles": Part(("profiles",), ("profiles",)),
    "clusterroles": Part(("clusterroles",), ("clusterroles",)),
    "subjects": Part(("rolebindings", "clusterrolebindings"), ("users", "groups", "accounts")),
    "accounts": Part(("serviceaccounts",), ("accounts",)),
}
"""The parts by their names, which their cache files have."""


def parts_with(sort: str) -> tuple[str, ...]:
    """Return the parts that have names of a sort."""
    return tuple(name for name, part in PARTS.items() if sort in part.sorts)


def is_namespaced(name: str) -> bool:
    """Return whether the part *name* can be of a single namespace; types and objects cannot."""
    return name in PARTS and PARTS[name].is_namespaced


def file_name(name: str, namespace: str = "") -> str:
    """Return the name of the cache file of a part, of the whole cluster or of a namespace."""
    return f"{name}@{namespace}.json" if namespace else f"{name}.json"
