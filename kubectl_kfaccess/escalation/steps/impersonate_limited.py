"""Impersonate within limits: constrained impersonation."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.kubernetes_version import CONSTRAINED_IMPERSONATION

_GROUP = "authentication.k8s.io"
_USERS = Need(("impersonate:user-info",), _GROUP, "users", name=Name.YIELDED, cluster=True)
_ACCOUNTS = Need(("impersonate:serviceaccount",), _GROUP, "serviceaccounts", name=Name.YIELDED)

TYPE = StepType(
    id="impersonate-limited",
    what=(
        "Constrained impersonation allows the requests that both sides are allowed: the impersonated identity"
        " itself, and the subject by `impersonate-on:MODE:VERB`. Users include neither service accounts nor"
        " nodes."
    ),
    can="can impersonate {target} for some requests",
    gives="what both are allowed",
    ways=(
        Way(
            "service accounts",
            (_ACCOUNTS,),
            since=CONSTRAINED_IMPERSONATION,
            yields=Yield.LIMITED_ACCOUNT,
        ),
        Way("users", (_USERS,), since=CONSTRAINED_IMPERSONATION),
    ),
    yields=Yield.LIMITED_USER,
    proof=Proof.API_SERVER,
    source="apiserver: pkg/endpoints/filters/impersonation/mode.go (KEP-5284)",
)
