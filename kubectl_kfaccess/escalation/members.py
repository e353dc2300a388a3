"""What sets of nodes stand for: accounts of namespaces, and people."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from kubectl_kfaccess.escalation.edge import Edge
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import ANYONE, Hold, Kind, Node, account_node, principal_node
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import identities
from kubectl_kfaccess.rbac.subjects import GROUP, MASTERS, SERVICE_ACCOUNT, USER, Principal, displayed

UNREAD_ACCOUNT = "the service account exists, which could not be read"


class Members:
    """The accounts and people of a cluster."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def account(self, namespace: str, name: str) -> Node:
        """Return the node of a service account."""
        return account_node(namespace, name)

    def accounts(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the accounts of a set: those that exist, or could exist and were not read."""
        names = frozenset((node.name,))
        for namespace, name in self.account_names(node.namespace, names):
            # impersonation asks for a name and never whether the account exists
            exists = node.hold is Hold.REQUESTS or self._facts.exists(namespace, name)
            if exists is not False:
                conditions = () if exists else (UNREAD_ACCOUNT,)
                yield Edge(account_node(namespace, name, node.hold), conditions=conditions)

    def account_names(self, place: str, names: frozenset[str]) -> Iterator[tuple[str, str]]:
        """Yield (namespace, name) of the accounts with *names* in *place*; "" stands for all of them."""
        facts = self._facts
        for namespace in (place,) if place else facts.namespaces:
            known = {*facts.accounts.get(namespace, ()), *facts.bound_accounts.get(namespace, ()), "default"}
            for name in sorted(known if "" in names else names):
                yield namespace, name

    def absent(self, place: str, *, gone: bool) -> Iterator[tuple[str, str]]:
        """
        Yield (namespace, name) of the accounts in *place* that bindings name and that do not exist.

        Either those whose namespace is *gone* as well, or the others.
        """
        for namespace in (place,) if place else self._facts.namespaces:
            for name in self._facts.bound_accounts.get(namespace, ()):
                is_absent = self._facts.exists(namespace, name) is False
                if is_absent and self._facts.is_gone(namespace) == gone:
                    yield namespace, name

    def people(self, node: Node) -> Iterator[Edge]:
        """Yield the edges to the users; for certificates to groups and accounts as well."""
        for who in self._principals:
            is_account = displayed(who).kind == SERVICE_ACCOUNT
            if node == ANYONE or (who.kind == USER and not is_account):
                yield Edge(principal_node(who, node.hold))

    def users(self) -> Iterator[str]:
        """Yield the names of the users that bindings name."""
        yield from (who.name for who in self._principals if who.kind == USER)

    def cloud_identities(self, node: Node) -> Iterator[str]:
        """Yield the identities of the cloud that an account has, if *node* is one."""
        subject = node.subject
        if node.kind is not Kind.IDENTITY or node.hold is not Hold.FULL or subject is None:
            return
        key = (subject.namespace or "", subject.name)
        account = self._facts.snapshot.service_accounts.get(key)
        if subject.kind == SERVICE_ACCOUNT and account:
            profile = self._facts.snapshot.profiles.get(("", key[0]))
            for identity in identities(profile, (account,)):
                if identity.account == account.name:
                    yield identity.identity

    @cached_property
    def _principals(self) -> tuple[Principal, ...]:
        known = self._facts.snapshot.principals
        return tuple(sorted(who for who in known if who.kind != GROUP or who.name != MASTERS))
