"""Findings about names that are easily confused, or that lead to the same binding's name."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    profile,
    role_binding,
)
from tests.findings.profiles.worlds import (
    DAVE,
    DAVES,
    Summary,
    about_dave,
    daves_binding,
    summary,
)
from tests.kubeflow.tenants.profile_objects import admitting, annotated, contributor, world


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(*contributor("a.b@example.com"), *contributor("a-b@example.com", "view")),
            {
                ("name-collision", "RoleBinding/user-a-b-example-com-clusterrole-edit"),
                ("name-collision", "RoleBinding/user-a-b-example-com-clusterrole-view"),
            },
            id="two contributors",
        ),
        pytest.param(
            world(*contributor("a.b@example.com"), profile("team-b", "user:a_b@example.com")),
            {("name-collision", "RoleBinding/user-a-b-example-com-clusterrole-edit")},
            id="a contributor and the owner of another profile",
        ),
        pytest.param(
            world(*contributor("a.b@example.com"), *contributor("a.c@example.com")), set(), id="no collision"
        ),
        pytest.param(
            world(*contributor("a.b@example.com"), profile("team-b", "user:a.b@example.com")),
            set(),
            id="the same user twice",
        ),
        pytest.param(
            world(
                annotated(
                    role_binding("team-a", "by-hand", "kubeflow-edit", "user:a.b@example.com"),
                    user="a.b@example.com",
                    role="edit",
                ),
                *(contributor("a.b@example.com")[1], profile("team-b", "user:a-b@example.com")),
            ),
            set(),
            id="a binding with a name of its own",
        ),
    ],
)
def test_users_collide_if_their_bindings_get_the_same_name(known: Snapshot, expected: Summary) -> None:
    """KFAM replaces the signs in a name; it refused `dave-d@…` next to `dave.d@…`."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(owner="user:Bob@Example.com"),
            {("owner-spelling", "Profile/team-a")},
            id="an owner with capitals",
        ),
        pytest.param(
            world(*contributor("Dave@example.com")),
            {("owner-spelling", f"RoleBinding/{DAVES}")},
            id="a contributor with capitals",
        ),
        pytest.param(
            world(*contributor("Alice@Example.com", "view")),
            {("owner-spelling", "RoleBinding/user-alice-example-com-clusterrole-view")},
            id="the owner's name with capitals",
        ),
        pytest.param(
            world(profile("team-b", "user:ALICEID"), owner="user:AliceId"),
            {("owner-spelling", "Profile/team-a")},
            id="an id in other letter case",
        ),
        pytest.param(
            world(*contributor("DaveId"), profile("team-b", "user:daveid")),
            {("owner-spelling", "RoleBinding/user-daveid-clusterrole-edit")},
            id="a contributor's id in other letter case",
        ),
        pytest.param(
            world(
                annotated(daves_binding("kubeflow-edit", "user:Dave@Example.com"), user=DAVE, role="edit"),
                admitting(f"team-a/{DAVES}", "Dave@Example.com"),
            ),
            about_dave("annotation-user-differs"),
            id="reported already because of the annotation",
        ),
    ],
)
def test_names_with_capitals_are_different_users(known: Snapshot, expected: Summary) -> None:
    """Names are compared letter by letter: KFAM refused `bob@…` the profile of `Bob@Example.com`."""
    assert expected == summary(known)
