"""Random bundles: a small world, what a subject can do in it, and objects that the subject applies."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED

Object = dict[str, Any]

RBAC = "rbac.authorization.k8s.io"
WAYS = ("kubectl", "server-side", "create", "replace", "delete")
NEEDED = {
    "kubectl": ("get", "create", "patch"),
    "server-side": ("patch", "create"),
    "create": ("create",),
    "replace": ("update", "create", "get"),
    "delete": ("delete",),
}
RESOURCES = {
    "ConfigMap": ("", "configmaps"),
    "ServiceAccount": ("", "serviceaccounts"),
    "Deployment": ("apps", "deployments"),
    "Role": (RBAC, "roles"),
    "RoleBinding": (RBAC, "rolebindings"),
    "ClusterRole": (RBAC, "clusterroles"),
    "Namespace": ("", "namespaces"),
    "CustomResourceDefinition": ("apiextensions.k8s.io", "customresourcedefinitions"),
}
CLUSTER_SCOPED = ("ClusterRole", "Namespace", "CustomResourceDefinition")
_READ = ("configmaps", "pods", "secrets")


@dataclass(frozen=True)
class BundleWorld:
    """
    The objects that exist, the bundle, who applies it and how. Everything is named after *prefix*.

    The same dice and another prefix make the same world again, beside the first one.
    """

    prefix: str
    user: str
    way: str
    existing: list[Object]
    bundle: list[Object]

    @property
    def namespace(self) -> str:
        """The namespace of most objects."""
        return self.prefix


def bundle_world(seed: int, number: int, copy: str) -> BundleWorld:
    """Return the world; all random numbers come from *seed* and *number*."""
    return _Maker(Random(f"{seed}/{number}/bundle"), f"bundle-{seed % 10000}-{number}-{copy}").world()


class _Maker:
    def __init__(self, dice: Random, prefix: str) -> None:
        self.dice = dice
        self.prefix = prefix
        self.user = f"{prefix}@example.com"
        self.way = dice.choice(WAYS)
        self.group = f"{prefix}.example.com"

    def world(self) -> BundleWorld:
        objects = [self._object(number) for number in range(self.dice.randint(3, 7))]
        if self.dice.random() < 0.25:
            objects += [self._definition(), self._custom("c0"), self._custom("c1")]
        if self.dice.random() < 0.4:
            objects += [self._namespace(), self._config_map(f"{self.prefix}-new", "inside")]
        if self.dice.random() < 0.5:
            self.dice.shuffle(objects)
        if (
            self.way == "delete"
        ):  # what is in a deleted namespace goes at some time, and kubectl races with it
            objects.sort(key=lambda each: each["kind"] == "Namespace")
        objects = list({_key(each): each for each in objects}.values())
        existing = [self._stored(each) for each in objects if self._is_there(each)]
        existing = [each for each in existing if self._has_surroundings(each, existing)]
        return BundleWorld(self.prefix, self.user, self.way, [*self._base(objects), *existing], objects)

    def _is_there(self, each: Object) -> bool:
        likely = {"create": 0.1, "replace": 0.85, "delete": 0.85}.get(self.way, 0.4)
        return self.dice.random() < likely

    def _has_surroundings(self, each: Object, existing: Sequence[Object]) -> bool:
        """Whether the namespace and the kind of an existing object exist as well."""
        there = {(other["kind"], other["metadata"]["name"]) for other in existing}
        if each["metadata"].get("namespace") == f"{self.prefix}-new":
            return ("Namespace", f"{self.prefix}-new") in there
        return each["kind"] != "Widget" or ("CustomResourceDefinition", f"widgets.{self.group}") in there

    def _stored(self, each: Object) -> Object:
        """Return the object as it is before: the same or another, made by `kubectl apply` or not."""
        stored = json.loads(json.dumps(each))
        if self.dice.random() < 0.6:
            self._change(stored)
        if self.dice.random() < 0.5:
            metadata = {**stored["metadata"], "annotations": {}}
            text = json.dumps({**stored, "metadata": metadata}, sort_keys=True, separators=(",", ":"))
            stored["metadata"]["annotations"] = {LAST_APPLIED: f"{text}\n"}
        return stored

    def _change(self, each: Object) -> None:
        if each["kind"] == "ConfigMap":
            each["data"] = {"before": "1"}
        elif each["kind"] in ("Role", "ClusterRole") and "aggregationRule" not in each:
            each["rules"] = [self._small_rule()]
        elif each["kind"] == "RoleBinding" and self.dice.random() < 0.8:
            each["subjects"] = [*each["subjects"], {"apiGroup": RBAC, "kind": "User", "name": "before"}]
        elif each["kind"] == "RoleBinding":
            each["roleRef"] = {"apiGroup": RBAC, "kind": "ClusterRole", "name": f"{self.prefix}-strong"}
        else:
            each["metadata"]["labels"] = {"before": "1"}

    # --- the objects of the bundle ---

    def _object(self, number: int) -> Object:
        makers = (
            lambda: self._config_map(self.prefix, f"m{number}"),
            lambda: self._config_map(self.prefix, f"m{number}"),
            lambda: _object("v1", "ServiceAccount", f"a{number}", self.prefix),
            lambda: self._deployment(f"d{number}"),
            lambda: self._role(f"r{self.dice.randint(0, 1)}"),
            lambda: self._role(f"r{self.dice.randint(0, 1)}"),
            lambda: self._binding(f"b{number}"),
            lambda: self._binding(f"b{number}"),
            self._cluster_role,
        )
        return self.dice.choice(makers)()

    def _config_map(self, namespace: str, name: str) -> Object:
        return {**_object("v1", "ConfigMap", name, namespace), "data": {"key": str(self.dice.randint(1, 9))}}

    def _namespace(self) -> Object:
        return _object("v1", "Namespace", f"{self.prefix}-new")

    def _deployment(self, name: str) -> Object:
        labels = {"app": name}
        pod = {"containers": [{"name": "main", "image": "example.com/image:1"}]}
        template = {"metadata": {"labels": labels}, "spec": pod}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        return {**_object("apps/v1", "Deployment", name, self.prefix), "spec": spec}

    def _role(self, name: str) -> Object:
        rules = [self._small_rule() for _ in range(self.dice.randint(0, 2))]
        return {**_object(f"{RBAC}/v1", "Role", name, self.prefix), "rules": rules}

    def _cluster_role(self) -> Object:
        name = f"{self.prefix}-c{self.dice.randint(0, 1)}"
        role = {**_object(f"{RBAC}/v1", "ClusterRole", name), "rules": [self._small_rule()]}
        if self.dice.random() < 0.25:
            selector = {"matchLabels": {"bundle": self.prefix}}
            role = {**role, "rules": [], "aggregationRule": {"clusterRoleSelectors": [selector]}}
        return role

    def _binding(self, name: str) -> Object:
        dice = self.dice
        kind, role = dice.choice(
            [
                ("Role", f"r{dice.randint(0, 1)}"),
                ("Role", "old"),
                ("ClusterRole", f"{self.prefix}-c0"),
                ("ClusterRole", f"{self.prefix}-strong"),
                ("Role", "missing"),
            ]
        )
        users = [self.user if dice.random() < 0.4 else "somebody"]
        subjects = [{"apiGroup": RBAC, "kind": "User", "name": user} for user in users]
        ref = {"apiGroup": RBAC, "kind": kind, "name": role}
        binding = _object(f"{RBAC}/v1", "RoleBinding", name, self.prefix)
        return {**binding, "roleRef": ref, "subjects": subjects}

    def _definition(self) -> Object:
        names = {"plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList"}
        schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
        version = {"name": "v1", "served": True, "storage": True, "schema": schema}
        spec = {"group": self.group, "scope": "Namespaced", "names": names, "versions": [version]}
        name = f"widgets.{self.group}"
        return {**_object("apiextensions.k8s.io/v1", "CustomResourceDefinition", name), "spec": spec}

    def _custom(self, name: str) -> Object:
        return {**_object(f"{self.group}/v1", "Widget", name, self.prefix), "spec": {"size": 1}}

    def _small_rule(self) -> Object:
        verbs = self.dice.sample(["get", "list", "watch"], self.dice.randint(1, 2))
        return {"apiGroups": [""], "resources": [self.dice.choice(_READ)], "verbs": verbs}

    # --- the world ---

    def _base(self, bundle: Sequence[Object]) -> list[Object]:
        strong = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["*"]}
        old = _object(f"{RBAC}/v1", "Role", "old", self.prefix)
        return [
            _object("v1", "Namespace", self.prefix),
            {**old, "rules": [self._small_rule()]},
            {**_object(f"{RBAC}/v1", "ClusterRole", f"{self.prefix}-strong"), "rules": [strong]},
            *self._rights(bundle),
        ]

    def _rights(self, bundle: Sequence[Object]) -> Iterator[Object]:
        """Yield a Role and a ClusterRole for the user, with most of what the bundle needs."""
        inside = [*self._rules(bundle, cluster=False)]
        wide = [*self._rules(bundle, cluster=True)]
        yield {**_object(f"{RBAC}/v1", "Role", "rights", self.prefix), "rules": inside}
        yield {**_object(f"{RBAC}/v1", "ClusterRole", f"{self.prefix}-rights"), "rules": wide}
        subjects = [{"apiGroup": RBAC, "kind": "User", "name": self.user}]
        ref = {"apiGroup": RBAC, "kind": "Role", "name": "rights"}
        binding = _object(f"{RBAC}/v1", "RoleBinding", "rights", self.prefix)
        yield {**binding, "roleRef": ref, "subjects": subjects}
        ref = {"apiGroup": RBAC, "kind": "ClusterRole", "name": f"{self.prefix}-rights"}
        binding = _object(f"{RBAC}/v1", "ClusterRoleBinding", f"{self.prefix}-rights")
        yield {**binding, "roleRef": ref, "subjects": subjects}

    def _rules(self, bundle: Sequence[Object], *, cluster: bool) -> Iterator[Object]:
        dice = self.dice
        full = dice.random() < 0.3
        for kind in dict.fromkeys(each["kind"] for each in bundle):
            group, resource = RESOURCES.get(kind, (self.group, "widgets"))
            if (cluster and kind not in CLUSTER_SCOPED and dice.random() < 0.7) or (
                not cluster and kind in CLUSTER_SCOPED
            ):
                continue
            verbs = [verb for verb in NEEDED[self.way] if full or dice.random() < 0.85]
            rule: Object = {"apiGroups": [group], "resources": [resource], "verbs": verbs or ["list"]}
            names = [each["metadata"]["name"] for each in bundle if each["kind"] == kind]
            if dice.random() < 0.15 and not full:
                rule["resourceNames"] = dice.sample(names, dice.randint(1, len(names)))
            yield rule
        for resource in _READ:
            if dice.random() < (0.3 if cluster else 0.6):
                yield {"apiGroups": [""], "resources": [resource], "verbs": ["get", "list", "watch"]}
        for verb, resource in (("escalate", "roles"), ("bind", "roles"), ("bind", "clusterroles")):
            if dice.random() < 0.12:
                rule = {"apiGroups": [RBAC], "resources": [resource], "verbs": [verb]}
                if dice.random() < 0.5:
                    rule["resourceNames"] = ["r0", f"{self.prefix}-c0", "missing"]
                yield rule
        if cluster and dice.random() < 0.1:
            yield {"apiGroups": [RBAC], "resources": ["clusterroles"], "verbs": ["escalate"]}


def _object(version: str, kind: str, name: str, namespace: str = "") -> Object:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": version, "kind": kind, "metadata": metadata}


def _key(each: Object) -> tuple[str, str, str]:
    return each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]
