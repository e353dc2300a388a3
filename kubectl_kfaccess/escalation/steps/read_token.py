"""Read a Secret that holds a token."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Name, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="read-token",
    what=(
        "A Secret of type `kubernetes.io/service-account-token` holds a token. Besides `get`, `list` and"
        " `watch`, an empty `patch` of a Secret and `deletecollection`, even as a dry run, return its data."
    ),
    can="can read Secrets{where}",
    gives="so gets the tokens in them",
    ways=(
        Way("Secrets", (Need(("get", "list", "watch", "patch"), "", "secrets"),)),
        Way("Secrets", (Need(("deletecollection",), "", "secrets", name=Name.NONE),)),
    ),
    yields=Yield.SOME_API_ACCOUNT,
    proof=Proof.CONDITION,
    source="apiserver: pkg/endpoints/handlers/patch.go (PatchResource), delete.go (DeleteCollection)",
    condition="a Secret with its token exists",
    note="The token counts for the API server: the pipelines API asks for a token of its own audience.",
)
