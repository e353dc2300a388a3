"""Create a service account that bindings name already."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="adopt-name",
    what=(
        "A binding outlives the service account that it names. Those who create the account anew get what is"
        " bound to its name, as RBAC compares names alone. If the namespace is gone too, they have to create"
        " that as well."
    ),
    can="can create {target}, which bindings name, and run code{where}",
    gives="so gets what is bound to that name",
    ways=(
        Way(
            "service accounts",
            (Need(("create",), "", "serviceaccounts", name=Name.YIELDED),),
            runs_code=True,
        ),
        Way(
            "service accounts of a namespace that is gone",
            (
                Need(("create",), "", "serviceaccounts", name=Name.YIELDED),
                Need(("create",), "", "namespaces", name=Name.NONE, cluster=True),
            ),
            runs_code=True,
            yields=Yield.LOST_ACCOUNT,
        ),
    ),
    yields=Yield.ABSENT_ACCOUNT,
    proof=Proof.API_SERVER,
    source="pkg/registry/rbac/validation/rule.go (appliesToUser)",
)
