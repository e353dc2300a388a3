"""Create a Secret for a token, and read what the controller fills in."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="make-token",
    what=(
        "A controller fills a new Secret of type `kubernetes.io/service-account-token` with a token of the"
        " account that its annotation names. The token does not expire."
    ),
    can="can create and read Secrets{where}",
    gives="so gets a token of {target}",
    ways=(
        Way(
            "Secrets",
            (
                Need(("create",), "", "secrets"),
                Need(("get", "list", "watch", "patch", "deletecollection"), "", "secrets"),
            ),
        ),
    ),
    yields=Yield.API_ACCOUNT,
    proof=Proof.CONTROLLER,
    source="pkg/controller/serviceaccount/tokens_controller.go (generateTokenIfNeeded)",
    note=(
        "`create` alone gives nothing. The token counts for the API server: the pipelines API asks for a"
        " token of its own audience."
    ),
)
