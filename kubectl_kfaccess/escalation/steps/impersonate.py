"""Impersonate: send requests as somebody else."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield

_USERS = Need(("impersonate",), "", "users", name=Name.YIELDED, cluster=True)
_ANY_USER = Need(("impersonate",), "", "users", cluster=True)
_GROUPS = Need(("impersonate",), "", "groups", name=Name.YIELDED, cluster=True)
_ACCOUNTS = Need(("impersonate",), "", "serviceaccounts", name=Name.YIELDED)
_ANY_ACCOUNT = Need(("impersonate",), "", "serviceaccounts")

TYPE = StepType(
    id="impersonate",
    what=(
        "Requests with impersonation headers count as those of another identity. The API server asks for"
        " users and groups in no namespace, so a RoleBinding gives nothing, and for service accounts in their"
        " own namespace. Groups come only with a user or an account."
    ),
    can="can impersonate {target}",
    gives="requests with impersonation headers count as theirs",
    ways=(
        Way("service accounts", (_ACCOUNTS,), yields=Yield.IMPERSONATED_ACCOUNT),
        Way("users", (_USERS,)),
        Way("groups, as a user", (_GROUPS, _ANY_USER), yields=Yield.GROUP),
        Way("groups, as a service account", (_GROUPS, _ANY_ACCOUNT), yields=Yield.GROUP),
    ),
    yields=Yield.USER,
    proof=Proof.API_SERVER,
    source="apiserver: pkg/endpoints/filters/impersonation/impersonation.go (WithImpersonation)",
    note=(
        "The identity counts for the API server alone, not for Kubeflow's services, and cannot impersonate"
        " others in turn."
    ),
)
