"""
Subjects of bindings, and the callers that they match.

Mirrors appliesToUser of pkg/registry/rbac/validation/rule.go. A binding names a *subject*. The authorizer
gets an *identity*: a user name and groups. A *principal* is the part of an identity that is compared with a
subject: the user's name, or the name of one group.
"""

from __future__ import annotations

import re

from msgspec import Struct

from kubectl_kfaccess.rbac.model import Subject

USER = "User"
GROUP = "Group"
SERVICE_ACCOUNT = "ServiceAccount"
PERSONA = "Persona"
"""The kind of a subject that stands for anybody with a certain role in Kubeflow: no binding has it."""
SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:"
MASTERS = "system:masters"  # an authorizer before RBAC allows this group everything
ALL_SERVICE_ACCOUNTS = "system:serviceaccounts"
AUTHENTICATED = "system:authenticated"
ANONYMOUS = "system:anonymous"
UNAUTHENTICATED = "system:unauthenticated"


class Principal(Struct, frozen=True, gc=False, order=True):
    """A user name or a group name. A service account is the user that its tokens authenticate as."""

    kind: str
    name: str


class Identity(Struct, frozen=True, gc=False):
    """A caller as the API server sees it: its groups are exactly these, none is implied."""

    user: str = ""
    groups: tuple[str, ...] = ()

    @property
    def principals(self) -> tuple[Principal, ...]:
        """The names that subjects are compared with: the user's, then each group's."""
        return (
            Principal(USER, self.user),
            *(Principal(GROUP, group) for group in dict.fromkeys(self.groups)),
        )


def principal(subject: Subject, binding_namespace: str) -> Principal | None:
    """Return the principal that *subject* matches in a binding of that namespace, None if it matches none."""
    if subject.kind in (USER, GROUP):
        return Principal(subject.kind, subject.name)
    if subject.kind != SERVICE_ACCOUNT:
        return None  # appliesToUser: other kinds match nobody; kinds are case-sensitive
    # appliesToUser: an account without a namespace is in the binding's; a ClusterRoleBinding has none
    namespace = subject.namespace or binding_namespace
    return Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{namespace}:{subject.name}") if namespace else None


def displayed(who: Principal) -> Subject:
    """Return *who* as a subject. The user name of a service account becomes that account."""
    if who.kind == USER and who.name.startswith(SERVICE_ACCOUNT_PREFIX):
        namespace, _, name = who.name.removeprefix(SERVICE_ACCOUNT_PREFIX).partition(":")
        if namespace and name and ":" not in name:
            return Subject(SERVICE_ACCOUNT, name, namespace)
    return Subject(who.kind, who.name)


def spelled(subject: Subject) -> str:
    """Return *subject* as SUBJECT is typed: `user:NAME`, `group:NAME`, `sa:NAMESPACE/NAME`, or a persona."""
    if subject.kind == SERVICE_ACCOUNT:
        return f"sa:{subject.namespace}/{subject.name}"
    if subject.kind == PERSONA:
        return subject.name
    return f"{subject.kind.lower()}:{subject.name}"


def reference(subject: Subject) -> str:
    """Return the shortest unambiguous spelling of *subject*: a user name with an `@` needs no prefix."""
    is_plain = subject.kind == USER and _ADDRESS.fullmatch(subject.name)
    return subject.name if is_plain else spelled(subject)


_ADDRESS = re.compile(r"[^@:/\s]+@[^@:/\s]+")


def service_account_groups(namespace: str) -> tuple[str, ...]:
    """Return the groups of every service account in that namespace (upstream: MakeGroupNames)."""
    return (ALL_SERVICE_ACCOUNTS, f"{ALL_SERVICE_ACCOUNTS}:{namespace}", AUTHENTICATED)


def displayed_subject(subject: Subject, namespace: str) -> Subject:
    """Return a binding's *subject* as people name it, or unchanged if it matches no identity."""
    is_plain = subject.kind in (USER, GROUP) and subject.namespace == ""
    if is_plain and not subject.name.startswith(SERVICE_ACCOUNT_PREFIX):
        return subject  # fast path: most subjects
    resolved = principal(subject, namespace)
    return displayed(resolved) if resolved and resolved.name else subject


def home_of_accounts(subject: Subject) -> str:
    """Return the namespace of a service account, or of a group of all accounts in a namespace; else ""."""
    if subject.kind == SERVICE_ACCOUNT:
        return subject.namespace or ""
    prefix = f"{ALL_SERVICE_ACCOUNTS}:"
    is_account_group = subject.kind == GROUP and subject.name.startswith(prefix)
    return subject.name.removeprefix(prefix) if is_account_group else ""
