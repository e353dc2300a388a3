"""Labels that ClusterRoles have lost, so that no aggregated role selects them any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kubectl_kfaccess.fixes.actions import RestoreLabel
from kubectl_kfaccess.fixes.applied_metadata import applied_metadata, may_be_applied
from kubectl_kfaccess.kubeflow.aggregation.components import SHIPPED_PARENTS, component_of
from kubectl_kfaccess.rbac.manifests import Manifest, manifest_of
from kubectl_kfaccess.rbac.model import AnyRole, ClusterRole
from kubectl_kfaccess.rbac.near_misses import Miss, NearMiss


def restored_labels(misses: Iterable[NearMiss]) -> Iterator[tuple[RestoreLabel, Manifest]]:
    """Yield what puts each missing label back: on a role that is shipped with it, or has it misspelled."""
    for miss in misses:
        role, into = miss.role, miss.path[-2:-1]
        if miss.miss is not Miss.MISSING_LABEL or not isinstance(role, ClusterRole) or not into:
            continue
        is_shipped = SHIPPED_PARENTS.get(role.name) == into[0]
        if is_shipped or miss.actual:
            component = component_of(role.name) if is_shipped else None
            key, _, value = miss.wanted.partition("=")
            action = RestoreLabel(role, key, value, into[0], component.name if component else "")
            yield action, _labelled(role, key, value)


def _labelled(role: AnyRole, key: str, value: str) -> Manifest:
    """
    Return the role with the label.

    Its rules are part of the manifest only where `kubectl apply` would otherwise remove them.
    """
    whole = manifest_of(role)
    metadata = applied_metadata(role, {key: value})
    if may_be_applied(role):
        return {**whole, "metadata": metadata}
    return {"apiVersion": whole["apiVersion"], "kind": whole["kind"], "metadata": metadata}
