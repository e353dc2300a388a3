"""Profiles with and without problems, and the findings about them."""

from __future__ import annotations

from typing import Any

from kubectl_kfaccess.findings.finding import Finding
from kubectl_kfaccess.findings.profiles.view import ProfileView
from kubectl_kfaccess.findings.registry import profile_findings
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.rbac.model import RoleBinding
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    namespace,
    role,
    role_binding,
    rule,
    service_account,
)
from tests.kubeflow.tenants.profile_objects import annotated

Summary = set[tuple[str, str]]

ALICE, DAVE, NORA = "alice@example.com", "dave@example.com", "nora@example.com"
DAVES = "user-dave-example-com-clusterrole-edit"  # KFAM's name for dave as a contributor with the role edit
EDITOR = annotated(
    service_account("team-a/default-editor"), {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/team-a"}
)
BY_NAME = {"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": [NORA]}]}]}
EVERYBODY: dict[str, Any] = {"rules": [{}]}
READER = role("team-a/reads-models", rule("get", "secrets"))
SERVER, OPS = service_account("team-a/server"), service_account("ops/default")
RUNNER = role("team-a/runs-pods", rule("create", "pods"))
LABELLED = namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})


def findings(known: Snapshot, finding_id: str = "", name: str = "team-a") -> list[Finding]:
    """Return the findings about the profile, all of them or those with that id."""
    profiles = ProfileIndex(known)
    all_findings = profile_findings(ProfileView(profiles, profiles.tenant(name)))
    return [finding for finding in all_findings if finding_id in ("", finding.type.id)]


def summary(known: Snapshot, name: str = "team-a") -> Summary:
    """Return (id without the prefix `profile-`, `KIND/NAME` of the object) for each finding."""
    return {
        (finding.type.id.removeprefix("profile-"), f"{finding.kind}/{finding.name}")
        for finding in findings(known, name=name)
    }


def binding(name: str, ref: str, *subjects: str, **annotations: str) -> RoleBinding:
    """Return a RoleBinding in the profile, with or without annotations."""
    return annotated(role_binding("team-a", name, ref, *subjects), annotations)


def daves_binding(
    ref: str = "kubeflow-edit", *subjects: str, user: str = DAVE, role: str = "edit"
) -> RoleBinding:
    """Return the binding that the dashboard writes for dave, or a changed version of it."""
    return binding(DAVES, ref, *(subjects or (f"user:{DAVE}",)), user=user, role=role)


def about_dave(*ids: str) -> Summary:
    """Return findings with these ids about dave's binding."""
    return {(finding_id, f"RoleBinding/{DAVES}") for finding_id in ids}
