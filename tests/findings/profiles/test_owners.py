"""Findings about who owns a profile, and about its namespace."""

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
    daves,
    findings,
    summary,
)
from tests.kubeflow.tenants.profile_objects import PLATFORM, annotated, world


def test_a_group_that_owns_a_profile_has_it_with_kubectl_alone() -> None:
    """That is the one finding about it: what the controller makes agrees with itself."""
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
            id="a Profile that was handed over, and the controller has stopped",
        ),
        pytest.param(
            world(binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", user=NORA, role="admin")),
            f"the Profile says `user:{ALICE}`, RoleBinding `namespaceAdmin` is annotated with `{NORA}`",
            id="an annotation that the controller does not mend",
        ),
        pytest.param(
            world(LABELLED),
            f"the Profile says `user:{ALICE}`, the namespace nobody",
            id="a namespace that the controller will not take over",
        ),
        pytest.param(
            world(without=("owner's binding",)),
            f"the Profile says `user:{ALICE}`, there is no RoleBinding `namespaceAdmin`",
            id="nothing bound",
        ),
        pytest.param(
            world(profile("team-a", f"group:{ALICE}")),
            f"the Profile says `group:{ALICE}`, RoleBinding `namespaceAdmin` binds `user:{ALICE}`:"
            f" `user:{ALICE}` keeps the access",
            id="a group of that name",
        ),
        pytest.param(
            world(binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", f"user:{NORA}")),
            f"the Profile says `user:{ALICE}`, RoleBinding `namespaceAdmin` binds `user:{ALICE}`,"
            f" `user:{NORA}`: `user:{NORA}` keeps the access",
            id="another one beside the owner",
        ),
        pytest.param(
            world(annotated(LABELLED, owner=NORA), without=("profile",)),
            f"the namespace says `user:{NORA}`, {OTHERS}: `user:{ALICE}` keeps the access",
            id="no Profile, and the rest disagrees",
        ),
    ],
)
def test_what_names_another_owner_is_told_with_who_keeps_the_access(known: Snapshot, message: str) -> None:
    """One line says what each of the objects says."""
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
            world(LABELLED, without=("profile",)), id="nothing, where only the binding names the owner"
        ),
        pytest.param(
            snapshot(*PLATFORM, namespace("kubeflow"), gaps=[gap("profiles")]),
            id="profiles, of a name without namespace",
        ),
    ],
)
def test_what_could_not_be_read_does_not_disagree(known: Snapshot) -> None:
    """No owner differs, and nothing is missing, because a list is unread."""
    assert set() == summary(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            snapshot(*PLATFORM, namespace("kubeflow"), profile("team-a", f"user:{ALICE}")),
            {("namespace-missing", "Profile/team-a")},
            id="nothing was made of the Profile",
        ),
        pytest.param(
            world(namespace("kubeflow"), without=("namespace",)),
            {("namespace-missing", "Profile/team-a")},
            id="all but the namespace",
        ),
        pytest.param(
            world(namespace("kubeflow"), daves(), without=("namespace",)),
            {("namespace-missing", "Profile/team-a"), *about_dave("binding-without-policy")},
            id="and what is there disagrees",
        ),
        pytest.param(world(without=("namespace",)), set(), id="files without any Namespace"),
        pytest.param(
            world(namespace("kubeflow"), without=("namespace",), gaps=[gap("namespaces")]), set(), id="unread"
        ),
    ],
)
def test_a_profile_wants_a_namespace(known: Snapshot, expected: Summary) -> None:
    """Without one there is nothing else to say of it."""
    assert expected == summary(known)
