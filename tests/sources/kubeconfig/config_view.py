"""
`kubectl config view --minify --raw --flatten`: what kubectl prints, and the same from what we read.

Left out on both sides is what nothing is made of: preferences, and extensions anywhere but in clusters.
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
    """What kubectl makes of the files."""
    said = kubectl_says(kubectl, world, "config", "view", "--minify", "--raw", "--flatten")
    if said == ERROR:
        return ERROR
    for part in (said, *(item["context"] for item in said["contexts"]), *users(said)):
        for name in UNREAD:
            part.pop(name, None)
    return said


def users(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of all users in kubectl's output."""
    return [item["user"] for item in said["users"] or ()]


def our_view(world: World) -> Any:
    """What we make of them."""
    try:
        config = merged(world.flags.kubeconfig, world.env)
        return view(config, world.flags.context or config.current_context)
    except KfaccessError:
        return ERROR


def view(config: Config, current: str) -> dict[str, Any]:
    """One context, and what it names, in kubectl's JSON."""
    if not current:
        raise UsageError("no context is chosen")
    context = found(config.contexts, current).fields
    cluster, user = context.get("cluster", ""), context.get("user", "")
    return {
        "kind": "Config",
        "apiVersion": "v1",
        "clusters": [named(cluster, "cluster", cluster_fields(found(config.clusters, cluster)))]
        if cluster
        else None,
        "users": [named(user, "user", user_fields(found(config.users, user)))] if user else None,
        "contexts": [named(current, "context", {"cluster": "", "user": "", **present(context)})],
        "current-context": current,
    }


def found(entries: Mapping[str, Entry], name: str) -> Entry:
    """The entry of that name, which has to be there."""
    if name not in entries:
        raise UsageError(f"`{name}` does not exist")
    return entries[name]


def named(name: str, key: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """An item of one of the lists."""
    return {"name": name, key: fields}


def cluster_fields(entry: Entry) -> dict[str, Any]:
    """A cluster; its server is always printed."""
    fields = flattened(entry, "certificate-authority")
    if extensions := fields.get("extensions"):
        fields["extensions"] = [{"name": name, "extension": extensions[name]} for name in sorted(extensions)]
    return {"server": "", **present(fields)}


def user_fields(entry: Entry) -> dict[str, Any]:
    """A user; what Go has without `omitempty` inside of it is always printed."""
    fields = flattened(entry, "client-certificate", "client-key")
    if fields.get("exec") is not None:
        fields["exec"] = plugin_fields(fields["exec"])
    if fields.get("auth-provider") is not None:
        fields["auth-provider"] = {"name": "", "config": None, **fields["auth-provider"]}
    return present(fields)


def plugin_fields(plugin: Mapping[str, Any]) -> dict[str, Any]:
    """A credential plugin."""
    always: dict[str, Any] = {"command": "", "args": None, "env": None, "provideClusterInfo": False}
    optional = ("apiVersion", "installHint", "interactiveMode")
    given = {key: value for key, value in plugin.items() if value or key not in optional}
    if given.get("env"):
        given["env"] = [{"name": "", "value": "", **variable} for variable in given["env"]]
    return {**always, **given}


def flattened(entry: Entry, *keys: str) -> dict[str, Any]:
    """The fields with these files' content in their `-data` fields, as FlattenContent does; all as text."""
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
    """What is in the file."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`") from error
