"""Write a Ray cluster: KubeRay creates its pods."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.escalation.step_type import CHANGE, Proof, StepType, Yield, kind

_RAY = "ray.io"
_FIELD = "spec.headGroupSpec.template.spec.serviceAccountName"

TYPE = StepType(
    id="run-ray",
    what="Ray clusters, jobs and services contain pod templates, which name any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(_RAY, "rayclusters", _FIELD, noun="Ray clusters", verbs=("create",)),
        kind(_RAY, "rayjobs", "spec.rayClusterSpec", noun="Ray jobs", verbs=("create",)),
        kind(_RAY, "rayservices", "spec.rayClusterConfig", noun="Ray services"),
        replace(
            kind(_RAY, "rayclusters", _FIELD, noun="Ray clusters", verbs=CHANGE),
            proof=Proof.CONDITION,
            condition="pods of an existing Ray cluster are created later",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="ray-project/kuberay: ray-operator/controllers/ray/common/pod.go (BuildPod)",
)
