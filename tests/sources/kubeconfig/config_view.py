"""
`kubectl config view --minify --raw --flatten`: what kubectl prints, and the same from our own values.

Both leave out what nobody uses: preferences, and extensions except in clusters.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kubectl_kfaccess.errors import KfaccessError, UsageError
from kubectl_kfaccess.sources.kubeconfig.files import Config, Entry, merged, present
from tests.sources.kubeconfig.real_kubectl import ERROR, World, kubectl_says

UNREAD = ("preferences", "extensions")


def kubectl_view(kubectl: Path, world: World) -> Any:
    """Return kubectl's view of the files, or ERROR."""
    output = kubectl_says(kubectl, world, "config", "view", "--minify", "--raw", "--flatten")
    if output == ERROR:
        return ERROR
    for part in (output, *(item["context"] for item in output["contexts"]), *users(output)):
        for name in UNREAD:
            part.pop(name, None)
    return output


def users(output: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of all users in kubectl's output."""
    return [item["user"] for item in output["users"] or ()]


def our_view(world: World) -> Any:
    """Return our view of the files, or ERROR."""
    try:
        config = merged(world.flags.kubeconfig, world.env)
        return view(config, world.flags.context or config.current_context)
    except KfaccessError:
        return ERROR


def view(config: Config, current: str) -> dict[str, Any]:
    """Return one context, and the cluster and user that it names, as kubectl's JSON; raises UsageError."""
    if not current:
        raise UsageError("no context is chosen")
    context = entry_called(config.contexts, current).fields
    cluster, user = context.get("cluster", ""), context.get("user", "")
    return {
        "kind": "Config",
        "apiVersion": "v1",
        "clusters": [named(cluster, "cluster", cluster_fields(entry_called(config.clusters, cluster)))]
        if cluster
        else None,
        "users": [named(user, "user", user_fields(entry_called(config.users, user)))] if user else None,
        "contexts": [named(current, "context", {"cluster": "", "user": "", **present(context)})],
        "current-context": current,
    }


def entry_called(entries: Mapping[str, Entry], name: str) -> Entry:
    """Return the entry called *name*; raises UsageError if it does not exist."""
    if name not in entries:
        raise UsageError(f"`{name}` does not exist")
    return entries[name]


def named(name: str, key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return an item of one of the lists."""
    return {"name": name, key: fields}


def cluster_fields(entry: Entry) -> dict[str, Any]:
    """Return a cluster; its server is always printed."""
    fields = flattened(entry, "certificate-authority")
    if extensions := fields.get("extensions"):
        fields["extensions"] = [{"name": name, "extension": extensions[name]} for name in sorted(extensions)]
    return {"server": "", **present(fields)}


def user_fields(entry: Entry) -> dict[str, Any]:
    """Return a user; Go fields without `omitempty` inside it are always printed."""
    fields = flattened(entry, "client-certificate", "client-key")
    if fields.get("exec") is not None:
        fields["exec"] = plugin_fields(fields["exec"])
    if fields.get("auth-provider") is not None:
        fields["auth-provider"] = {"name": "", "config": None, **fields["auth-provider"]}
    return present(fields)


def plugin_fields(plugin: Mapping[str, Any]) -> dict[str, Any]:
    """Return a credential plugin."""
    always: dict[str, Any] = {"command": "", "args": None, "env": None, "provideClusterInfo": False}
    optional = ("apiVersion", "installHint", "interactiveMode")
    given = {key: value for key, value in plugin.items() if value or key not in optional}
    if given.get("env"):
        given["env"] = [{"name": "", "value": "", **variable} for variable in given["env"]]
    return {**always, **given}


def flattened(entry: Entry, *keys: str) -> dict[str, Any]:
    """Return the fields as text, files as the content of their `-data` fields, as FlattenContent does."""
    fields = dict(entry.fields)
    for key in keys:
        if path := fields.pop(key, ""):
            if fields.get(f"{key}-data"):
                raise UsageError(f"{key} and {key}-data are both given")
            fields[f"{key}-data"] = content(entry.origin.parent / path)
        if f"{key}-data" in fields:
            fields[f"{key}-data"] = base64.b64encode(fields[f"{key}-data"]).decode()
    return fields


def content(path: Path) -> bytes:
    """Return the content of the file; raises UsageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`") from error
