"""The settings of Kubeflow and of the mesh that decide whose request a request is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

DEFAULT_DOMAIN = "cluster.local"
GATEWAYS = (
    "istio-system/istio-ingressgateway-service-account",
    "istio-ingress/istio-ingress",
    "deploykf-istio-gateway/deploykf-gateway",
)
HEADERS = (
    ("kubeflow-userid", ""),
    ("x-goog-authenticated-user-email", "accounts.google.com:"),
    ("kubeflow-userid", "corp|"),
)
PIPELINES = ("kubeflow/ml-pipeline-ui", "kubeflow/kfp-ui")
NOTEBOOKS = "kubeflow/notebook-controller-service-account"
ROOTS = ("istio-system", "istio-config")
DOMAINS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (DEFAULT_DOMAIN, ()),
    ("example.org", ()),
    ("new.example.org", ("old.example.org", DEFAULT_DOMAIN)),
)


@dataclass(frozen=True)
class Login:
    """How a user comes in: the accounts of the gateway and of the pipelines' page, the header, the prefix."""

    gateway: str = GATEWAYS[0]
    pipelines: str = PIPELINES[0]
    header: str = HEADERS[0][0]
    prefix: str = HEADERS[0][1]


@dataclass(frozen=True)
class MeshSetting:
    """The mesh's own trust domain, its aliases, and the namespace whose policies apply everywhere."""

    root: str = ROOTS[0]
    domain: str = DEFAULT_DOMAIN
    aliases: tuple[str, ...] = ()

    def question(self) -> dict[str, Any]:
        """Return the setting as the oracle reads it."""
        return {
            "rootNamespace": self.root,
            "trustDomain": self.domain,
            "trustDomainAliases": list(self.aliases),
        }


def all_logins() -> Iterator[Login]:
    """Yield each way in that a cluster of unknown settings can have."""
    for gateway in GATEWAYS:
        for header, prefix in HEADERS:
            yield Login(gateway, PIPELINES[0], header, prefix)
    yield Login(pipelines=PIPELINES[1])


def all_meshes() -> Iterator[MeshSetting]:
    """Yield each setting that a mesh of unknown settings can have."""
    for domain, aliases in DOMAINS:
        for root in ROOTS:
            yield MeshSetting(root, domain, aliases)


def random_login(rng: random.Random) -> Login:
    """Return the settings of a Kubeflow, most often the default ones."""
    header, prefix = rng.choices(HEADERS, (6, 1, 2))[0]
    return Login(rng.choices(GATEWAYS, (4, 1, 2))[0], rng.choices(PIPELINES, (6, 1))[0], header, prefix)


def random_mesh(rng: random.Random) -> MeshSetting:
    """Return the settings of a mesh, most often the default ones."""
    domain, aliases = rng.choices(DOMAINS, (4, 2, 2))[0]
    return MeshSetting(rng.choices(ROOTS, (5, 1))[0], domain, aliases)


def principal(account: str, domain: str = DEFAULT_DOMAIN) -> str:
    """Return the principal of an account, `NAMESPACE/NAME`, as policies write it."""
    namespace, _, name = account.partition("/")
    return f"{domain}/ns/{namespace}/sa/{name}"


def profiles_configs(rng: random.Random, login: Login, domain: str) -> list[dict[str, Any]]:
    """Return the ConfigMap of the profile controller, sometimes with older ones that say the same."""
    names = ("profiles-config", "profiles-config-46c7tgh6fd", "profiles-config-9t7c4gbk2h")
    chosen = rng.choices((names[:1], names[1:2], names[1:]), (5, 5, 1))[0]
    return [_profiles_config(rng, name, login, domain) for name in chosen]


def _profiles_config(rng: random.Random, name: str, login: Login, domain: str) -> dict[str, Any]:
    prefix = {"USERID_PREFIX": login.prefix} if login.prefix or rng.random() < 0.8 else {}
    data = {
        "ADMIN": "",
        "USERID_HEADER": login.header,
        **prefix,
        "ISTIO_INGRESS_GATEWAY_PRINCIPAL": principal(login.gateway, domain),
        "NOTEBOOK_CONTROLLER_PRINCIPAL": principal(NOTEBOOKS, domain),
        "KFP_UI_PRINCIPAL": principal(login.pipelines, domain),
    }
    return _config_map("kubeflow", name, data)


def mesh_config(rng: random.Random, setting: MeshSetting) -> dict[str, Any]:
    """Return the ConfigMap of the mesh, which can leave out what is the default."""
    content: dict[str, Any] = {"enablePrometheusMerge": True}
    if setting.root != ROOTS[0] or rng.random() < 0.5:
        content["rootNamespace"] = setting.root
    if setting.domain != DEFAULT_DOMAIN or rng.random() < 0.5:
        content["trustDomain"] = setting.domain
    if setting.aliases:
        content["trustDomainAliases"] = list(setting.aliases)
    return _config_map(
        "istio-system", "istio", {"mesh": yaml.safe_dump(content), "meshNetworks": "networks: {}"}
    )


def _config_map(namespace: str, name: str, data: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}
