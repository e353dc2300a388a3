"""Findings about service accounts: those that are missing, and those with a cloud identity."""

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
            world(without=("editor",)), ["there is no ServiceAccount `default-editor`"], id="editor"
        ),
        pytest.param(
            world(without=("viewer",)), ["there is no ServiceAccount `default-viewer`"], id="viewer"
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
            id="a binding of another name",
        ),
        pytest.param(world(without=("editor",), gaps=[gap("serviceaccounts", "team-a")]), [], id="unread"),
        pytest.param(
            world(without=("editor's binding",), gaps=[gap("rolebindings", "team-a")]),
            [],
            id="bindings unread",
        ),
        pytest.param(
            world(without=("editor", "viewer"), platform=PLATFORM[:4]), [], id="files without any account"
        ),
    ],
)
def test_a_profile_wants_its_two_accounts_and_their_roles(known: Snapshot, messages: list[str]) -> None:
    """Notebooks and pipelines run as `default-editor`."""
    assert messages == [finding.message for finding in findings(known, "profile-account-missing")]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(world(owner="sa:ci"), {"Profile/team-a"}, id="the owner"),
        pytest.param(world(OPS, owner="sa:ops/ci"), {"Profile/team-a"}, id="an owner of another namespace"),
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
            id="an account of another namespace",
        ),
        pytest.param(world(SERVER, binding("b", "kubeflow-edit", "sa:server")), set(), id="it is there"),
        pytest.param(
            world(owner="user:system:serviceaccount:ci"), set(), id="a user whose name is no account's"
        ),
        pytest.param(world(binding("b", "kubeflow-edit", "sa:ops/ci")), set(), id="a namespace not read"),
        pytest.param(
            world(owner="sa:ci", gaps=[gap("serviceaccounts", "team-a")]),
            set(),
            id="accounts that are unread",
        ),
        pytest.param(
            world(owner="sa:ci", without=("editor", "viewer")), set(), id="files without any account"
        ),
        pytest.param(
            world(binding("b", "gone", "sa:server")), set(), id="a binding that grants nothing anyhow"
        ),
        pytest.param(
            world(service_account("kubeflow/ml-pipeline"), binding("b", "kubeflow-edit", "sa:kubeflow/gone")),
            set(),
            id="an account of the platform",
        ),
        pytest.param(world(without=("editor",)), set(), id="an account that every profile has"),
    ],
)
def test_an_account_with_access_is_there(known: Snapshot, expected: set[str]) -> None:
    """Whoever makes one of that name has the access; nothing is said where accounts were not read."""
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
            id="what Kubeflow's roles hold is known without reading them",
        ),
        pytest.param(world(EDITOR), "", id="the owner alone"),
        pytest.param(
            world(EDITOR, *contributor(DAVE), platform=(PLATFORM[0], *PLATFORM[2:])),
            "",
            id="a role that is missing",
        ),
        pytest.param(world(EDITOR, *contributor(DAVE, "view")), "", id="a viewer"),
        pytest.param(
            world(EDITOR, binding("b", "Role/reads-models", f"user:{DAVE}"), READER),
            "",
            id="who creates no pods",
        ),
        pytest.param(world(*contributor(DAVE)), "", id="no cloud identity"),
    ],
)
def test_who_may_create_pods_has_the_cloud_identities_of_all_accounts(known: Snapshot, people: str) -> None:
    """Whoever makes a pod chooses the account that it runs as."""
    messages = [finding.message for finding in findings(known, "profile-cloud-identity")]

    identity = "`arn:aws:iam::1:role/team-a` (AWS)"
    assert ([f"{people} may run code as it, and so as {identity}"] if people else []) == messages


def test_many_people_are_counted() -> None:
    """Two of them are named."""
    people = [made for n in range(1, 6) for made in contributor(f"u{n}@example.com")]

    (finding,) = findings(world(EDITOR, *people), "profile-cloud-identity")

    assert finding.message.startswith("`user:u1@example.com`, `user:u2@example.com` and 3 more may run code")
