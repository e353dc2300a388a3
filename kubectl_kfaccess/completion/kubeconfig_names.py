"""The names in a kubeconfig, and the namespace and the cache folder that it and the flags choose."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kubectl_kfaccess.completion.kept_files import digest
from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.errors import KfaccessError
from kubectl_kfaccess.sources.kubeconfig import choice, files
from kubectl_kfaccess.sources.kubeconfig.connection_flags import ConnectionFlags


def kubeconfig_names(flags: dict[str, Any], environ: Mapping[str, str]) -> dict[str, Any]:
    """
    Return the names of contexts, clusters, logins and namespaces, and the chosen namespace and folder.

    They are empty if the kubeconfig cannot be read.
    """
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, Path.cwd())
    names = {"contexts": [], "clusters": [], "logins": [], "namespaces": [], "namespace": "", "folder": ""}
    try:
        connection_flags = ConnectionFlags(**flags)
        config = files.merged(connection_flags.kubeconfig, env)
        names |= {"contexts": [*config.contexts], "clusters": [*config.clusters], "logins": [*config.users]}
        namespaces = (entry.fields.get("namespace", "") for entry in config.contexts.values())
        names["namespaces"] = [name for name in namespaces if name]
        connection = choice.load(connection_flags, env)
        names["namespace"], names["folder"] = connection.namespace, folder(connection)
    except KfaccessError:
        pass  # an unfinished line can name a context that does not exist
    return names


def folder(connection: choice.Connection) -> str:
    """Return the folder for this server's answers to this caller; its name has all that they depend on."""
    caller = connection._replace(namespace="", namespace_from="", context="", timeout=0.0, password="")
    caller = caller._replace(disable_compression=False)
    address = urlsplit(caller.server).netloc.rpartition("@")[2]
    host = "".join(char if char.isalnum() or char in ".-" else "_" for char in address)
    return f"{host[:80]}/names-{digest([list(caller)])}"
