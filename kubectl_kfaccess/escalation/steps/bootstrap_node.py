"""Join the cluster as a node, by a bootstrap token."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="bootstrap-node",
    what=(
        "A Secret of type `bootstrap.kubernetes.io/token` in kube-system authenticates as a member of"
        " `system:bootstrappers`, who can ask for the certificate of a node."
    ),
    can="can create bootstrap tokens",
    gives="so joins the cluster as a node",
    ways=(Way("Secrets", (Need(("create",), "", "secrets"),), namespace="kube-system"),),
    yields=Yield.NODE,
    proof=Proof.CONDITION,
    source="plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go (AuthenticateToken)",
    condition="the API server accepts bootstrap tokens",
)
