"""The names in a snapshot that say whose cluster it is, and those that every such cluster has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, RUNNER, VIEWER
from kubectl_kfaccess.kubeflow.namespaces import INSTALLED
from kubectl_kfaccess.kubeflow.tenants.cloud_identities import ANNOTATIONS
from kubectl_kfaccess.kubeflow.tenants.shipped_bindings import shipped_bindings
from kubectl_kfaccess.kubeflow.untyped_data import list_at, value_at
from kubectl_kfaccess.rbac.model import KubernetesObject, Profile
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import SERVICE_ACCOUNT_PREFIX
from kubectl_kfaccess.sources.files.bundled import defaults
from kubectl_kfaccess.sources.kinds import KINDS

SYSTEM = "system:"
PLATFORM = (
    "default", "kube-system", "kube-public", "kube-node-lease", *INSTALLED, "istio-system", "knative-serving",
    "knative-eventing", "cert-manager", "auth", "oauth2-proxy", "kubeflow-user-example-com",
)  # fmt: skip
"""Namespaces of Kubernetes, of Kubeflow and of what Kubeflow installs."""
WORDS = (
    "system", "serviceaccount", "serviceaccounts", "user", "group", "clusterrole", "role", "owner", "ns",
    "sa", "cluster.local", "cluster", "local", "kubeflow-userid", "userid", "admin", "edit", "view", EDITOR,
    VIEWER, RUNNER, OWNERS_BINDING, OWNERS_POLICY, "true", "false", "enabled", "disabled",
)  # fmt: skip
_PREFIXES = ("istio", "kubeflow", "katib", "kserve", "knative", "ml-pipeline", "pipeline", "cert-manager")
_PRINCIPAL = re.compile(r"/ns/([^/*]+)/sa/([^/*]+)")


@cache
def kept_names() -> frozenset[str]:
    """Return names of Kubernetes and Kubeflow, which say nothing about a cluster."""
    shipped = shipped_bindings()
    named = {text for each in shipped for text in (each.namespace, each.name, each.role)}
    accounts = {part for each in shipped for who in each.subjects for part in _of_account(who)}
    built_in = {str(content["metadata"]["name"]) for content in defaults().objects}
    return frozenset({*named, *accounts, *built_in, *PLATFORM, *WORDS} - {""})


def _of_account(subject: str) -> tuple[str, ...]:
    return tuple(subject.removeprefix("sa:").split("/")) if subject.startswith("sa:") else ()


def own_names(snapshot: Snapshot, extra: Iterable[str]) -> frozenset[str]:
    """Return the names of users, groups, namespaces and accounts; *extra* are more of them."""
    names = {*extra, *_of_subjects(snapshot), *_of_objects(snapshot), *_of_policies(snapshot)}
    names |= {*_of_annotations(snapshot), *_of_clouds(snapshot)}
    return frozenset(name for name in names if _is_own(name))


def _is_own(name: str) -> bool:
    return bool(name) and not name.startswith(SYSTEM) and name not in kept_names()


def user_parts(name: str) -> tuple[str, ...]:
    """Return a user's name, or the namespace and the name of the account that it stands for."""
    is_account = name.startswith(SERVICE_ACCOUNT_PREFIX)
    return tuple(name.removeprefix(SERVICE_ACCOUNT_PREFIX).split(":")) if is_account else (name,)


def _of_subjects(snapshot: Snapshot) -> Iterator[str]:
    owners = [profile.owner for profile in snapshot.profiles.values() if profile.owner]
    for subject in (*owners, *(subject for each in snapshot.bindings(None) for subject in each.subjects)):
        yield from user_parts(subject.name)
        yield subject.namespace or ""
        yield subject.name.removeprefix("system:serviceaccounts:")


def _of_objects(snapshot: Snapshot) -> Iterator[str]:
    """Yield the names of namespaces, profiles and accounts, and where objects are."""
    for kind in KINDS:
        yield from (namespace for namespace, _ in getattr(snapshot, kind.field))
    yield from (name for _, name in (*snapshot.namespaces, *snapshot.profiles))
    for namespace, name in snapshot.service_accounts:
        if namespace not in PLATFORM or not name.startswith(_PREFIXES):
            yield name
    yield from (gap.namespace for gap in snapshot.gaps)


def _of_policies(snapshot: Snapshot) -> Iterator[str]:
    """Yield the users in the conditions of policies, and the accounts of their principals."""
    for policy in snapshot.authorization_policies.values():
        for text in _texts(policy.spec):
            yield from (
                part for match in _PRINCIPAL.finditer(text) for part in _platform_free(*match.groups())
            )
        for rule in list_at(policy.spec, "rules"):
            for condition in list_at(rule, "when"):
                values = (*list_at(condition, "values"), *list_at(condition, "notValues"))
                yield from (str(value) for value in values if "*" not in str(value))


def _platform_free(namespace: str, name: str) -> tuple[str, ...]:
    is_platform = namespace in PLATFORM and name.startswith(_PREFIXES)
    return (namespace,) if is_platform else (namespace, name)


def _of_annotations(snapshot: Snapshot) -> Iterator[str]:
    for value in _objects(snapshot):
        yield from (value.metadata.annotations.get(key, "") for key in ("user", "owner"))
        yield value.metadata.labels.get("owner", "")


def _of_clouds(snapshot: Snapshot) -> Iterator[str]:
    """Yield the identities of accounts at cloud providers, which name projects and account numbers."""
    for account in snapshot.service_accounts.values():
        yield from (account.metadata.annotations.get(key, "") for key in ANNOTATIONS)
    for profile in snapshot.profiles.values():
        for plugin in _plugins(profile):
            yield from _texts(value_at(plugin, "spec"))


def _plugins(profile: Profile) -> Iterator[object]:
    plugins: object = profile.spec.plugins if profile.spec else None
    yield from plugins if isinstance(plugins, list) else ()


def _objects(snapshot: Snapshot) -> Iterator[KubernetesObject]:
    for kind in KINDS:
        yield from getattr(snapshot, kind.field).values()


def _texts(data: object) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for entry in data.values():
            yield from _texts(entry)
    elif isinstance(data, (list, tuple)):
        for entry in data:
            yield from _texts(entry)
