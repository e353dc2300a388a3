"""
A platform with nothing wrong: a Kubeflow release and 40 profiles, as its controllers and the dashboard write.

`team-NN` is owned by `owner-NN@example.com`. It is shared with `dev-NN@example.com`, who owns nothing, and
every second one with `reader@example.com`. Few are special, see below; the table of seeds relies on this.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.controlplane.load import crds_from_list
from tests.isolation_seeds.notation import Object, account, binding, subject

COUNT = 40
FILE = "kubeflow-v1.10-rbac.yaml"
CRDS = "kubeflow-v1.10-crds.yaml"
SHIPPED_PROFILE = "kubeflow-user-example-com"
SHARED_WITH_OWNERS = {30: ("edit", 31), 32: ("view", 33), 34: ("admin", 35)}
"""Which profiles are shared with owners of others, who so have a way into them that is no finding."""
GROUP_SHARE, GROUP_OWNER, OWNER_OF_TWO, UNKNOWN_GROUP = 36, 37, (38, 39), 28
"""A profile shared with a group, one that a group owns, two of one person, one with a group by hand."""
_GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
_PAGE = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
_CULLER = "cluster.local/ns/kubeflow/sa/notebook-controller-service-account"


def team(number: int) -> str:
    """Return the name of a profile."""
    return f"team-{number:02}"


def teams() -> tuple[str, ...]:
    """Return all profiles."""
    return (*map(team, range(COUNT)), SHIPPED_PROFILE)


def owner(number: int) -> str:
    """Return the owner of a profile."""
    if number == GROUP_OWNER:
        return "group:owners-37"
    return f"user:owner-{OWNER_OF_TWO[0] if number in OWNER_OF_TWO else number:02}@example.com"


def world(corpus: Path) -> list[Object]:
    """Return all objects, the types of the release included."""
    return [*crds_from_list(corpus / CRDS), *_release(corpus), *_admins(), *_profiles()]


def _release(corpus: Path) -> Iterator[Object]:
    documents = yaml.load_all((corpus / FILE).read_text(), yaml.CSafeLoader)
    return (each for each in documents if each)


def _admins() -> Iterator[Object]:
    yield binding("platform-admins cluster-admin group:platform-admins")
    yield binding("auditor kubeflow-view user:auditor@example.com")


def _profiles() -> Iterator[Object]:
    yield from _made(SHIPPED_PROFILE, "user:user@example.com")
    for number in range(COUNT):
        name = team(number)
        yield {
            "apiVersion": "kubeflow.org/v1",
            "kind": "Profile",
            "metadata": {"name": name},
            "spec": {
                "owner": {key: value for key, value in subject(owner(number)).items() if key != "apiGroup"}
            },
        }
        yield from _made(name, owner(number))
        yield from shared(name, "edit", f"user:dev-{number:02}@example.com")
        if number % 2 == 0:
            yield from shared(name, "view", "user:reader@example.com")
        if number in SHARED_WITH_OWNERS:
            role, other = SHARED_WITH_OWNERS[number]
            yield from shared(name, role, owner(other))
    yield from shared(team(GROUP_SHARE), "edit", "group:data-science")
    yield binding(f"{team(UNKNOWN_GROUP)}/ml-team kubeflow-edit group:ml-team")


def _made(name: str, who: str) -> Iterator[Object]:
    """Yield what the profile controller makes: the namespace, and what is in it."""
    owned = subject(who)["name"]
    yield {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "annotations": {"owner": owned},
            "labels": {
                "app.kubernetes.io/part-of": "kubeflow-profile",
                "istio-injection": "enabled",
                "pod-security.kubernetes.io/enforce": "baseline",
            },
        },
    }
    for each, role in (("default-editor", "edit"), ("default-viewer", "view")):
        yield account(f"{name}/{each}")
        yield binding(f"{name}/{each} kubeflow-{role} sa:{name}/{each}")
    annotations = {"user": owned, "role": "admin"}
    yield binding(f"{name}/namespaceAdmin kubeflow-admin {who}", annotations=annotations)
    more: list[Object] = [
        {"when": [{"key": "source.namespace", "values": [name]}]},
        {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]},
        {
            "from": [{"source": {"principals": [_CULLER]}}],
            "to": [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}],
        },
    ]
    yield _policy(name, "ns-owner-access-istio", owned, "admin", *more)


def shared(name: str, role: str, who: str) -> Iterator[Object]:
    """Yield what the dashboard writes to share the profile *name*."""
    user = subject(who)["name"]
    slug = "".join(each if each.isalnum() else "-" for each in user)
    known = f"{who.partition(':')[0]}-{slug}-clusterrole-{role}"
    annotations = {"user": user, "role": role}
    yield binding(f"{name}/{known} kubeflow-{role} {who}", annotations=annotations)
    yield _policy(name, known, user, role)


def _policy(namespace: str, name: str, user: str, role: str, *more: Object) -> Object:
    rule = {
        "from": [{"source": {"principals": [_GATEWAY, _PAGE]}}],
        "when": [{"key": "request.headers[kubeflow-userid]", "values": [user]}],
    }
    return {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace, "annotations": {"role": role, "user": user}},
        "spec": {"rules": [rule, *more]},
    }
