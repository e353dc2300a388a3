"""The question that the oracle gets about a world: every request, and everything that can be in force."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from tests.planes.mesh.kubeflow_policies import Policy
from tests.planes.mesh.requests import Patterns, asked
from tests.planes.mesh.settings import Login, MeshSetting
from tests.planes.mesh.witnesses import FRESH, text_for

if TYPE_CHECKING:
    from tests.planes.mesh.worlds import World

Labels = dict[str, str]
OTHER_SERVICE = "kfaccess-other"


@dataclass(frozen=True)
class Truth:
    """What can be true: each way in, each setting of the mesh, and the labels of the namespaces."""

    logins: tuple[Login, ...]
    meshes: tuple[MeshSetting, ...]
    labels: dict[str, Labels]


def question(world: World, *, ztunnel: bool = False) -> dict[str, Any]:
    """Return a world as the oracle reads it; *ztunnel* can enforce where Istio's rules for TCP can."""
    return {
        "id": world.number,
        "policies": [
            {"metadata": policy["metadata"], "spec": policy.get("spec")} for policy in world.policies
        ],
        "missing": [list(indexes) for indexes in world.missing],
        "meshes": [mesh.question() for mesh in world.truth.meshes],
        "namespaces": [_namespace(world, name, ztunnel) for name in world.namespaces],
        "subjects": [list(identities(subject, world)) for subject in world.subjects],
    }


def identities(subject: Sequence[str], world: World) -> Iterator[dict[str, Any]]:
    """Yield each identity that a request of a subject can have."""
    kind, namespace, name = subject
    logins = world.truth.logins
    if kind == "ServiceAccount":
        for header in dict.fromkeys(login.header for login in logins):
            yield _identity(f"{namespace}/{name}", {}, absent=[header])
        return
    for login in logins:
        for user in _members(login, world.policies) if kind == "Group" else (login.prefix + name,):
            headers = {login.header: user}
            yield _identity(login.gateway, headers)
            yield _identity(login.pipelines, headers, pipelines=True)


def _identity(account: str, headers: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"account": account, "headers": headers} | more


def _members(login: Login, policies: Iterable[Policy]) -> list[str]:
    """Return values of the header for users that no policy names: new ones, and one for each pattern."""
    patterns = Patterns(policies).of(f"request.headers[{login.header}]")
    fresh = [f"{login.prefix}{FRESH}@{FRESH}.org", f"{login.prefix}{FRESH}"]
    for pattern in patterns:
        if pattern.startswith("*") and pattern != "*":
            fresh.append(login.prefix + text_for(pattern))
        elif pattern.endswith("*") and text_for(pattern).startswith(login.prefix):
            fresh.append(text_for(pattern))
    return list(dict.fromkeys(fresh))


def _namespace(world: World, name: str, ztunnel: bool) -> dict[str, Any]:
    roots = {mesh.root for mesh in world.truth.meshes}
    policies = [policy for policy in world.policies if policy["metadata"]["namespace"] in {name, *roots}]
    labels = world.truth.labels[name]
    rng = random.Random(f"{world.number}/{name}")
    return {
        "name": name,
        "enforcers": enforcers(labels, ztunnel=ztunnel),
        "waypoint": labels.get("istio.io/use-waypoint", ""),
        "services": list(_services(policies)),
        "workloads": list(workloads(policies)),
        **asked(policies, rng),
    }


def enforcers(labels: Labels, *, ztunnel: bool = False) -> list[str]:
    """Return who can enforce policies in a namespace with these labels."""
    waypoint = bool(labels.get("istio.io/use-waypoint"))
    ambient = labels.get("istio.io/dataplane-mode") == "ambient"
    injected = labels.get("istio-injection") == "enabled" or "istio.io/rev" in labels
    possible = ["sidecar"]
    if ambient or waypoint:
        possible += ["tcp", "ztunnel"] if ztunnel else ["tcp"]
    if waypoint:
        possible.append("waypoint")
    return possible if injected or ambient or waypoint else [*possible, "nothing"]


def workloads(policies: Iterable[Policy]) -> Iterator[Labels]:
    """Yield the labels of pods: none, those that a selector wants, and those that several want together."""
    selectors: list[Labels] = []
    for policy in policies:
        wanted = ((policy.get("spec") or {}).get("selector") or {}).get("matchLabels")
        if wanted and wanted not in selectors and not _is_gateway(wanted):
            selectors.append(wanted)
    seen: list[Labels] = []
    for count in range(min(len(selectors), 3) + 1):
        for several in combinations(selectors, count):
            labels = {key: value for wanted in several for key, value in wanted.items()}
            is_compatible = all(wanted.items() <= labels.items() for wanted in several)
            if is_compatible and labels not in seen:
                seen.append(labels)
                yield labels


def _is_gateway(labels: Labels) -> bool:
    return any(value.endswith("gateway") for value in labels.values())


def _services(policies: Iterable[Policy]) -> Iterator[str]:
    yield OTHER_SERVICE
    names: dict[str, None] = {}
    for policy in policies:
        spec = policy.get("spec") or {}
        for target in (*(spec.get("targetRefs") or ()), *filter(None, [spec.get("targetRef")])):
            names[target["name"]] = None
    yield from names
