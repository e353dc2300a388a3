"""Write more rules into a role than one has."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.model import RBAC_GROUP


def _escalate(resource: str, name: Name, *, cluster: bool = False) -> Need:
    return Need(("escalate",), RBAC_GROUP, resource, name=name, cluster=cluster)


def _create(resource: str, *, cluster: bool = False) -> tuple[Need, Need]:
    """Return the needs of a POST, which has no name: `escalate` with resourceNames never matches it."""
    create = Need(("create",), RBAC_GROUP, resource, cluster=cluster)
    return create, _escalate(resource, Name.NONE, cluster=cluster)


def _apply(resource: str, *, cluster: bool = False) -> tuple[Need, Need]:
    """Return the needs of server-side apply, whose request has a name."""
    create = Need(("create",), RBAC_GROUP, resource, name=Name.YIELDED, cluster=cluster, applies=True)
    return create, _escalate(resource, Name.YIELDED, cluster=cluster)


def _change(resource: str, *, cluster: bool = False) -> tuple[Need, Need]:
    change = Need(CHANGE, RBAC_GROUP, resource, name=Name.YIELDED, cluster=cluster)
    return change, _escalate(resource, Name.YIELDED, cluster=cluster)


def _bound(resource: str, name: Name = Name.YIELDED) -> tuple[Need, Need]:
    """Return the needs of binding the role that was written to oneself."""
    bind = Need(("bind",), RBAC_GROUP, resource, name=name)
    return Need(("create",), RBAC_GROUP, "rolebindings"), bind


_MISSING = Yield.RULES_OF_MISSING_ROLE

TYPE = StepType(
    id="escalate-role",
    what=(
        "Those who can `escalate` a role can write rules into it that they do not have. It helps where the"
        " role is bound to them, or where they can bind it."
    ),
    can="can write any rules into {noun}{where}",
    gives="so has every permission{where}",
    ways=(
        Way("a Role that is bound to them", _change("roles")),
        Way("a ClusterRole that is bound to them", _change("clusterroles", cluster=True)),
        Way("a missing Role that is bound to them", _create("roles"), yields=_MISSING),
        Way("a missing Role that is bound to them", _apply("roles"), yields=_MISSING),
        Way(
            "a missing ClusterRole that is bound to them",
            _create("clusterroles", cluster=True),
            yields=_MISSING,
        ),
        Way(
            "a missing ClusterRole that is bound to them",
            _apply("clusterroles", cluster=True),
            yields=_MISSING,
        ),
        Way("a Role, and bind it", (*_change("roles"), *_bound("roles")), yields=Yield.ANY_RULES),
        Way(
            "a new Role, and bind it", (*_create("roles"), *_bound("roles", Name.ANY)), yields=Yield.ANY_RULES
        ),
        Way(
            "a ClusterRole, and bind it",
            (*_change("clusterroles", cluster=True), *_bound("clusterroles")),
            yields=Yield.ANY_RULES,
        ),
        Way(
            "a new ClusterRole, and bind it",
            (*_create("clusterroles", cluster=True), *_bound("clusterroles", Name.ANY)),
            yields=Yield.ANY_RULES,
        ),
    ),
    yields=Yield.RULES_OF_BOUND_ROLE,
    proof=Proof.API_SERVER,
    source="pkg/registry/rbac/escalation_check.go (RoleEscalationAuthorized)",
    note="A request to create a role has no name, so `escalate` with resourceNames never matches it.",
)
