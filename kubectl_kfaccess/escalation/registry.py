"""All types of steps, in the order in which equally good ones are preferred."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import StepType
from kubectl_kfaccess.escalation.steps import impersonate, mint_token, run_pod, run_workload, use_account

STEPS: tuple[StepType, ...] = (
    run_pod.TYPE,
    run_workload.TYPE,
    use_account.TYPE,
    mint_token.TYPE,
    impersonate.TYPE,
)


def step_type(step_id: str) -> StepType:
    """Return the type with that id; raises KeyError if there is none."""
    return {step.id: step for step in STEPS}[step_id]
