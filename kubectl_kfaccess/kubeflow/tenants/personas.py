"""
Personas: anybody with a certain role in a profile, as the words that SUBJECT takes for them.

A distribution binds nobody, because Kubeflow's controllers write the bindings. So that it can be asked all
the same, a profile and the bindings of a persona are made here as these controllers make them. They have had
the same names and roles in every release from Kubeflow 1.7 to 26.03:

- the Profile controller (components/profile-controller/controllers/profile_controller.go of kubeflow/kubeflow
  v1.7.0 to v1.10.0, and of kubeflow/dashboard v2.0.0, which Kubeflow 26.03 ships) binds `default-editor` to
  kubeflow-edit, `default-viewer` to kubeflow-view, and the owner to kubeflow-admin by `namespaceAdmin`;
- KFAM (components/access-management/kfam/bindings.go of the same releases) binds contributors to the
  ClusterRole of their role, as `roleBindingNameMap` has it.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import (
    EDITOR,
    OWNERS_BINDING,
    OWNERS_POLICY,
    RUNNER,
    VIEWER,
)
from kubectl_kfaccess.kubeflow.namespaces import PART_OF, PROFILE, known_namespaces
from kubectl_kfaccess.kubeflow.tenants.contributors import ROLES, contributor
from kubectl_kfaccess.kubeflow.tenants.owners import owner_and_source
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, identified
from kubectl_kfaccess.rbac.manifests import Manifest, rbac_manifest, subject_manifest
from kubectl_kfaccess.rbac.model import RBAC_GROUP, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, PERSONA, SERVICE_ACCOUNT, USER, Principal

OWNER = "profile-owner"
PERSONAS = {
    RUNNER: "the account that runs pipeline steps",
    EDITOR: "the account of notebooks and of what contributors run",
    VIEWER: "the account that reads a profile",
    OWNER: "the owner",
    "contributor-admin": "a contributor with admin",
    "contributor-edit": "a contributor with edit",
    "contributor-view": "a contributor with view",
}
"""What each persona is. A persona takes precedence over a service account of the same name."""

CONTRIBUTORS = {f"contributor-{role}": role for role in ROLES}
"""The role of each persona that KFAM binds, as KFAM calls it."""


_ACCOUNTS = (RUNNER, EDITOR, VIEWER)


class Members(Struct, frozen=True):
    """Who a persona is, by namespace, and the *manifests* to lay over the snapshot so that it is."""

    by_namespace: dict[str, KnownSubject]
    manifests: tuple[Manifest, ...] = ()


def any_profile(snapshot: Snapshot) -> str:
    """Return the name for a profile that stands for any: a namespace that the snapshot does not have."""
    return _free("any-profile", known_namespaces(snapshot))


def members(
    word: str, account: str, snapshot: Snapshot, profiles: Iterable[str], groups: tuple[str, ...] = ()
) -> Members:
    """
    Return who the persona *word* is in each of *profiles*, each with *groups* as well.

    Accounts are the profile's own and are called *account*, and the owner is the one that the cluster names.
    A contributor is a user that no binding names, with the binding that KFAM makes. A profile that names no
    owner gets one.
    """
    by_namespace: dict[str, KnownSubject] = {}
    manifests: list[Manifest] = []
    for namespace in profiles:
        if word in _ACCOUNTS:
            by_namespace[namespace] = identified(Subject(SERVICE_ACCOUNT, account, namespace), groups)
        elif word == OWNER and (owner := owner_and_source(snapshot, namespace)[0]):
            by_namespace[namespace] = identified(owner, groups)
        else:
            stand_in = _stand_in(word, snapshot, groups)
            by_namespace[namespace] = stand_in
            manifests += _people_bindings(word, stand_in.user, namespace, snapshot)
    return Members(by_namespace, tuple(manifests))


def profile_manifests(name: str, snapshot: Snapshot) -> tuple[Manifest, ...]:
    """Return a profile called *name*, which OWNER owns, and what the Profile controller makes of it."""
    owner = Subject(USER, _stand_in(OWNER, snapshot).user)
    spec = {"owner": subject_manifest(owner)}
    profile = {"apiVersion": "kubeflow.org/v1", "kind": "Profile", "metadata": {"name": name}, "spec": spec}
    return (profile, *made_of_profile(name, owner, snapshot))


def made_of_profile(name: str, owner: Subject, snapshot: Snapshot) -> tuple[Manifest, ...]:
    """Return what the Profile controller makes of the profile *name*: the namespace, and what is in it."""
    labels = {PART_OF: PROFILE, "istio-injection": "enabled"}
    meta = {"name": name, "labels": labels, "annotations": {"owner": owner.name}}
    binding, *policy = _people_bindings(OWNER, owner.name, name, snapshot)
    return (
        {"apiVersion": "v1", "kind": "Namespace", "metadata": meta},
        *(manifest for account in (EDITOR, VIEWER) for manifest in _account(account, name)),
        {**binding, "subjects": [subject_manifest(owner)]},
        *policy,
    )


def _account(account: str, namespace: str) -> tuple[Manifest, Manifest]:
    metadata = {"name": account, "namespace": namespace}
    subject = subject_manifest(Subject(SERVICE_ACCOUNT, account, namespace))
    role = ROLES["edit" if account == EDITOR else "view"]
    binding = rbac_manifest(
        "RoleBinding", account, namespace, roleRef=_cluster_role(role), subjects=[subject]
    )
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}, binding


def _people_bindings(word: str, user: str, namespace: str, snapshot: Snapshot) -> tuple[Manifest, ...]:
    """Return the RoleBinding of a person, and where the mesh has policies, the policy that lets them in."""
    binding, policy = contributor(user, CONTRIBUTORS.get(word, "admin"), namespace, snapshot)
    if word == OWNER:
        binding = _renamed(binding, OWNERS_BINDING)
        rules = [*policy["spec"]["rules"], *_rules_of_controller(namespace)]
        policy = {**_renamed(policy, OWNERS_POLICY), "spec": {"rules": rules}}
    return (binding, policy) if snapshot.authorization_policies else (binding,)


def _rules_of_controller(namespace: str) -> tuple[Manifest, ...]:
    """
    Return the rules that the controller adds for everybody (profile_controller.go, getAuthorizationPolicy).

    What runs in the profile reaches what runs there, probes are open, and the notebook controller looks for
    idle notebooks.
    """
    culler = "cluster.local/ns/kubeflow/sa/notebook-controller-service-account"
    return (
        {"when": [{"key": "source.namespace", "values": [namespace]}]},
        {"to": [{"operation": {"paths": ["/healthz", "/metrics", "/wait-for-drain"]}}]},
        {
            "from": [{"source": {"principals": [culler]}}],
            "to": [{"operation": {"methods": ["GET"], "paths": ["*/api/kernels"]}}],
        },
    )


def _renamed(manifest: Manifest, name: str) -> Manifest:
    return {**manifest, "metadata": {**manifest["metadata"], "name": name}}


def _cluster_role(name: str) -> dict[str, str]:
    return {"apiGroup": RBAC_GROUP, "kind": "ClusterRole", "name": name}


def _stand_in(word: str, snapshot: Snapshot, groups: tuple[str, ...] = ()) -> KnownSubject:
    """Return a user that no binding names: called like the persona, if that name is free."""
    user = _free(word, {who.name for who in snapshot.principals if who == Principal(USER, who.name)})
    every = tuple(dict.fromkeys((*groups, AUTHENTICATED)))
    return KnownSubject(Subject(PERSONA, word), user, every, (AUTHENTICATED,), is_assumed=True)


def _free(name: str, taken: Iterable[str]) -> str:
    """Return *name*, with a number behind it if it is taken."""
    names = frozenset(taken)
    numbered = (f"{name}-{number}" for number in range(2, len(names) + 3))
    return next(text for text in (name, *numbered) if text not in names)
