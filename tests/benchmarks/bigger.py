"""A big Kubeflow: thousands of profiles, each with the objects of its controller and ten RoleBindings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

Object = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
CONTRIBUTORS = 7


def profiles(count: int) -> Iterator[Object]:
    """Yield *count* profiles, their namespaces and their RoleBindings."""
    for number in range(count):
        yield from _profile(f"team-{number:05}", f"owner{number}@example.com", number)


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
        yield _binding(
            namespace, account, role, {"kind": "ServiceAccount", "name": account, "namespace": namespace}
        )
    yield _binding(namespace, "namespaceAdmin", "kubeflow-admin", _user(owner), user=owner, role_name="admin")
    for contributor in range(CONTRIBUTORS):
        role = ("edit", "view")[contributor % 2]
        user = f"user{(number * 3 + contributor) % 5000}@example.com"
        name = f"user-{user.partition('@')[0]}-example-com-clusterrole-{role}"
        yield _binding(namespace, name, f"kubeflow-{role}", _user(user), user=user, role_name=role)


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
    user = subject["name"]
    if subject["kind"] == "ServiceAccount":
        user = f"system:serviceaccount:{subject['namespace']}:{user}"
    attributes = {"verb": verb, "group": "kubeflow.org", "resource": resource, "namespace": namespace}
    return {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "resourceAttributes": attributes},
    }
