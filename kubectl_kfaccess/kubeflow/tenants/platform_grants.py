"""
Which grants are the platform's: those that a release of Kubernetes or Kubeflow ships.

An account is not the platform's because it lives in `kube-system` or `kubeflow`: those who can write bindings
could hide there. A grant is shipped if a release has a binding of that kind, namespace and name, to a role
of that kind and name, with that subject. All releases in the bundled data count, because no cluster says
which of them is installed. What the role contains is not compared here.

Components that the data does not have are shown and marked as unshipped: other releases of cert-manager,
Istio or Kubeflow, Charmed Kubeflow, what clouds and kubeadm add to `kube-system`, and charts or
kustomizations that change the names of bindings (namePrefix).

If an installation only has another namespace (kustomize's `namespace`), its bindings are recognized, when
that is safe: tenants cannot write ClusterRoleBindings, so at least two shipped ones must bind their accounts
in that other namespace, and none in the release's own, which must not exist. The other namespace must have
been read and be no profile's, because tenants choose the names of profiles and run code there. Otherwise
its bindings are shown and marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.tenants.platform import KUBERNETES, platform_namespaces
from kubectl_kfaccess.kubeflow.tenants.shipped_bindings import BindingKey, binding_key, shipped_grants
from kubectl_kfaccess.rbac.model import Binding
from kubectl_kfaccess.rbac.snapshot import Snapshot, principals_of
from kubectl_kfaccess.rbac.subjects import (
    ALL_SERVICE_ACCOUNTS,
    ANONYMOUS,
    AUTHENTICATED,
    GROUP,
    SERVICE_ACCOUNT_PREFIX,
    UNAUTHENTICATED,
    USER,
    Principal,
    displayed,
    home_of_accounts,
)

EVERYBODY = frozenset(
    (
        Principal(GROUP, AUTHENTICATED),
        Principal(GROUP, UNAUTHENTICATED),
        Principal(GROUP, ALL_SERVICE_ACCOUNTS),
        Principal(USER, ANONYMOUS),
    )
)
"""
The names that stand for everybody, or for all service accounts: tenants are among them.

They are never the platform's, whatever a release grants them.
"""

LEAST_RENAMED = 2
"""How many ClusterRoleBindings prove that an installation has another namespace."""


class PlatformGrants:
    """The platform's grants in a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._tenants = frozenset(profile_namespaces(snapshot)) - KUBERNETES

    def is_platform(self, who: Principal, binding: Binding) -> bool:
        """
        Whether a release ships that *binding* names *who*.

        Never of everybody, and never in a profile or of its accounts: tenants write both.
        """
        if who in EVERYBODY or not self.releases(who, binding):
            return False
        return not self._tenants & {binding.namespace, home_of_accounts(displayed(who))}

    def is_unshipped(self, who: Principal, binding: Binding) -> bool:
        """
        Whether *who* is the platform's, and no release ships that *binding* names them.

        These are the accounts of the platform's namespaces, and names with `system:` in front; not everybody.
        """
        if who in EVERYBODY or not who.name.startswith("system:"):
            return False
        home = home_of_accounts(displayed(who))
        return (not home or home in self.namespaces) and not self.is_platform(who, binding)

    def releases(self, who: Principal, binding: Binding) -> tuple[str, ...]:
        """Return the releases that ship that *binding* names *who*, none if no release does."""
        key = binding_key(binding)
        releases = _releases(who, key)
        if releases or not self._renamed:
            return releases
        moved = (_moved(who, key, original, namespace) for original, namespace in self._renamed)
        return next((shipped for other, place in moved if (shipped := _releases(other, place))), ())

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The namespaces where only the platform has accounts; see `platform_namespaces`."""
        bindings = self._snapshot.cluster_role_bindings.values()
        renamed = {namespace for _, namespace in self._renamed}
        return platform_namespaces(bindings, profile_namespaces(self._snapshot)) | renamed

    @cached_property
    def _renamed(self) -> tuple[tuple[str, str], ...]:
        """The pairs of a namespace that releases name, and of the one where they are installed instead."""
        counts = Counter(self._homes())
        places = Counter(original for original, _ in counts)
        return tuple(
            (original, namespace)
            for (original, namespace), count in counts.items()
            if count >= LEAST_RENAMED and places[original] == 1 and self._is_safe(original, namespace)
        )

    def _homes(self) -> Iterator[tuple[str, str]]:
        """Yield, for each ClusterRoleBinding that is shipped, where the release has the accounts, and it."""
        for binding in self._snapshot.cluster_role_bindings.values():
            shipped = shipped_grants().get(binding_key(binding), {})
            bound = principals_of(binding)
            pairs = {(_home(a), _home(b)) for a in shipped for b in bound}
            if len(pairs) == 1 and {_account(who) for who in bound} <= {_account(who) for who in shipped}:
                yield from pairs

    def _is_safe(self, original: str, namespace: str) -> bool:
        """Whether the original does not exist, and the other namespace is known to be no profile."""
        snapshot = self._snapshot
        if not namespace or original in KUBERNETES or ("", original) in snapshot.namespaces:
            return False
        read = snapshot.namespaces.get(("", namespace))
        is_complete = not (snapshot.gap("namespaces", "") or snapshot.gap("profiles", ""))
        return is_complete and read is not None and namespace not in self._tenants


def _releases(who: Principal, key: BindingKey) -> tuple[str, ...]:
    return shipped_grants().get(key, {}).get(who, ())


def _moved(who: Principal, key: BindingKey, original: str, namespace: str) -> tuple[Principal, BindingKey]:
    """Return the account and the binding in *original* instead of *namespace*."""
    kind, place, name, role_kind, role = key
    moved_key = (kind, original if place == namespace else place, name, role_kind, role)
    if not namespace or _home(who) != namespace:
        return who, moved_key
    return Principal(USER, f"{SERVICE_ACCOUNT_PREFIX}{original}:{_account(who)}"), moved_key


def _home(who: Principal) -> str:
    """Return the namespace of a service account, "" for other principals."""
    return displayed(who).namespace or ""


def _account(who: Principal) -> str:
    """Return the name of a service account without its namespace, and the whole name of other principals."""
    return displayed(who).name
