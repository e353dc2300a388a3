"""
The cloud identities of service accounts, from their annotations and from the plugins of a Profile.

Mirrors plugin_iam.go and plugin_workload_identity.go of the profile controller, which annotate one account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR
from kubectl_kfaccess.kubeflow.untyped_data import value_at
from kubectl_kfaccess.rbac.model import Profile, ServiceAccount

ANNOTATIONS = {
    "eks.amazonaws.com/role-arn": "AWS",
    "iam.gke.io/gcp-service-account": "Google Cloud",
    "azure.workload.identity/client-id": "Azure",
}
PLUGINS = {
    "AwsIamForServiceAccount": ("awsIamRole", "AWS"),
    "WorkloadIdentity": ("gcpServiceAccount", "Google Cloud"),
}
"""For each kind of plugin, the field of its spec that names the identity, and the cloud provider."""


class CloudIdentity(Struct, frozen=True):
    """
    The identity that a service account has at a cloud provider.

    *plugin* is true if only a plugin of the Profile says so and the account itself lacks the annotation.
    """

    account: str
    provider: str
    identity: str
    plugin: bool = False


def identities(profile: Profile | None, accounts: Iterable[ServiceAccount]) -> tuple[CloudIdentity, ...]:
    """Return the cloud identities of a profile's accounts, in the order of *accounts*."""
    by_account_and_identity = {
        (account.name, identity): CloudIdentity(account.name, provider, identity)
        for account in accounts
        for key, provider in ANNOTATIONS.items()
        if (identity := account.metadata.annotations.get(key))
    }
    for provider, identity in _plugin_identities(profile.spec.plugins if profile and profile.spec else None):
        by_account_and_identity.setdefault(
            (EDITOR, identity),  # the only account that the plugins annotate
            CloudIdentity(EDITOR, provider, identity, plugin=True),
        )
    return tuple(by_account_and_identity.values())


def _plugin_identities(plugins: Any) -> Iterator[tuple[str, str]]:
    """Yield (provider, identity) for each plugin of a known kind. The controller ignores other kinds too."""
    for plugin in plugins if isinstance(plugins, list) else ():
        kind, spec = value_at(plugin, "kind"), value_at(plugin, "spec")
        if isinstance(kind, str) and kind in PLUGINS and isinstance(spec, dict):
            field, provider = PLUGINS[kind]
            if isinstance(identity := spec.get(field), str) and identity:
                yield provider, identity
