"""Who is a member for KFAM, and for which services a member's access counts."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES
from kubectl_kfaccess.kubeflow.tenants.profiles import ProfileIndex
from kubectl_kfaccess.kubeflow.tenants.service_counts import member_counts
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import gap, role_binding
from tests.kubeflow.tenants.profile_objects import annotated, contributor, world


def kfam_counts(known: Snapshot, name: str) -> list[bool | None]:
    """Return what KFAM says of each binding of the subject *name* in team-a; [] if it is not asked."""
    tenant = ProfileIndex(known).tenant("team-a")
    counts = [
        member_counts(SERVICES, tenant, member) for member in tenant.members if member.subject.name == name
    ]
    return [each["kfam"] for each in counts if "kfam" in each]


def bound(*who: str, user: str = "") -> Snapshot:
    """Return team-a with one more binding; *user* is its annotation."""
    binding = role_binding("team-a", "b", "kubeflow-edit", *who)
    return world(annotated(binding, user=user, role="edit") if user else binding)


# isOwnerOrAdmin and List of components/access-management/kfam in kubeflow/dashboard 2.0.0
@pytest.mark.parametrize(
    ("known", "name", "expected"),
    [
        pytest.param(world(), "alice@example.com", [True], id="the owner"),
        pytest.param(
            world(without=("owner's binding",)), "alice@example.com", [True], id="the owner without a binding"
        ),
        pytest.param(world(*contributor("dave")), "dave", [True], id="a contributor"),
        pytest.param(bound("user:dave"), "dave", [False], id="a binding without annotations"),
        pytest.param(bound("user:dave", user="Dave"), "dave", [False], id="another name in the annotation"),
        pytest.param(bound("user:dave", "user:eve", user="dave"), "dave", [False], id="two subjects"),
        pytest.param(bound("group:ml", user="ml"), "ml", [False], id="a group, which nobody logs in as"),
        pytest.param(bound("sa:ops/ci", user="ci"), "ci", [], id="an account, which has no dashboard"),
        pytest.param(
            world(*contributor("dave"), without=("profile",)),
            "dave",
            [False],
            id="no Profile: KFAM lists the namespaces of Profiles",
        ),
        pytest.param(
            world(*contributor("dave"), without=("profile",), gaps=[gap("profiles")]),
            "dave",
            [True],
            id="a Profile that could not be read",
        ),
    ],
)
def test_kfam_knows_owners_and_annotated_users(
    known: Snapshot, name: str, expected: list[bool | None]
) -> None:
    """RBAC has no say in it."""
    assert expected == kfam_counts(known, name)


def test_unread_bindings_leave_all_services_unknown() -> None:
    """The owner may have a binding and its annotations."""
    tenant = ProfileIndex(world(without=("owner's binding",), gaps=[gap("rolebindings")])).tenant("team-a")
    (owner,) = (member for member in tenant.members if member.subject == tenant.owner)

    assert {None} == set(member_counts(SERVICES, tenant, owner).values())
