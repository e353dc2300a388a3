"""Ask about tokens and permissions of everybody."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="ask-reviews",
    what=(
        "KServe binds the scheduler's account of an LLM inference service, which the user chooses, to"
        " `system:auth-delegator` in the whole cluster."
    ),
    can="can write {noun}{where}",
    gives="so can test tokens and ask about the permissions of everybody",
    ways=(
        kind(
            "serving.kserve.io",
            "llminferenceservices",
            "spec.router.scheduler.template.serviceAccountName",
            noun="LLM inference services",
        ),
    ),
    yields=Yield.REVIEWS,
    proof=Proof.CONTROLLER,
    source="kserve/kserve: pkg/controller/v1alpha2/llmisvc/scheduler.go",
)
