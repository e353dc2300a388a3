"""
Permissions that lead to more than they say: to secrets, to code, to other identities, to roles.

Each row names the verbs and the resources. Running code in a namespace means acting as every service account
there. The API server asks nothing about the account that a pod or a Kubeflow object names.
"""

from __future__ import annotations

import enum
from collections.abc import Collection

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES
from kubectl_kfaccess.rbac.model import RBAC_GROUP
from kubectl_kfaccess.rbac.rules import Request


class Power(enum.Enum):
    """What a permission leads to."""

    SECRETS = "secrets"
    CODE = "code"
    IMPERSONATION = "impersonation"
    ROLES = "roles"


class PowerfulPermission(Struct, frozen=True):
    """The *verbs* that, on one of *resources* of *group*, lead to *power*."""

    power: Power
    group: str
    resources: tuple[str, ...]
    verbs: tuple[str, ...]


_CHANGE = ("create", "update", "patch")

POWERFUL = (
    # A patch, and a dry run of deletecollection, return the data of the objects
    PowerfulPermission(
        Power.SECRETS, "", ("secrets",), ("get", "list", "watch", "patch", "deletecollection")
    ),
    PowerfulPermission(Power.CODE, "", ("pods", "replicationcontrollers"), _CHANGE),
    PowerfulPermission(Power.CODE, "", ("pods/exec", "pods/attach"), ("create",)),
    PowerfulPermission(Power.CODE, "", ("pods/ephemeralcontainers",), ("update", "patch")),
    PowerfulPermission(
        Power.CODE, "apps", ("deployments", "statefulsets", "daemonsets", "replicasets"), _CHANGE
    ),
    PowerfulPermission(Power.CODE, "batch", ("cronjobs",), _CHANGE),
    PowerfulPermission(Power.CODE, "batch", ("jobs",), ("create",)),
    PowerfulPermission(
        Power.CODE, "kubeflow.org",
        ("notebooks", "viewers", "pvcviewers", "workspaces", "experiments", "trials", "tfjobs", "pytorchjobs",
         "mpijobs", "xgboostjobs", "paddlejobs", "jaxjobs", "scheduledworkflows"),
        _CHANGE,
    ),
    PowerfulPermission(Power.CODE, "tensorboard.kubeflow.org", ("tensorboards",), _CHANGE),
    PowerfulPermission(Power.CODE, "trainer.kubeflow.org", ("trainjobs", "trainingruntimes"), _CHANGE),
    PowerfulPermission(Power.CODE, "serving.kserve.io", ("inferenceservices", "servingruntimes"), _CHANGE),
    PowerfulPermission(Power.CODE, "argoproj.io", ("workflows", "cronworkflows"), _CHANGE),
    PowerfulPermission(Power.CODE, "ray.io", ("rayclusters", "rayjobs", "rayservices"), _CHANGE),
    PowerfulPermission(Power.CODE, "sparkoperator.k8s.io", ("sparkapplications",), _CHANGE),
    PowerfulPermission(Power.CODE, "serving.knative.dev", ("services", "configurations"), _CHANGE),
    PowerfulPermission(Power.CODE, PIPELINES, ("runs", "jobs"), ("create",)),
    PowerfulPermission(
        Power.IMPERSONATION, "", ("users", "groups", "serviceaccounts"), ("impersonate",)
    ),
    PowerfulPermission(Power.IMPERSONATION, "", ("serviceaccounts/token",), ("create",)),
    PowerfulPermission(
        Power.ROLES, RBAC_GROUP, ("roles", "clusterroles"), (*_CHANGE, "bind", "escalate")
    ),
    PowerfulPermission(Power.ROLES, RBAC_GROUP, ("rolebindings", "clusterrolebindings"), _CHANGE),
)  # fmt: skip

_BY_PERMISSION = {
    (verb, row.group, resource): row.power
    for row in POWERFUL
    for resource in row.resources
    for verb in row.verbs
}


def powers(permissions: Collection[Request]) -> tuple[Power, ...]:
    """Return what *permissions* on any object lead to, each once, in the order of `Power`."""
    reached = {
        _BY_PERMISSION.get((request.verb, request.group, request.combined_resource))
        for request in permissions
        if not request.name
    }
    return tuple(power for power in Power if power in reached)
