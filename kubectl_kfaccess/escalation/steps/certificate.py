"""Get a client certificate for any name."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Need, Proof, StepType, Way, Yield

_GROUP = "certificates.k8s.io"


def _way(signer: str) -> Way:
    return Way(
        "client certificates",
        (
            Need(("create",), _GROUP, "certificatesigningrequests", cluster=True),
            Need(CHANGE, _GROUP, "certificatesigningrequests", "approval", cluster=True),
            Need(("approve",), _GROUP, "signers", name=signer, cluster=True),
        ),
    )


TYPE = StepType(
    id="certificate",
    what=(
        "Those who create and approve a CertificateSigningRequest get a client certificate, with any user"
        " name and any groups but `system:masters`."
    ),
    can="can create and approve client certificates",
    gives="so is {target} for the API server",
    ways=(_way("kubernetes.io/kube-apiserver-client"), _way("kubernetes.io/*")),
    yields=Yield.ANYONE,
    proof=Proof.CONTROLLER,
    source="plugin/pkg/admission/certificates (approval, subjectrestriction); pkg/controller/certificates",
)
