"""See and change the requests of others."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import WRITE, Need, Proof, StepType, Way, Yield
from kubectl_kfaccess.rbac.kubernetes_version import KubernetesVersion

_ADMISSION = "admissionregistration.k8s.io"
_POLICIES = KubernetesVersion(1, 36)  # the gate MutatingAdmissionPolicy is on


def _need(group: str, resource: str) -> Need:
    return Need(WRITE, group, resource, cluster=True)


TYPE = StepType(
    id="intercept-requests",
    what=(
        "Webhooks and mutating policies see and change the objects that others write. The server of an"
        " APIService gets the users of all requests, and that of a conversion webhook all its resources."
    ),
    can="can write {noun}",
    gives="so sees and changes what others write",
    ways=(
        Way("mutating webhooks", (_need(_ADMISSION, "mutatingwebhookconfigurations"),)),
        Way("validating webhooks", (_need(_ADMISSION, "validatingwebhookconfigurations"),)),
        Way(
            "mutating policies",
            (
                _need(_ADMISSION, "mutatingadmissionpolicies"),
                _need(_ADMISSION, "mutatingadmissionpolicybindings"),
            ),
            since=_POLICIES,
        ),
        Way("APIServices", (_need("apiregistration.k8s.io", "apiservices"),)),
        Way("CustomResourceDefinitions", (_need("apiextensions.k8s.io", "customresourcedefinitions"),)),
    ),
    yields=Yield.CLUSTER,
    proof=Proof.CONDITION,
    source="Kubernetes documentation: RBAC good practices, admission webhooks; apiserver: pkg/admission",
    condition="somebody with more permissions sends such a request",
)
