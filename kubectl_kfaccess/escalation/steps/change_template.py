"""Write a template that the workloads of others use."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.escalation.step_type import WRITE, Need, Proof, StepType, Way, Yield, kind

_KSERVE = "serving.kserve.io"
_ARGO = "argoproj.io"
_TRAINER = "trainer.kubeflow.org"


def _used(way: Way, user: str) -> Way:
    return replace(way, condition=f"{user} uses it")


TYPE = StepType(
    id="change-template",
    what="Templates and runtimes contain containers that run in the workloads that refer to them.",
    can="can write {noun}{where}",
    gives="so runs code{where} in the workloads of others",
    ways=(
        _used(
            kind(_ARGO, "workflowtemplates", "spec.serviceAccountName", noun="workflow templates"),
            "a workflow",
        ),
        _used(
            kind(_KSERVE, "servingruntimes", "spec.containers", noun="serving runtimes"),
            "an inference service",
        ),
        _used(
            kind(
                _KSERVE, "llminferenceserviceconfigs", "spec.template", noun="LLM inference service configs"
            ),
            "an LLM inference service",
        ),
        _used(
            kind(_KSERVE, "trainedmodels", "spec.model.storageUri", noun="trained models"),
            "an inference service that runs code of its models",
        ),
        _used(kind(_TRAINER, "trainingruntimes", "spec.template", noun="training runtimes"), "a TrainJob"),
        *(
            _used(Way(noun, (Need(WRITE, group, resource, cluster=True),), (group, resource), field), user)
            for group, resource, noun, field, user in (
                (_ARGO, "clusterworkflowtemplates", "cluster workflow templates", "spec", "a workflow"),
                (
                    _KSERVE,
                    "clusterservingruntimes",
                    "cluster serving runtimes",
                    "spec.containers",
                    "an inference service",
                ),
                (
                    _KSERVE,
                    "clusterstoragecontainers",
                    "cluster storage containers",
                    "spec.container",
                    "an inference service",
                ),
                (
                    _TRAINER,
                    "clustertrainingruntimes",
                    "cluster training runtimes",
                    "spec.template",
                    "a TrainJob",
                ),
                ("kubeflow.org", "workspacekinds", "WorkspaceKinds", "spec.podTemplate", "a workspace"),
            )
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONDITION,
    source="the controllers of the kinds that refer to them",
    note="Cluster-scoped ones reach the workloads of every namespace, and no RoleBinding grants them.",
)
