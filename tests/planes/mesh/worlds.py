"""Random clusters around what Kubeflow really has: what the tool reads of them, and what can be true."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.planes.mesh import settings
from tests.planes.mesh.kubeflow_policies import (
    OWNER,
    Policy,
    contributors,
    deploykf_override,
    of_kubeflow,
    of_root,
    owners,
    policy,
)
from tests.planes.mesh.questions import Truth
from tests.planes.mesh.random_policies import Names, change, random_policy
from tests.planes.mesh.settings import Login

USERS = ("alice@example.com", "bob@example.com", "mia@example.com", "Carol@Example.com", "noa")
TENANTS = ("team-a", "team-b", "ml")
PART_OF = {"app.kubernetes.io/part-of": "kubeflow-profile"}
INJECTION = {"istio-injection": "enabled"}
AMBIENT = {"istio.io/dataplane-mode": "ambient"}
LABELS: tuple[tuple[int, dict[str, str]], ...] = (
    (60, INJECTION),
    (10, AMBIENT),
    (5, AMBIENT | {"istio.io/use-waypoint": "waypoint"}),
    (2, {"istio.io/use-waypoint": "waypoint"}),
    (4, INJECTION | AMBIENT),
    (5, {}),
    (2, {"istio-injection": "disabled"}),
    (5, {"istio.io/rev": "stable"}),
)
SUPPOSED = {"supposed-allow": "ALLOW", "supposed-deny": "DENY"}
"""Policies that may be where none could be read, each with its action."""
Subject = tuple[str, str, str]  # kind, namespace ("" for users and groups), name


@dataclass(frozen=True)
class World:
    """
    A cluster: the manifests that the tool can read, the gaps (resource, namespace), and what is asked.

    *policies* are all that can exist: those of namespaces with a gap are hidden from the tool.
    """

    number: int
    manifests: tuple[dict[str, Any], ...]
    policies: tuple[Policy, ...]
    gaps: tuple[tuple[str, str], ...]
    subjects: tuple[Subject, ...]
    namespaces: tuple[str, ...]
    truth: Truth

    @property
    def hidden(self) -> tuple[int, ...]:
        """The policies that the tool cannot read, by their index."""
        unread = {namespace for resource, namespace in self.gaps if resource == "authorizationpolicies"}
        numbered = enumerate(self.policies)
        return tuple(index for index, policy in numbered if policy["metadata"]["namespace"] in unread)

    @property
    def missing(self) -> tuple[tuple[int, ...], ...]:
        """
        For each state that the unread namespaces can be in, the policies that do not exist in it.

        Nobody knows what is there: what was drawn, nothing, or a policy that lets in or keeps out everybody.
        """
        if not self.hidden:
            return ((),)
        supposed = [index for index in self.hidden if self.policies[index]["metadata"]["name"] in SUPPOSED]
        alone = (tuple(other for other in self.hidden if other != index) for index in supposed)
        return (tuple(supposed), self.hidden, *alone)

    def objects(self, refused: frozenset[int]) -> list[dict[str, Any]]:
        """Return the manifests that the tool reads, without the policies that Istio refused."""
        left = refused | set(self.hidden)
        readable = (policy for index, policy in enumerate(self.policies) if index not in left)
        return [*self.manifests, *readable]


def random_worlds(seed: int, count: int) -> Iterator[World]:
    """Yield the worlds of a seed, always the same ones."""
    for number in range(count):
        yield random_world(random.Random(f"{seed}/{number}"), number)


def random_world(rng: random.Random, number: int) -> World:
    """Return a random cluster."""
    return _Maker(rng, number).world()


class _Maker:
    """Makes a world step by step, because later steps depend on what earlier ones drew."""

    def __init__(self, rng: random.Random, number: int) -> None:
        self.rng, self.number = rng, number
        self.login, self.mesh = settings.random_login(rng), settings.random_mesh(rng)
        self.tenants = rng.sample(TENANTS, rng.choices((1, 2, 3), (3, 4, 2))[0])
        self.owner_of = {tenant: rng.choice(USERS) for tenant in self.tenants}
        self.names = Names(USERS, tuple(self.tenants), self.login, self.mesh)
        self.knows_login, self.knows_mesh = rng.random() < 0.85, rng.random() < 0.85
        # If the ConfigMap is not readable, the owners' policies say how users come in, or nothing does
        self.has_owners = self.knows_login or rng.random() < 0.6
        places = (*self.tenants, self.mesh.root)
        self.unread = rng.choice(places) if rng.random() < 0.04 else ""  # whose policies are not readable
        self.domain = rng.choice((settings.DEFAULT_DOMAIN, settings.DEFAULT_DOMAIN, self.mesh.domain))

    def world(self) -> World:
        """Return the world."""
        labels = {tenant: self._labels() for tenant in self.tenants}
        policies = [*self._policies(), *(_supposed(self.unread) if self.unread else ())]
        namespaces = (*self.tenants, *(("kubeflow",) if self.rng.random() < 0.12 else ()))
        world_namespaces = labels | {"kubeflow": dict(INJECTION)}
        truth = Truth(
            logins=self._logins(policies),
            meshes=(self.mesh,) if self.knows_mesh else tuple(settings.all_meshes()),
            labels={name: world_namespaces[name] for name in namespaces},
        )
        manifests = (*self._manifests(world_namespaces),)
        subjects = tuple(self._subjects())
        return World(
            self.number, manifests, tuple(policies), tuple(self._gaps()), subjects, namespaces, truth
        )

    def _labels(self) -> dict[str, str]:
        weights = [weight for weight, _ in LABELS]
        return PART_OF | self.rng.choices([labels for _, labels in LABELS], weights)[0]

    def _logins(self, policies: list[Policy]) -> tuple[Login, ...]:
        """Return the ways in that are possible for somebody who reads what the tool reads."""
        is_known = self.knows_login or any(self._gives_settings(policy) for policy in policies)
        return (self.login,) if is_known else tuple(settings.all_logins())

    def _gives_settings(self, policy: Policy) -> bool:
        """Return whether the tool reads the settings from a policy if no ConfigMap has them."""
        metadata = policy["metadata"]
        return not self.knows_login and metadata["name"] == OWNER and metadata["namespace"] != self.unread

    def _policies(self) -> list[Policy]:
        rng, login, domain = self.rng, self.login, self.domain
        policies = [
            *of_root(rng, self.mesh.root),
            *(of_kubeflow(login, domain) if rng.random() < 0.3 else ()),
        ]
        for tenant in self.tenants:
            policies += self._of_tenant(tenant)
        for index in range(rng.choices((0, 1, 2, 3), (3, 4, 2, 1))[0]):
            tenant = rng.choice(self.tenants)
            namespace = rng.choices((tenant, self.mesh.root, *settings.ROOTS), (7, 2, 1, 1))[0]
            policies.append(random_policy(rng, self.names, namespace, f"random-{index}"))
        self._change_some(policies)
        return policies

    def _of_tenant(self, tenant: str) -> list[Policy]:
        rng, owner = self.rng, self.owner_of[tenant]
        policies = []
        if self.has_owners and (rng.random() < 0.9 or not self.knows_login):
            policies.append(owners(tenant, owner, self.login, self.domain))
        others = [user for user in USERS if user != owner]
        for user in rng.sample(others, rng.choices((0, 1, 2), (3, 4, 2))[0]):
            role = rng.choice(("admin", "edit", "view"))
            policies.append(contributors(tenant, user, role, self.login, self.domain))
        if rng.random() < 0.15:
            policies.append(deploykf_override(tenant, owner, self.login, self.domain))
        return policies

    def _change_some(self, policies: list[Policy]) -> None:
        """Change some policies, but leave alone most of those that the settings are read from."""
        numbered = list(enumerate(policies))
        settled = [index for index, policy in numbered if self._gives_settings(policy)]
        most = settled[: len(settled) // 2 + 1]
        free = [index for index, _ in numbered if index not in most]
        for _ in range(self.rng.choices((0, 1, 2, 3), (3, 3, 2, 1))[0] if free else 0):
            index = self.rng.choice(free)
            policies[index] = change(self.rng, self.names, policies[index])

    def _gaps(self) -> Iterator[tuple[str, str]]:
        if not self.knows_login:
            yield "configmaps", "kubeflow"
        if not self.knows_mesh:
            yield "configmaps", "istio-system"
        if self.unread:
            yield "authorizationpolicies", self.unread

    def _manifests(self, labels: dict[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
        for name, those in labels.items():
            yield {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": those}}
        for tenant, owner in self.owner_of.items():
            spec = {"owner": {"kind": "User", "name": owner}}
            metadata = {"name": tenant}
            yield {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": metadata, "spec": spec}
        namespace, _, name = self.login.gateway.partition("/")
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": name, "namespace": namespace},
        }
        if self.knows_login:
            yield from settings.profiles_configs(self.rng, self.login, self.domain)
        if self.knows_mesh:
            yield settings.mesh_config(self.rng, self.mesh)

    def _subjects(self) -> Iterator[Subject]:
        rng = self.rng
        for user in dict.fromkeys((self.owner_of[self.tenants[0]], *rng.sample(USERS, 2))):
            yield "User", "", user
        yield "Group", "", "data-science"
        yield "ServiceAccount", self.tenants[0], "default-editor"
        yield (
            "ServiceAccount",
            rng.choice(("kubeflow", *self.tenants[1:])),
            rng.choice(("ci", "default-editor")),
        )
        namespace, _, name = rng.choice((self.login.gateway, *settings.GATEWAYS[:1])).partition("/")
        if rng.random() < 0.4:
            yield "ServiceAccount", namespace, name


def _supposed(namespace: str) -> list[Policy]:
    """Return policies about everything, which may be in a namespace whose policies cannot be read."""
    return [policy(namespace, name, action=action, rules=[{}]) for name, action in SUPPOSED.items()]
