"""
Random RBAC worlds: few names, so that they often collide, and questions that almost match the rules.

The names of a world contain its number, so that many worlds can be in one API server at once. A *solo* world
also has selectors that select among all existing ClusterRoles, so it must be alone in the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

Object = dict[str, Any]
Spec = dict[str, Any]

VERBS = ("get", "list", "create", "delete", "use", "*")
GROUPS = ("", "apps", "kf.io", "*")
RESOURCES = (
    "pods",
    "pods/log",
    "*/log",
    "pods/*",
    "*",
    "*/*",
    "things",
    "things/status",
    "*/status",
    "*/a/b",
)
NAMES = ("a", "b", "", "*")
URLS = ("*", "/a", "/a/", "/a/*", "/a*", "/a/b", "/a/*/b", "/b/**", "/*", "//*")
PATHS = ("/a", "/a/", "/a/b", "/ab", "/a/x/b", "/b", "/b/", "/b/c", "/", "//", "*", "")
REQUEST_RESOURCES = ("pods", "things", "*", "pods/log")
REQUEST_SUBRESOURCES = ("", "", "log", "status", "*", "a/b")
RBAC = {"apiVersion": "rbac.authorization.k8s.io/v1"}


@dataclass(frozen=True)
class World:
    """The objects of one world. All its random numbers come from *seed* and *number*."""

    seed: int
    number: int
    solo: bool = False

    @property
    def prefix(self) -> str:
        return f"w{self.number}"

    def objects(self) -> list[Object]:
        """Return the roles and bindings of the world, as manifests."""
        return list(_unique(Maker(self).objects()))

    def questions(self, count: int, objects: Sequence[Object]) -> list[Spec]:
        """Return *count* different questions about *objects*, as specs of SubjectAccessReviews."""
        asker = Asker(self, objects)
        specs: dict[str, Spec] = {}
        for _ in range(count * 20):
            spec = asker.question()
            specs.setdefault(repr(spec), spec)
            if len(specs) == count:
                break
        return list(specs.values())


def _unique(objects: Iterator[Object]) -> Iterator[Object]:
    seen = set()
    for manifest in objects:
        key = (manifest["kind"], manifest["metadata"].get("namespace"), manifest["metadata"]["name"])
        if key not in seen:
            seen.add(key)
            yield manifest


class Maker:
    def __init__(self, world: World) -> None:
        self.world = world
        self.random = Random(f"{world.seed}/{world.number}/objects")
        self.users = [f"{world.prefix}-u{n}" for n in range(3)]
        self.namespaces = [f"{world.prefix}-a", f"{world.prefix}-b"]
        self.groups = [f"{world.prefix}-g{n}" for n in range(2)]
        self.roles = [f"{world.prefix}-r{n}" for n in range(5)]

    def objects(self) -> Iterator[Object]:
        pick = self.random
        for _ in range(pick.randint(2, 6)):
            yield self.cluster_role()
        for _ in range(pick.randint(1, 3)):
            yield self.role()
        for _ in range(pick.randint(1, 4)):
            yield self.binding("ClusterRoleBinding", "")
        for _ in range(pick.randint(2, 8)):
            yield self.binding("RoleBinding", pick.choice(self.namespaces))

    def cluster_role(self) -> Object:
        pick = self.random
        role: Object = {
            **RBAC,
            "kind": "ClusterRole",
            "metadata": {"name": pick.choice(self.roles), "labels": self.labels()},
        }
        aggregated = pick.random() < 0.45
        if not aggregated or pick.random() < 0.3:
            role["rules"] = [self.rule(urls=True) for _ in range(pick.randint(0 if aggregated else 1, 3))]
        if aggregated:
            selectors = [self.selector() for _ in range(pick.randint(1, 2))]
            role["aggregationRule"] = {"clusterRoleSelectors": selectors}
        return role

    def role(self) -> Object:
        metadata = {"name": self.random.choice(self.roles), "namespace": self.random.choice(self.namespaces)}
        rules = [self.rule(urls=False) for _ in range(self.random.randint(0, 2))]
        return {**RBAC, "kind": "Role", "metadata": metadata, "rules": rules}

    def rule(self, *, urls: bool) -> Object:
        pick = self.random
        verbs = self.some(VERBS, 2)
        if urls and pick.random() < 0.25:
            return {"verbs": verbs, "nonResourceURLs": self.some(URLS, 2)}
        rule = {"verbs": verbs, "apiGroups": self.some(GROUPS, 2), "resources": self.some(RESOURCES, 2)}
        return {**rule, "resourceNames": self.some(NAMES, 2)} if pick.random() < 0.3 else rule

    def labels(self) -> dict[str, str]:
        pick, world = self.random, self.world.prefix
        own = {f"{world}/{key}": pick.choice("xy") for key in ("l0", "l1", "l2") if pick.random() < 0.5}
        return {world: "", **own}

    def selector(self) -> Object:
        pick, world = self.random, self.world.prefix
        free = self.world.solo and pick.random() < 0.5
        if free and pick.random() < 0.3:
            return {}
        expressions = [] if free else [{"key": world, "operator": "Exists"}]
        selector: Object = {}
        if pick.random() < 0.6:
            selector["matchLabels"] = {f"{world}/{pick.choice(('l0', 'l1', 'l2'))}": pick.choice("xy")}
        if not selector or pick.random() < 0.3:
            expressions.append(self.requirement())
        return {**selector, "matchExpressions": expressions}

    def requirement(self) -> Object:
        pick = self.random
        key, operator = (
            f"{self.world.prefix}/l{pick.randint(0, 2)}",
            pick.choice(("In", "NotIn", "Exists", "DoesNotExist")),
        )
        line = {"key": key, "operator": operator}
        return {**line, "values": self.some("xy", 2)} if operator in ("In", "NotIn") else line

    def binding(self, kind: str, namespace: str) -> Object:
        pick = self.random
        ref = "Role" if kind == "RoleBinding" and pick.random() < 0.4 else "ClusterRole"
        name = pick.choice((*self.roles, f"{self.world.prefix}-missing"))
        return {
            **RBAC,
            "kind": kind,
            "metadata": {
                "name": f"{self.world.prefix}-b{pick.randint(0, 9)}",
                **({"namespace": namespace} if namespace else {}),
            },
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": ref, "name": name},
            "subjects": [self.subject(in_namespace=bool(namespace)) for _ in range(pick.randint(0, 3))],
        }

    def subject(self, *, in_namespace: bool) -> Object:
        pick, world = self.random, self.world.prefix
        group = {"apiGroup": "rbac.authorization.k8s.io"}
        dice = pick.random()
        if dice < 0.35:
            return {"kind": "User", "name": pick.choice((*self.users, self.account())), **group}
        if dice < 0.6:
            everybody = ["system:serviceaccounts", "system:authenticated"] if in_namespace else []
            names = (*self.groups, self.users[0], f"system:serviceaccounts:{world}-a", *everybody)
            return {"kind": "Group", "name": pick.choice(names), **group}
        namespace = "" if in_namespace and pick.random() < 0.4 else pick.choice(self.namespaces)
        account = {"kind": "ServiceAccount", "name": pick.choice(("s0", "s1"))}
        return {**account, "namespace": namespace} if namespace else account

    def account(self) -> str:
        return f"system:serviceaccount:{self.random.choice(self.namespaces)}:s0"

    def some(self, options: Sequence[str], most: int) -> list[str]:
        return self.random.sample(list(options), self.random.randint(1, most))


class Asker:
    """Questions about *objects*: most start from a rule that a subject has, and some then change a part."""

    def __init__(self, world: World, objects: Sequence[Object]) -> None:
        self.random = Random(f"{world.seed}/{world.number}/questions")
        self.maker = Maker(world)
        self.maker.random = self.random
        self.bindings = [m for m in objects if m["kind"].endswith("Binding") and m["subjects"]]
        self.rules = [rule for manifest in objects for rule in manifest.get("rules") or ()]
        self.roles = {(m["kind"], m["metadata"]["name"]): m.get("rules") or () for m in objects}

    def question(self) -> Spec:
        if self.bindings and self.random.random() < 0.75:
            return self._near()
        return {**self._anybody(), **self._anything()}

    def _near(self) -> Spec:
        pick = self.random
        binding = pick.choice(self.bindings)
        ref = binding["roleRef"]
        rules = self.roles.get((ref["kind"], ref["name"])) or self.rules
        own = binding["metadata"].get("namespace", pick.choice((*self.maker.namespaces, "")))
        who = self._of(pick.choice(binding["subjects"]), own) if pick.random() < 0.9 else self._anybody()
        what = self._under(pick.choice(rules), own) if rules else self._anything()
        if pick.random() < 0.3:
            other = self._anything()
            (kind,) = what
            if kind in other:
                key = pick.choice(sorted(what[kind]))
                what = {kind: {**what[kind], key: other[kind].get(key, "")}}
        return {**who, **what}

    def _of(self, subject: Object, namespace: str) -> Spec:
        groups = [self.random.choice(self.maker.groups)] if self.random.random() < 0.2 else []
        if subject["kind"] == "Group":
            user = {"user": self.random.choice(self.maker.users)} if self.random.random() < 0.5 else {}
            return {**user, "groups": [subject["name"], *groups]}
        name = subject["name"]
        if subject["kind"] == "ServiceAccount":
            name = f"system:serviceaccount:{subject.get('namespace') or namespace}:{name}"
        return {"user": name, **({"groups": groups} if groups else {})}

    def _anybody(self) -> Spec:
        pick, maker = self.random, self.maker
        users = (*maker.users, maker.account(), "somebody")
        names = (
            *maker.groups,
            f"system:serviceaccounts:{maker.namespaces[0]}",
            "system:serviceaccounts",
            maker.users[0],
        )
        groups = maker.some(names, 2) if pick.random() < 0.4 else []
        user = {} if groups and pick.random() < 0.3 else {"user": pick.choice(users)}
        return {**user, **({"groups": groups} if groups else {})}

    def _under(self, rule: Object, namespace: str) -> Spec:
        pick = self.random
        verb = self._concrete(pick.choice(rule["verbs"]), VERBS)
        if "nonResourceURLs" in rule:
            url = pick.choice(rule["nonResourceURLs"])
            path = url.rstrip("*") + pick.choice(("", "x", "b")) if url.endswith("*") else url
            return {"nonResourceAttributes": {"verb": verb, "path": path}}
        resource, _, sub = pick.choice(rule["resources"]).partition("/")
        return _resource(
            verb=verb,
            group=self._concrete(pick.choice(rule["apiGroups"]), GROUPS),
            resource=self._concrete(resource, REQUEST_RESOURCES),
            subresource=sub if sub != "*" or pick.random() < 0.5 else "log",
            name=pick.choice(rule.get("resourceNames") or ("", "", "a")),
            namespace=namespace,
        )

    def _anything(self) -> Spec:
        pick = self.random
        if pick.random() < 0.15:
            return {"nonResourceAttributes": {"verb": pick.choice(VERBS), "path": pick.choice(PATHS)}}
        return _resource(
            verb=pick.choice(VERBS),
            group=pick.choice(GROUPS),
            resource=pick.choice(REQUEST_RESOURCES),
            subresource=pick.choice(REQUEST_SUBRESOURCES),
            name=pick.choice(("", "", "a", "b", "*")),
            namespace=pick.choice((*self.maker.namespaces, "", f"{self.maker.world.prefix}-nowhere")),
        )

    def _concrete(self, text: str, options: Sequence[str]) -> str:
        return self.random.choice(options) if text == "*" else text


def _resource(**attributes: str) -> Spec:
    return {"resourceAttributes": {key: value for key, value in attributes.items() if value}}
