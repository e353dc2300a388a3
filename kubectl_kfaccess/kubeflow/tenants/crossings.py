"""
Which subjects are at home in one tenant and get access to another.

A tenant is a profile, or all profiles with the same value of a label. The home of an owner is their profiles,
and the home of an account is its namespace. A contributor who owns no profile has no home. Everybody is at
home nowhere, and what everybody gets crosses into each tenant. What a profile's owner has shared with people
on the dashboard does not cross.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.dashboard_annotations import is_share
from kubectl_kfaccess.kubeflow.tenants.owners import owner_and_source
from kubectl_kfaccess.kubeflow.tenants.platform_grants import EVERYBODY
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal, displayed, home_of_accounts, principal


class Tenants:
    """
    The tenants of a snapshot, and who is at home where.

    Profiles whose namespaces have the same value of the label *label* are one tenant; "" for no label.
    """

    def __init__(self, snapshot: Snapshot, label: str = "") -> None:
        self._snapshot = snapshot
        self._label = label
        self.namespaces = frozenset(profile_namespaces(snapshot))

    def tenant(self, namespace: str) -> str:
        """Return the tenant that has *namespace*: its name, or `LABEL=VALUE`; "" if it is no profile's."""
        if namespace not in self.namespaces:
            return ""
        value = self._value(namespace)
        return f"{self._label}={value}" if value else namespace

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all tenants, sorted."""
        return tuple(sorted({self.tenant(namespace) for namespace in self.namespaces}))

    def tenants(self, who: Principal) -> tuple[str, ...]:
        """Return the tenants that *who* is at home in, sorted."""
        return tuple(sorted({self.tenant(namespace) for namespace in self.homes(who)}))

    def homes(self, who: Principal) -> frozenset[str]:
        """Return the namespaces of the tenants that *who* is at home in."""
        subject = displayed(who)
        account_home = home_of_accounts(subject)
        if account_home:
            return self._with_alike(frozenset((account_home,)) & self.namespaces)
        return self._with_alike(self._owned.get(subject, frozenset()))

    def owners(self, namespace: str) -> tuple[Principal, ...]:
        """Return the owner of the profile *namespace* if it is a person or a group; else none."""
        owner = owner_and_source(self._snapshot, namespace)[0]
        who = principal(owner, namespace) if owner else None
        return (who,) if who and not home_of_accounts(displayed(who)) else ()

    def _with_alike(self, namespaces: frozenset[str]) -> frozenset[str]:
        """Return *namespaces* with all others of the same tenants."""
        if not self._label or not namespaces:
            return namespaces
        return frozenset(each for name in namespaces for each in self._by_tenant[self.tenant(name)])

    @cached_property
    def _by_tenant(self) -> dict[str, list[str]]:
        by_tenant: dict[str, list[str]] = {}
        for namespace in sorted(self.namespaces):
            by_tenant.setdefault(self.tenant(namespace), []).append(namespace)
        return by_tenant

    def _value(self, namespace: str) -> str:
        """Return the value of the label, of the namespace or of the Profile; "" without one."""
        if not self._label:
            return ""
        objects = (
            self._snapshot.namespaces.get(("", namespace)),
            self._snapshot.profiles.get(("", namespace)),
        )
        values = (each.metadata.labels.get(self._label, "") for each in objects if each)
        return next(filter(None, values), "")

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
        """Return whether *who* is a person, whose bindings in *namespace* the dashboard all shows."""
        bindings = self._snapshot.bound.get(namespace, {}).get(who, ())
        subject = displayed(who)
        if not bindings or home_of_accounts(subject):
            return False
        return all(is_share(binding, subject) for binding in bindings)

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
