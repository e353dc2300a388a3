"""
Who a subject's requests come from, as the mesh sees it.

A user comes through the ingress gateway, which puts the user's name into a header; some requests come from
the pipelines page, which passes the header on. A group is a user of unknown name. A service account comes
from its own pod, without that header; a pod that forges the header is not considered.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.planes.mesh.settings import Account, MeshSettings
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.subjects import GROUP, SERVICE_ACCOUNT, USER, Principal, displayed


class Caller(Struct, frozen=True):
    """
    The *account* whose pod sends a request (None: not known), and whether a header names the *user*.

    *user* is None if the header can name any user.
    """

    account: Account | None
    has_header: bool = False
    user: str | None = None


def callers(who: KnownSubject, settings: MeshSettings) -> tuple[Caller, ...]:
    """Return the ways in which requests of *who* come: through the gateway first."""
    subject = displayed(Principal(USER, who.user)) if who.subject.kind == USER else who.subject
    if subject.kind == SERVICE_ACCOUNT:
        return (Caller((subject.namespace or "", subject.name)),)
    user = None if subject.kind == GROUP else who.user
    ways = (settings.gateway.value, settings.pipelines_page.value)
    return tuple(Caller(account, has_header=True, user=user) for account in ways)
