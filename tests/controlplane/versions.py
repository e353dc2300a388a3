"""The Kubernetes versions that a control plane can be built of."""

from __future__ import annotations

import re
from pathlib import Path

DEFAULT_VERSION = "v1.36.3"
MODULES = Path(__file__).parent / "versions"
ETCD_MODULE = "go.etcd.io/etcd/server/v3"


def versions() -> list[str]:
    """All versions with a module, the newest first."""
    return sorted((path.parent.name for path in MODULES.glob("v*/go.mod")), key=_order, reverse=True)


def canonical(version: str) -> str:
    """The name of a version as Kubernetes writes it: `1.36`, `1.36.3` and `v1.36.3` are all `v1.36.3`."""
    wanted = "v" + version.removeprefix("v")
    for known in versions():
        if wanted in (known, known.rpartition(".")[0]):
            return known
    raise ValueError(f"no module for Kubernetes `{version}`: there are {', '.join(versions())}")


def go_line(version: str) -> str:
    """The oldest Go that may build a version: the `go` line of its module."""
    return _first(r"^go (\S+)$", version)


def etcd_version(version: str) -> str:
    """The version of etcd that belongs to a Kubernetes version, without the `v`, as etcd itself prints it."""
    return _first(rf"^\s*{re.escape(ETCD_MODULE)} v(\S+)", version)


def _first(pattern: str, version: str) -> str:
    """What the first match of a pattern in a version's go.mod captures."""
    path = MODULES / version / "go.mod"
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise ValueError(f"`{path}` has no line like {pattern}")
    return match[1]


def _order(version: str) -> tuple[int, ...]:
    """What versions are sorted by."""
    return tuple(int(part) for part in version.removeprefix("v").split("."))
