"""Write a Seldon deployment: its operator creates pods."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-seldon",
    what="The components of a Seldon deployment are pod specs, and name any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(
            "machinelearning.seldon.io",
            "seldondeployments",
            "spec.predictors[].componentSpecs[].spec.serviceAccountName",
            noun="Seldon deployments",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="SeldonIO/seldon-core: operator/controllers/seldondeployment_controller.go (createComponents)",
)
