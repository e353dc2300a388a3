"""
The subject of a question, as Kubernetes and as Kubeflow's services see it.

kubectl and clients in the cluster are a user with groups. Kubeflow's own services (the pipelines API, the
notebook, volume and Katib pages) ask the API server about the user name only, so groups do not count there.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.subjects import (
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    PERSONA,
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
    *knows_groups*: the subject is in no further group.

    *persona* is the word of a persona that was asked about; "" for any other subject. A persona is a subject
    of its own in each namespace: *by_namespace* has them. *is_assumed*: the subject, or a binding of it, was
    laid over what was read, so no server knows it.
    """

    subject: Subject
    user: str
    groups: tuple[str, ...] = ()
    implied: tuple[str, ...] = ()
    is_caller: bool = False
    knows_groups: bool = False
    persona: str = ""
    is_assumed: bool = False
    by_namespace: Mapping[str, KnownSubject] | None = None

    def at(self, namespace: str) -> KnownSubject:
        """Return the subject that this is in *namespace*: itself, unless a persona is another one there."""
        return self.by_namespace.get(namespace, self) if self.by_namespace else self

    def counts(self, via: Plane) -> bool:
        """Whether the plane *via* asks about this subject: Kubeflow's services ask about users alone."""
        return via is Plane.KUBECTL or bool(self.user)

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
    return KnownSubject(subject, user, groups, implied, is_caller=True, knows_groups=True)


def persona(word: str, by_namespace: Mapping[str, KnownSubject], groups: tuple[str, ...]) -> KnownSubject:
    """
    Return the persona *word*, which is *by_namespace* in each namespace, with the groups of all of these.

    It has a user name of its own only if it is the same subject everywhere.
    """
    members = {name: replace(who, persona=word) for name, who in by_namespace.items()}
    subjects = [*members.values()]
    if len({who.subject for who in subjects}) == 1:
        return replace(subjects[0], by_namespace=members)
    shared = tuple(name for name in subjects[0].implied if all(name in who.implied for who in subjects))
    is_assumed = all(who.is_assumed for who in subjects)
    every = tuple(dict.fromkeys((*groups, *shared)))
    return KnownSubject(
        Subject(PERSONA, word), "", every, shared, persona=word, is_assumed=is_assumed, by_namespace=members
    )
