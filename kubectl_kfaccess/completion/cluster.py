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
        found = _looked_up(flags, environ)
        write(file, found)
    return Cluster(found, directory)


def write(file: Path, content: object) -> None:
    """Write *file* whole or not at all, for this user alone; where that cannot be, nothing is kept."""
    import tempfile

    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(content, stream)
        Path(temporary).replace(file)
    except OSError:
        return


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


def digest(state: object) -> str:
    import hashlib  # here, because most lines need no names, and it takes long

    return hashlib.sha256(json.dumps(state, sort_keys=True, default=repr).encode()).hexdigest()[:32]


def _looked_up(flags: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """Read the kubeconfig; what cannot be read has no names."""
    import io

    from kubectl_kfaccess.environment import Environment
    from kubectl_kfaccess.errors import KfaccessError
    from kubectl_kfaccess.sources.kubeconfig import choice, files

    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, Path.cwd())
    found = {"contexts": [], "clusters": [], "logins": [], "namespaces": [], "namespace": "", "folder": ""}
    try:
        given = choice.Flags(**flags)
        config = files.merged(given.kubeconfig, env)
        found |= {"contexts": [*config.contexts], "clusters": [*config.clusters], "logins": [*config.users]}
        spaces = (entry.fields.get("namespace", "") for entry in config.contexts.values())
        found["namespaces"] = [name for name in spaces if name]
        connection = choice.load(given, env)
        found["namespace"], found["folder"] = connection.namespace, _folder(connection)
    except KfaccessError:
        pass  # a line that is not finished may name a context that is none
    return found


def _folder(connection: Any) -> str:
    """Where this server's answers to this caller are kept: all by which they differ is in its name."""
    from urllib.parse import urlsplit

    who = connection._replace(namespace="", namespace_from="", context="", timeout=0.0, password="")
    host = "".join(char if char.isalnum() or char in ".-" else "_" for char in urlsplit(who.server).netloc)
    return f"{host[:80]}/names-{digest([list(who)])}"
