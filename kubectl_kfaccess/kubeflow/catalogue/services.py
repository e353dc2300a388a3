"""
Kubeflow's services that check permissions: whose permissions each one asks about, and where that was read.

Whether the groups of a user count is a property of the service, not of Kubeflow.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue import page_call_tables, service_call_tables
from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES


class Identity(Enum):
    """What of a user the access reviews of a service have."""

    NAME = "name"
    NAME_AND_GROUPS = "nameAndGroups"


class Service(Struct, frozen=True):
    """
    A service that checks permissions, its *area*, and the *table* of its calls.

    *identity* is what of the user its reviews have. *read* is the release that its rows were taken from; ""
    stands for the range of pipelines releases. *source* is the file or folder of its repository that says
    so. *group* is the API group of the resources in the table that name no group.
    """

    name: str
    area: str
    table: str
    source: str
    read: str = ""
    identity: Identity = Identity.NAME
    group: str = ""


SERVICES = (
    Service(
        "ml-pipeline",
        "pipelines",
        service_call_tables.PIPELINES_API,
        "kubeflow/pipelines: backend/src/apiserver/resource/resource_manager.go (IsAuthorized)",
        group=PIPELINES,
    ),
    Service(
        "ml-pipeline-ui",
        "pipelines",
        service_call_tables.PIPELINES_PAGES,
        "kubeflow/pipelines: frontend/server/helpers/auth.ts",
    ),
    Service(
        "jupyter-web-app",
        "notebooks",
        page_call_tables.NOTEBOOK_PAGES,
        "kubeflow/kubeflow: components/crud-web-apps/common/backend (authz.py)",
        "Kubeflow 1.10.0",
    ),
    Service(
        "volumes-web-app",
        "storage",
        page_call_tables.VOLUME_PAGES,
        "kubeflow/kubeflow: components/crud-web-apps/common/backend (authz.py)",
        "Kubeflow 1.10.0",
    ),
    Service(
        "tensorboards-web-app",
        "notebooks",
        page_call_tables.TENSORBOARD_PAGES,
        "kubeflow/kubeflow: components/crud-web-apps/common/backend (authz.py)",
        "Kubeflow 1.10.0",
    ),
    Service(
        "katib-ui",
        "katib",
        page_call_tables.KATIB_PAGES,
        "kubeflow/katib: pkg/ui/v1beta1/authzn.go (IsAuthorized)",
        "Katib 0.19.0",
    ),
    Service(
        "kserve-models-web-app",
        "serving",
        page_call_tables.MODEL_PAGES,
        "kserve/models-web-app: backend/apps (authz of the crud web apps)",
        "models-web-app 0.15.0",
    ),
    Service(
        "workspaces-backend",
        "notebooks",
        page_call_tables.NOTEBOOKS_V2,
        "kubeflow/notebooks: workspaces/backend/internal/auth (authentication.go)",
        "Notebooks 2.0.0-beta.0",
        Identity.NAME_AND_GROUPS,
    ),
    Service(
        "model-registry-ui",
        "serving",
        page_call_tables.MODEL_REGISTRY_PAGES,
        "kubeflow/model-registry: clients/ui/bff/internal/integrations/kubernetes (internal_k8s_client.go)",
        "Model Registry 0.3.8",
        Identity.NAME_AND_GROUPS,
    ),
)
"""Every service, in the order in which its calls are shown."""
