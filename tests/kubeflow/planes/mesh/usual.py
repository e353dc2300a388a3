"""A mesh as Kubeflow's manifests set it up: the usual gateway, header and trust domain, and sidecars."""

from __future__ import annotations

from collections.abc import Iterable

from kubectl_kfaccess.rbac.model import ConfigMap, KubernetesObject, Namespace
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from tests.builders import config_map, namespace, snapshot

GATEWAY = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
PIPELINES_PAGE = "cluster.local/ns/kubeflow/sa/ml-pipeline-ui"
HEADER = "request.headers[kubeflow-userid]"
SIDECARS = {"istio-injection": "enabled"}


def profiles_config(name: str = "profiles-config", **changes: str) -> ConfigMap:
    """Return the ConfigMap of the profile controller with *changes*; a value of "-" leaves its key out."""
    data = {
        "USERID_HEADER": "kubeflow-userid",
        "USERID_PREFIX": "",
        "ISTIO_INGRESS_GATEWAY_PRINCIPAL": GATEWAY,
        "KFP_UI_PRINCIPAL": PIPELINES_PAGE,
        **changes,
    }
    kept = {key: value for key, value in data.items() if value != "-"}
    return config_map(f"kubeflow/{name}", **kept)


def istio_config(mesh: str = "rootNamespace: istio-system\ntrustDomain: cluster.local\n") -> ConfigMap:
    """Return the mesh's own ConfigMap."""
    return config_map("istio-system/istio", mesh=mesh)


def with_sidecars(*names: str) -> tuple[Namespace, ...]:
    """Return these namespaces, with the label by which their pods get sidecars."""
    return tuple(namespace(name, **SIDECARS) for name in names)


def usual(*objects: KubernetesObject, gaps: Iterable[Gap] = ()) -> Snapshot:
    """Return the objects in a usual mesh; namespaces and ConfigMaps among them replace the usual ones."""
    names = ("team-a", "team-b", "foo", "kubeflow", "istio-system")
    return snapshot(*with_sidecars(*names), profiles_config(), istio_config(), *objects, gaps=gaps)
