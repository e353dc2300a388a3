"""What can be reached: identities, code that runs in a namespace, a node, the cluster, the cloud."""

from __future__ import annotations

import enum

from msgspec import Struct

from kubectl_kfaccess.rbac.known_subjects import identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.reach import RoleKey
from kubectl_kfaccess.rbac.subjects import (
    AUTHENTICATED,
    GROUP,
    Identity,
    Principal,
    displayed,
    service_account_groups,
)

EVERY_NAMESPACE = "*"
"""Stands for all namespaces, without what is in no namespace: no namespace has that name."""
WORKSPACE_ACCOUNTS = "ws-*"
"""Stands for the accounts that workspaces of Notebooks v2 run as: each has its own, which nobody chooses."""
ANY_RULES: RoleKey = ("", "", "")
"""Stands for a role with every permission."""


class Kind(enum.IntEnum):
    """What a node is. The last three are only on the way: they stand for many others."""

    IDENTITY = 0
    HOLDER = 1
    LIMITED = 2
    CODE = 3
    DATA = 4
    REVIEWS = 5
    NODE = 6
    CLUSTER = 7
    CLOUD = 8
    ACCOUNTS = 9
    PEOPLE = 10
    COMMON_GROUPS = 11


class Hold(enum.IntEnum):
    """
    What somebody has of an identity.

    FULL: a token for any audience, or the person themself, so Kubeflow's services know them too. API:
    credentials for the API server alone. REQUESTS: only requests with impersonation headers, which cannot
    impersonate in turn.
    """

    FULL = 0
    API = 1
    REQUESTS = 2


class Node(Struct, frozen=True, gc=False, order=True, cache_hash=True):
    """
    Something that can be reached.

    - IDENTITY: *user* and *groups*, held as *hold* says.
    - HOLDER: the same, and the role *role* is granted to them in *namespace* as well; "" is the whole
      cluster, `*` every namespace.
    - LIMITED: the same, but only where *by* is allowed `impersonate-on:MODE:VERB` as well.
    - CODE: code in *namespace* ("": in every one) as the account *name* ("": as any account; `ws-*`: as an
      account of a workspace's own).
    - DATA: the Secrets and ConfigMaps of *namespace*. CLOUD: the cloud's identity *name*.
    - ACCOUNTS: the accounts of *namespace* with that name, or all of them.
    """

    kind: Kind
    namespace: str = ""
    name: str = ""
    user: str = ""
    groups: tuple[str, ...] = ()
    hold: Hold = Hold.FULL
    role: RoleKey = ANY_RULES
    by: Node | None = None
    mode: str = ""

    @property
    def identity(self) -> Identity:
        """The identity of an IDENTITY, HOLDER or LIMITED."""
        return Identity(self.user, self.groups)

    @property
    def is_somebody(self) -> bool:
        """Whether the node is an identity, alone, with one more role, or limited."""
        return self.kind in (Kind.IDENTITY, Kind.HOLDER, Kind.LIMITED)

    @property
    def is_shown(self) -> bool:
        """Whether the node is something that people can name, and not only on the way to others."""
        return self.kind < Kind.ACCOUNTS

    @property
    def subject(self) -> Subject | None:
        """The subject that the identity is, None if the node is not somebody."""
        if not self.is_somebody:
            return None
        if self.user:
            return displayed(Principal("User", self.user))
        return Subject(GROUP, next((g for g in self.groups if g != AUTHENTICATED), AUTHENTICATED))


def identity_node(identity: Identity, hold: Hold = Hold.FULL) -> Node:
    """Return the node of *identity*, whose groups are exactly these."""
    return Node(Kind.IDENTITY, user=identity.user, groups=identity.groups, hold=hold)


def limited_node(identity: Identity, by: Node, mode: str) -> Node:
    """Return the node of *identity* as far as *by* can impersonate it in *mode*."""
    return Node(
        Kind.LIMITED, user=identity.user, groups=identity.groups, hold=Hold.REQUESTS, by=by, mode=mode
    )


def account_node(namespace: str, name: str, hold: Hold = Hold.FULL) -> Node:
    """Return the node of a service account, with its groups."""
    user = f"system:serviceaccount:{namespace}:{name}"
    return Node(Kind.IDENTITY, user=user, groups=service_account_groups(namespace), hold=hold)


def principal_node(who: Principal, hold: Hold = Hold.FULL) -> Node:
    """Return the node of *who*, with the groups that authentication adds to a user or an account."""
    known = identified(displayed(who))
    return Node(Kind.IDENTITY, user=known.user, groups=known.groups, hold=hold)


CLUSTER = Node(Kind.CLUSTER)
A_NODE = Node(Kind.NODE)
REVIEWS = Node(Kind.REVIEWS)
PEOPLE = Node(Kind.PEOPLE, hold=Hold.REQUESTS)
"""All users that bindings name, without service accounts: those that one can impersonate."""
ANYONE = Node(Kind.PEOPLE, hold=Hold.API)
"""All users, groups and service accounts: those that a client certificate can name."""
