"""The Kubernetes versions for which a control plane can be built."""

from __future__ import annotations

import re
from pathlib import Path

DEFAULT_VERSION = "v1.37.2"
SERVERS = 4  # how many versions we compare with: those that Kubernetes maintains, and one more
MODULES = Path(__file__).parent / "versions"
ETCD_MODULE = "go.etcd.io/etcd/server/v3"


def versions() -> list[str]:
    """Return all versions with a module, the newest first."""
    return sorted((path.parent.name for path in MODULES.glob("v*/go.mod")), key=_order, reverse=True)


def server_versions() -> list[str]:
    """Return the versions that we compare our answers with, newest first; of others we take only kubectl."""
    return versions()[:SERVERS]


def canonical(version: str) -> str:
    """Return the full name of a version (`1.36` and `1.36.3` are `v1.36.3`); raises ValueError."""
    wanted = "v" + version.removeprefix("v")
    for known in versions():
        if wanted in (known, known.rpartition(".")[0]):
            return known
    raise ValueError(f"no module for Kubernetes `{version}`: there are {', '.join(versions())}")


def go_line(version: str) -> str:
    """Return the oldest Go that can build a version: the `go` line of its module."""
    return _first(r"^go (\S+)$", version)


def etcd_version(version: str) -> str:
    """Return the version of etcd for a Kubernetes version, without the `v`, as etcd itself prints it."""
    return _first(rf"^\s*{re.escape(ETCD_MODULE)} v(\S+)", version)


def _first(pattern: str, version: str) -> str:
    """Return the group of the first match of a pattern in a version's go.mod; raises ValueError."""
    path = MODULES / version / "go.mod"
    match = re.search(pattern, path.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise ValueError(f"`{path}` has no line like {pattern}")
    return match[1]


def _order(version: str) -> tuple[int, ...]:
    """Return the key by which versions are sorted."""
    return tuple(int(part) for part in version.removeprefix("v").split("."))
