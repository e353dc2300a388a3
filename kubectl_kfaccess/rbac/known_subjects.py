"""
The subject of a question, as Kubernetes and as Kubeflow's services see it.

kubectl and clients in the cluster are a user with groups. Kubeflow's own services (the pipelines API, the
notebook, volume and Katib pages) ask the API server about the user name only, so groups do not count there.
"""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import (
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    SERVICE_ACCOUNT,
    SERVICE_ACCOUNT_PREFIX,
    UNAUTHENTICATED,
    Identity,
    Principal,
    displayed,
    service_account_groups,
)


class Plane(enum.Enum):
    """The two planes: who asks the API server, which decides whether groups count."""

    KUBECTL = "kubectl"
    KUBEFLOW = "kubeflow"


class KnownSubject(Struct, frozen=True):
    """
    The subject of a question: the user name and groups that count for it.

    *implied* are those of *groups* that every such subject has. *user* is "" if the subject is a group.
    """

    subject: Subject
    user: str
    groups: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    is_caller: bool = False

    def counts(self, via: Plane) -> bool:
        """Whether the plane *via* asks about this subject: Kubeflow's services never ask about a group."""
        return via is Plane.KUBECTL or self.subject.kind != GROUP

    def seen(self, via: Plane) -> Identity:
        """Return the identity that the plane *via* asks the API server about."""
        return Identity(self.user, self.groups if via is Plane.KUBECTL else ())


def identified(subject: Subject, groups: tuple[str, ...] = ()) -> KnownSubject:
    """Return *subject* with *groups* and the groups that authentication adds."""
    if subject.kind == GROUP:  # its members are unknown: only what is granted to the group itself counts
        return KnownSubject(subject, "", tuple(dict.fromkeys((subject.name, *groups))))
    if subject.kind == SERVICE_ACCOUNT:
        implied = service_account_groups(subject.namespace or "")
        user = f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace}:{subject.name}"
    else:
        implied, user = (UNAUTHENTICATED if subject.name == ANONYMOUS else AUTHENTICATED,), subject.name
    return KnownSubject(subject, user, tuple(dict.fromkeys((*groups, *implied))), implied)


def caller(user: str, groups: tuple[str, ...]) -> KnownSubject:
    """Return the caller, with the *user* and all *groups* that the server reports."""
    subject = displayed(Principal("User", user))
    implied = tuple(group for group in identified(subject).implied if group in groups)
    return KnownSubject(subject, user, groups, implied, is_caller=True)
