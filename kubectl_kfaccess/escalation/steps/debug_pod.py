"""Add an ephemeral container to a running pod."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="debug-pod",
    what="An ephemeral container runs inside an existing pod, and can mount the token of its account.",
    can="can add containers to running {noun}{where}",
    gives="so runs code as their accounts",
    ways=(Way("pods", (Need(CHANGE, "", "pods", "ephemeralcontainers"),)),),
    yields=Yield.SOME_ACCOUNT,
    proof=Proof.CONDITION,
    source="pkg/registry/core/pod/storage/storage.go (EphemeralContainersREST.Update)",
    condition="a pod of that account is running",
)
