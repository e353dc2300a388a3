"""
Who manages an object: the tool or controller that would undo a change made by hand.

Controllers leave an owner, tools leave labels and annotations. Anybody who can write the object can write
these, so a manager is only named to people, and decides nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.names import EDITOR, OWNERS_BINDING, OWNERS_POLICY, VIEWER
from kubectl_kfaccess.rbac.model import AuthorizationPolicy, KubernetesObject, Profile, RoleBinding

Labels = Mapping[str, str]


class Tool(enum.Enum):
    """The tools and controllers that manage objects."""

    ARGO_CD = "Argo CD"
    FLUX_KUSTOMIZATION = "Flux Kustomization"
    FLUX_HELM_RELEASE = "Flux HelmRelease"
    HELM = "Helm"
    KUSTOMIZE = "kustomize"
    PROFILE_CONTROLLER = "profile controller"
    DASHBOARD = "dashboard"
    CONTROLLER = "controller"


class Manager(Struct, frozen=True):
    """
    The *tool* that manages an object, and the *name* of its application or release, with its namespace.

    For a controller these are the name and the namespace of the object that it works on, of that *kind*.
    """

    tool: Tool
    name: str = ""
    namespace: str = ""
    kind: str = ""


def manager_of(value: KubernetesObject) -> Manager | None:
    """Return who manages the object, or None if nothing says so."""
    managers = (manager(value) for manager in _MANAGERS)
    return next((manager for manager in managers if manager), None)


def _controller(value: KubernetesObject) -> Manager | None:
    # first of all: operators copy the labels of a custom resource, Argo CD's too, to what they make of it
    owner = value.metadata.controller
    if owner is None:
        return None
    is_profile = owner.kind == Profile.kind and owner.api_version.startswith("kubeflow.org/")
    if is_profile:
        return _of_profile(owner.name)
    return Manager(Tool.CONTROLLER, owner.name, "", owner.kind)


def _of_profile(name: str) -> Manager:
    return Manager(Tool.PROFILE_CONTROLLER, name, "", Profile.kind)


def _argo_cd(value: KubernetesObject) -> Manager | None:
    # <application>:<group>/<kind>:<namespace>/<name>; a copied object still has that of the original
    tracking = value.metadata.annotations.get("argocd.argoproj.io/tracking-id", "")
    application, _, rest = tracking.partition(":")
    kind, _, place = rest.partition(":")
    is_own = kind.rpartition("/")[2] == value.kind and place.partition("/")[2] == value.name
    name = application if is_own else value.metadata.labels.get("argocd.argoproj.io/instance", "")
    return Manager(Tool.ARGO_CD, name) if name else None


def _flux_kustomization(value: KubernetesObject) -> Manager | None:
    return _flux(value.metadata.labels, "kustomize", Tool.FLUX_KUSTOMIZATION)


def _flux_helm_release(value: KubernetesObject) -> Manager | None:
    return _flux(value.metadata.labels, "helm", Tool.FLUX_HELM_RELEASE)


def _flux(labels: Labels, controller: str, tool: Tool) -> Manager | None:
    prefix = f"{controller}.toolkit.fluxcd.io"
    name = labels.get(f"{prefix}/name", "")
    return Manager(tool, name, labels.get(f"{prefix}/namespace", "")) if name else None


def _helm(value: KubernetesObject) -> Manager | None:
    annotations = value.metadata.annotations
    name = annotations.get("meta.helm.sh/release-name", "")
    if not name or value.metadata.labels.get("app.kubernetes.io/managed-by") != "Helm":
        return None
    return Manager(Tool.HELM, name, annotations.get("meta.helm.sh/release-namespace", ""))


def _kustomize(value: KubernetesObject) -> Manager | None:
    label = value.metadata.labels.get("app.kubernetes.io/managed-by", "")  # kustomize-v5.4.2
    is_built = label.startswith("kustomize") or "config.kubernetes.io/origin" in value.metadata.annotations
    return Manager(Tool.KUSTOMIZE) if is_built else None


def _profile_controller(value: KubernetesObject) -> Manager | None:
    # the owner is missing where the objects were read from manifests, or restored from a backup
    bindings = (OWNERS_BINDING, EDITOR, VIEWER)
    is_binding = isinstance(value, RoleBinding) and value.name in bindings
    is_policy = isinstance(value, AuthorizationPolicy) and value.name == OWNERS_POLICY
    return _of_profile(value.namespace) if is_binding or is_policy else None


def _dashboard(value: KubernetesObject) -> Manager | None:
    # kfam/bindings.go annotates what it creates; the owner's objects have both annotations too
    is_written = {"user", "role"} <= value.metadata.annotations.keys()
    is_kind = isinstance(value, (RoleBinding, AuthorizationPolicy))
    return Manager(Tool.DASHBOARD) if is_written and is_kind else None


_MANAGERS: tuple[Callable[[KubernetesObject], Manager | None], ...] = (
    _controller,
    _argo_cd,
    _flux_kustomization,
    _flux_helm_release,
    _helm,
    _kustomize,
    _profile_controller,
    _dashboard,
)
