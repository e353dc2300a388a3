"""
A snapshot with objects applied to it, and objects deleted from it, as a cluster would then have them.

`kubectl apply` merges: maps key by key, lists as a whole. A key that the last applied manifest had and the
new one lacks is removed. Afterwards the aggregation controller writes the rules of every aggregated
ClusterRole whose selection has changed (see `reconciliation`). So access can be lost as well as gained.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from msgspec import Struct, convert, to_builtins

from kubectl_kfaccess.rbac.manifests import KINDS, LAST_APPLIED, Manifest
from kubectl_kfaccess.rbac.model import (
    AuthorizationPolicy,
    ClusterRole,
    ClusterRoleBinding,
    ConfigMap,
    Deployment,
    KubernetesObject,
    Namespace,
    Profile,
    Role,
    RoleBinding,
    RoleRef,
    ServiceAccount,
)
from kubectl_kfaccess.rbac.reconciliation import CONTROLLER, RoleRules, reconciled
from kubectl_kfaccess.rbac.snapshot import Key, Snapshot
from kubectl_kfaccess.rbac.validation import Candidate, Problem, problems
from kubectl_kfaccess.rbac.ways import Way

ObjectKey = tuple[str, str, str]
"""(kind, namespace, name); the namespace of a cluster-scoped object is ""."""

_TYPES: dict[str, type[KubernetesObject]] = {
    "cluster_roles": ClusterRole,
    "cluster_role_bindings": ClusterRoleBinding,
    "roles": Role,
    "role_bindings": RoleBinding,
    "namespaces": Namespace,
    "service_accounts": ServiceAccount,
    "profiles": Profile,
    "authorization_policies": AuthorizationPolicy,
    "deployments": Deployment,
    "config_maps": ConfigMap,
}

_KUBECTL = "kubectl-client-side-apply"

FIELDS = {kind.kind: (field, kind) for field, kind in _TYPES.items()}
"""For each kind that an overlay can hold: the field of `Snapshot`, and the type."""


class RoleRefChange(Struct, frozen=True):
    """A binding that the server refuses, because it exists and its roleRef cannot be changed."""

    key: ObjectKey
    existing: RoleRef
    wanted: RoleRef


class InvalidObject(Struct, frozen=True):
    """A role or binding that the server refuses, because it would be invalid."""

    key: ObjectKey
    problems: tuple[Problem, ...]


Refusal = RoleRefChange | InvalidObject


class Written(Struct, frozen=True):
    """An object before and *after* it is written, before the controller changes it; and why it is refused."""

    before: KubernetesObject | None
    after: KubernetesObject
    refusal: Refusal | None


class Overlay(Struct, frozen=True):
    """The *snapshot* that a change leaves, and the objects that the server *refused*: they change nothing."""

    snapshot: Snapshot
    refused: tuple[Refusal, ...] = ()


def overlay(
    snapshot: Snapshot,
    with_: Iterable[Manifest] = (),
    without: Iterable[ObjectKey] = (),
    *,
    way: Way = Way.KUBECTL,
) -> Overlay:
    """
    Return *snapshot* with the manifests *with_* applied in order, and then the objects *without* deleted.

    *way* is how they are applied.

    The aggregation controller finishes after the first step, before the second begins. Manifests of kinds
    that are not in `FIELDS` change nothing. A namespaced object needs its namespace. Deleting a Namespace
    deletes what is in it. Raises msgspec.ValidationError if a manifest does not have its kind's shape.
    """
    applied = _applied(snapshot, tuple(with_), way)
    return Overlay(_without(applied.snapshot, tuple(without)), applied.refused)


def written(snapshot: Snapshot, manifest: Manifest, way: Way) -> Written:
    """Return what writing *manifest*, of a kind in `FIELDS`, makes of its object; raises as `overlay`."""
    return _written(_live(snapshot, key_of(manifest)), manifest, way)


def _applied(snapshot: Snapshot, manifests: tuple[Manifest, ...], way: Way) -> Overlay:
    new: dict[ObjectKey, KubernetesObject] = {}
    refused: list[Refusal] = []
    for manifest in manifests:
        if manifest["kind"] not in FIELDS:
            continue
        key = key_of(manifest)
        live = new.get(key, _live(snapshot, key))
        result = _written(live, manifest, way)
        if result.refusal:
            refused.append(result.refusal)
        else:
            new[key] = result.after
    return Overlay(_with(snapshot, new), tuple(refused))


def _written(live: KubernetesObject | None, manifest: Manifest, way: Way) -> Written:
    key = key_of(manifest)
    data = _data_by(way, live, manifest)
    after = _as_written(live, convert(data, FIELDS[key[0]][1]))
    return Written(live, after, _invalid_object(key, data) or _role_ref_change(key, live, after))


def _with(snapshot: Snapshot, new: Mapping[ObjectKey, KubernetesObject]) -> Snapshot:
    if not new:
        return snapshot
    by_field: dict[str, dict[Key, KubernetesObject]] = {}
    for key, result in new.items():
        by_field.setdefault(FIELDS[key[0]][0], {})[key[1:]] = result
    maps: dict[str, Any] = {name: {**getattr(snapshot, name), **more} for name, more in by_field.items()}
    assumed = {key: None for key in snapshot.assumed if key not in new}
    return _settled(snapshot, replace(snapshot, **maps, assumed=assumed), _cluster_roles(new))


def _without(snapshot: Snapshot, keys: tuple[ObjectKey, ...]) -> Snapshot:
    if not keys:
        return snapshot
    gone, emptied = set(keys), {name for kind, _, name in keys if kind == Namespace.kind}
    maps: dict[str, Any] = {
        name: {
            key: value
            for key, value in getattr(snapshot, name).items()
            if (kind, *key) not in gone and not (key[0] and key[0] in emptied)
        }
        for kind, (name, _) in FIELDS.items()
    }
    assumed = {key: None for key in snapshot.assumed if key not in gone}
    return _settled(snapshot, replace(snapshot, **maps, assumed=assumed), _cluster_roles(gone))


def _settled(before: Snapshot, after: Snapshot, changed: set[str]) -> Snapshot:
    """Return *after* once the controller is done, when the ClusterRoles named in *changed* differ."""
    if not changed:
        return after
    rules = reconciled(before.aggregation, after.cluster_roles, changed)
    roles = {
        key: _reconciled_role(role, before, rules[role.name]) if role.name in rules else role
        for key, role in after.cluster_roles.items()
    }
    known = {name: uncertain for name, uncertain in after.settled.items() if name not in changed}
    settled = {**known, **{name: result.uncertain for name, result in rules.items()}}
    return replace(after, cluster_roles=roles, settled=settled)


def _reconciled_role(role: ClusterRole, before: Snapshot, rules: RoleRules) -> ClusterRole:
    """Return *role* with the rules that it has in the end; if the controller writes others, it owns them."""
    old = before.cluster_roles.get(role.key)
    live = before.aggregation.rules(role.name) if old is role else role.rules
    if rules.uncertain or rules.certain == live:
        return msgspec.structs.replace(role, rules=rules.certain)
    return role.with_rules(rules.certain, CONTROLLER)


def _cluster_roles(keys: Iterable[ObjectKey]) -> set[str]:
    return {name for kind, _, name in keys if kind == ClusterRole.kind}


def key_of(manifest: Manifest) -> ObjectKey:
    """Return the key of a manifest of a kind in `FIELDS`; that of a namespaced object needs its namespace."""
    kind, metadata = manifest["kind"], manifest["metadata"]
    namespaced = FIELDS[kind][1].namespaced
    return (kind, metadata.get("namespace") or "" if namespaced else "", metadata["name"])


def object_of(snapshot: Snapshot, key: ObjectKey) -> KubernetesObject | None:
    """Return the object as it was read; None if there is none, or if its kind is not in `FIELDS`."""
    if key[0] not in FIELDS:
        return None
    value: KubernetesObject | None = getattr(snapshot, FIELDS[key[0]][0]).get(key[1:])
    return value


def _live(snapshot: Snapshot, key: ObjectKey) -> KubernetesObject | None:
    """Return the object as the server stores it: an aggregated role has the rules that it aggregates."""
    live = object_of(snapshot, key)
    if isinstance(live, ClusterRole) and live.selectors:
        return msgspec.structs.replace(live, rules=snapshot.aggregation.rules(live.name))
    return live


def _role_ref_change(
    key: ObjectKey, live: KubernetesObject | None, result: KubernetesObject
) -> RoleRefChange | None:
    # validateRoleBindingUpdate, ValidateClusterRoleBindingUpdate: "cannot change roleRef"
    bindings = RoleBinding | ClusterRoleBinding
    if not isinstance(live, bindings) or not isinstance(result, bindings) or live.role_ref == result.role_ref:
        return None
    return RoleRefChange(key, live.role_ref, result.role_ref)


def _as_written(live: KubernetesObject | None, result: KubernetesObject) -> KubernetesObject:
    """Return *result*; rules that the manifest changes belong to kubectl from now on."""
    if not isinstance(result, ClusterRole) or (isinstance(live, ClusterRole) and live.rules == result.rules):
        return result
    return result.with_rules(result.rules, _KUBECTL)


def _invalid_object(key: ObjectKey, data: Manifest) -> InvalidObject | None:
    kind, namespace, _ = key
    if kind not in KINDS:
        return None
    reasons = tuple(problems(kind, convert(data, Candidate), namespace))
    return InvalidObject(key, reasons) if reasons else None


def _data_by(way: Way, live: KubernetesObject | None, manifest: Manifest) -> Manifest:
    """Return what *live* is once *manifest* is written; if it does not exist, what the manifest creates."""
    given = {key: value for key, value in manifest.items() if key != "status"}
    if way is Way.KUBECTL:
        return _merged_data(live, manifest, given)
    if way is Way.SERVER_SIDE and live is not None:
        # the lists of rules and subjects are replaced as a whole, and other managers keep their keys
        return _as_version_of(
            live, _with_synced_annotation(live, given, merged(to_builtins(live), given, {}))
        )
    return _as_version_of(live, given)


def _with_synced_annotation(live: KubernetesObject, given: Manifest, result: Manifest) -> Manifest:
    """Return *result* with the annotation that client-side apply would need, if *live* has one already."""
    text = live.metadata.annotations.get(LAST_APPLIED)
    if text is None:
        return result
    # lastappliedupdater.go: what was sent, without the annotation
    metadata = dict(given["metadata"])
    annotations = dict(metadata.pop("annotations", None) or {})
    annotations.pop(LAST_APPLIED, None)
    sent = {**given, "metadata": {**metadata, **({"annotations": annotations} if annotations else {})}}
    if _decoded(text) == sent:
        return result
    new = {**result["metadata"].get("annotations", {}), LAST_APPLIED: msgspec.json.encode(sent).decode()}
    return {**result, "metadata": {**result["metadata"], "annotations": new}}


def _merged_data(live: KubernetesObject | None, manifest: Manifest, given: Manifest) -> Manifest:
    annotation = {LAST_APPLIED: msgspec.json.encode(manifest).decode()}
    result = merged(to_builtins(live), given, _last_applied(live)) if live else merged({}, given, {})
    metadata = result["metadata"]
    metadata = {**metadata, "annotations": {**(metadata.get("annotations") or {}), **annotation}}
    return _as_version_of(live, {**result, "metadata": metadata})


def _as_version_of(live: KubernetesObject | None, result: Manifest) -> Manifest:
    """Return *result* with the version of *live*, which the server keeps, and no other."""
    metadata = {key: value for key, value in result["metadata"].items() if key != "resourceVersion"}
    if live and live.metadata.resource_version:
        metadata["resourceVersion"] = live.metadata.resource_version
    return {**result, "metadata": metadata}


def _last_applied(live: KubernetesObject) -> Manifest:
    """Return the manifest that was applied last: of an object from a file, that file; {} if there is none."""
    if not live.metadata.resource_version and LAST_APPLIED not in live.metadata.annotations:
        manifest: Manifest = to_builtins(live)
        return manifest
    return _decoded(live.metadata.annotations.get(LAST_APPLIED, "{}"))


def _decoded(annotation: str) -> Manifest:
    try:
        manifest = msgspec.json.decode(annotation)
    except (msgspec.DecodeError, RecursionError):  # an annotation may hold any text
        return {}
    return _map(manifest)


def merged(live: Manifest, given: Manifest, last: Manifest) -> Manifest:
    """
    Return *live* as `kubectl apply` leaves it, when *given* is applied and *last* was applied before.

    Mirrors CreateThreeWayJSONMergePatch, and CreateThreeWayMergePatch for RBAC, whose lists have no merge
    keys. Maps are merged, lists are replaced. What *last* has and *given* lacks, or has as null, is removed.
    """
    result = {key: value for key, value in live.items() if key not in last or given.get(key) is not None}
    for key, value in given.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merged(_map(result.get(key)), value, _map(last.get(key)))
        else:
            result[key] = value
    return result


def _map(value: Any) -> Manifest:
    return value if isinstance(value, dict) else {}
