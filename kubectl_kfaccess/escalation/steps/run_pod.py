"""Create a pod: it runs as any service account of the namespace."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="run-pod",
    what="A pod names its service account, and the API server does not ask whether the user can use it.",
    can="can create {noun}{where}",
    gives="so runs code{where}",
    ways=(Way("pods", (Need(("create",), "", "pods"),)),),
    yields=Yield.CODE,
    proof=Proof.API_SERVER,
    source="plugin/pkg/admission/serviceaccount/admission.go (Plugin.Admit)",
    note="`patch` alone does not create: server-side apply of a new name needs `create` as well.",
)
