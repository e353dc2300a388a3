"""Create a set of Jobs or of leaders and workers: its controller creates pods."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-jobset",
    what="JobSets and LeaderWorkerSets contain pod templates, which name any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(
            "jobset.x-k8s.io",
            "jobsets",
            "spec.replicatedJobs[].template.spec.template.spec.serviceAccountName",
            noun="JobSets",
            verbs=("create",),
        ),
        kind(
            "leaderworkerset.x-k8s.io",
            "leaderworkersets",
            "spec.leaderWorkerTemplate.workerTemplate.spec.serviceAccountName",
            noun="LeaderWorkerSets",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubernetes-sigs/jobset: pkg/controllers/jobset_controller.go (createJobs)",
)
