"""Use the identity of the cloud that an account has."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield

TYPE = StepType(
    id="use-cloud-identity",
    what="An annotation of the service account names an identity of the cloud, which its pods can use.",
    can="can use {target} as its service account",
    gives="so has an identity of the cloud",
    ways=(),
    yields=Yield.CLOUD,
    proof=Proof.CONDITION,
    source="kubeflow/dashboard: components/profile-controller/controllers (plugin_iam.go)",
    condition="the cloud trusts the service account",
)
