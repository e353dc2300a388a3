"""
Whom a question is about, as each of Kubernetes' and Kubeflow's services sees them.

kubectl and clients in the cluster are a user with groups. Kubeflow's own services (the pipelines API, the
notebook, volume and Katib pages) ask the API server about the user's name alone, so no group counts there.
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


class Via(enum.Enum):
    """The two planes: who asks the API server, and so what it is told of the caller."""

    KUBECTL = "kubectl"
    KUBEFLOW = "kubeflow"


class Who(Struct, frozen=True):
    """
    A subject of a question: its name as people write it, and everything that counts for it.

    Of *groups*, the *implied* ones are those that every such subject has; the user of a group is "".
    """

    subject: Subject
    user: str
    groups: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    myself: bool = False

    def counts(self, via: Via) -> bool:
        """Whether that plane asks about such a subject at all: Kubeflow's never asks about a group."""
        return via is Via.KUBECTL or self.subject.kind != GROUP

    def seen(self, via: Via) -> Identity:
        """Return the identity that the API server is asked about."""
        return Identity(self.user, self.groups if via is Via.KUBECTL else ())


def identified(subject: Subject, groups: tuple[str, ...] = ()) -> Who:
    """Return *subject* with the groups that the cluster gives it, and those of *groups* that are known."""
    if subject.kind == GROUP:  # its members are not known: what counts is what it grants by itself
        return Who(subject, "", tuple(dict.fromkeys((subject.name, *groups))))
    if subject.kind == SERVICE_ACCOUNT:
        implied = service_account_groups(subject.namespace or "")
        user = f"{SERVICE_ACCOUNT_PREFIX}{subject.namespace}:{subject.name}"
    else:
        implied, user = (UNAUTHENTICATED if subject.name == ANONYMOUS else AUTHENTICATED,), subject.name
    return Who(subject, user, tuple(dict.fromkeys((*groups, *implied))), implied)


def caller(user: str, groups: tuple[str, ...]) -> Who:
    """Return the caller as the server has named it: every group is known."""
    return Who(displayed(Principal("User", user)), user, groups, myself=True)
