"""Write a workflow: its controller creates a pod for each step of it."""

from __future__ import annotations

from msgspec.structs import replace

from kubectl_kfaccess.escalation.step_type import CHANGE, Proof, StepType, Yield, kind

_ARGO = "argoproj.io"
_ACCOUNT = "spec.serviceAccountName"
_WORKFLOWS = kind(_ARGO, "workflows", _ACCOUNT, verbs=("create",))

TYPE = StepType(
    id="run-workflow",
    what=(
        "A workflow names its service account for all steps, for single templates, for the executor and for"
        " the collection of artifacts. Nothing checks any of them."
    ),
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        _WORKFLOWS,
        kind(_ARGO, "cronworkflows", "spec.workflowSpec.serviceAccountName", noun="cron workflows"),
        kind("kubeflow.org", "scheduledworkflows", "spec.serviceAccount", noun="scheduled workflows"),
        replace(
            kind(_ARGO, "workflows", _ACCOUNT, verbs=CHANGE),
            proof=Proof.CONDITION,
            condition="a workflow that has not ended is there",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="argoproj/argo-workflows: workflow/controller/workflowpod.go (setupServiceAccount)",
    note="A controller that is set to confine workflows to templates narrows this; that setting is not read.",
)
