"""
What KFAM answers when somebody adds or removes a contributor on the dashboard: RBAC has no say in it.

Mirrors CreateBinding, DeleteBinding and isOwnerOrAdmin of components/access-management/kfam/api_default.go in
kubeflow/dashboard: it lets through the owner that the Profile names, and its own cluster admins, which are a
flag of its process. The manifests take the flag from ADMIN in the ConfigMap `profiles-config`. KFAM compares
names alone, whatever the kind of the owner is.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.needs import config_maps
from kubectl_kfaccess.rbac.evaluator import Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject
from kubectl_kfaccess.rbac.model import RBAC_GROUP, ConfigMap
from kubectl_kfaccess.rbac.object_names import PROFILES_CONFIG
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot

WRITTEN = {(RBAC_GROUP, "rolebindings"), ("security.istio.io", "authorizationpolicies")}
"""What KFAM creates and deletes for a contributor."""

VERBS = ("create", "delete")


class AdminsCause(enum.Enum):
    """Why it is not known whether somebody is one of KFAM's cluster admins."""

    ABSENT = enum.auto()
    CONTRADICTORY = enum.auto()  # kustomize leaves old ConfigMaps behind, and nothing says which KFAM uses
    RELEASE = enum.auto()  # releases of KFAM read the same text differently


class AdminsUnknown(Struct, frozen=True):
    """Whether somebody is one of KFAM's own cluster admins is not known; a gap is what was not read."""

    cause: AdminsCause | Gap


class KfamAnswer(Struct, frozen=True):
    """
    KFAM's verdict on adding or removing contributors of a profile.

    An unknown verdict has its reason in *doubt*: the gap that hides the Profile, or that somebody who is not
    the owner may be one of KFAM's cluster admins.
    """

    verdict: Verdict
    doubt: Gap | AdminsUnknown | None = None


def kfam_answer(snapshot: Snapshot, who: KnownSubject, request: Request) -> KfamAnswer | None:
    """Return what KFAM answers if the dashboard would do what *request* asks, else None."""
    if request.verb not in VERBS or request.subresource or (request.group, request.resource) not in WRITTEN:
        return None
    if request.namespace not in profile_namespaces(snapshot):
        return None
    if not who.user:
        return KfamAnswer(Verdict.DENIED)
    profile = snapshot.profiles.get(("", request.namespace))
    if profile is None:  # isOwnerOrAdmin reads it first, and lets nobody through without it
        hidden = snapshot.gap("profiles", "")
        return KfamAnswer(Verdict.UNKNOWN if hidden else Verdict.DENIED, hidden)
    if profile.owner and who.user == profile.owner.name:
        return KfamAnswer(Verdict.ALLOWED)
    is_admin = _is_admin(snapshot, who.user)
    if isinstance(is_admin, AdminsUnknown):
        return KfamAnswer(Verdict.UNKNOWN, is_admin)
    return KfamAnswer(Verdict.ALLOWED if is_admin else Verdict.DENIED)


def _is_admin(snapshot: Snapshot, user: str) -> bool | AdminsUnknown:
    """Return whether *user* is one of KFAM's cluster admins, or why that is not known."""
    gap = snapshot.gap("configmaps", PROFILES_CONFIG.namespace)
    settings = config_maps(snapshot, PROFILES_CONFIG)
    if gap or not settings:
        return AdminsUnknown(gap or AdminsCause.ABSENT)
    verdicts = {_names(config_map, user) for config_map in settings}
    if None in verdicts:
        return AdminsUnknown(AdminsCause.RELEASE)
    return verdicts.pop() is True if len(verdicts) == 1 else AdminsUnknown(AdminsCause.CONTRADICTORY)


def _names(config_map: ConfigMap, user: str) -> bool | None:
    """
    Return whether ADMIN names *user*, None if that depends on the release of KFAM.

    Until Kubeflow 1.10, KFAM takes the whole text for one name (main.go of kubeflow/kubeflow). Since 2.0 of
    kubeflow/dashboard it splits it at commas and trims each name (sanitizeClusterAdmins of api_default.go).
    """
    text = config_map.data.get("ADMIN", "")
    as_one, in_list = text == user, user in (name.strip() for name in text.split(","))
    return as_one if as_one is in_list else None
