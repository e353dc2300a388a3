"""Run commands in a running pod."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.kubernetes_version import STREAMS_NEED_CREATE, KubernetesVersion

_LAST_WITH_GET = KubernetesVersion(STREAMS_NEED_CREATE.major, STREAMS_NEED_CREATE.minor - 1)


def _way(subresource: str, verb: str, until: KubernetesVersion | None = None) -> Way:
    return Way("pods", (Need((verb,), "", "pods", subresource),), until=until)


TYPE = StepType(
    id="exec-pod",
    what=(
        "`kubectl exec` and `kubectl attach` run in the pod and can read its token. A websocket begins with a"
        " GET: before Kubernetes 1.35 `get` alone was enough for it. Since then it needs `create` as well."
    ),
    can="can run commands in {noun}{where}",
    gives="so reads the tokens of their accounts",
    ways=(
        _way("exec", "create"),
        _way("attach", "create"),
        _way("exec", "get", _LAST_WITH_GET),
        _way("attach", "get", _LAST_WITH_GET),
    ),
    yields=Yield.SOME_ACCOUNT,
    proof=Proof.CONDITION,
    source="pkg/registry/core/pod/rest/subresources.go (ExecREST.Connect); kubernetes#133515",
    condition="a pod of that account is running",
)
