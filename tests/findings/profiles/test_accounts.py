"""Findings about service accounts: missing ones, and those with a cloud identity."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    gap,
    service_account,
)
from tests.findings.profiles.worlds import (
    DAVE,
    EDITOR,
    OPS,
    READER,
    RUNNER,
    SERVER,
    binding,
    findings,
    summary,
)
from tests.kubeflow.tenants.profile_objects import PLATFORM, contributor, world


@pytest.mark.parametrize(
    ("known", "messages"),
    [
        pytest.param(
            world(without=("editor",)), ["there is no ServiceAccount `default-editor`"], id="the editor"
        ),
        pytest.param(
            world(without=("viewer",)), ["there is no ServiceAccount `default-viewer`"], id="the viewer"
        ),
        pytest.param(
            world(without=("editor's binding",)),
            ["no RoleBinding gives `default-editor` the ClusterRole `kubeflow-edit`"],
            id="the editor's binding",
        ),
        pytest.param(
            world(binding("default-viewer", "kubeflow-edit", "sa:default-viewer")),
            ["no RoleBinding gives `default-viewer` the ClusterRole `kubeflow-view`"],
            id="another role",
        ),
        pytest.param(
            world(binding("renamed", "kubeflow-edit", "sa:default-editor"), without=("editor's binding",)),
            [],
            id="a binding with another name",
        ),
        pytest.param(
            world(without=("editor",), gaps=[gap("serviceaccounts", "team-a")]), [], id="unread accounts"
        ),
        pytest.param(
            world(without=("editor's binding",), gaps=[gap("rolebindings", "team-a")]),
            [],
            id="unread bindings",
        ),
        pytest.param(
            world(without=("editor", "viewer"), platform=PLATFORM[:4]), [], id="files without accounts"
        ),
    ],
)
def test_a_profile_needs_its_two_accounts_and_their_roles(known: Snapshot, messages: list[str]) -> None:
    """Notebooks and pipelines run as `default-editor`."""
    assert messages == [finding.message for finding in findings(known, "profile-account-missing")]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(world(owner="sa:ci"), {"Profile/team-a"}, id="the owner"),
        pytest.param(world(OPS, owner="sa:ops/ci"), {"Profile/team-a"}, id="an owner from another namespace"),
        pytest.param(
            world(owner="user:system:serviceaccount:team-a:ci"),
            {"Profile/team-a"},
            id="an owner spelled as a user",
        ),
        pytest.param(
            world(owner="sa:ci", without=("owner's binding",)),
            {"Profile/team-a"},
            id="an owner who is not bound",
        ),
        pytest.param(
            world(binding("b", "kubeflow-edit", "sa:server")),
            {"RoleBinding/b"},
            id="an account of the profile",
        ),
        pytest.param(
            world(OPS, binding("b", "kubeflow-edit", "sa:ops/ci")),
            {"RoleBinding/b"},
            id="an account from another namespace",
        ),
        pytest.param(
            world(SERVER, binding("b", "kubeflow-edit", "sa:server")), set(), id="an existing account"
        ),
        pytest.param(
            world(owner="user:system:serviceaccount:ci"),
            set(),
            id="a user name that is not a service account's",
        ),
        pytest.param(world(binding("b", "kubeflow-edit", "sa:ops/ci")), set(), id="an unread namespace"),
        pytest.param(
            world(owner="sa:ci", gaps=[gap("serviceaccounts", "team-a")]),
            set(),
            id="unread accounts",
        ),
        pytest.param(world(owner="sa:ci", without=("editor", "viewer")), set(), id="files without accounts"),
        pytest.param(
            world(binding("b", "gone", "sa:server")), set(), id="a binding that grants nothing anyway"
        ),
        pytest.param(
            world(service_account("kubeflow/ml-pipeline"), binding("b", "kubeflow-edit", "sa:kubeflow/gone")),
            {"RoleBinding/b"},
            id="an account of the platform, by a binding that no release ships",
        ),
        pytest.param(world(without=("editor",)), set(), id="an account of every profile"),
    ],
)
def test_accounts_with_access_exist(known: Snapshot, expected: set[str]) -> None:
    """Anyone who creates an account of that name gets the access. Unread accounts are not reported."""
    assert expected == {target for finding_id, target in summary(known) if finding_id == "dangling-account"}


@pytest.mark.parametrize(
    ("known", "people"),
    [
        pytest.param(world(EDITOR, *contributor(DAVE)), f"`user:{DAVE}`", id="an editor"),
        pytest.param(
            world(EDITOR, binding("b", "Role/runs-pods", f"user:{DAVE}"), RUNNER),
            f"`user:{DAVE}`",
            id="a Role",
        ),
        pytest.param(world(EDITOR, binding("b", "kubeflow-edit", "group:ml")), "`group:ml`", id="a group"),
        pytest.param(
            world(EDITOR, *contributor(DAVE), gaps=[gap("clusterroles")], platform=PLATFORM[3:]),
            f"`user:{DAVE}`",
            id="unread roles of Kubeflow, whose rules are known",
        ),
        pytest.param(world(EDITOR), "", id="only the owner"),
        pytest.param(
            world(EDITOR, *contributor(DAVE), platform=(PLATFORM[0], *PLATFORM[2:])),
            "",
            id="a missing role",
        ),
        pytest.param(world(EDITOR, *contributor(DAVE, "view")), "", id="a viewer"),
        pytest.param(
            world(EDITOR, binding("b", "Role/reads-models", f"user:{DAVE}"), READER),
            "",
            id="a user who cannot create pods",
        ),
        pytest.param(world(*contributor(DAVE)), "", id="no cloud identity"),
    ],
)
def test_people_who_can_create_pods_have_all_cloud_identities(known: Snapshot, people: str) -> None:
    """Anyone who creates a pod chooses the service account that it runs as."""
    messages = [finding.message for finding in findings(known, "profile-cloud-identity")]

    identity = "`arn:aws:iam::1:role/team-a` (AWS)"
    assert ([f"{people} can run code as it, and so as {identity}"] if people else []) == messages


def test_many_people_are_counted() -> None:
    """Only two of them are named."""
    people = [object_ for n in range(1, 6) for object_ in contributor(f"u{n}@example.com")]

    (finding,) = findings(world(EDITOR, *people), "profile-cloud-identity")

    assert finding.message.startswith("`user:u1@example.com`, `user:u2@example.com` and 3 more can run code")
