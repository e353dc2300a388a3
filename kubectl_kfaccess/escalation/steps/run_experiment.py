"""Create an experiment of Katib: its trials are workloads."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-experiment",
    what=(
        "The template of an experiment's trials is a workload of its own, such as a Job, whose pods name any"
        " service account. Katib creates it in the same namespace."
    ),
    can="can create {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(
            "kubeflow.org",
            "experiments",
            "spec.trialTemplate.trialSpec",
            noun="Katib experiments",
            verbs=("create",),
        ),
        kind("kubeflow.org", "trials", "spec.runSpec", noun="Katib trials", verbs=("create",)),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/katib: pkg/controller.v1beta1/trial/trial_controller.go (reconcileJob)",
    note="Suggestions choose no account: the configuration of Katib does.",
)
