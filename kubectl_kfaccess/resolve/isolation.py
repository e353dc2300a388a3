"""The ways into the tenants of the cluster that a source reads."""

from __future__ import annotations

from kubectl_kfaccess.isolation.ways import NEEDED, NEEDED_OF_CLUSTER, Crossings
from kubectl_kfaccess.kubeflow.pipelines.installation import Pipelines
from kubectl_kfaccess.kubeflow.tenants.crossings import Tenants
from kubectl_kfaccess.rbac.people import People
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.resolve.escalation import escalation_of
from kubectl_kfaccess.sources.source import Source

READS = (*NEEDED, *NEEDED_OF_CLUSTER)
"""The lists that ways are found in."""


def crossings_of(
    source: Source,
    snapshot: Snapshot,
    tenants: Tenants,
    *,
    pipelines: Pipelines | None = None,
    people: People | None = None,
) -> Crossings:
    """
    Return the ways into *tenants* of *snapshot*, which *source* has read with all resources of READS.

    *pipelines* is how pipelines are installed, if that is known already.
    """
    escalation = escalation_of(source, snapshot, pipelines)
    return Crossings(escalation, source.resource_types(), tenants, people)
