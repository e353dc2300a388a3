"""Request a token of a service account."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="mint-token",
    what="A TokenRequest returns a token of the service account, for any audience that the request names.",
    can="can create tokens of {target}",
    gives="a TokenRequest returns a bearer token",
    ways=(Way("tokens", (Need(("create",), "", "serviceaccounts", "token", Name.YIELDED),)),),
    yields=Yield.ACCOUNT,
    proof=Proof.API_SERVER,
    source="pkg/registry/core/serviceaccount/storage/token.go (TokenREST.Create)",
    note="A dry run of a TokenRequest returns a real token. Rules with resourceNames match.",
)
