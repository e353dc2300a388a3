"""The request header that carries the user's name in the mesh, and the users that policies admit by it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.rules import HEADER_PREFIX
from kubectl_kfaccess.kubeflow.planes.mesh.settings import MeshSettings
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy

USUAL = "kubeflow-userid"
"""The header in Kubeflow's own manifests."""


class Header(Struct, frozen=True):
    """The *key* of the policy condition about users, and the *prefix* of the names in its values."""

    key: str = f"{HEADER_PREFIX}[{USUAL}]"
    prefix: str = ""


def user_header(settings: MeshSettings) -> Header:
    """Return the header that policies name users by; if it is not known, that of Kubeflow's manifests."""
    name = settings.header.value or USUAL
    return Header(f"{HEADER_PREFIX}[{name}]", settings.prefix.value or "")


def admitted(policy: AuthorizationPolicy, by: Header) -> tuple[str, ...]:
    """Return the users that *policy* admits by name. Patterns with a star are left out."""
    if value_at(policy.spec, "action") not in (None, "", "ALLOW"):
        return ()
    values = (
        value
        for condition in _conditions(policy)
        if str(value_at(condition, "key")).lower() == by.key.lower()
        for value in texts_at(condition, "values")
    )
    named = (value.removeprefix(by.prefix) for value in values if value.startswith(by.prefix))
    return tuple(dict.fromkeys(name for name in named if name and "*" not in (name[0], name[-1])))


def _conditions(policy: AuthorizationPolicy) -> Iterator[Any]:
    for rule in list_at(policy.spec, "rules"):
        yield from list_at(rule, "when")
