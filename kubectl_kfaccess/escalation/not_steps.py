"""What looks like a step and is none: permissions that give no other identity, and why."""

from __future__ import annotations

from msgspec import Struct

from kubectl_kfaccess.escalation.step_type import CHANGE, WRITE, Need
from kubectl_kfaccess.rbac.model import RBAC_GROUP


class NotAStep(Struct, frozen=True):
    """Permissions that are followed no further: *needs*, and the reason *why*, in sentences."""

    needs: tuple[Need, ...]
    why: str


_NETWORK = "It changes where requests go and which pass, and gives no identity."

NOT_STEPS = (
    NotAStep(
        (Need(CHANGE, "batch", "jobs"),),
        "The template of a Job is immutable: only `create` chooses an account.",
    ),
    NotAStep(
        (Need(CHANGE, "kubeflow.org", "viewers"),),
        "The controller of viewers never changes a Deployment that exists.",
    ),
    NotAStep(
        (Need(WRITE, "", "podtemplates"),),
        "No controller creates pods from PodTemplates.",
    ),
    NotAStep(
        tuple(Need(CHANGE, "apps", kind, "scale") for kind in ("deployments", "replicasets", "statefulsets")),
        "Scaling runs more of what runs already.",
    ),
    NotAStep(
        (Need(("patch",), "", "pods", "resize"),),
        "Resizing changes the processor and memory of a pod, and no code.",
    ),
    NotAStep(
        (Need(("create",), "", "pods", "eviction"), Need(("create",), "", "pods", "binding")),
        "They move pods, which helps only somebody who has a node already.",
    ),
    NotAStep(
        (Need(("get", "create"), "", "pods", "portforward"),),
        "Forwarding a port reaches what listens there, as nobody in particular.",
    ),
    NotAStep(
        (
            Need(("get", "create", "update", "patch", "delete"), "", "pods", "proxy"),
            Need(("get", "create", "update", "patch", "delete"), "", "services", "proxy"),
        ),
        "The API server sends the request on, with no identity of an account.",
    ),
    NotAStep(
        (Need(("get",), "", "pods", "log"), Need(("get", "list", "watch"), "", "pods")),
        "Pods and their logs do not contain the tokens of accounts.",
    ),
    NotAStep(
        (Need(("create", "update", "delete"), "", "secrets"),),
        "None of these returns the data of a Secret; `create` alone never returns the token.",
    ),
    NotAStep(
        (
            Need(("bind",), RBAC_GROUP, "rolebindings"),
            Need(("bind",), RBAC_GROUP, "clusterrolebindings"),
            Need(WRITE, RBAC_GROUP, "rolebindings"),
        ),
        "The API server asks for `bind` on roles and ClusterRoles, never on bindings. Without it one can only"
        " grant what one has.",
    ),
    NotAStep(
        (Need(WRITE, RBAC_GROUP, "roles"), Need(WRITE, RBAC_GROUP, "clusterroles", cluster=True)),
        "Without `escalate` one can only write rules that one has. With a label they spread to everybody with"
        " the aggregated role.",
    ),
    NotAStep(
        (Need(("create",), "", "serviceaccounts"),),
        "A new account has the permissions of its groups, unless a binding names it already and one can run"
        " code as it.",
    ),
    NotAStep(
        (Need(("impersonate",), "", "groups", cluster=True),),
        "Requests that name groups must name a user or an account as well.",
    ),
    NotAStep(
        (
            Need(("impersonate",), "authentication.k8s.io", "uids", cluster=True),
            Need(("impersonate",), "authentication.k8s.io", "userextras", "scopes", cluster=True),
        ),
        "RBAC reads neither UIDs nor extra values.",
    ),
    NotAStep(
        (Need(("create",), "kubeflow.org", "profiles", cluster=True),),
        "A new Profile is a new namespace of one's own, and nothing of an existing one.",
    ),
    NotAStep(
        (Need(WRITE, "tensorboard.kubeflow.org", "tensorboards"), Need(WRITE, "kubeflow.org", "suggestions")),
        "They name no account: a TensorBoard only mounts a volume, and Katib's configuration decides about"
        " suggestions.",
    ),
    NotAStep(
        (Need(WRITE, "serving.kserve.io", "localmodelnamespacecaches"),),
        "The account that they name provides credentials for a download, which runs elsewhere.",
    ),
    NotAStep(
        (
            Need(("create",), "authorization.k8s.io", "subjectaccessreviews", cluster=True),
            Need(("create",), "authorization.k8s.io", "localsubjectaccessreviews"),
        ),
        "They say what others can do, and let nobody do it.",
    ),
    NotAStep(
        (
            Need(WRITE, "", "endpoints"),
            Need(WRITE, "discovery.k8s.io", "endpointslices"),
            Need(WRITE, "", "services"),
        ),
        _NETWORK,
    ),
    NotAStep(
        (
            *(
                Need(WRITE, "networking.istio.io", kind)
                for kind in (
                    "virtualservices",
                    "destinationrules",
                    "serviceentries",
                    "gateways",
                    "envoyfilters",
                )
            ),
            Need(WRITE, "security.istio.io", "authorizationpolicies"),
        ),
        _NETWORK,
    ),
    NotAStep(
        (
            Need(("create", "delete"), "networking.k8s.io", "networkpolicies"),
            Need(WRITE, "networking.k8s.io", "ingresses"),
        ),
        _NETWORK,
    ),
    NotAStep(
        (
            Need(WRITE, "coordination.k8s.io", "leases"),
            Need(WRITE, "", "events"),
            Need(WRITE, "", "resourcequotas"),
        ),
        "They can only hinder others.",
    ),
)
