"""
The services of the platform that believe the user's name in a request header, whatever has sent it.

Only a policy of the mesh keeps pods from sending such a header themselves. The labels are those of the pods,
as the manifests of the releases have them (kubeflow/manifests, kubeflow/dashboard, kubeflow/notebooks).
"""

from __future__ import annotations

from msgspec import Struct


class Workload(Struct, frozen=True):
    """The pods of a service in one release: the *account* that they run as, and their *labels*."""

    account: str
    labels: frozenset[tuple[str, str]]


class HeaderService(Struct, frozen=True):
    """
    A service called *name*, and its *workloads*: another one for each release that changed the labels.

    *gives* is what somebody gets who sends the name of another user. *shipped* is the oldest release of
    Kubeflow that is known to ship a policy that admits the gateway or the dashboard alone, "" if none is
    known. *namespace* is where the manifests put it. *references* are issues about it.
    """

    name: str
    workloads: tuple[Workload, ...]
    gives: str
    shipped: str = ""
    namespace: str = "kubeflow"
    references: tuple[str, ...] = ()


def _pods(account: str, **labels: str) -> Workload:
    """Return pods by their account and labels; _KEYS has the keys that are no names of Python."""
    return Workload(account, frozenset((_KEYS.get(key, key), value) for key, value in labels.items()))


_KEYS = {
    "kustomize_component": "kustomize.component",
    "katib_component": "katib.kubeflow.org/component",
    "component_label": "app.kubernetes.io/component",
    "managed_by": "app.kubernetes.io/managed-by",
    "app_name": "app.kubernetes.io/name",
    "part_of": "app.kubernetes.io/part-of",
}
_DASHBOARD_2 = {"managed_by": "kustomize", "part_of": "kubeflow-dashboard"}

HEADER_SERVICES = (
    HeaderService(
        "profiles-kfam",
        (
            _pods("profiles-controller-service-account", kustomize_component="profiles"),
            _pods(
                "profiles-controller-service-account",
                app="profile-controller",
                component_label="controller-manager",
                app_name="profile-controller",
                **_DASHBOARD_2,
            ),
        ),
        "a role in any profile",
        shipped="1.9.1",
        references=("KK#6228", "KK#6077"),
    ),
    HeaderService(
        "centraldashboard",
        (
            _pods("centraldashboard", app="centraldashboard"),
            _pods(
                "dashboard",
                app="dashboard",
                component_label="dashboard",
                app_name="centraldashboard",
                **_DASHBOARD_2,
            ),
        ),
        "a role in that user's profiles",
        shipped="1.9.1",
    ),
    HeaderService(
        "jupyter-web-app",
        (_pods("jupyter-web-app-service-account", app="jupyter-web-app"),),
        "that user's notebooks",
        shipped="1.9.1",
        references=("ADA-KUBEFL-13",),
    ),
    HeaderService(
        "volumes-web-app",
        (_pods("volumes-web-app-service-account", app="volumes-web-app"),),
        "that user's volumes",
        shipped="1.9.1",
        references=("ADA-KUBEFL-13",),
    ),
    HeaderService(
        "tensorboards-web-app",
        (_pods("tensorboards-web-app-service-account", app="tensorboards-web-app"),),
        "that user's TensorBoards",
        shipped="1.9.1",
        references=("ADA-KUBEFL-13",),
    ),
    HeaderService(
        "katib-ui",
        (_pods("katib-ui", katib_component="ui"),),
        "that user's experiments",
        shipped="1.9.1",
        references=("ADA-KUBEFL-13",),
    ),
    HeaderService(
        "ml-pipeline",
        (_pods("ml-pipeline", app="ml-pipeline"),),
        "that user's pipelines and runs",
        shipped="1.9.1",
        references=("KK#6702",),
    ),
    HeaderService(
        "ml-pipeline-ui",
        (_pods("ml-pipeline-ui", app="ml-pipeline-ui"),),
        "that user's pipelines and artifacts",
        shipped="1.9.1",
        references=("KK#6702",),
    ),
    HeaderService(
        "kserve-models-web-app",
        (
            _pods(
                "kserve-models-web-app",
                app="kserve",
                kustomize_component="kserve-models-web-app",
                component_label="kserve-models-web-app",
                app_name="kserve",
            ),
        ),
        "that user's models",
        shipped="1.9.1",
    ),
    HeaderService(
        "model-registry-ui",
        (_pods("model-registry-ui", app="model-registry-ui", component="model-registry-ui"),),
        "the model registries that the user can see",
    ),
    HeaderService(
        "workspaces-backend",
        (
            _pods(
                "workspaces-backend",
                component_label="workspaces-backend",
                app_name="kubeflow-workspaces",
                managed_by="kustomize",
                part_of="kubeflow",
            ),
        ),
        "that user's workspaces",
        namespace="kubeflow-workspaces",
    ),
)

PIPELINES_OF = {"1.9.1": "2.3.0"}
"""The release of Kubeflow Pipelines that each of these releases of Kubeflow has."""
