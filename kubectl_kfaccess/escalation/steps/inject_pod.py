"""Write a PodDefault: a webhook changes the pods that it selects."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="inject-pod",
    what=(
        "A PodDefault adds containers, commands, volumes and a service account to the pods that are created"
        " after it in the namespace of a profile; an empty selector selects all of them."
    ),
    can="can write {noun}{where}",
    gives="so changes the pods that others create{where}",
    ways=(kind("kubeflow.org", "poddefaults", "spec.serviceAccountName", noun="PodDefaults"),),
    yields=Yield.CODE,
    proof=Proof.CONDITION,
    source="kubeflow/dashboard: components/poddefaults-webhooks/main.go (applyPodDefaultsOnPod)",
    condition="somebody creates a pod there that the webhook sees",
)
