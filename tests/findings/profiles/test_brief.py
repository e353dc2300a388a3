"""What is wrong with a profile in a few words, for a list; the message says the same in full."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.output.findings import subject_and_brief
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.terminal.wrapping import width
from tests.builders import cluster_role, namespace, role_binding, snapshot
from tests.findings.profiles.worlds import DAVE, NORA, OPS, binding, daves_binding, findings
from tests.kubeflow.tenants.profile_objects import PLATFORM, admitting, contributor, controller_objects, world

LONGEST = 60
"""Columns: at 80, there is then room for the profile's name and the marks."""


@pytest.mark.parametrize(
    ("known", "finding_id", "expected"),
    [
        (world(without=("viewer",)), "account-missing", "there is no ServiceAccount `default-viewer`"),
        (
            world(without=("viewer's binding",)),
            "account-missing",
            "`default-viewer` is not bound to `kubeflow-view`",
        ),
        (
            world(daves_binding(role="view")),
            "annotation-role-differs",
            f"{DAVE}: annotated `view`, has `kubeflow-edit`",
        ),
        (world(daves_binding(user=NORA)), "annotation-user-differs", f"{DAVE}: the dashboard has `{NORA}`"),
        (
            world(daves_binding("kubeflow-edit", f"user:{DAVE}", f"user:{NORA}")),
            "binding-subject-count",
            "the dashboard fails: 2 subjects",
        ),
        (world(daves_binding()), "binding-without-policy", f"{DAVE}: refused by the mesh"),
        (
            world(binding("b", "kubeflow-edit", f"user:{DAVE}")),
            "contributor-invisible",
            f"{DAVE}: not in the dashboard",
        ),
        (world(owner="sa:ci"), "dangling-account", "sa:team-a/ci: no such account"),
        (
            world(OPS, binding("b", "kubeflow-edit", "sa:ops/default")),
            "foreign-account",
            "sa:ops/default: can edit here",
        ),
        (
            world(cluster_role("edit"), binding("b", "edit", f"user:{DAVE}")),
            "foreign-role",
            f"{DAVE}: has `edit`, not Kubeflow's",
        ),
        (world(binding("b", "kubeflow-edit", "group:ml")), "group-contributor", "group:ml: kubectl only"),
        (world(owner="group:ml"), "group-owner", "owned by a group: kubectl only"),
        (
            world(*contributor("a.b@example.com"), *contributor("a-b@example.com", "view")),
            "name-collision",
            "a.b@example.com: same binding name as `a-b@example.com`",
        ),
        (
            snapshot(*PLATFORM, namespace("kubeflow"), controller_objects()["profile"]),
            "namespace-missing",
            "the namespace does not exist",
        ),
        (
            world(without=("owner's binding",)),
            "owner-differs",
            "not all objects name the same owner",
        ),
        (
            world(owner="user:Bob@Example.com"),
            "owner-spelling",
            "Bob@Example.com: `bob@example.com` is refused",
        ),
        (world(admitting("team-a/left", NORA)), "policy-without-binding", f"{NORA}: mesh only, no role"),
        (
            world(role_binding("team-a", "b", "gone", f"user:{DAVE}")),
            "role-missing",
            "ClusterRole `gone` does not exist",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and ":" not in value else "",
)
def test_a_finding_has_a_few_words_for_a_list(known: Snapshot, finding_id: str, expected: str) -> None:
    """They name who it is about, and stay on one line."""
    texts = [subject_and_brief(finding) for finding in findings(known, f"profile-{finding_id}")]

    assert expected in texts
    assert max(map(width, texts)) <= LONGEST
