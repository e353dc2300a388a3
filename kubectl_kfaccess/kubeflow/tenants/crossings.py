"""
Which subjects are at home in one tenant and get access to another.

The home of an owner is their profiles, and the home of an account is its namespace. A contributor who owns no
profile has no home. Everybody is at home nowhere, and what everybody gets crosses into each tenant. What a
profile's owner has shared on the dashboard does not cross.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import dashboard_annotation
from kubectl_kfaccess.kubeflow.tenants.owners import owner_and_source
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal, displayed, home_of_accounts


class Tenants:
    """The tenants of a snapshot, and who is at home where."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.namespaces = frozenset(profile_namespaces(snapshot))

    def homes(self, who: Principal) -> frozenset[str]:
        """Return the tenants that *who* is at home in."""
        subject = displayed(who)
        account_home = home_of_accounts(subject)
        if account_home:
            return frozenset((account_home,)) & self.namespaces
        return self._owned.get(subject, frozenset())

    def crosses(self, who: Principal, namespace: str) -> bool:
        """
        Return whether access of *who* to *namespace* crosses into a tenant.

        In the namespace "", the access is to all namespaces.
        """
        return self.is_away(who, namespace) and not (namespace and self.is_shared(who, namespace))

    def can_cross(self, who: Principal) -> bool:
        """Return whether *who* is at home in a tenant, or is everybody: nobody else crosses into a tenant."""
        return who in EVERYBODY or bool(self.homes(who))

    def is_away(self, who: Principal, namespace: str) -> bool:
        """Return whether *namespace* ("": all of them) is of a tenant that *who* is not at home in."""
        homes = self.homes(who)
        if not homes and who not in EVERYBODY:
            return False
        if not namespace:
            return bool(self.namespaces - homes)
        return namespace in self.namespaces and namespace not in homes

    def is_shared(self, who: Principal, namespace: str) -> bool:
        """Return whether all bindings of *who* in *namespace* are those that the dashboard shows."""
        bindings = self._snapshot.bound.get(namespace, {}).get(who, ())
        return bool(bindings) and all(dashboard_annotation(binding) for binding in bindings)

    @cached_property
    def _owned(self) -> dict[Subject, frozenset[str]]:
        """The profiles of each owner."""
        pairs = ((owner_and_source(self._snapshot, name)[0], name) for name in sorted(self.namespaces))
        return _by_first((owner, name) for owner, name in pairs if owner)


def _by_first(pairs: Iterable[tuple[Subject, str]]) -> dict[Subject, frozenset[str]]:
    index: dict[Subject, frozenset[str]] = {}
    for owner, name in pairs:
        index[owner] = index.get(owner, frozenset()) | {name}
    return index
