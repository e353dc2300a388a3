"""Who manages an object, in words."""

from __future__ import annotations

from kubectl_kfaccess.kubeflow.managers import Manager, Tool, manager_of
from kubectl_kfaccess.rbac.model import KubernetesObject
from kubectl_kfaccess.terminal.safe_text import part

_IN_GIT = "change it in git"
_WORDS = {
    Tool.ARGO_CD: ("Argo CD application {}", _IN_GIT),
    Tool.FLUX_KUSTOMIZATION: ("Flux Kustomization {}", _IN_GIT),
    Tool.FLUX_HELM_RELEASE: ("Flux HelmRelease {}", _IN_GIT),
    Tool.HELM: ("Helm release {}", "change the chart or its values"),
    Tool.KUSTOMIZE: ("kustomize", "change it in its manifests"),
    Tool.PROFILE_CONTROLLER: ("{}", "the profile controller overwrites changes"),
    Tool.DASHBOARD: ("the dashboard", "change it there"),
    Tool.CONTROLLER: ("{}", "its controller can overwrite changes"),
}


def manager_text(manager: Manager) -> str:
    """Return who manages an object, and where to change it; the name is safe to show."""
    who, where = _WORDS[manager.tool]
    name = "/".join(part(text) for text in (manager.namespace, manager.name) if text)
    name = f"{part(manager.kind)} {name}" if manager.kind else name
    return f"managed by {who.format(name)}: {where}"


def managed_text(value: KubernetesObject | None) -> str:
    """Return who manages the object, or "" if there is none or nothing says so."""
    manager = manager_of(value) if value else None
    return manager_text(manager) if manager else ""
