"""Bind a role to oneself."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.model import RBAC_GROUP


def _bind(resource: str, *, cluster: bool = False) -> Need:
    return Need(("bind",), RBAC_GROUP, resource, name=Name.YIELDED, cluster=cluster)


def _write(verbs: tuple[str, ...], resource: str, *, cluster: bool = False) -> Need:
    return Need(verbs, RBAC_GROUP, resource, cluster=cluster)


_CREATE = ("create",)
_EXISTING = Yield.ROLE_OF_BINDING

TYPE = StepType(
    id="bind-role",
    what=(
        "Those who can `bind` a role can write a binding to it without the permissions that it grants. The"
        " API server asks for `bind` of ClusterRoles in the namespace of the binding."
    ),
    can="can bind {target}{where}",
    gives="so has what it grants",
    ways=(
        Way("ClusterRoles", (_write(_CREATE, "rolebindings"), _bind("clusterroles"))),
        Way("Roles", (_write(_CREATE, "rolebindings"), _bind("roles"))),
        Way(
            "ClusterRoles in the whole cluster",
            (
                _write(_CREATE, "clusterrolebindings", cluster=True),
                _bind("clusterroles", cluster=True),
            ),
        ),
        Way(
            "ClusterRoles of existing bindings",
            (_write(CHANGE, "rolebindings"), _bind("clusterroles")),
            yields=_EXISTING,
        ),
        Way(
            "Roles of existing bindings",
            (_write(CHANGE, "rolebindings"), _bind("roles")),
            yields=_EXISTING,
        ),
        Way(
            "ClusterRoles of existing cluster-wide bindings",
            (
                _write(CHANGE, "clusterrolebindings", cluster=True),
                _bind("clusterroles", cluster=True),
            ),
            yields=_EXISTING,
        ),
    ),
    yields=Yield.ROLE,
    proof=Proof.API_SERVER,
    source="pkg/registry/rbac/escalation_check.go (BindingAuthorized)",
    note=(
        "`bind` on rolebindings or clusterrolebindings has no effect. Without `bind`, one can only grant what"
        " one has, which gives oneself nothing."
    ),
)
