"""What a kubeconfig and the flags come to: the names in it, the namespace, and whose server it is."""

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
    """Return what the kubeconfig says; one that cannot be read has no names."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), environ, Path.cwd())
    names = {"contexts": [], "clusters": [], "logins": [], "namespaces": [], "namespace": "", "folder": ""}
    try:
        given = ConnectionFlags(**flags)
        config = files.merged(given.kubeconfig, env)
        names |= {"contexts": [*config.contexts], "clusters": [*config.clusters], "logins": [*config.users]}
        spaces = (entry.fields.get("namespace", "") for entry in config.contexts.values())
        names["namespaces"] = [name for name in spaces if name]
        connection = choice.load(given, env)
        names["namespace"], names["folder"] = connection.namespace, _folder(connection)
    except KfaccessError:
        pass  # a line that is not finished may name a context that is none
    return names


def _folder(connection: choice.Connection) -> str:
    """Where this server's answers to this caller are kept: all by which they differ is in its name."""
    who = connection._replace(namespace="", namespace_from="", context="", timeout=0.0, password="")
    host = "".join(char if char.isalnum() or char in ".-" else "_" for char in urlsplit(who.server).netloc)
    return f"{host[:80]}/names-{digest([list(who)])}"
