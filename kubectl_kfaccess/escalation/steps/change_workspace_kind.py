"""Write a WorkspaceKind: the controller binds the ClusterRoles that it names."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import WRITE, Need, Proof, StepType, Way, Yield

_KIND = ("kubeflow.org", "workspacekinds")

TYPE = StepType(
    id="change-workspace-kind",
    what=(
        "A WorkspaceKind names ClusterRoles. The controller, which can bind every ClusterRole, binds them to"
        " the account of each workspace in its namespace."
    ),
    can="can write WorkspaceKinds, and create {noun}{where}",
    gives="so a workspace gets every permission{where}",
    ways=(
        Way(
            "workspaces",
            (
                Need(WRITE, "kubeflow.org", "workspacekinds", cluster=True),
                Need(("create",), "kubeflow.org", "workspaces"),
            ),
            _KIND,
            field="spec.podTemplate.serviceAccount.clusterRoles",
        ),
    ),
    yields=Yield.ANY_RULES,
    proof=Proof.CONTROLLER,
    source="kubeflow/notebooks: workspaces/controller (manifests/kustomize/base/rbac/role.yaml: bind)",
    note="WorkspaceKinds are cluster-scoped: a RoleBinding grants nothing of them.",
)
