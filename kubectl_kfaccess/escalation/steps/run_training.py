"""Create a training job: the operator creates its pods."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.escalation.step_type import CHANGE, Proof, StepType, Way, Yield, kind

_KINDS = (
    ("pytorchjobs", "PyTorchJobs", "spec.pytorchReplicaSpecs.*.template.spec.serviceAccountName"),
    ("tfjobs", "TFJobs", "spec.tfReplicaSpecs.*.template.spec.serviceAccountName"),
    ("mpijobs", "MPIJobs", "spec.mpiReplicaSpecs.*.template.spec.serviceAccountName"),
    ("xgboostjobs", "XGBoostJobs", "spec.xgbReplicaSpecs.*.template.spec.serviceAccountName"),
    ("paddlejobs", "PaddleJobs", "spec.paddleReplicaSpecs.*.template.spec.serviceAccountName"),
    ("jaxjobs", "JAXJobs", "spec.jaxReplicaSpecs.*.template.spec.serviceAccountName"),
)


def _changed(resource: str, noun: str, field: str) -> Way:
    return replace(
        kind("kubeflow.org", resource, field, noun=noun, verbs=CHANGE),
        proof=Proof.CONDITION,
        condition=f"pods of existing {noun} are created later",
    )


TYPE = StepType(
    id="run-training",
    what="Training jobs contain pod templates, or override those of a runtime, and name any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(
            "trainer.kubeflow.org",
            "trainjobs",
            "spec.podSpecOverrides[].serviceAccountName; in 2.1 spec.podTemplateOverrides[]; since 2.2"
            " spec.runtimePatches[]",
            noun="TrainJobs",
            verbs=("create",),
        ),
        *(
            kind("kubeflow.org", resource, field, noun=noun, verbs=("create",))
            for resource, noun, field in _KINDS
        ),
        replace(
            kind("trainer.kubeflow.org", "trainjobs", "", noun="TrainJobs", verbs=CHANGE),
            proof=Proof.CONDITION,
            condition="a suspended TrainJob is there, whose release lets it change",
        ),
        *(_changed(resource, noun, field) for resource, noun, field in _KINDS),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/trainer: pkg/controller.v1/common/pod.go (ReconcilePods); pkg/runtime/framework",
)
