"""What every cluster of a Kubernetes version has by default, from the files in the package."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from kubectl_kfaccess.errors import UsageError
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.kinds import BY_KIND, snapshot_of

DATA = Path(__file__).parents[2] / "data"


class Defaults(msgspec.Struct):
    """The default roles and bindings of a Kubernetes version, and the types that it serves."""

    version: str
    objects: tuple[dict[str, Any], ...]
    resources: tuple[ResourceType, ...]

    def snapshot(self) -> Snapshot:
        """Return the default objects as a snapshot in which all of them are marked as assumed."""
        by_field: dict[str, dict[tuple[str, str], Any]] = {}
        assumed: dict[tuple[str, str, str], None] = {}
        for content in self.objects:
            kind = BY_KIND[RBAC_GROUP, content["kind"]]
            item = msgspec.convert(content, kind.struct)
            by_field.setdefault(kind.field, {})[item.key] = item
            assumed[item.kind, item.namespace, item.name] = None
        return replace(snapshot_of(by_field), assumed=assumed)


def defaults(version: str = "") -> Defaults:
    """
    Return the bundled defaults of *version* (`1.36`, `v1.36.3`), or of the newest version if it is empty.

    Raises UsageError if the version is not bundled.
    """
    bundled = bundled_versions()
    wanted = ".".join(version.removeprefix("v").split(".")[:2]) if version else bundled[-1]
    if wanted not in bundled:
        raise UsageError(
            f"Kubernetes `{version}` is not bundled",
            hint=f"`--kubernetes-version` takes {', '.join(bundled)}",
        )
    return msgspec.json.decode((DATA / f"kubernetes-{wanted}.json").read_bytes(), type=Defaults)


def bundled_versions() -> list[str]:
    """Return the Kubernetes versions whose defaults are bundled (`1.36`), oldest first."""
    versions = (path.stem.removeprefix("kubernetes-") for path in DATA.glob("kubernetes-*.json"))
    return sorted(versions, key=lambda version: [int(number) for number in version.split(".")])
