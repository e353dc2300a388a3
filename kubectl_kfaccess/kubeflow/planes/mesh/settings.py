"""
How the mesh knows its callers: the gateway, the user's header, the trust domain, the root namespace.

Kubeflow's ConfigMap `profiles-config` says what the profile controller writes into every owner's policy; the
ConfigMap `istio` is the mesh's own. Where the first was not read, the owners' policies say the same. What
neither of them says is not known.
"""

from __future__ import annotations

import enum
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Generic, TypeVar

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import OWNERS_POLICY
from kubectl_kfaccess.kubeflow.namespaces import profile_namespaces
from kubectl_kfaccess.kubeflow.planes.mesh.mesh_config import NotUnderstoodError, mesh_config
from kubectl_kfaccess.kubeflow.planes.mesh.needs import config_maps
from kubectl_kfaccess.kubeflow.untyped_data import list_at, texts_at, value_at
from kubectl_kfaccess.rbac.model import AuthorizationPolicy
from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG
from kubectl_kfaccess.rbac.snapshot import Snapshot

T = TypeVar("T")
Account = tuple[str, str]
"""The namespace and the name of a service account."""

CONFIG_MAPS = "configmaps"
CLUSTER_LOCAL, DEFAULT_ROOT = "cluster.local", "istio-system"

_HEADER = re.compile(r"request\.headers\[([^\[\]]+)\]")
_PRINCIPAL = re.compile(r"[^/*]+/ns/([^/*]+)/sa/([^/*]+)")


class Origin(enum.Enum):
    """Where a setting comes from."""

    CONFIG_MAP = "ConfigMap"
    OWNERS_POLICIES = "the owners' policies"
    DEFAULT = "Istio's default"
    UNREAD = "could not be read"
    ABSENT = "written nowhere"
    CONTRADICTORY = "ConfigMaps that differ"


class Setting(Struct, Generic[T], frozen=True):
    """
    A setting: its *value* (None: not known), where it comes from, and the name of that object.

    *reason* says why a ConfigMap could not be read.
    """

    value: T | None
    origin: Origin
    name: str = ""
    reason: str = ""


class MeshSettings(Struct, frozen=True):
    """
    Who a user's request comes from, and what counts in the whole mesh.

    *gateway* and *pipelines_page* are the accounts whose pods put the user's name into the *header*, with the
    *prefix* before it. *trust_domains* are the mesh's own domain and then its aliases. *tenants* are the
    namespaces of profiles, where neither of the two accounts is.
    """

    gateway: Setting[Account]
    pipelines_page: Setting[Account]
    header: Setting[str]
    prefix: Setting[str]
    trust_domains: Setting[tuple[str, ...]]
    root_namespace: Setting[str]
    tenants: frozenset[str] = frozenset()

    @property
    def root(self) -> str:
        """The root namespace if it is known, else ""."""
        return self.root_namespace.value or ""


def mesh_settings(snapshot: Snapshot) -> MeshSettings:
    """Return the settings, from the ConfigMaps, the owners' policies, and Istio's defaults, in this order."""
    profiles = _ProfilesConfig(snapshot)
    owners = _OwnersPolicies(snapshot)
    return MeshSettings(
        gateway=_account(profiles, "ISTIO_INGRESS_GATEWAY_PRINCIPAL", owners.say("gateway")),
        pipelines_page=_account(profiles, "KFP_UI_PRINCIPAL", owners.say("pipelines_page")),
        header=_header(profiles, owners),
        prefix=_prefix(profiles, owners),
        trust_domains=_of_mesh(snapshot, "trustDomain"),
        root_namespace=_of_mesh(snapshot, "rootNamespace"),
        tenants=frozenset(profile_namespaces(snapshot)),
    )


class _OwnerRule(Struct, frozen=True):
    """What one owner's policy says: the header, the prefix of the name in it, and the callers in order."""

    header: str | None
    prefix: str | None
    gateway: Account | None
    pipelines_page: Account | None


class _OwnersPolicies:
    """What the policies of the profiles' owners say. They are read only if no ConfigMap says it."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @cached_property
    def _rules(self) -> tuple[_OwnerRule, ...]:
        return tuple(_owner_rules(self._snapshot))

    def say(self, field: str) -> Iterator[Any]:
        """Yield what each of them says of a field of _OwnerRule."""
        yield from (getattr(rule, field) for rule in self._rules)


class _ProfilesConfig:
    """The ConfigMaps that the profile controller is set by. Those of old hashes can be left behind."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._gap = snapshot.gap(CONFIG_MAPS, PROFILES_CONFIG.namespace)
        self._maps = () if self._gap else config_maps(snapshot, PROFILES_CONFIG)

    def text(self, key: str) -> Setting[str] | None:
        """Return the value of *key*, None if no ConfigMap has it; without a value if they differ."""
        having = tuple(each for each in self._maps if key in each.data)
        if not having:
            return None
        values = {each.data[key] for each in having}
        name = "/".join(having[0].key)
        if len(values) > 1:
            return Setting(None, Origin.CONTRADICTORY, name)
        return (
            Setting(values.pop(), Origin.CONFIG_MAP, name)
            if values != {""} or key == "USERID_PREFIX"
            else None
        )

    def unknown(self) -> Setting[Any]:
        """Return the setting that is not known: its ConfigMap was not read, or does not say it."""
        if self._gap:
            name = f"{PROFILES_CONFIG.namespace}/{PROFILES_CONFIG.name}"
            return Setting(None, Origin.UNREAD, name, self._gap.reason)
        return Setting(None, Origin.ABSENT)


