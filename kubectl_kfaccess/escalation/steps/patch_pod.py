"""Change a running pod: its image is the only part that runs."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="patch-pod",
    what="The image of a running pod can be changed. Its service account, command and volumes cannot.",
    can="can change the image of running {noun}{where}",
    gives="so runs code as their accounts",
    ways=(Way("pods", (Need(CHANGE, "", "pods"),)),),
    yields=Yield.SOME_ACCOUNT,
    proof=Proof.CONDITION,
    source="pkg/apis/core/validation/validation.go (ValidatePodUpdate)",
    condition="a pod of that account is running",
)
