"""Use the service account of one's own code: its token is in the pod."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield

TYPE = StepType(
    id="use-account",
    what="The kubelet mounts a token of its service account into every pod, and the pod chooses the account.",
    can="so runs code as {target}",
    gives="its token is mounted in every pod",
    ways=(),
    yields=Yield.ACCOUNT,
    proof=Proof.API_SERVER,
    source="plugin/pkg/admission/serviceaccount/admission.go (Plugin.mountServiceAccountToken)",
)
