"""Mount a Secret or a ConfigMap into a pod."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield

TYPE = StepType(
    id="mount-secret",
    what="A pod mounts every Secret and ConfigMap of its namespace whose name it gives.",
    can="can mount Secrets and ConfigMaps{where}",
    gives="so reads what they contain",
    ways=(),
    yields=Yield.DATA,
    proof=Proof.CONDITION,
    source="Kubernetes documentation: RBAC good practices, workload creation",
    condition="the name of the Secret or ConfigMap is known",
)
