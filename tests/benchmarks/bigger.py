"""
A big Kubeflow: thousands of profiles, each with ten RoleBindings and seven AuthorizationPolicies.

Of the ten bindings, three are the profile controller's, six are contributors', and one is made by hand. What
the last one names depends on the profile: an account of another tenant (in a chain, in a cycle or alone), a
group, or an account of the same tenant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import yaml

Object = dict[str, Any]
DEMO = Path(__file__).parents[2] / "kubectl_kfaccess" / "sources" / "demo"
RBAC = "rbac.authorization.k8s.io"
ISTIO = "security.istio.io"
CONTRIBUTORS = 6
GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"

# The profiles, by number, in which the binding made by hand names an account of another tenant, or a group.
# In CHAIN and CYCLE it lets the editor of one tenant edit in the next.
CHAIN, CYCLE, GROUPS, FOREIGN = range(1, 21), range(21, 24), range(24, 74), range(74, 251)
FOREIGN_ACCOUNTS = len(CHAIN) + len(CYCLE) + len(FOREIGN)


def demo() -> Iterator[Object]:
    """Yield the objects of the demo: what a big Kubeflow has once, and a few tenants."""
    for file in sorted(DEMO.glob("*.yaml")):
        documents = yaml.load_all(file.read_bytes(), yaml.CSafeLoader)
        yield from (document for document in documents if document)


def profiles(count: int) -> Iterator[Object]:
    """Yield *count* profiles, their namespaces, RoleBindings and AuthorizationPolicies."""
    for number in range(count):
        yield from _profile(tenant(number), f"owner{number}@example.com", number)


def tenant(number: int) -> str:
    """Return the namespace of a profile."""
    return f"team-{number:05}"


def _profile(namespace: str, owner: str, number: int) -> Iterator[Object]:
    yield {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": namespace,
            "annotations": {"owner": owner},
            "labels": {"app.kubernetes.io/part-of": "kubeflow-profile"},
        },
    }
    yield {
        "apiVersion": "kubeflow.org/v1",
        "kind": "Profile",
        "metadata": {"name": namespace},
        "spec": {"owner": {"kind": "User", "name": owner}},
    }
    for account, role in (("default-editor", "kubeflow-edit"), ("default-viewer", "kubeflow-view")):
        yield {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": account, "namespace": namespace},
        }
        yield _binding(namespace, account, role, _account(namespace, account))
    yield _binding(namespace, "namespaceAdmin", "kubeflow-admin", _user(owner), user=owner, role_name="admin")
    yield _policy(namespace, "ns-owner-access-istio", owner, "admin", *_owners_rules(namespace))
    for contributor in range(CONTRIBUTORS):
        role = ("edit", "view")[contributor % 2]
        user = f"user{(number * 3 + contributor) % 5000}@example.com"
        name = f"user-{user.partition('@')[0]}-example-com-clusterrole-{role}"
        yield _binding(namespace, name, f"kubeflow-{role}", _user(user), user=user, role_name=role)
        yield _policy(namespace, name, user, role)
    yield _made_by_hand(namespace, number)


def _made_by_hand(namespace: str, number: int) -> Object:
    """Return the tenth binding of a profile."""
    if number in CHAIN:
        return _binding(namespace, "by-hand", "kubeflow-edit", _account(tenant(number - 1), "default-editor"))
    if number in CYCLE:
        other = CYCLE[(number - CYCLE.start + 1) % len(CYCLE)]
        return _binding(namespace, "by-hand", "kubeflow-edit", _account(tenant(other), "default-editor"))
    if number in GROUPS:
        group = {"kind": "Group", "name": f"group-{number - GROUPS.start:02}", "apiGroup": RBAC}
        return _binding(namespace, "by-hand", "kubeflow-view", group)
    of = tenant(number % 20) if number in FOREIGN else namespace
    return _binding(namespace, "by-hand", "kubeflow-view", _account(of, "default-viewer"))


def _account(namespace: str, name: str) -> Object:
    return {"kind": "ServiceAccount", "name": name, "namespace": namespace}


def _policy(namespace: str, name: str, user: str, role: str, *more_rules: Object) -> Object:
    """Return the AuthorizationPolicy that the profile controller and KFAM write for a user."""
    callers = [GATEWAY, "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"]
    rule = {
        "from": [{"source": {"principals": callers}}],
        "when": [{"key": "request.headers[kubeflow-userid]", "values": [user]}],
    }
    annotations = {"role": role, "user": user}
    return {
        "apiVersion": f"{ISTIO}/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": name, "namespace": namespace, "annotations": annotations},
        "spec": {"rules": [rule, *more_rules]},
    }


def _owners_rules(namespace: str) -> tuple[Object, ...]:
    """Return the further rules of the owner's policy."""
    culler = "cluster.local/ns/kubeflow/sa/notebook-controller-service-account"
    return (
        {"when": [{"key": "source.namespace", "values": [namespace]}]},
        {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]},
        {
            "from": [{"source": {"principals": [culler]}}],
            "to": [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}],
        },
    )


def _user(name: str) -> Object:
    return {"kind": "User", "name": name, "apiGroup": RBAC}


def _binding(
    namespace: str, name: str, role: str, subject: Object, *, user: str = "", role_name: str = ""
) -> Object:
    annotations = {"annotations": {"user": user, "role": role_name}} if user else {}
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": namespace, **annotations},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [subject],
    }


def reviews(file: Path, count: int, bindings: list[Object], seed: int = 1) -> None:
    """Write *count* SubjectAccessReviews as JSON Lines; half of them ask for something that is allowed."""
    dice = Random(seed)
    with file.open("w") as stream:
        for number in range(count):
            binding = dice.choice(bindings)
            subject = binding["subjects"][0]
            verb = "get" if number % 2 == 0 else dice.choice(("create", "impersonate", "escalate", "bind"))
            resource = dice.choice(("notebooks", "experiments")) if number % 2 == 0 else "profiles"
            stream.write(
                json.dumps(_review(subject, binding["metadata"]["namespace"], verb, resource)) + "\n"
            )


def _review(subject: Object, namespace: str, verb: str, resource: str) -> Object:
    name = subject["name"]
    if subject["kind"] == "ServiceAccount":
        name = f"system:serviceaccount:{subject['namespace']}:{name}"
    who = {"groups": [name]} if subject["kind"] == "Group" else {"user": name}
    attributes = {"verb": verb, "group": "kubeflow.org", "resource": resource, "namespace": namespace}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {**who, "resourceAttributes": attributes},
    }
