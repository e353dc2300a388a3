"""
Who a binding means, and who asks.

Mirrors appliesToUser of pkg/registry/rbac/validation/rule.go. A binding names a *subject*; the
authorizer sees an *identity* (a user name and groups). A *principal* is the one text of an identity
that a subject is compared with: the user's name, or one group's.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Subject

USER = "User"
GROUP = "Group"
SERVICE_ACCOUNT = "ServiceAccount"
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"
MASTERS = "system:masters"  # an authorizer of its own, before RBAC: everything is allowed
ALL_SERVICE_ACCOUNTS = "system:serviceaccounts"
AUTHENTICATED = "system:authenticated"
ANONYMOUS = "system:anonymous"
UNAUTHENTICATED = "system:unauthenticated"


class Principal(Struct, frozen=True, gc=False, order=True):
    """A user's name or a group's; a service account is the user that its tokens authenticate as."""

    kind: str
    name: str


class Identity(Struct, frozen=True, gc=False):
    """A caller as the API server sees it; groups exactly as given, none implied."""

    user: str = ""
    groups: tuple[str, ...] = ()

    @property
    def principals(self) -> tuple[Principal, ...]:
        """The texts that subjects are compared with: the user, then each group."""
        return (
            Principal(USER, self.user),
            *(Principal(GROUP, group) for group in dict.fromkeys(self.groups)),
        )


def principal(subject: Subject, binding_namespace: str) -> Principal | None:
    """Return the principal that *subject* means in a binding of that namespace; None when it means nobody."""
    if subject.kind in (USER, GROUP):
        return Principal(subject.kind, subject.name)
    if subject.kind != SERVICE_ACCOUNT:
        return None  # appliesToUser: default: return false; kinds are case-sensitive
    # appliesToUser: an account without a namespace is one of the binding's; without any, nobody
    namespace = subject.namespace or binding_namespace
    return Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{subject.name}") if namespace else None


def displayed(who: Principal) -> Subject:
    """Return the subject as people name it: a user that is a service account becomes that account."""
    if who.kind == USER and who.name.startswith(SERVICE_ACCOUNT_PREFIX):
        namespace, _, name = who.name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        if namespace and name and ":" not in name:
            return Subject(SERVICE_ACCOUNT, name, namespace)
    return Subject(who.kind, who.name)


def spelled(subject: Subject) -> str:
    """Return the subject as people type it: `user:NAME`, `group:NAME`, `sa:NAMESPACE/NAME`."""
    if subject.kind == SERVICE_ACCOUNT:
        return f"sa:{subject.namespace}/{subject.name}"
    return f"{subject.kind.lower()}:{subject.name}"


def reference(subject: Subject) -> str:
    """Return the shortest spelling that means the subject and no other: a user like an address is plain."""
    is_plain = subject.kind == USER and _ADDRESS.fullmatch(subject.name)
    return subject.name if is_plain else spelled(subject)


_ADDRESS = re.compile(r"[^@:/\s]+@[^@:/\s]+")


def service_account_groups(namespace: str) -> tuple[str, ...]:
    """Return the groups that every account of that namespace has (upstream: MakeGroupNames)."""
    return (ALL_SERVICE_ACCOUNTS, f"{ALL_SERVICE_ACCOUNTS}:{namespace}", AUTHENTICATED)
