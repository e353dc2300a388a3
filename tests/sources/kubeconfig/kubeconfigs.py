"""Kubeconfig files for tests, and the connections that are loaded from them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import yaml

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.sources.kubeconfig.choice import Connection, load
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags

NOWHERE = Path("/nonexistent")


def environment(cwd: Path, **variables: str) -> Environment:
    """Return an environment in a directory, with the home directory and the root inside it."""
    environ = {"HOME": str(cwd / "home"), **variables}
    return Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, cwd, root_directory=cwd / "root")


def config(path: Path, user: dict[str, Any] | None = None, **cluster: Any) -> Path:
    """Write a kubeconfig with the context `here`, the cluster `c` and the user `u`, and return its path."""
    content = {
        "current-context": "here",
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u", "namespace": "team-a"}}],
        "clusters": [{"name": "c", "cluster": {"server": "https://c", **cluster}}],
        "users": [{"name": "u", "user": user or {}}],
    }
    return written(path, yaml.safe_dump(content))


def written(path: Path, text: str = "content") -> Path:
    """Write a file with this text, and its folders, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def loaded(path: Path, *, flags: ConnectionFlags | None = None, **variables: str) -> Connection:
    """Return the connection of one kubeconfig, outside of any pod."""
    env = environment(path.parent, KUBECONFIG=str(path), **variables)
    return load(flags or ConnectionFlags(), env)
