"""Run a privileged pod: it has the node."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield

TYPE = StepType(
    id="escape-pod",
    what="A privileged pod, or one that mounts files of the host, has the whole node.",
    can="can run privileged pods{where}",
    gives="so has a node",
    ways=(),
    yields=Yield.NODE,
    proof=Proof.CONDITION,
    source="staging/src/k8s.io/pod-security-admission/policy; Kubernetes documentation: RBAC good practices",
    condition="nothing refuses privileged pods in {namespace}",
    note=(
        "Counts unless the namespace has the label `pod-security.kubernetes.io/enforce` with `baseline` or"
        " `restricted`. What the API server is configured to enforce by default is not known."
    ),
)
