"""The cluster as each object of a bundle leaves it: its access, namespaces, types and objects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from msgspec import convert

from kubectl_kfaccess.rbac.bundle_object import BundleObject
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.manifests import KINDS, Manifest
from kubectl_kfaccess.rbac.model import (
    RBAC_GROUP,
    ClusterRole,
    ClusterRoleBinding,
    PolicyRule,
    Role,
    RoleBinding,
)
from kubectl_kfaccess.rbac.overlay import FIELDS, key_of, object_of, overlay
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.ways import Way

NAMESPACES = ("", "namespaces")

TypeKey = tuple[str, str]
_ObjectKey = tuple[TypeKey, str, str]


@dataclass(frozen=True)
class BundleCluster:
    """
    The cluster at one moment.

    *namespaces* says which exist (None: not known), *unserved* has the keys of types that a
    CustomResourceDefinition of the bundle has still to define, *abandoned* those of types whose definition it
    has deleted, and *changed* whether the objects exist that the bundle has written or deleted. What the
    bundle has granted since the beginning is among the rules *added* (None: it can be anything), and it may
    have taken access away if it *removes*.
    """

    snapshot: Snapshot
    namespaces: Mapping[str, bool | None] = field(default_factory=dict)
    unserved: frozenset[TypeKey] = frozenset()
    abandoned: frozenset[TypeKey] = frozenset()
    changed: Mapping[_ObjectKey, bool] = field(default_factory=dict)
    added: tuple[PolicyRule, ...] | None = ()
    removes: bool = False

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator of the snapshot."""
        return Evaluator(self.snapshot)

    def serves(self, key: TypeKey) -> bool:
        """Return whether the server knows the type by now."""
        return key not in self.unserved

    def exists(self, each: BundleObject) -> bool | None:
        """Return whether the object exists by now; None if that is not known."""
        key = _key(each)
        return each.exists if key is None else self.changed.get(key, each.exists)

    def is_unchanged(self, each: BundleObject) -> bool:
        """Return whether `kubectl apply` would leave the object as it is."""
        return each.unchanged and _key(each) not in self.changed

    def is_read(self, each: BundleObject) -> bool:
        """Return whether it is known what the object is by now, if it exists."""
        return each.is_read or _key(each) in self.changed

    def has_namespace(self, name: str) -> bool | None:
        """Return whether the namespace exists by now; None if that is not known."""
        return self.changed.get((NAMESPACES, "", name), self.namespaces.get(name))

    def after(self, each: BundleObject, way: Way) -> BundleCluster:
        """Return the cluster once the object is written or deleted."""
        key, is_deleted = _key(each), way is Way.DELETE
        changed = self.changed if key is None else {**self.changed, key: not is_deleted}
        defined = {each.defines.key} if each.defines else set()
        is_rbac = each.type is not None and each.type.group == RBAC_GROUP and each.kind in KINDS
        takes = is_deleted or self.exists(each) is not False
        snapshot = self._snapshot_after(each, way)
        granted = _granted(each, snapshot) if is_rbac and not is_deleted else ()
        return replace(
            self,
            snapshot=snapshot,
            changed=changed,
            unserved=self.unserved if is_deleted else self.unserved - defined,
            abandoned=self.abandoned | defined if is_deleted else self.abandoned,
            added=None if granted is None or self.added is None else (*self.added, *granted),
            removes=self.removes or (is_rbac and takes),
        )

    def _snapshot_after(self, each: BundleObject, way: Way) -> Snapshot:
        if not is_of_snapshot(each) or not each.name:
            return self.snapshot
        if way is Way.DELETE:
            return overlay(self.snapshot, without=(key_of(each.manifest),)).snapshot
        return overlay(self.snapshot, (each.manifest,), way=way).snapshot


def _granted(each: BundleObject, snapshot: Snapshot) -> tuple[PolicyRule, ...] | None:
    """Return the rules that an applied role or binding can grant to anybody; None if they are not known."""
    item = object_of(snapshot, key_of(each.manifest)) if each.name else None
    if isinstance(item, (RoleBinding, ClusterRoleBinding)):
        if snapshot.doubt_on_role(item.role_ref, item.namespace):
            return None
        role = snapshot.role(item.role_ref, item.namespace)
    else:
        role = item if isinstance(item, (Role, ClusterRole)) else None
        if isinstance(role, ClusterRole) and role.selectors and snapshot.gap("clusterroles", ""):
            return None
    return (*snapshot.rules_of(role), *snapshot.uncertain_rules_of(role))


def with_objects(snapshot: Snapshot, read: Iterable[tuple[BundleObject, Manifest]]) -> Snapshot:
    """
    Return *snapshot* with those objects that it lacks, of the contents that were *read* one by one.

    Raises msgspec.ValidationError if a content does not have its kind's shape.
    """
    maps: dict[str, Any] = {}
    for each, content in read:
        if is_of_snapshot(each):
            field_name, struct = FIELDS[each.kind]
            known = maps.setdefault(field_name, dict(getattr(snapshot, field_name)))
            item = convert(content, struct)
            known.setdefault(item.key, item)
    return replace(snapshot, **maps) if maps else snapshot


def is_of_snapshot(each: BundleObject) -> bool:
    """Return whether a snapshot holds objects of this kind and group."""
    return each.type is not None and (each.type.group, each.kind) in _IN_SNAPSHOTS


def _key(each: BundleObject) -> _ObjectKey | None:
    if each.type is None or not each.name:
        return None
    return (each.type.key, each.namespace, each.name)


_GROUPS = {
    "Profile": "kubeflow.org",
    "AuthorizationPolicy": "security.istio.io",
    "Deployment": "apps",
    **dict.fromkeys(KINDS, RBAC_GROUP),
}
_IN_SNAPSHOTS = frozenset((_GROUPS.get(kind, ""), kind) for kind in FIELDS)