def account_of(principal: str) -> Account | None:
    """Return the account of a principal, None if its form is not DOMAIN/ns/NAMESPACE/sa/NAME."""
    match = _PRINCIPAL.fullmatch(principal)
    return (match[1], match[2]) if match else None


def _account(profiles: _ProfilesConfig, key: str, of_owners: Iterable[Account | None]) -> Setting[Account]:
    written: Setting[Any] | None = profiles.text(key)
    if written and written.value is not None:
        account = account_of(written.value)
        return Setting(account, written.origin, written.name, "" if account else f"{key} is not a principal")
    # the controller that runs has written the policies, so they settle which of two ConfigMaps it uses
    return _of_owners(of_owners) or written or profiles.unknown()


def _header(profiles: _ProfilesConfig, owners: _OwnersPolicies) -> Setting[str]:
    written = profiles.text("USERID_HEADER")
    if written and written.value:
        return written
    return _of_owners(owners.say("header")) or written or profiles.unknown()


def _prefix(profiles: _ProfilesConfig, owners: _OwnersPolicies) -> Setting[str]:
    """Return the prefix; a ConfigMap with a header and no prefix leaves names as they are."""
    written = profiles.text("USERID_PREFIX")
    if written and written.value is not None:
        return written
    header = profiles.text("USERID_HEADER")
    if header and header.value and not written:
        return Setting("", header.origin, header.name)
    return _of_owners(owners.say("prefix")) or written or profiles.unknown()


def _of_owners(values: Iterable[T | None]) -> Setting[T] | None:
    """Return what most owners' policies say, None if no value has the most: some were changed by hand."""
    (best, count), *others = (*Counter(values).most_common(2), (None, 0))[:2]
    is_tie = any(other_count == count for _, other_count in others)
    return None if best is None or is_tie else Setting(best, Origin.OWNERS_POLICIES)


def _owner_rules(snapshot: Snapshot) -> Iterator[_OwnerRule]:
    """Yield what each owner's policy says in the first rule that names the owner: each policy counts once."""
    for policy in snapshot.authorization_policies.values():
        if policy.name == OWNERS_POLICY:
            profile = snapshot.profiles.get(("", policy.namespace))
            of_profile = profile.owner.name if profile and profile.owner else ""
            owner = policy.metadata.annotations.get("user", "") or of_profile
            yield from islice(_rules_naming(owner, policy), 1)


def _rules_naming(owner: str, policy: AuthorizationPolicy) -> Iterator[_OwnerRule]:
    # getAuthorizationPolicy of profile_controller.go: the first rule's principals are the gateway's and the
    # pipelines page's, in this order; before Kubeflow 1.8 there were none
    for rule in list_at(policy.spec, "rules"):
        for key, value in _named(rule, owner):
            sources = (value_at(each, "source") for each in list_at(rule, "from"))
            principals = [text for source in sources for text in texts_at(source, "principals")]
            accounts = [*map(account_of, principals[:2]), None, None]
            yield _OwnerRule(key, value.removesuffix(owner), accounts[0], accounts[1])


def _named(rule: Any, owner: str) -> Iterator[tuple[str, str]]:
    """Yield the header and the value of each condition that names the owner."""
    for condition in list_at(rule, "when"):
        match = _HEADER.fullmatch(str(value_at(condition, "key")))
        for value in texts_at(condition, "values"):
            if match and owner and value.endswith(owner):
                yield match[1], value


def _of_mesh(snapshot: Snapshot, key: str) -> Setting[Any]:
    """Return the trust domains or the root namespace; without a ConfigMap they are Istio's defaults."""
    place = (MESH_CONFIG.namespace, MESH_CONFIG.name)
    name, config_map = "/".join(place), snapshot.config_maps.get(place)
    default: Any = (CLUSTER_LOCAL,) if key == "trustDomain" else DEFAULT_ROOT
    if config_map is None:
        gap = snapshot.gap(CONFIG_MAPS, MESH_CONFIG.namespace)
        return Setting(None, Origin.UNREAD, name, gap.reason) if gap else Setting(default, Origin.DEFAULT)
    try:
        config = mesh_config(config_map)
    except NotUnderstoodError:
        return Setting(None, Origin.UNREAD, name, "it is not understood")
    if key == "rootNamespace":
        return _or_default(config.root_namespace, default, name)
    domain = config.trust_domain
    domains = (domain or CLUSTER_LOCAL, *config.trust_domain_aliases)
    return Setting(domains, Origin.CONFIG_MAP if domain else Origin.DEFAULT, name if domain else "")


def _or_default(value: str, default: str, name: str) -> Setting[str]:
    return Setting(value, Origin.CONFIG_MAP, name) if value else Setting(default, Origin.DEFAULT)
