"""Resources that releases misspell in the roles that they ship: such a rule grants nothing."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.kubeflow.catalogue.resources import PIPELINES
from kubectl_kfaccess.rbac.model import ClusterRole
from kubectl_kfaccess.rbac.snapshot import Snapshot


class Misspelling(Struct, frozen=True):
    """A *resource* of *group* that *product* ships as *written*; *origin* says since or until when."""

    group: str
    resource: str
    written: str
    product: str
    origin: str


MISSPELLINGS = (
    Misspelling(
        "serving.kserve.io",
        "llminferenceserviceconfigs",
        "lllminferenceserviceconfigs",
        "KServe",
        "KServe ships this typo since 0.16",
    ),
    Misspelling(
        PIPELINES,
        "pipelineversions",
        "pipelines/versions",
        "Kubeflow Pipelines",
        "Kubeflow Pipelines shipped it so up to 2.14",
    ),
)


def misspelling_of(group: str, resource: str, snapshot: Snapshot) -> Misspelling | None:
    """Return how a role on the cluster misspells the resource; None if no role does."""
    known = (each for each in MISSPELLINGS if (each.group, each.resource) == (group, resource))
    roles = snapshot.cluster_roles.values()
    return next((each for each in known if any(_is_written(each, role) for role in roles)), None)


def _is_written(misspelling: Misspelling, role: ClusterRole) -> bool:
    return any(
        misspelling.group in rule.api_groups and misspelling.written in rule.resources for rule in role.rules
    )
