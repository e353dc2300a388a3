"""
The cluster and the caller that a line names, and where we cache the names that this caller can see.

Reading a kubeconfig takes longer than a TAB should. So its result is cached too, in a file named after
everything that it depends on: the flags, the variables, and the state of the kubeconfig files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from kubectl_kfaccess import __version__
from kubectl_kfaccess.completion.kept_files import digest, read, write
from kubectl_kfaccess.completion.line import Line

TYPE_CHECKING = False  # as in `typing`, whose import would take as long as the rest of this module
if TYPE_CHECKING:
    from pathlib import Path
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
    The names in the kubeconfig, and the namespace, after the flags of the line.

    *folder* caches the names that this server returned to this caller; None if there is no server. *names* is
    the value of `kubeconfig_names`.
    """

    def __init__(self, names: dict[str, Any], directory: Path) -> None:
        self.contexts: list[str] = names["contexts"]
        self.clusters: list[str] = names["clusters"]
        self.logins: list[str] = names["logins"]
        self.namespaces: list[str] = names["namespaces"]
        self.namespace: str = names["namespace"]
        self.folder = directory / names["folder"] if names["folder"] else None


def flags_of(line: Line) -> dict[str, Any]:
    """Return the connection flags of the line, by the fields of `ConnectionFlags`."""
    flags: dict[str, Any] = {}
    for dest, values in line.given.items():
        name = _RENAMED.get(dest, dest.removeprefix("connection_"))
        if dest.startswith("connection_") or name in (*_SEVERAL, "namespace"):
            flags[name] = values if name in _SEVERAL else values[-1]
    if "insecure_skip_tls_verify" in line.given:
        flags["insecure_skip_tls_verify"] = line.value("insecure_skip_tls_verify") != "false"
    flags.pop("cache_dir", None)
    return flags


def cache_directory(line: Line, environ: Mapping[str, str]) -> Path:
    """Return kubectl's cache directory, by the rules of `sources.cluster.discovery`."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or "/"
    own = line.value("connection_cache_dir") or environ.get("KUBECACHEDIR")
    return _path().absolute() / (own or _path(home, ".kube", "cache"))


def _path(*parts: str) -> Path:
    from pathlib import Path  # slow to import, and most lines need no names

    return Path(*parts)


def cluster(line: Line, environ: Mapping[str, str]) -> Cluster:
    """Return the cluster and the caller of the line, from the cache or from the kubeconfig."""
    directory = cache_directory(line, environ) / "kfaccess"
    flags = flags_of(line)
    file = directory / "completion" / f"{_state(flags, environ)}.json"
    try:
        names = read(file)
    except (OSError, ValueError):
        # The modules that read kubeconfigs are slow to import, and most lines find a cached file
        from kubectl_kfaccess.completion.kubeconfig_names import kubeconfig_names

        names = kubeconfig_names(flags, environ)
        write(file, names)
    return Cluster(names, directory)


def _state(flags: dict[str, Any], environ: Mapping[str, str]) -> str:
    """Return a short text that differs whenever the kubeconfig could have another result."""
    variables = [environ.get(name, "") for name in _VARIABLES]
    state = [__version__, str(_path().absolute()), flags, variables, list(_files(flags, environ))]
    return digest(state)


def _files(flags: dict[str, Any], environ: Mapping[str, str]) -> Iterator[list[object]]:
    """Yield the kubeconfig files that are read, each with numbers that change when it is written."""
    home = environ.get("HOME") or environ.get("USERPROFILE") or "/"
    variable = environ.get("KUBECONFIG") or str(_path(home, ".kube", "config"))
    for name in [flags["kubeconfig"]] if flags.get("kubeconfig") else variable.split(os.pathsep):
        try:
            status = _path(name).stat()
            yield [name, status.st_mtime_ns, status.st_size, status.st_ino]
        except (OSError, ValueError):
            yield [name]
