"""Create a Job: its controller creates pods, once."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="run-job",
    what="The controller of Jobs creates pods from the template, which names any service account.",
    can="can create {noun}{where}",
    gives="so runs code{where}",
    ways=(Way("jobs", (Need(("create",), "batch", "jobs"),), field="spec.template.spec.serviceAccountName"),),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="pkg/controller/job/job_controller.go (manageJob)",
    note="The template of a Job is immutable, so `patch` and `update` give nothing.",
)
