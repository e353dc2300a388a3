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
    """What of a user the access reviews of a service have; with MEMBERSHIP it sends none."""

    NAME = "name"
    NAME_AND_GROUPS = "nameAndGroups"
    MEMBERSHIP = "membership"


class Signs(Struct, frozen=True):
    """
    What shows that a service is installed; one sign is enough.

    *cluster_roles* are the names of ClusterRoles that it ships, *served* are resources of its own as (group,
    name), and *groups* are API groups that a cluster serves, or its ClusterRoles name, only with it.
    """

    cluster_roles: tuple[str, ...] = ()
    served: tuple[tuple[str, str], ...] = ()
    groups: tuple[str, ...] = ()


class Service(Struct, frozen=True):
    """
    A service that checks permissions, its *area*, and the *table* of its calls.

    *identity* is what of the user its reviews have. *read* is the release that its rows were taken from; ""
    stands for the range of pipelines releases. *source* is the file or folder of its repository that says
    so. *group* is the API group of the resources in the table that name no group. *signs* show that it is
    installed; None for a service that is a part of every Kubeflow. *distribution* is the product that adds
    the service to Kubeflow, "" for Kubeflow's own: the others are named only where they are installed.
    """

    name: str
    area: str
    table: str
    source: str
    read: str = ""
    identity: Identity = Identity.NAME
    group: str = ""
    signs: Signs | None = None
    distribution: str = ""


_OPENSHIFT_AI = "OpenShift AI"
_OPENSHIFT_AI_GROUP = "datasciencecluster.opendatahub.io"

KFAM = Service(
    "kfam",
    "profile",
    page_call_tables.KFAM,
    "kubeflow/dashboard: components/access-management/kfam (isOwnerOrAdmin, List)",
    "Dashboard 2.0.0",
    Identity.MEMBERSHIP,
)
"""The access management behind the dashboard, which decides by the Profile's owner and by annotations."""

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
        # workspaces/backend/manifests/kustomize/base/rbac.yaml
        signs=Signs(("workspaces-backend",), (("kubeflow.org", "workspaces"),)),
    ),
    Service(
        "model-registry-ui",
        "serving",
        page_call_tables.MODEL_REGISTRY_PAGES,
        "kubeflow/model-registry: clients/ui/bff/internal/integrations/kubernetes (internal_k8s_client.go)",
        "Model Registry 0.3.8",
        Identity.NAME_AND_GROUPS,
        # manifests/kustomize/options/ui/base/model-registry-ui-role.yaml
        signs=Signs(("model-registry-ui-services-reader",)),
    ),
    KFAM,
    # kube-rbac-proxy authenticates by TokenReview and sends what that returns: name, groups, uid and extra
    Service(
        "kube-rbac-proxy-of-notebooks",
        "notebooks",
        page_call_tables.PROXY_OF_NOTEBOOKS,
        "opendatahub-io/kubeflow: components/odh-notebook-controller/controllers/notebook_kube_rbac_auth.go",
        "Open Data Hub 1.10.0-14",
        Identity.NAME_AND_GROUPS,
        # components/odh-notebook-controller/config: default/kustomization.yaml, rbac/role.yaml
        signs=Signs(("odh-notebook-controller-manager-role",), groups=(_OPENSHIFT_AI_GROUP,)),
        distribution=_OPENSHIFT_AI,
    ),
    Service(
        "kube-rbac-proxy-of-inferenceservices",
        "serving",
        page_call_tables.PROXY_OF_INFERENCE_SERVICES,
        "opendatahub-io/kserve: pkg/controller/v1beta1/inferenceservice/reconcilers/deployment (createSarCm)",
        "Open Data Hub 3.5",
        Identity.NAME_AND_GROUPS,
        # config/overlays/odh/rbac/inferenceservice/role.yaml
        signs=Signs(("kserve-inferenceservice-distro-role",), groups=(_OPENSHIFT_AI_GROUP,)),
        distribution=_OPENSHIFT_AI,
    ),
)
"""Every service, in the order in which its calls are shown."""
