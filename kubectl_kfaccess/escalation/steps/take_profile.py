"""Take over an existing profile."""

from __future__ import annotations

from kubectl_kfaccess.escalation.step_type import CHANGE, Name, Need, Proof, StepType, Way, Yield

TYPE = StepType(
    id="take-profile",
    what=(
        "The profile controller binds `kubeflow-admin` to the owner that a Profile names, if the annotation"
        " of the namespace names the same owner. So both have to be changed."
    ),
    can="can change the owner of the profile{where} and of its namespace",
    gives="so owns the profile",
    ways=(
        Way(
            "profiles",
            (
                Need(CHANGE, "kubeflow.org", "profiles", name=Name.NAMESPACE, cluster=True),
                Need(CHANGE, "", "namespaces", name=Name.NAMESPACE),
            ),
            ("kubeflow.org", "profiles"),
            field="spec.owner",
        ),
    ),
    yields=Yield.PROFILE_ADMIN,
    proof=Proof.CONTROLLER,
    source="kubeflow/dashboard: components/profile-controller/controllers/profile_controller.go (Reconcile)",
    note="A new Profile gives a new namespace, and nothing of an existing one.",
)
