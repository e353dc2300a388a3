"""Random changes to random worlds: manifests to apply, and objects to delete."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED
from kubectl_kfaccess.rbac.overlay import ObjectKey
from tests.truth.worlds import Asker, Maker, Object, Spec, World

PERMISSIONS = 40


@dataclass(frozen=True)
class ChangedWorld:
    """A world, what is applied to it, what is then deleted from it, and the questions about each stage."""

    world: World
    objects: list[Object]
    applied: list[Object]
    deleted: list[ObjectKey]
    specs: list[Spec]

    @property
    def namespaces(self) -> list[Object]:
        """The namespaces, which must exist before anything is applied in them."""
        names = Maker(self.world).namespaces
        return [{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in names]


def changed_world(world: World) -> ChangedWorld:
    """Return *world* with a change. All random numbers come from the world's seed and number."""
    dice = Random(f"{world.seed}/{world.number}/change")
    maker = Maker(world)
    maker.random = dice
    objects = [_as_created(manifest, dice) for manifest in world.objects()]
    applied = [_changed(manifest, maker) for manifest in objects if dice.random() < 0.5]
    applied += [_new(maker, number) for number in range(dice.randint(1, 4))]
    dice.shuffle(applied)
    specs = _specs(world, maker, [*objects, *applied])
    applied = [_invalid(manifest, dice) if dice.random() < 0.1 else manifest for manifest in applied]
    keys = list(dict.fromkeys(object_key(manifest) for manifest in (*objects, *applied)))
    deleted = dice.sample(keys, min(len(keys), dice.randint(1, 5)))
    return ChangedWorld(world, objects, applied, deleted, specs)


def object_key(manifest: Object) -> ObjectKey:
    """Return kind, namespace ("" for a cluster-scoped object) and name of *manifest*."""
    metadata = manifest["metadata"]
    return (manifest["kind"], metadata.get("namespace", ""), metadata["name"])


def _as_created(manifest: Object, dice: Random) -> Object:
    """Return the object as `kubectl create` leaves it, or as `kubectl apply` does, with an annotation."""
    if dice.random() < 0.5:
        return manifest
    annotations = {LAST_APPLIED: json.dumps(manifest)}
    return {**manifest, "metadata": {**manifest["metadata"], "annotations": annotations}}


def _changed(manifest: Object, maker: Maker) -> Object:
    """Return another manifest of the same object: some fields have other values, some are left out."""
    metadata = {key: value for key, value in manifest["metadata"].items() if key != "annotations"}
    fields = {key: value for key, value in manifest.items() if key != "metadata"}
    changes = {"ClusterRole": _changed_cluster_role, "Role": _changed_role}.get(
        fields["kind"], _changed_binding
    )
    return changes(fields, metadata, maker)


def _changed_cluster_role(fields: Object, metadata: Object, maker: Maker) -> Object:
    dice, fields = maker.random, dict(fields)
    if dice.random() < 0.5:
        metadata = {**metadata, "labels": maker.labels()}
    if dice.random() < 0.4:
        fields["rules"] = [maker.rule(urls=True) for _ in range(dice.randint(0, 2))]
    elif dice.random() < 0.3:
        fields.pop("rules", None)
    if dice.random() < 0.4:
        selectors = [maker.selector() for _ in range(dice.randint(1, 2))]
        fields["aggregationRule"] = {"clusterRoleSelectors": selectors}
    elif dice.random() < 0.15:
        fields.pop("aggregationRule", None)
    return {**fields, "metadata": metadata}


def _changed_role(fields: Object, metadata: Object, maker: Maker) -> Object:
    rules = [maker.rule(urls=False) for _ in range(maker.random.randint(0, 2))]
    return {**fields, "metadata": metadata, "rules": rules}


def _changed_binding(fields: Object, metadata: Object, maker: Maker) -> Object:
    other = maker.binding(fields["kind"], metadata.get("namespace", ""))
    role_ref = other["roleRef"] if maker.random.random() < 0.2 else fields["roleRef"]
    return {**fields, "metadata": metadata, "subjects": other["subjects"], "roleRef": role_ref}


