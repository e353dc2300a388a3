"""
What the dashboard writes to add a contributor to a profile: a RoleBinding and an AuthorizationPolicy.

Mirrors components/access-management/kfam/bindings.go of kubeflow/kubeflow v1.10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.planes.mesh.settings import CLUSTER_LOCAL, MeshSettings, mesh_settings
from kubectl_kfaccess.kubeflow.planes.mesh.user_header import user_header
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP, AuthorizationPolicy
from kubectl_kfaccess.rbac.snapshot import Snapshot

ROLES = {"view": "kubeflow-view", "edit": "kubeflow-edit", "admin": "kubeflow-admin"}
"""The ClusterRole of each of KFAM's roles, from the least powerful to the most powerful."""


def contributor(user: str, role: str, namespace: str, snapshot: Snapshot) -> tuple[Manifest, Manifest]:
    """Return the RoleBinding and the AuthorizationPolicy of a contributor; *role* is a key of ROLES."""
    metadata = {
        "name": kfam_name("User", user, role),
        "namespace": namespace,
        "annotations": {"role": role, "user": user},
    }
    binding = {
        "apiVersion": f"{RBAC_GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": ROLES[role]},
        "subjects": [{"kind": "User", "apiGroup": RBAC_GROUP, "name": user}],
    }
    policy = {
        "apiVersion": "security.istio.io/v1beta1",
        "kind": "AuthorizationPolicy",
        "metadata": {**metadata, "annotations": {"role": role, "user": user}},
        "spec": {"rules": [_gate(namespace, snapshot).rule(user)]},
    }
    return binding, policy


def kfam_name(kind: str, user: str, role: str) -> str:
    """Return the name of both objects. Different users can get the same name, as `a.b` and `a-b` do."""
    # getBindingName replaces characters in the user's name first and then in the whole name, so that several
    # dashes in a row become one
    safe = re.sub(r"[^a-zA-Z0-9]+", "-", user)
    return re.sub(r"[^a-z0-9]+", "-", f"{kind}-{safe}-ClusterRole-{role}".lower())


class _Gate(Struct, frozen=True):
    """How the mesh recognizes users: the header *key*, the *prefix* of names, and the callers it trusts."""

    key: str = "request.headers[kubeflow-userid]"
    prefix: str = ""
    principals: tuple[str, ...] = (
        "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account",
        "cluster.local/ns/kubeflow/sa/ml-pipeline-ui",
    )

    def rule(self, user: str) -> Manifest:
        """Return the policy rule that admits *user*."""
        when = {"when": [{"key": self.key, "values": [f"{self.prefix}{user}"]}]}
        if not self.principals:
            return when
        return {"from": [{"source": {"principals": list(self.principals)}}], **when}


def _gate(namespace: str, snapshot: Snapshot) -> _Gate:
    """Return the gate in the owner's policy, which is the same for all users, or the mesh's settings."""
    policy = snapshot.authorization_policies.get((namespace, OWNERS_POLICY))
    written = next(_owners_gates(policy), None) if policy else None
    return written or _usual_gate(mesh_settings(snapshot))


def _usual_gate(settings: MeshSettings) -> _Gate:
    """Return the gate that the controller is set to write; what is not known is as Kubeflow ships it."""
    by = user_header(settings)
    accounts = (settings.gateway.value, settings.pipelines_page.value)
    known = tuple(f"{CLUSTER_LOCAL}/ns/{account[0]}/sa/{account[1]}" for account in accounts if account)
    return _Gate(by.key, by.prefix, known if len(known) == len(accounts) else _Gate().principals)


def _owners_gates(policy: AuthorizationPolicy) -> Iterator[_Gate]:
    owner = policy.metadata.annotations.get("user", "")
    for rule in list_at(policy.spec, "rules"):
        for condition in list_at(rule, "when"):
            key, values = value_at(condition, "key"), texts_at(condition, "values")
            if isinstance(key, str) and _HEADER.fullmatch(key) and len(values) == 1:
                prefix = values[0].removesuffix(owner) if owner and values[0].endswith(owner) else ""
                yield _Gate(key, prefix, _principals(rule))


_HEADER = re.compile(r"request\.headers\[[^\[\]]+\]")


def _principals(rule: Any) -> tuple[str, ...]:
    """Return the callers that the rule admits, or the default ones if they cannot be read."""
    if value_at(rule, "from") is None:
        return ()  # before Kubeflow 1.8, policies did not restrict callers
    sources = (value_at(entry, "source") for entry in list_at(rule, "from"))
    return tuple(text for source in sources for text in texts_at(source, "principals")) or _Gate().principals
