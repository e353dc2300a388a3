"""What the steps depend on besides rules: the server's version, installed kinds, and existing accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from kubectl_kfaccess.escalation.step_type import Way
from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, VIEWER
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import Version, Versions
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT, displayed

NEWEST = KubernetesVersion(1, 37)
"""The version of Kubernetes that counts if the server's is not known."""
_ENFORCE = "pod-security.kubernetes.io/enforce"
_DEFAULT = "default"  # the account that the controller creates in every namespace


@dataclass(frozen=True)
class Facts:
    """
    A snapshot's *evaluator* and what is known of the cluster.

    *served* are the (group, name) of the resource types that the server has; None if that is not known, which
    makes every step by a custom resource possible at most; *open_groups* are API groups whose types are not
    all known. *pipelines* is how Kubeflow Pipelines is installed, None if it is not. The snapshot must have
    the ServiceAccounts, or a gap for them: an account that is not there does not exist, unless
    *knows_accounts* is False.
    """

    evaluator: Evaluator
    version: KubernetesVersion | None = None
    served: frozenset[tuple[str, str]] | None = None
    pipelines: Pipelines | None = None
    open_groups: frozenset[str] = frozenset()
    knows_accounts: bool = True

    @property
    def snapshot(self) -> Snapshot:
        """The snapshot that the evaluator knows."""
        return self.evaluator.snapshot

    def counts(self, way: Way) -> bool | None:
        """Return whether the cluster has *way*; None if that is not known."""
        if not way.is_in(self.version or NEWEST):
            return False
        if way.releases is not None:
            return self._pipelines_count(way)
        if way.kind is None:
            return True
        if self.served is not None and way.kind in self.served:
            return True
        return None if self.served is None or way.kind[0] in self.open_groups else False

    def _pipelines_count(self, way: Way) -> bool | None:
        """Return whether the pipelines API serves *way*: standalone, it asks nobody for permissions."""
        if self.pipelines is None or self.pipelines.mode in (Mode.ABSENT, Mode.STANDALONE):
            return False
        if self.pipelines.mode is Mode.UNKNOWN:
            return None
        if self.release is None:
            return True if way.releases == Versions("") else None
        return way.releases is None or way.releases.has(self.release)

    @property
    def release(self) -> Version | None:
        """The release of Kubeflow Pipelines, None if it is not known."""
        return self.pipelines.version if self.pipelines else None

    @cached_property
    def accounts(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the service accounts that exist, by namespace; a Profile's controller creates two."""
        profiles = (name for _, name in self.snapshot.profiles)
        created = ((namespace, name) for namespace in profiles for name in (EDITOR, VIEWER))
        return _by_namespace((*self.snapshot.service_accounts, *created))

    @cached_property
    def bound_accounts(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the service accounts that bindings name, by namespace."""
        subjects = (displayed(who) for who in self.snapshot.principals)
        return _by_namespace((s.namespace or "", s.name) for s in subjects if s.kind == SERVICE_ACCOUNT)

    def exists(self, namespace: str, name: str) -> bool | None:
        """Return whether that service account exists; None if that could not be read."""
        if name in self.accounts.get(namespace, ()) or (name == _DEFAULT and not self.is_gone(namespace)):
            return True
        return None if self.gap(namespace) or not self.knows_accounts else False

    def gap(self, namespace: str) -> Gap | None:
        """Return the gap that can hide service accounts of *namespace*."""
        return self.snapshot.gap("serviceaccounts", namespace)

    def is_gone(self, namespace: str) -> bool:
        """Return whether *namespace* certainly does not exist; where objects are, there is a namespace."""
        snapshot = self.snapshot
        if not snapshot.namespaces or snapshot.gap("namespaces", ""):
            return False
        has_objects = namespace in self.accounts or namespace in snapshot.role_bindings_by_namespace
        return not has_objects and ("", namespace) not in snapshot.namespaces

    def is_open_to_privileged_pods(self, namespace: str) -> bool:
        """Return whether no label of *namespace* makes Pod Security refuse privileged pods there."""
        known = self.snapshot.namespaces.get(("", namespace))
        return known is None or known.metadata.labels.get(_ENFORCE) not in ("baseline", "restricted")

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces in which accounts or bindings are, or whose accounts bindings name, sorted."""
        return tuple(
            sorted({*self.accounts, *self.bound_accounts, *self.snapshot.role_bindings_by_namespace})
        )


def _by_namespace(keys: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    names: dict[str, set[str]] = {}
    for namespace, name in keys:
        names.setdefault(namespace, set()).add(name)
    return {namespace: tuple(sorted(group)) for namespace, group in names.items()}
