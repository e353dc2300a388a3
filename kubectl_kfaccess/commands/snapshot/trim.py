"""Objects as plain data, without what access and management do not depend on."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kubectl_kfaccess.kubeflow.pipelines.installation import SETTINGS, api_server_container
from kubectl_kfaccess.kubeflow.planes.mesh.mesh_config import NotUnderstoodError, mesh_config
from kubectl_kfaccess.kubeflow.untyped_data import list_at, value_at
from kubectl_kfaccess.rbac.manifests import Manifest
from kubectl_kfaccess.rbac.model import ConfigMap, Deployment, KubernetesObject
from kubectl_kfaccess.rbac.object_names import MESH_CONFIG, PROFILES_CONFIG
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.sources.kinds import KINDS

PROFILES_KEYS = (
    "ADMIN",
    "ISTIO_INGRESS_GATEWAY_PRINCIPAL",
    "KFP_UI_PRINCIPAL",
    "USERID_HEADER",
    "USERID_PREFIX",
)
MESH_KEY = "mesh"


def trimmed(snapshot: Snapshot) -> dict[str, list[Manifest]]:
    """Return the objects by the plural name of their resource, sorted by namespace and name."""
    return {
        kind.resource: [
            _trimmed(value, snapshot) for _, value in sorted(getattr(snapshot, kind.field).items())
        ]
        for kind in sorted(KINDS, key=lambda kind: kind.resource)
    }


def _trimmed(value: KubernetesObject, snapshot: Snapshot) -> Manifest:
    """
    Return the object's data, whose struct already has no other fields than those that are read.

    Annotations stay, because manifests that repair an object have to keep them. Those of workloads and
    settings do not: the last applied one repeats every variable.
    """
    data: Manifest = msgspec.to_builtins(value)
    if isinstance(value, Deployment):
        data["metadata"].pop("annotations", None)
        data["spec"] = {"template": {"spec": {"containers": [_container(value, snapshot)]}}}
    elif isinstance(value, ConfigMap):
        data["metadata"].pop("annotations", None)
        data["data"] = dict(sorted(_settings(value, snapshot).items()))
    return data


def _container(value: Deployment, snapshot: Snapshot) -> Manifest:
    """Return the container of the pipelines API server: its image, and the variables that count."""
    container = api_server_container(snapshot, value.namespace) if value.name else {}
    variables = [entry for entry in list_at(container, "env") if value_at(entry, "name") in SETTINGS]
    sources = [entry for entry in list_at(container, "envFrom") if value_at(entry, "configMapRef")]
    image = value_at(container, "image")
    return {"name": value_at(container, "name"), "image": image, "env": variables, "envFrom": sources}


def _settings(value: ConfigMap, snapshot: Snapshot) -> dict[str, str]:
    """Return the settings of a ConfigMap that commands read."""
    if MESH_CONFIG.fits(*value.key):
        return _of_mesh(value)
    if PROFILES_CONFIG.fits(*value.key):
        return {key: text for key, text in value.data.items() if key in PROFILES_KEYS}
    keys = frozenset(_keys_of_pipelines(api_server_container(snapshot, value.namespace), value.name))
    return {key: text for key, text in value.data.items() if key in keys}


def _of_mesh(value: ConfigMap) -> dict[str, str]:
    """Return the mesh's root namespace and trust domain, which are a few lines of a long text."""
    try:
        config = mesh_config(value)
    except NotUnderstoodError:  # then the answer is that it is not understood, also from the snapshot
        return {MESH_KEY: "["}
    lines = {
        "rootNamespace": config.root_namespace,
        "trustDomain": config.trust_domain,
        "trustDomainAliases": config.trust_domain_aliases,
    }
    text = msgspec.json.encode({key: entry for key, entry in lines.items() if entry}).decode()
    return {MESH_KEY: text} if MESH_KEY in value.data else {}


def _keys_of_pipelines(container: object, name: str) -> Iterable[str]:
    """Yield the keys of the ConfigMap *name* that the settings of the pipelines API server come from."""
    for variable in list_at(container, "env"):
        reference = value_at(value_at(variable, "valueFrom"), "configMapKeyRef")
        if value_at(variable, "name") in SETTINGS and value_at(reference, "name") == name:
            yield str(value_at(reference, "key"))
    for source in list_at(container, "envFrom"):
        if value_at(value_at(source, "configMapRef"), "name") == name:
            prefix = str(value_at(source, "prefix") or "")
            yield from (setting.removeprefix(prefix) for setting in SETTINGS)
