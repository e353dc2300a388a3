"""The sources that need no cluster: files that the user names, and the demo cluster in the package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import RBAC_GROUP, Namespace
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.files import manifests
from kubectl_kfaccess.sources.kinds import BY_KIND, BY_RESOURCE, snapshot_of
from kubectl_kfaccess.sources.source import DefaultNamespace, Wanted

DATA = Path(__file__).parents[2] / "data"
DEMO = Path(__file__).parents[1] / "demo"


@dataclass(frozen=True)
class FilesSource:
    """Manifests, completed by what every cluster of that Kubernetes version has."""

    paths: tuple[str, ...]
    env: Environment
    recursive: bool = False
    kubernetes_version: str = ""
    live: bool = False
    reviewer: None = None

    def default_namespace(self) -> DefaultNamespace:
        return DefaultNamespace("", "files")

    def resource_types(self, *, again: bool = False) -> tuple[ResourceType, ...]:
        return (*self._defaults.resources, *self._manifests.types)

    def namespace_exists(self, name: str) -> bool | None:
        known = self._manifests.snapshot().namespaces
        return None if not known else ("", name) in known  # files may come without any Namespace

    def namespace(self, name: str) -> Namespace | None:
        return self._manifests.snapshot().namespaces.get(("", name))

    def read(self, wanted: Wanted) -> Snapshot:
        found = self._manifests.snapshot()
        defaults = self._defaults.snapshot()
        assumed = tuple(key for key in defaults.assumed if not _has(found, key))
        notes = (
            *_aggregation_notes(found),
            f"the default roles and bindings of Kubernetes {self._defaults.version} are assumed",
        )
        return replace(
            found.over(replace(defaults, assumed=dict.fromkeys(assumed))), notes=(*found.notes, *notes)
        )

    def read_one(self, resource: str, namespace: str, name: str) -> Snapshot:
        kind = BY_RESOURCE[resource]
        found = getattr(self._manifests.snapshot(), kind.field).get((namespace, name))
        return snapshot_of({kind.field: {found.key: found}}) if found else Snapshot()

    @cached_property
    def _manifests(self) -> manifests.Manifests:
        return manifests.read(self.paths, self.env, recursive=self.recursive)

    @cached_property
    def _defaults(self) -> Defaults:
        return defaults(self.kubernetes_version)


def demo(env: Environment, kubernetes_version: str = "") -> FilesSource:
    """Return the demo cluster: a small multi-user Kubeflow."""
    return FilesSource((str(DEMO),), env, kubernetes_version=kubernetes_version)


class Defaults(msgspec.Struct):
    """What a Kubernetes version brings: its default roles and bindings, and what it serves."""

    version: str
    objects: tuple[dict[str, Any], ...]
    resources: tuple[ResourceType, ...]

    def snapshot(self) -> Snapshot:
        """Return the default objects, all of them marked as assumed."""
        found: dict[str, dict[tuple[str, str], Any]] = {}
        assumed: dict[tuple[str, str, str], None] = {}
        for content in self.objects:
            kind = BY_KIND[RBAC_GROUP, content["kind"]]
            one = msgspec.convert(content, kind.struct)
            found.setdefault(kind.field, {})[one.key] = one
            assumed[one.kind, one.namespace, one.name] = None
        return replace(snapshot_of(found), assumed=assumed)


def defaults(version: str = "") -> Defaults:
    """Return the bundled defaults of that version (`1.36`, `v1.36.3`), of the newest when it is empty."""
    bundled = bundled_versions()
    wanted = ".".join(version.removeprefix("v").split(".")[:2]) if version else bundled[-1]
    if wanted not in bundled:
        raise UsageError(
            f"Kubernetes `{version}` is not bundled",
            hint=f"`--kubernetes-version` takes {', '.join(bundled)}",
        )
    return msgspec.json.decode((DATA / f"kubernetes-{wanted}.json").read_bytes(), type=Defaults)


def bundled_versions() -> list[str]:
    """Return the Kubernetes versions whose defaults are bundled, oldest first."""
    found = (path.stem.removeprefix("kubernetes-") for path in DATA.glob("kubernetes-*.json"))
    return sorted(found, key=lambda version: [int(number) for number in version.split(".")])


def _has(snapshot: Snapshot, key: tuple[str, str, str]) -> bool:
    kind = BY_KIND[RBAC_GROUP, key[0]]
    return key[1:] in getattr(snapshot, kind.field)


def _aggregation_notes(found: Snapshot) -> Iterable[str]:
    computed = sum(1 for r in found.cluster_roles.values() if r.selectors and not r.metadata.resource_version)
    if computed:
        yield f"the rules of {computed} aggregated ClusterRoles were computed from the files"
