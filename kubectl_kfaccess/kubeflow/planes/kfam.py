"""
What KFAM answers when somebody adds or removes a contributor on the dashboard: RBAC has no say in it.

Mirrors CreateBinding, DeleteBinding and isOwnerOrAdmin of components/access-management/kfam/api_default.go in
kubeflow/dashboard: it lets through the owner that the Profile names, and its own cluster admins, which are a
flag of its process. KFAM compares the owner's name alone, whatever the kind of the owner is.
"""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot

WRITTEN = {(RBAC_GROUP, "rolebindings"), ("security.istio.io", "authorizationpolicies")}
"""What KFAM creates and deletes for a contributor."""

VERBS = ("create", "delete")


class KfamAnswer(Struct, frozen=True):
    """
    KFAM's verdict on adding or removing contributors of a profile.

    An unknown verdict has the *gap* that hides the Profile; without one, it is about somebody who is not the
    owner, and may be one of KFAM's cluster admins.
    """

    verdict: Verdict
    gap: Gap | None = None


def kfam_answer(
    snapshot: Snapshot, who: KnownSubject, request: Request, *, admins_unread: bool = False
) -> KfamAnswer | None:
    """
    Return what KFAM answers if the dashboard would do what *request* asks, else None.

    *admins_unread* says that its process may have cluster admins, which could not be read.
    """
    if request.verb not in VERBS or request.subresource or (request.group, request.resource) not in WRITTEN:
        return None
    if request.namespace not in profile_namespaces(snapshot):
        return None
    profile = snapshot.profiles.get(("", request.namespace))
    owner = profile.owner.name if profile and profile.owner else ""
    if who.user and who.user == owner:
        return KfamAnswer(Verdict.ALLOWED)
    if profile is None and (gap := snapshot.gap("profiles", "")):
        return KfamAnswer(Verdict.UNKNOWN, gap)
    return KfamAnswer(Verdict.UNKNOWN if admins_unread and who.user else Verdict.DENIED)
