"""Give an account another identity of the cloud."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import WRITE, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="change-cloud-identity",
    what=(
        "Those who write service accounts choose the annotation that names an identity of the cloud, and the"
        " Secrets that KServe reads for the account."
    ),
    can="can annotate {noun}{where}, and run code there",
    gives="so has an identity of the cloud",
    ways=(
        Way(
            "service accounts",
            (Need(WRITE, "", "serviceaccounts"),),
            runs_code=True,
        ),
    ),
    yields=Yield.CLOUD,
    proof=Proof.CONDITION,
    source="kubeflow/dashboard: components/profile-controller/controllers (plugin_iam.go)",
    condition="the cloud lets service accounts of that name have an identity",
)
