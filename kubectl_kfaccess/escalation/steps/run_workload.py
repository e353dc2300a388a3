"""Write a workload: its controller creates pods from the template."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

_WRITE = ("create", "patch", "update")
_FIELD = "spec.template.spec.serviceAccountName"


def _way(group: str, resource: str, noun: str, field: str = _FIELD) -> Way:
    return Way(noun, (Need(_WRITE, group, resource),), field=field)


TYPE = StepType(
    id="run-workload",
    what=(
        "A controller creates the pods of a workload from its template, which names any service account."
        " Patching or updating the template of an existing workload is enough."
    ),
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        _way("apps", "deployments", "deployments"),
        _way("apps", "statefulsets", "statefulsets"),
        _way("apps", "daemonsets", "daemonsets"),
        _way("apps", "replicasets", "replicasets"),
        _way("", "replicationcontrollers", "replicationcontrollers"),
        _way("batch", "cronjobs", "cronjobs", "spec.jobTemplate.spec.template.spec.serviceAccountName"),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="pkg/controller/controller_utils.go (GetPodFromTemplate)",
    note="The account is looked up when the controller creates the pod, not when the workload is written.",
)
