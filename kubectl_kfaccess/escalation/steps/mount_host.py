"""Mount the files of a node by a PersistentVolume."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="mount-host",
    what=(
        "A PersistentVolume of type hostPath brings the files of a node into a pod that only names a claim,"
        " which Pod Security lets pass."
    ),
    can="can create PersistentVolumes, and mount them{where}",
    gives="so reads and writes the files of a node",
    ways=(
        Way(
            "volumes",
            (
                Need(("create",), "", "persistentvolumes", cluster=True),
                Need(("create",), "", "persistentvolumeclaims"),
            ),
            runs_code=True,
        ),
    ),
    yields=Yield.NODE,
    proof=Proof.CONTROLLER,
    source="Kubernetes documentation: RBAC good practices, persistent volume creation",
)