def _new(maker: Maker, number: int) -> Object:
    """Return an object that is not in the world yet."""
    dice = maker.random
    manifest = dice.choice(
        [
            maker.cluster_role,
            maker.cluster_role,
            maker.role,
            lambda: maker.binding("ClusterRoleBinding", ""),
            lambda: maker.binding("RoleBinding", dice.choice(maker.namespaces)),
        ]
    )()
    return {**manifest, "metadata": {**manifest["metadata"], "name": f"{maker.world.prefix}-new{number}"}}


def _invalid(manifest: Object, dice: Random) -> Object:
    """Return *manifest* with one thing that no server accepts."""
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}
    mistakes: dict[str, list[Object]] = {
        "Role": [
            {"rules": [{**rule, "verbs": []}]},
            {"rules": [{"verbs": ["get"], "resources": ["pods"]}]},
            {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/a"]}]},
        ],
        "ClusterRole": [
            {"rules": [rule, {"verbs": ["get"], "apiGroups": [""]}]},
            {"rules": [{**rule, "nonResourceURLs": ["/a"]}]},
            {"aggregationRule": {"clusterRoleSelectors": []}},
            {"aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"not a key": "x"}}]}},
            {
                "aggregationRule": {
                    "clusterRoleSelectors": [{"matchExpressions": [{"key": "a", "operator": "In"}]}]
                }
            },
        ],
        "RoleBinding": [
            {"subjects": [{"kind": "Robot", "name": "a"}]},
            {"subjects": [{"kind": "ServiceAccount", "name": "Not_A_Name"}]},
            {"subjects": [{"kind": "User", "name": ""}]},
        ],
        "ClusterRoleBinding": [
            {"subjects": [{"kind": "ServiceAccount", "name": "a"}]},
            {"subjects": [{"kind": "Group", "apiGroup": "apps", "name": "a"}]},
        ],
    }
    return {**manifest, **dice.choice(mistakes[manifest["kind"]])}


def _specs(world: World, maker: Maker, objects: Sequence[Object]) -> list[Spec]:
    """Return the questions of each identity about PERMISSIONS permissions in each namespace."""
    namespaces = ("", *maker.namespaces, f"{world.prefix}-nowhere")
    permissions = _permissions(world, objects)
    places: dict[str, Spec] = {}
    for permission in permissions:
        for namespace in namespaces:
            spec = _within(permission, namespace)
            places[json.dumps(spec)] = spec
    return [{**who, **what} for who in identities(maker) for what in places.values()]


def identities(maker: Maker) -> Iterator[Spec]:
    """Yield the twelve subjects of a world, each alone: a user without groups, or a group."""
    accounts = (
        f"system:serviceaccount:{where}:{name}" for where in maker.namespaces for name in ("s0", "s1")
    )
    yield from ({"user": name} for name in (*maker.users, *accounts))
    of_accounts = ("system:serviceaccounts", f"system:serviceaccounts:{maker.namespaces[0]}")
    yield from ({"groups": [name]} for name in (*maker.groups, *of_accounts, "system:authenticated"))


def _permissions(world: World, objects: Sequence[Object]) -> list[Spec]:
    asker = Asker(world, objects)
    permissions: dict[str, Spec] = {}
    while len(permissions) < PERMISSIONS:
        spec = {key: value for key, value in asker.question().items() if key.endswith("Attributes")}
        spec = _within(spec, "")
        permissions.setdefault(json.dumps(spec, sort_keys=True), spec)
    return list(permissions.values())


def _within(spec: Spec, namespace: str) -> Spec:
    """Return *spec* with *namespace*. A path has no namespace."""
    if "nonResourceAttributes" in spec:
        return spec
    attributes: dict[str, Any] = {k: v for k, v in spec["resourceAttributes"].items() if k != "namespace"}
    return {"resourceAttributes": {**attributes, **({"namespace": namespace} if namespace else {})}}
