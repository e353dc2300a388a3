"""Findings about the owner and the namespace of a profile."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    gap,
    namespace,
    profile,
    snapshot,
)
from tests.findings.profiles.worlds import (
    ALICE,
    LABELLED,
    NORA,
    Summary,
    about_dave,
    binding,
    daves_binding,
    findings,
    summary,
)
from tests.kubeflow.tenants.profile_objects import PLATFORM, annotated, world


def test_a_group_as_owner_is_the_only_finding() -> None:
    """The objects that the controller creates for the group agree with each other."""
    assert {("group-owner", "Profile/team-a")} == summary(world(owner="group:ml-team"))


OTHERS = f"RoleBinding `namespaceAdmin` is annotated with `{ALICE}`, AuthorizationPolicy"
OTHERS = (
    f"RoleBinding `namespaceAdmin` binds `user:{ALICE}`, {OTHERS} `ns-owner-access-istio` lets `{ALICE}` in"
)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        pytest.param(
            world(profile("team-a", f"user:{NORA}")),
            f"the Profile says `user:{NORA}`, the namespace `{ALICE}`, {OTHERS}:"
            f" `user:{ALICE}` keeps the access",
            id="a new owner in the Profile, where the controller has stopped",
        ),
        pytest.param(
            world(binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", user=NORA, role="admin")),
            f"the Profile says `user:{ALICE}`, RoleBinding `namespaceAdmin` is annotated with `{NORA}`",
            id="an annotation that the controller does not correct",
        ),
        pytest.param(
            world(LABELLED),
            f"the Profile says `user:{ALICE}`, the namespace nobody",
            id="a namespace that the controller will not take over",
        ),
        pytest.param(
            world(without=("owner's binding",)),
            f"the Profile says `user:{ALICE}`, there is no RoleBinding `namespaceAdmin`",
            id="no binding",
        ),
        pytest.param(
            world(profile("team-a", f"group:{ALICE}")),
            f"the Profile says `group:{ALICE}`, RoleBinding `namespaceAdmin` binds `user:{ALICE}`:"
            f" `user:{ALICE}` keeps the access",
            id="a group with that name",
        ),
        pytest.param(
            world(binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", f"user:{NORA}")),
            f"the Profile says `user:{ALICE}`, RoleBinding `namespaceAdmin` binds `user:{ALICE}`,"
            f" `user:{NORA}`: `user:{NORA}` keeps the access",
            id="another subject besides the owner",
        ),
        pytest.param(
            world(annotated(LABELLED, owner=NORA), without=("profile",)),
            f"the namespace says `user:{NORA}`, {OTHERS}: `user:{ALICE}` keeps the access",
            id="no Profile, and the other objects disagree",
        ),
    ],
)
def test_objects_with_other_owners_are_listed(known: Snapshot, message: str) -> None:
    """One line says what each object names, and who keeps the access."""
    assert [message] == [finding.message for finding in findings(known, "profile-owner-differs")]


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(
            world(without=("owner's binding",), gaps=[gap("rolebindings", "team-a")]), id="bindings"
        ),
        pytest.param(world(without=("namespace",), gaps=[gap("namespaces")]), id="namespaces"),
        pytest.param(world(without=("profile",), gaps=[gap("profiles")]), id="profiles"),
        pytest.param(
            world(without=("owner's policy",), gaps=[gap("authorizationpolicies", "team-a")]), id="policies"
        ),
        pytest.param(
            world(LABELLED, without=("profile",)), id="nothing unread, but only the binding names the owner"
        ),
        pytest.param(
            snapshot(*PLATFORM, namespace("kubeflow"), gaps=[gap("profiles")]),
            id="profiles, for a name without a namespace",
        ),
    ],
)
def test_unread_lists_contradict_nothing(known: Snapshot) -> None:
    """An unread list makes no owner differ and no object missing."""
    assert set() == summary(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            snapshot(*PLATFORM, namespace("kubeflow"), profile("team-a", f"user:{ALICE}")),
            {("namespace-missing", "Profile/team-a")},
            id="nothing was created for the Profile",
        ),
        pytest.param(
            world(namespace("kubeflow"), without=("namespace",)),
            {("namespace-missing", "Profile/team-a")},
            id="everything except the namespace",
        ),
        pytest.param(
            world(namespace("kubeflow"), daves_binding(), without=("namespace",)),
            {("namespace-missing", "Profile/team-a"), *about_dave("binding-without-policy")},
            id="existing objects that disagree",
        ),
        pytest.param(world(without=("namespace",)), set(), id="files without Namespaces"),
        pytest.param(
            world(namespace("kubeflow"), without=("namespace",), gaps=[gap("namespaces")]),
            set(),
            id="unread namespaces",
        ),
    ],
)
def test_a_profile_needs_a_namespace(known: Snapshot, expected: Summary) -> None:
    """A missing namespace is the only finding if nothing else was created."""
    assert expected == summary(known)
