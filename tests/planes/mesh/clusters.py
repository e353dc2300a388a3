"""A world from manifests that exist, such as those of a release: its settings are read, not drawn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from tests.planes.mesh.kubeflow_policies import OWNER
from tests.planes.mesh.questions import Truth
from tests.planes.mesh.settings import DEFAULT_DOMAIN, ROOTS, Login, MeshSetting
from tests.planes.mesh.worlds import INJECTION, Subject, World

READ_KINDS = ("Namespace", "Profile", "ServiceAccount")
Manifest = dict[str, Any]


def cluster(objects: Iterable[Manifest]) -> World:
    """Return the world of some manifests; without its ConfigMaps, the owners' policies give the settings."""
    known = list(objects)
    policies = tuple(content for content in known if content["kind"] == "AuthorizationPolicy")
    config_maps = [content for content in known if _is_setting(content)]
    tenants = [content["metadata"]["name"] for content in known if content["kind"] == "Profile"]
    labels = {
        content["metadata"]["name"]: content["metadata"].get("labels") or {}
        for content in known
        if content["kind"] == "Namespace"
    }
    truth = Truth(
        (_login(config_maps, policies),),
        (_mesh(config_maps),),
        {tenant: labels.get(tenant, INJECTION) for tenant in tenants},
    )
    manifests = (*(content for content in known if content["kind"] in READ_KINDS), *config_maps)
    subjects = tuple(dict.fromkeys(_subjects(known, policies, tenants)))
    return World(0, manifests, policies, (), subjects, tuple(tenants), truth)


def _is_setting(content: Manifest) -> bool:
    metadata = content["metadata"]
    if content["kind"] != "ConfigMap":
        return False
    place = (metadata.get("namespace"), metadata["name"])
    return place == ("istio-system", "istio") or (
        place[0] == "kubeflow" and place[1].startswith("profiles-config")
    )


def _login(config_maps: list[Manifest], policies: Iterable[Manifest]) -> Login:
    for config_map in config_maps:
        data = config_map["data"]
        if "USERID_HEADER" in data:
            accounts = [_account(data[f"{name}_PRINCIPAL"]) for name in ("ISTIO_INGRESS_GATEWAY", "KFP_UI")]
            return Login(accounts[0], accounts[1], data["USERID_HEADER"], data.get("USERID_PREFIX", ""))
    for policy in policies:
        if policy["metadata"]["name"] == OWNER:
            rule, user = policy["spec"]["rules"][0], policy["metadata"]["annotations"]["user"]
            accounts = [_account(text) for text in rule["from"][0]["source"]["principals"]]
            condition = rule["when"][0]
            header = condition["key"].partition("[")[2].rstrip("]")
            return Login(accounts[0], accounts[1], header, condition["values"][0].removesuffix(user))
    return Login()


def _account(principal: str) -> str:
    _, _, namespace, _, name = principal.split("/")
    return f"{namespace}/{name}"


def _mesh(config_maps: list[Manifest]) -> MeshSetting:
    for config_map in config_maps:
        if "mesh" in config_map["data"]:
            content = yaml.safe_load(config_map["data"]["mesh"])
            return MeshSetting(
                content.get("rootNamespace", ROOTS[0]),
                content.get("trustDomain", DEFAULT_DOMAIN),
                tuple(content.get("trustDomainAliases", ())),
            )
    return MeshSetting()


def _subjects(known: list[Manifest], policies: Iterable[Manifest], tenants: list[str]) -> Iterator[Subject]:
    for content in known:
        if content["kind"] == "Profile":
            owner = content["spec"]["owner"]
            home = content["metadata"]["name"] if owner["kind"] == "ServiceAccount" else ""
            yield owner["kind"], home, owner["name"]
    for policy in policies:
        user = (policy["metadata"].get("annotations") or {}).get("user")
        if user:
            yield "User", "", user
    yield "User", "", "stranger@example.com"
    yield "Group", "", "data-science"
    for tenant in tenants:
        yield "ServiceAccount", tenant, "default-editor"
    yield "ServiceAccount", "kubeflow", "ml-pipeline"
