"""The components of Kubeflow that ship ClusterRoles for tenants, and the roles of each."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.aggregation.roles import LEVELS
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES

PLATFORM = "kubeflow-edit"


class Component(Struct, frozen=True):
    """
    A component of Kubeflow: the names of the *roles* it ships, and the signs that it is installed.

    *served* are the resources, as (group, name), that only this component defines. *accounts* are the names
    of its own service accounts. *grants* are the resources that its roles grant, if these are different ones.
    *since* is the first release of the platform that has the roles.
    """

    name: str
    roles: tuple[str, ...]
    served: tuple[tuple[str, str], ...] = ()
    accounts: tuple[str, ...] = ()
    grants: tuple[tuple[str, str], ...] = ()
    since: str = ""


def _levels(prefix: str) -> tuple[str, ...]:
    return tuple(f"{prefix}-{level}" for level in LEVELS)


COMPONENTS = (
    Component("the platform", (*_levels("kubeflow"), *_levels("kubeflow-kubernetes"))),
    Component("Istio's part of the platform", _levels("kubeflow-istio")),
    Component(
        "KServe",
        _levels("kubeflow-kserve"),
        (("serving.kserve.io", "inferenceservices"),),
        ("kserve-controller-manager",),
    ),
    Component(
        "Kubeflow Pipelines",
        tuple(
            f"{prefix}kubeflow-pipelines-{level}"
            for level in ("edit", "view")
            for prefix in ("", "aggregate-to-")
        ),
        (("kubeflow.org", "scheduledworkflows"),),
        ("ml-pipeline",),
        ((PIPELINES, "runs"),),
    ),
    Component(
        "the notebook controller",
        _levels("notebook-controller-kubeflow-notebooks"),
        (("kubeflow.org", "notebooks"),),
        ("notebook-controller-service-account",),
    ),
    Component("the notebooks page", _levels("jupyter-web-app-kubeflow-notebook-ui")),
    Component("the volumes page", _levels("volumes-web-app-kubeflow-volume-ui")),
    Component("the tensorboards page", _levels("tensorboards-web-app-kubeflow-tensorboard-ui")),
    Component("the PodDefaults webhook", _levels("admission-webhook-kubeflow-poddefaults")),
    Component(
        "Katib",
        _levels("kubeflow-katib"),
        (("kubeflow.org", "experiments"),),
        ("katib-controller",),
    ),
    Component(
        "the training operator",
        _levels("kubeflow-training"),
        (("kubeflow.org", "pytorchjobs"),),
        ("training-operator",),
    ),
    Component(
        "the trainer",
        _levels("kubeflow-trainer"),
        (("trainer.kubeflow.org", "trainjobs"),),
        ("kubeflow-trainer-controller-manager",),
        since="1.11",
    ),
    Component(
        "the Spark operator",
        _levels("kubeflow-spark"),
        (("sparkoperator.k8s.io", "sparkapplications"),),
        ("spark-operator-controller",),
        since="1.10",
    ),
)


# kubeflow-admin selects kubeflow-edit, which selects kubeflow-view. Any other role's name ends with the level
# of the role that selects it.
PARENTS = {"kubeflow-admin": "", "kubeflow-edit": "kubeflow-admin", "kubeflow-view": "kubeflow-edit"}


def parent_of(name: str) -> str:
    """Return the aggregated role that should select the role of that name, "" for `kubeflow-admin`."""
    return PARENTS.get(name, f"kubeflow-{name.rpartition('-')[2]}")


def component_of(role: str) -> Component | None:
    """Return the component that ships the ClusterRole of that name, or None."""
    return next((component for component in COMPONENTS if role in component.roles), None)


_WRITTEN = "aggregate-to-"  # Pipelines names a role that it writes rules into like this

SHIPPED_PARENTS = {
    name: name.removeprefix(_WRITTEN) if name.startswith(_WRITTEN) else parent_of(name)
    for component in COMPONENTS
    for name in component.roles
    if parent_of(name)
}
"""For each ClusterRole that a component ships, the aggregated role that its label adds it to."""
