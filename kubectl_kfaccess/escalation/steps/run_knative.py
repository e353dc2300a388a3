"""Write a Knative Service: Knative creates a Deployment."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

_KNATIVE = "serving.knative.dev"
_FIELD = "spec.template.spec.serviceAccountName"

TYPE = StepType(
    id="run-knative",
    what="The template of a Knative Service or Configuration names any service account.",
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind(_KNATIVE, "services", _FIELD, noun="Knative services"),
        kind(_KNATIVE, "configurations", _FIELD, noun="Knative configurations"),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="knative/serving: pkg/apis/serving/fieldmask.go (PodSpecMask)",
)
