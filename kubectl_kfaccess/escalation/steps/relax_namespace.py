"""Change the labels of a namespace: Pod Security no longer applies."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Name, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="relax-namespace",
    what=(
        "Pod Security is enforced by a label of the namespace. A request for a Namespace object has that"
        " namespace, so a RoleBinding in it is enough to change the label."
    ),
    can="can change the labels of the namespace{where}, and run code there",
    gives="so runs privileged pods",
    ways=(Way("labels", (Need(CHANGE, "", "namespaces", name=Name.NAMESPACE),), runs_code=True),),
    yields=Yield.NODE,
    proof=Proof.CONDITION,
    source="staging/src/k8s.io/pod-security-admission/admission/admission.go (ValidateNamespace)",
    condition="nothing else refuses privileged pods",
    note=(
        "The labels also decide about sidecars, PodDefaults and Katib's collectors, and an annotation names"
        " the owner of the profile."
    ),
)
