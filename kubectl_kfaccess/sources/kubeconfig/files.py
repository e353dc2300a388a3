"""
Kubeconfig files: read one, or merge several, as client-go's loader.go does.

An entry keeps the fields of its file under their own names. `extensions` are read for clusters only, because
nothing else uses them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import UnusableKubeconfig, cause_text
from kubectl_kfaccess.sources.files.yaml_shapes import (
    Malformed,
    anything,
    base64_data,
    fields,
    flag,
    listed,
    mapping,
    only,
    optional,
    read,
    text,
    unique,
)

if TYPE_CHECKING:
    from kubectl_kfaccess.sources.files.yaml_aliases import Node


class Entry(NamedTuple):
    """A cluster, user or context as its file has it, and the path of the file."""

    fields: Mapping[str, Any]
    origin: Path

    def absolute(self) -> dict[str, Any]:
        """Return the fields with absolute paths; relative paths start at the folder of the file."""
        folder = self.origin.parent
        changed: dict[str, Any] = {
            key: str(folder / self.fields[key]) for key in _PATHS if self.fields.get(key)
        }
        plugin = self.fields.get("exec")
        if plugin and os.sep in plugin.get("command", ""):  # a name without a slash is searched in PATH
            changed["exec"] = {**plugin, "command": str(folder / plugin["command"])}
        return {**self.fields, **changed}


_PATHS = ("certificate-authority", "client-certificate", "client-key", "tokenFile")


class Config(NamedTuple):
    """The content of one kubeconfig file, or of several after merging; entries are by name."""

    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]
    contexts: Mapping[str, Entry]
    current_context: str


def merged(explicit: str, env: Environment) -> Config:
    """
    Return the content of the file *explicit*, or if it is "", of all files that the environment names.

    Raises UnusableKubeconfig if a file cannot be read.
    """
    if explicit:
        return _file(env.cwd / explicit)
    return _merge([_file(env.cwd / path, may_be_missing=True) for path in _precedence(env)])


def absent(explicit: str, env: Environment) -> list[str]:
    """Return the files that would be read if none of them exists; [] if one does."""
    paths = [explicit] if explicit else _precedence(env)
    return [] if any((env.cwd / path).exists() for path in paths) else paths


def present(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are set: for Go's merge and JSON, a zero value is not set."""
    return {key: value for key, value in entry.items() if value or (key in _POINTERS and value is not None)}


_POINTERS = ("exec", "auth-provider")


# --- files ------------------------------------------------------------------------------------------------


def _precedence(env: Environment) -> list[str]:
    """Return the files of $KUBECONFIG, or else the one in the home directory."""
    variable = env.environ.get("KUBECONFIG", "")
    if not variable:
        return [str(env.home / ".kube" / "config")]
    return list(dict.fromkeys(path for path in variable.split(os.pathsep) if path))


def _merge(configs: list[Config]) -> Config:
    """Return one config: each entry, and the current context, comes from the first file that has it."""
    last_first = configs[::-1]
    return Config(
        clusters={name: entry for each in last_first for name, entry in each.clusters.items()},
        users={name: entry for each in last_first for name, entry in each.users.items()},
        contexts={name: entry for each in last_first for name, entry in each.contexts.items()},
        current_context=next((each.current_context for each in configs if each.current_context), ""),
    )


def _file(path: Path, *, may_be_missing: bool = False) -> Config:
    try:
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        if may_be_missing and isinstance(error, FileNotFoundError):
            return _config({}, path)
        raise UnusableKubeconfig(f"cannot read the kubeconfig `{path}`: {cause_text(error)}") from error
    return _config(_document(data, path), path)


def _document(data: bytes, path: Path) -> dict[str, Any]:
    try:
        return read(data, _CONFIG) or {}
    except Malformed as error:
        where = f"`{path}`, line {error.line}" if error.line else f"`{path}`"
        hint = "compare `kubectl config view`"
        raise UnusableKubeconfig(f"cannot read the kubeconfig {where}: {error.text}", hint=hint) from error


def _config(document: Mapping[str, Any], path: Path) -> Config:
    return Config(
        clusters=_entries(document, "cluster", path),
        users=_entries(document, "user", path),
        contexts=_entries(document, "context", path),
        current_context=document.get("current-context", ""),
    )


def _entries(document: Mapping[str, Any], key: str, path: Path) -> dict[str, Entry]:
    items: Mapping[str, Mapping[str, Any]] = document.get(f"{key}s", {})
    return {name: Entry(item.get(key, {}), path) for name, item in items.items()}


# --- the shape of a file: Go's types in clientcmd/api/v1 --------------------------------------------------


def _extensions(node: Node, path: str) -> dict[str, Any]:
    items: dict[str, dict[str, Any]] = unique(fields(name=text, extension=anything))(node, path)
    return {name: item.get("extension") for name, item in items.items()}


def _exec(node: Node, path: str) -> dict[str, Any]:
    """Return the plugin's fields; before v1, interactiveMode is optional (SetDefaults_ExecConfig)."""
    plugin: dict[str, Any] = _EXEC(node, path)
    old = ("client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1alpha1")
    if not plugin.get("interactiveMode") and plugin.get("apiVersion") in old:
        return {**plugin, "interactiveMode": "IfAvailable"}
    return plugin


_EXEC = fields(
    command=text,
    args=listed(text),
    env=listed(fields(name=text, value=text)),
    apiVersion=text,
    installHint=text,
    provideClusterInfo=flag,
    interactiveMode=text,
)
_CLUSTER = fields(
    server=text,
    tls_server_name=text,
    insecure_skip_tls_verify=flag,
    certificate_authority=text,
    certificate_authority_data=base64_data,
    proxy_url=text,
    disable_compression=flag,
    extensions=_extensions,
)
_USER = fields(
    client_certificate=text,
    client_certificate_data=base64_data,
    client_key=text,
    client_key_data=base64_data,
    token=text,
    tokenFile=text,
    as_uid=text,
    as_groups=listed(text),
    as_user_extra=mapping(listed(text)),
    username=text,
    password=text,
    auth_provider=optional(fields(name=text, config=optional(mapping(text)))),
    exec=optional(_exec),
    **{"as": text},
)
_CONTEXT = fields(cluster=text, user=text, namespace=text)
_CONFIG = fields(
    kind=only("Config"),
    apiVersion=only("v1"),
    clusters=unique(fields(name=text, cluster=_CLUSTER)),
    users=unique(fields(name=text, user=_USER)),
    contexts=unique(fields(name=text, context=_CONTEXT)),
    current_context=text,
)
