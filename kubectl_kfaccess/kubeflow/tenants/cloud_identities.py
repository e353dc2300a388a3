"""
What service accounts are to a cloud provider, by their annotations and by the plugins of a Profile.

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
"""By a plugin's kind the field of its spec that names the identity, and whose identity that is."""


class CloudIdentity(Struct, frozen=True):
    """What an account is to a cloud provider; *plugin*: only the Profile says so, not the account."""

    account: str
    provider: str
    identity: str
    plugin: bool = False


def identities(profile: Profile | None, accounts: Iterable[ServiceAccount]) -> tuple[CloudIdentity, ...]:
    """Return the cloud identities of the accounts of a profile, in the order of the accounts."""
    found = {
        (account.name, identity): CloudIdentity(account.name, provider, identity)
        for account in accounts
        for key, provider in ANNOTATIONS.items()
        if (identity := account.metadata.annotations.get(key))
    }
    for provider, identity in _of_plugins(profile.spec.plugins if profile and profile.spec else None):
        # the only account that the plugins annotate
        found.setdefault((EDITOR, identity), CloudIdentity(EDITOR, provider, identity, plugin=True))
    return tuple(found.values())


def _of_plugins(plugins: Any) -> Iterator[tuple[str, str]]:
    """What can be understood of them: the controller, too, passes over what it does not know."""
    for plugin in plugins if isinstance(plugins, list) else ():
        kind, spec = value_at(plugin, "kind"), value_at(plugin, "spec")
        if isinstance(kind, str) and kind in PLUGINS and isinstance(spec, dict):
            field, provider = PLUGINS[kind]
            if isinstance(identity := spec.get(field), str) and identity:
                yield provider, identity
