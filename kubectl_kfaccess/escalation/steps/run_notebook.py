"""Write a notebook, or a viewer of volumes: Kubeflow's controllers create pods from its template."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-notebook",
    what=(
        "Notebooks and viewers of volumes contain a whole pod spec, which names any service account. Their"
        " controllers follow later changes of it as well."
    ),
    can="can write {noun}{where}",
    gives="so runs code{where}",
    ways=(
        kind("kubeflow.org", "notebooks", "spec.template.spec.serviceAccountName"),
        kind("kubeflow.org", "pvcviewers", "spec.podSpec.serviceAccountName", noun="PVC viewers"),
    ),
    yields=Yield.CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/kubeflow: components/notebook-controller/controllers (generateStatefulSet)",
    note="TensorBoards name no account: they only mount a volume.",
)
