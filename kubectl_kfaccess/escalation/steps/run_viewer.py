"""Create a viewer of Kubeflow Pipelines: its controller creates a Deployment."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-viewer",
    what="A viewer contains a whole pod template, and its controller creates a Deployment from it.",
    can="can create {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(
            "kubeflow.org",
            "viewers",
            "spec.podTemplateSpec.spec.serviceAccountName",
            verbs=("create",),
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/pipelines: backend/src/crd/controller/viewer/reconciler/reconciler.go (Reconcile)",
    note=(
        "Up to Kubeflow Pipelines 2.17.0 the view role can create viewers. The controller never changes a"
        " Deployment that exists, so `patch` and `update` give nothing."
    ),
)
