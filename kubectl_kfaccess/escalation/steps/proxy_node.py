"""Run commands through the kubelet's API."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="proxy-node",
    what=(
        "The kubelet asks for the verb of the HTTP method on `nodes/proxy`. A websocket begins with a GET, so"
        " `get` is enough to run commands in every pod of the node."
    ),
    can="can use the API of the kubelet on {noun}",
    gives="so runs commands in every pod there",
    ways=(Way("nodes", (Need(("get", "create"), "", "nodes", "proxy", cluster=True),)),),
    yields=Yield.NODE,
    proof=Proof.API_SERVER,
    source="pkg/kubelet/server/auth.go (GetRequestAttributes)",
)
