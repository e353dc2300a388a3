"""
Whose names are offered: the cluster and the caller that the line means, and where their names are kept.

Reading a kubeconfig takes longer than a TAB may. So what one came to is kept, too, in a file named after
everything that it depends on: the flags, the variables, and the state of the kubeconfig files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from kubectl_kfaccess import __version__
from kubectl_kfaccess.completion.kept_files import digest, write
from kubectl_kfaccess.completion.line import Line

TYPE_CHECKING = False  # as in `typing`, whose import would take as long as all of this
if TYPE_CHECKING:
    from typing import Any

_VARIABLES = ("HOME", "USERPROFILE", "KUBECONFIG", "KUBERNETES_MASTER", "KUBERNETES_SERVICE_HOST",
              "KUBERNETES_SERVICE_PORT", "POD_NAMESPACE")  # fmt: skip
_RENAMED = {
    "connection_as": "as_user",
    "as_group": "as_groups",
    "connection_as_uid": "as_uid",
}
_SEVERAL = ("as_groups", "as_user_extra")


class Cluster:
    """
    What the kubeconfig and the flags came to.

    *folder* is where the names are kept that this caller was told by this server; None: there is no server.
    """

    def __init__(self, found: dict[str, Any], directory: Path) -> None:
        self.contexts: list[str] = found["contexts"]
        self.clusters: list[str] = found["clusters"]
        self.logins: list[str] = found["logins"]
        self.namespaces: list[str] = found["namespaces"]
        self.namespace: str = found["namespace"]
        self.folder = directory / found["folder"] if found["folder"] else None


def flags_of(line: Line) -> dict[str, Any]:
    """Return the connection flags of the line, by the names of `sources.kubeconfig.Flags`."""
    found: dict[str, Any] = {}
    for dest, values in line.given.items():
        name = _RENAMED.get(dest, dest.removeprefix("connection_"))
        if dest.startswith("connection_") or name in (*_SEVERAL, "namespace"):
            found[name] = values if name in _SEVERAL else values[-1]
    if "insecure_skip_tls_verify" in line.given:
        found["insecure_skip_tls_verify"] = line.value("insecure_skip_tls_verify") != "false"
    found.pop("cache_dir", None)
    return found


def cache_directory(line: Line, environ: Mapping[str, str]) -> Path:
    """Return the directory of kubectl's caches, as `sources.discovery` finds it."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or "/"
    own = line.value("connection_cache_dir") or environ.get("KUBECACHEDIR")
    return Path.cwd() / (own or Path(home, ".kube", "cache"))


def cluster(line: Line, environ: Mapping[str, str]) -> Cluster:
    """Return the cluster and caller of the line."""
    directory = cache_directory(line, environ) / "kfaccess"
    flags = flags_of(line)
    file = directory / "completion" / f"{_state(flags, environ)}.json"
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):
        # kubeconfigs are read by much code, and few lines find none of the kept files
        from kubectl_kfaccess.completion.kubeconfig_names import kubeconfig_names

        found = kubeconfig_names(flags, environ)
        write(file, found)
    return Cluster(found, directory)


def _state(flags: dict[str, Any], environ: Mapping[str, str]) -> str:
    variables = [environ.get(name, "") for name in _VARIABLES]
    state = [__version__, str(Path.cwd()), flags, variables, list(_files(flags, environ))]
    return digest(state)


def _files(flags: dict[str, Any], environ: Mapping[str, str]) -> Iterator[list[object]]:
    """The kubeconfig files that count, each with what changes when it is written."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or "/"
    several = environ.get("KUBECONFIG") or str(Path(home, ".kube", "config"))
    for name in [flags["kubeconfig"]] if flags.get("kubeconfig") else several.split(os.pathsep):
        try:
            found = Path(name).stat()
            yield [name, found.st_mtime_ns, found.st_size, found.st_ino]
        except (OSError, ValueError):
            yield [name]
