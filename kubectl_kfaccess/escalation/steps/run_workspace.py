"""Create a workspace of Notebooks v2: it runs as an account of its own."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Proof, StepType, Yield, kind

TYPE = StepType(
    id="run-workspace",
    what=(
        "A workspace of Notebooks v2 runs as a service account of its own, `ws-NAME`. Its WorkspaceKind says"
        " which ClusterRoles that account gets in the namespace, and the user cannot choose another account."
    ),
    can="can create {noun}{where}",
    gives="so runs code{where}, as an account of the workspace's own",
    ways=(kind("kubeflow.org", "workspaces", "none", noun="workspaces", verbs=("create",)),),
    yields=Yield.WORKSPACE_CODE,
    proof=Proof.CONTROLLER,
    source="kubeflow/notebooks: workspaces/controller/internal/controller/workspace_controller.go",
    note=(
        "WorkspaceKinds are not read, so what the account can do is not known. Before 2.0.0-beta.0 the"
        " WorkspaceKind named the account."
    ),
)
