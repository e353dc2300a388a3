"""Add rules to an aggregated ClusterRole by a label."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.model import RBAC_GROUP


def _needs(verbs: tuple[str, ...], name: Name) -> tuple[Need, Need]:
    return (
        Need(verbs, RBAC_GROUP, "clusterroles", name=name, cluster=True),
        Need(("escalate",), RBAC_GROUP, "clusterroles", name=name, cluster=True),
    )


TYPE = StepType(
    id="aggregate-role",
    what=(
        "The controller copies the rules of every ClusterRole with a certain label into an aggregated one."
        " Writing such a ClusterRole with rules that one does not have needs `escalate`."
    ),
    can="can write ClusterRoles that are aggregated into {target}",
    gives="so has every permission where that is bound to them",
    ways=(
        Way(
            "new ClusterRoles",
            (
                Need(("create",), RBAC_GROUP, "clusterroles", cluster=True),
                Need(("escalate",), RBAC_GROUP, "clusterroles", name=Name.NONE, cluster=True),
            ),
        ),
        Way("existing ClusterRoles", _needs(CHANGE, Name.YIELDED)),
    ),
    yields=Yield.RULES_OF_AGGREGATED_ROLE,
    proof=Proof.CONTROLLER,
    source="pkg/controller/clusterroleaggregation/clusterroleaggregation_controller.go (syncClusterRole)",
    note=(
        "Without `escalate` one can only spread what one has: everybody with the aggregated role gets it."
        " Setting an aggregationRule needs every permission."
    ),
)
