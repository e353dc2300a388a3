"""Write an inference service: KServe creates a Deployment or a Knative Service."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

_KSERVE = "serving.kserve.io"

TYPE = StepType(
    id="run-inference",
    what="The components of inference services are pod specs, and name any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(_KSERVE, "inferenceservices", "spec.predictor.serviceAccountName", noun="inference services"),
        kind(_KSERVE, "inferencegraphs", "spec.serviceAccountName", noun="inference graphs"),
        kind(
            _KSERVE,
            "llminferenceservices",
            "spec.template.serviceAccountName",
            noun="LLM inference services",
        ),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kserve/kserve: pkg/controller/v1beta1/inferenceservice/components (Reconcile)",
)
