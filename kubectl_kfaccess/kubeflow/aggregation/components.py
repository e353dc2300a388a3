"""The components of Kubeflow that bring ClusterRoles, and the roles that each brings."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.aggregation.roles import LEVELS
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES

PLATFORM = "kubeflow-edit"


class Component(Struct, frozen=True):
    """
    A part of Kubeflow: the *roles* it brings, and by what it is known to be there.

    *served* are resources, as (group, name), that only this part brings; *accounts* the names of its own
    service accounts; *grants* resources that its roles are about, where these are others. *since* is the
    first release of the platform that has the roles.
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


# The platform's own three are one in the other; any other role is a part of the one that its name ends with
ABOVE = {"kubeflow-admin": "", "kubeflow-edit": "kubeflow-admin", "kubeflow-view": "kubeflow-edit"}


def above_of(name: str) -> str:
    """Return the aggregated role that the tenant's role of that name is a part of, "" for the highest."""
    return ABOVE.get(name, f"kubeflow-{name.rpartition('-')[2]}")
