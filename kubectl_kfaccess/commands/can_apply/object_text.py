"""An object of a bundle in words, and where it is in the files."""

from __future__ import annotations

from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.terminal.safe_text import part, shown


def object_text(each: BundleObject) -> str:
    """Return the kind and the name: `ConfigMap team-a/settings`."""
    return f"{shown(each.kind)} {path_text(each)}"


def path_text(each: BundleObject) -> str:
    """Return the name with its namespace in front; a name that the server makes ends in a star."""
    name = part(each.name) if each.name else f"{part(each.generate_name)}*" if each.generate_name else "?"
    return f"{part(each.namespace)}/{name}" if each.namespace else name


def place_text(each: BundleObject) -> str:
    """Return the file and the line."""
    return shown(each.file) if each.line is None else f"{shown(each.file)}:{each.line}"
