"""
Random worlds for steps: roles that mix what steps need with noise, bindings, accounts, and what is installed.

All names begin with the world's own word, so that many worlds fit into one server: no question about one is
answered by another. Groups that everybody is in are bound in the world's namespaces only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

import msgspec

from kubectl_kfaccess.escalation.registry import GROUPS, STEPS
from kubectl_kfaccess.escalation.step_type import Need, StepType, Way
from kubectl_kfaccess.kubeflow.pipelines.installation import Mode, Pipelines
from kubectl_kfaccess.kubeflow.versions import version
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion
from kubectl_kfaccess.rbac.model import (
    KubernetesObject,
    ObjectMeta,
    PolicyRule,
    ServiceAccount,
)
from kubectl_kfaccess.rbac.subjects import ALL_SERVICE_ACCOUNTS, AUTHENTICATED
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    namespace,
    role,
    role_binding,
    rule,
    service_account,
)

ADMIN_ROLE = "kubeflow-admin"
ENFORCE = "pod-security.kubernetes.io/enforce"
SYSTEM = "kube-system"
_NOISE = ("get", "list", "delete", "impersonate-on:user-info:create", "impersonate-on:serviceaccount:create")
_RELEASES = ("", "2.16.0", "2.17.0", "2.17.1")
_CLOUD = {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/x"}


@dataclass(frozen=True)
class World:
    """World *number* of those with that *seed*."""

    seed: int
    number: int

    @property
    def word(self) -> str:
        """What all names of the world begin with."""
        return f"w{self.number}"

    @cached_property
    def random(self) -> Random:
        """The dice of the world."""
        return Random(f"{self.seed}/{self.number}/steps")

    @cached_property
    def objects(self) -> tuple[KubernetesObject, ...]:
        """Everything in it, as it is loaded into the server."""
        return (*Maker(self).objects(),)

    @cached_property
    def version(self) -> KubernetesVersion:
        """The version of the server whose ways count."""
        return KubernetesVersion(1, Random(f"{self.seed}/{self.number}/version").choice((33, 34, 35, 36, 37)))

    @cached_property
    def pipelines(self) -> Pipelines | None:
        """How pipelines are installed."""
        dice = Random(f"{self.seed}/{self.number}/pipelines")
        mode = dice.choice((*[Mode.MULTI_USER] * 4, Mode.UNKNOWN, Mode.STANDALONE, None))
        account = dice.choice(("default-editor", "s0"))
        return mode and Pipelines("kubeflow", mode, account, version(dice.choice(_RELEASES)))

    @cached_property
    def served(self) -> frozenset[tuple[str, str]] | None:
        """The kinds that are installed: most of them, or it is not known."""
        dice = Random(f"{self.seed}/{self.number}/served")
        kinds = sorted({way.kind for step in STEPS for way in step.ways if way.kind})
        return None if dice.random() < 0.15 else frozenset(kind for kind in kinds if dice.random() < 0.85)


def shared_objects() -> tuple[KubernetesObject, ...]:
    """Return what all worlds have in common: the role that owners of profiles get."""
    return (cluster_role(ADMIN_ROLE, rule("create,patch", "pods"), rule("get,list", "secrets")),)


class Maker:
    """Makes the objects of a world."""

    def __init__(self, world: World) -> None:
        self.pick = world.random
        word = world.word
        self.users = [f"{word}-u{number}" for number in range(3)]
        self.groups = [f"{word}-g{number}" for number in range(2)]
        self.namespaces = [f"{word}-{letter}" for letter in "ab"]
        self.gone = f"{word}-gone"
        self.cluster_roles = [f"{word}-c{number}" for number in range(6)]
        self.roles = [f"{word}-r{number}" for number in range(2)]
        self.missing = f"{word}-missing"
        self.label = f"{word}/aggregate"
        self.ways = self._ways()
        self.number = 0

    def _ways(self) -> list[tuple[StepType, Way]]:
        """Return the ways that the world is about; each heading of the documentation is as likely."""
        pick = self.pick
        headings = [known for steps in GROUPS.values() if (known := [step for step in steps if step.ways])]
        steps = [pick.choice(pick.choice(headings)) for _ in range(pick.randint(4, 9))]
        return [(step, pick.choice(step.ways)) for step in steps]

    def objects(self) -> Iterator[KubernetesObject]:
        """Yield the world's objects."""
        yield from self._namespaces()
        yield from self._accounts()
        for name in self.cluster_roles:
            if self.pick.random() < 0.9:
                yield self._cluster_role(name)
        for place in self.namespaces:
            for name in self.roles:
                if self.pick.random() < 0.5:
                    yield role(f"{place}/{name}", *self._rules())
        for _ in range(self.pick.randint(4, 8)):
            yield self._role_binding(self.pick.choice(self.namespaces))
        if self.pick.random() < 0.2:
            yield self._role_binding(SYSTEM)
        for _ in range(self.pick.randint(1, 3)):
            yield cluster_role_binding(self._name(), self._cluster_ref(), *self._subjects(1, everybody=False))

    def _namespaces(self) -> Iterator[KubernetesObject]:
        for name in self.namespaces:
            level = self.pick.choice(("", "privileged", "baseline", "restricted"))
            yield namespace(name, **({ENFORCE: level} if level else {}))

    def _accounts(self) -> Iterator[KubernetesObject]:
        for place in self.namespaces:
            yield service_account(f"{place}/default")
            for name in ("s0", "s1"):
                if self.pick.random() < 0.7:
                    about = _CLOUD if self.pick.random() < 0.2 else {}
                    yield ServiceAccount(metadata=ObjectMeta(name, place, annotations=dict(about)))

    def _cluster_role(self, name: str) -> KubernetesObject:
        dice = self.pick.random()
        if dice < 0.15:
            return cluster_role(name, aggregate={self.label: "yes"})
        return cluster_role(name, *self._rules(), labels={self.label: "yes"} if dice < 0.35 else None)

    def _rules(self) -> list[PolicyRule]:
        """Return rules: all needs of a way, or single ones, and noise."""
        pick, rules = self.pick, list[PolicyRule]()
        if pick.random() < 0.6:
            _, way = pick.choice(self.ways)
            names = self._names() if pick.random() < 0.35 else ()
            rules += [self._rule(need, names) for need in way.needs]
        for _ in range(pick.randint(0, 3)):
            _, way = pick.choice(self.ways)
            rules.append(self._rule(pick.choice(way.needs), self._names() if pick.random() < 0.3 else ()))
        if pick.random() < 0.3:
            need = pick.choice(pick.choice(self.ways)[1].needs)
            rules.append(PolicyRule((pick.choice(_NOISE),), (need.group,), (need.resource,)))
        if pick.random() < 0.25:
            rules.append(self._limiting(pick.choice(pick.choice(self.ways)[1].needs)))
        pick.shuffle(rules)
        return rules

    def _rule(self, need: Need, names: Sequence[str]) -> PolicyRule:
        pick = self.pick
        verbs = tuple(pick.sample(need.verbs, pick.randint(1, len(need.verbs))))
        if "create" in verbs and pick.random() < 0.3:
            verbs = (*verbs, "patch")  # server-side apply creates by name
        verbs = ("*",) if pick.random() < 0.06 else verbs
        resource = f"{need.resource}/{need.subresource}" if need.subresource else need.resource
        groups = ("*",) if pick.random() < 0.04 else (need.group,)
        resources = ("*",) if pick.random() < 0.02 else (resource,)
        if isinstance(need.name, str) and pick.random() < 0.8:
            names = (need.name,)
        return PolicyRule(verbs, groups, resources, tuple(names))

    def _limiting(self, need: Need) -> PolicyRule:
        """Return a rule for requests as somebody else, in a mode of constrained impersonation."""
        mode = self.pick.choice(("user-info", "serviceaccount"))
        resource = f"{need.resource}/{need.subresource}" if need.subresource else need.resource
        verbs = tuple(f"impersonate-on:{mode}:{verb}" for verb in need.verbs)
        return PolicyRule(verbs, (need.group,), (resource,))

    def _names(self) -> tuple[str, ...]:
        known = (
            *self.users[:2],
            *self.groups,
            *self.namespaces[:2],
            *self.cluster_roles[:3],
            *self.roles,
            self.missing,
            "s0",
            "default",
            "ghost",
            "default-editor",
            "system:masters",
            f"{self.users[0]}-b1",
        )
        return tuple(self.pick.sample(known, self.pick.randint(1, 4)))

    def _name(self) -> str:
        self.number += 1
        return f"{self.users[0]}-b{self.number}"

    def _role_binding(self, place: str) -> KubernetesObject:
        pick = self.pick
        ref = (
            f"Role/{pick.choice((*self.roles, self.missing))}" if pick.random() < 0.3 else self._cluster_ref()
        )
        return role_binding(place, self._name(), ref, *self._subjects(3, everybody=place != SYSTEM))

    def _cluster_ref(self) -> str:
        return self.pick.choice((*self.cluster_roles, *self.cluster_roles, ADMIN_ROLE, self.missing))

    def _subjects(self, most: int, *, everybody: bool) -> list[str]:
        return [self._subject(everybody) for _ in range(self.pick.randint(1, most))]

    def _subject(self, everybody: bool) -> str:
        pick = self.pick
        dice = pick.random()
        if dice < 0.45:
            return f"user:{pick.choice(self.users)}"
        if dice < 0.6:
            wide = [f"{ALL_SERVICE_ACCOUNTS}:{self.namespaces[0]}"]
            wide += [AUTHENTICATED, ALL_SERVICE_ACCOUNTS] if everybody else []
            return f"group:{pick.choice((*self.groups, *wide))}"
        account = pick.choice(("s0", "s1", "ghost", "default-editor"))
        place = self.gone if pick.random() < 0.1 else pick.choice(self.namespaces)
        return f"sa:{place}/{account}"


_API = {
    "Namespace": "v1",
    "ServiceAccount": "v1",
    "ClusterRole": "rbac.authorization.k8s.io/v1",
    "Role": "rbac.authorization.k8s.io/v1",
    "RoleBinding": "rbac.authorization.k8s.io/v1",
    "ClusterRoleBinding": "rbac.authorization.k8s.io/v1",
}


def manifest(value: KubernetesObject) -> dict[str, object]:
    """Return the object as the server wants it."""
    content = msgspec.to_builtins(value)
    return {"apiVersion": _API[value.kind], "kind": value.kind, **content}
