"""All types of steps, in the order in which equally good ones are preferred."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import StepType
from kubectl_kfaccess.escalation.steps import (
    adopt_name,
    aggregate_role,
    ask_reviews,
    bind_role,
    bootstrap_node,
    certificate,
    change_cloud_identity,
    change_template,
    change_workspace_kind,
    debug_pod,
    escalate_role,
    escape_pod,
    exec_pod,
    impersonate,
    impersonate_limited,
    inject_pod,
    intercept_requests,
    make_token,
    mint_token,
    mount_host,
    mount_secret,
    patch_pod,
    proxy_node,
    read_token,
    relax_namespace,
    run_experiment,
    run_inference,
    run_job,
    run_jobset,
    run_knative,
    run_notebook,
    run_pipeline,
    run_pod,
    run_ray,
    run_seldon,
    run_spark,
    run_training,
    run_viewer,
    run_workflow,
    run_workload,
    run_workspace,
    take_profile,
    use_account,
    use_cloud_identity,
)

GROUPS: dict[str, tuple[StepType, ...]] = {
    "Run code": (
        run_pod.TYPE,
        run_workload.TYPE,
        run_job.TYPE,
        run_notebook.TYPE,
        run_viewer.TYPE,
        run_pipeline.TYPE,
        run_workflow.TYPE,
        run_inference.TYPE,
        run_training.TYPE,
        run_experiment.TYPE,
        run_spark.TYPE,
        run_ray.TYPE,
        run_knative.TYPE,
        run_seldon.TYPE,
        run_jobset.TYPE,
        run_workspace.TYPE,
        change_workspace_kind.TYPE,
        inject_pod.TYPE,
        change_template.TYPE,
    ),
    "Act as the account of code": (use_account.TYPE, exec_pod.TYPE, debug_pod.TYPE, patch_pod.TYPE),
    "Get a token": (mint_token.TYPE, make_token.TYPE, read_token.TYPE),
    "Read data": (mount_secret.TYPE,),
    "Impersonate": (impersonate.TYPE, impersonate_limited.TYPE, certificate.TYPE),
    "Grant oneself more": (
        bind_role.TYPE,
        escalate_role.TYPE,
        aggregate_role.TYPE,
        adopt_name.TYPE,
        take_profile.TYPE,
        ask_reviews.TYPE,
    ),
    "Leave the namespace": (
        intercept_requests.TYPE,
        proxy_node.TYPE,
        mount_host.TYPE,
        escape_pod.TYPE,
        relax_namespace.TYPE,
        bootstrap_node.TYPE,
        use_cloud_identity.TYPE,
        change_cloud_identity.TYPE,
    ),
}
"""The steps under the headings of the documentation."""
STEPS: tuple[StepType, ...] = tuple(step for steps in GROUPS.values() for step in steps)


def step_type(step_id: str) -> StepType:
    """Return the type with that id; raises KeyError if there is none."""
    return {step.id: step for step in STEPS}[step_id]
