"""Findings about people with access to a profile: their policies, annotations and roles."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    authorization_policy,
    cluster_role,
    gap,
    role,
)
from tests.findings.profiles.worlds import (
    ALICE,
    BY_NAME,
    DAVE,
    DAVES,
    EVERYBODY,
    NORA,
    READER,
    SERVER,
    Summary,
    about_dave,
    binding,
    daves,
    summary,
)
from tests.kubeflow.tenants.profile_objects import PLATFORM, admitting, contributor, world


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(world(daves()), about_dave("binding-without-policy"), id="a contributor without policy"),
        pytest.param(
            world(daves(), admitting(f"team-a/{DAVES}", "eve@example.com")),
            {
                *about_dave("binding-without-policy"),
                ("policy-without-binding", f"AuthorizationPolicy/{DAVES}"),
            },
            id="a policy of the binding's name that lets somebody else in",
        ),
        pytest.param(
            world(without=("owner's policy",)),
            {("binding-without-policy", "RoleBinding/namespaceAdmin")},
            id="the owner's policy is missing",
        ),
        pytest.param(
            world(
                daves(),
                admitting(
                    "team-a/ns-owner-access-istio", ALICE, header="request.headers[x-email]", prefix="c:"
                ),
            ),
            about_dave("binding-without-policy"),
            id="where another header has the names, with a prefix",
        ),
        pytest.param(
            world(
                *(daves(), admitting("team-a/any", DAVE, header="request.headers[x-email]", prefix="c:")),
                admitting(
                    "team-a/ns-owner-access-istio", ALICE, header="request.headers[x-email]", prefix="c:"
                ),
            ),
            set(),
            id="let in by that header",
        ),
        pytest.param(
            world(daves(), admitting("team-a/by-hand", DAVE)), set(), id="let in by a policy of another name"
        ),
        pytest.param(
            world(daves(), authorization_policy("team-a/open", EVERYBODY)),
            set(),
            id="let in by a policy for everybody",
        ),
        pytest.param(
            world(
                daves(),
                authorization_policy(
                    "team-a/claims",
                    {"rules": [{"when": [{"key": "request.auth.claims[email]", "values": [DAVE]}]}]},
                ),
            ),
            set(),
            id="perhaps let in by something that is not known of them",
        ),
        pytest.param(
            world(
                *contributor(DAVE),
                authorization_policy("team-a/maintenance", {**EVERYBODY, "action": "DENY"}),
            ),
            set(),
            id="let in by one, and kept out by another",
        ),
        pytest.param(
            world(daves(), gaps=[gap("authorizationpolicies", "team-a")]), set(), id="the policies are unread"
        ),
        pytest.param(
            world(daves(), gaps=[gap("authorizationpolicies", "istio-system")]),
            set(),
            id="those of the whole mesh are unread",
        ),
        pytest.param(
            world(daves(), platform=PLATFORM[:3], without=("owner's policy",)), set(), id="there is no mesh"
        ),
    ],
)
def test_a_binding_wants_a_policy_that_lets_its_user_in(known: Snapshot, expected: Summary) -> None:
    """Without one, notebooks answer `RBAC: access denied`; what may let them in counts as letting them in."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(admitting("team-a/left", NORA)),
            {("policy-without-binding", "AuthorizationPolicy/left")},
            id="nobody binds the user",
        ),
        pytest.param(
            world(
                admitting("team-a/left", NORA),
                binding("view", "kubeflow-kserve-view", f"user:{NORA}"),
                cluster_role("kubeflow-kserve-view"),
            ),
            set(),
            id="any binding will do",
        ),
        pytest.param(
            world(admitting("team-a/left", NORA), gaps=[gap("rolebindings", "team-a")]),
            set(),
            id="the bindings are unread",
        ),
        pytest.param(
            world(authorization_policy("team-a/deny", {**BY_NAME, "action": "DENY"})),
            set(),
            id="it keeps the user out",
        ),
        pytest.param(
            world(authorization_policy("team-a/plain", BY_NAME)),
            {("policy-without-binding", "AuthorizationPolicy/plain")},
            id="as it was before 1.8, wherever the request comes from",
        ),
        pytest.param(
            world(admitting("team-a/by-hand", ALICE), without=("owner's binding",)),
            {("owner-differs", "Profile/team-a")},
            id="the owner, whom nothing binds, is known all the same",
        ),
        pytest.param(
            world(admitting("team-a/ns-owner-access-istio", NORA)),
            {("owner-differs", "Profile/team-a"), ("binding-without-policy", "RoleBinding/namespaceAdmin")},
            id="the owner's policy is held against the owner",
        ),
        pytest.param(
            world(
                SERVER,
                binding("b", "kubeflow-edit", "sa:server"),
                admitting("team-a/short", "server"),
                admitting("team-a/long", "system:serviceaccount:team-a:server"),
            ),
            set(),
            id="an account by either of its names",
        ),
        pytest.param(
            world(admitting("team-a/some", "*@example.com", "nora@*", "*")),
            set(),
            id="it names nobody in particular",
        ),
    ],
)
def test_a_policy_wants_a_binding_of_the_user_whom_it_lets_in(known: Snapshot, expected: Summary) -> None:
    """Else somebody reaches the workloads whom nobody sees among the contributors."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(daves(user=NORA), about_dave("annotation-user-differs"), id="another user"),
        pytest.param(
            daves(user="Dave@Example.com"), about_dave("annotation-user-differs"), id="another case"
        ),
        pytest.param(daves(user=""), about_dave("annotation-user-differs"), id="no user, but the key"),
        pytest.param(daves(role="view"), about_dave("annotation-role-differs"), id="another role"),
        pytest.param(daves("kubeflow-admin"), about_dave("annotation-role-differs"), id="another role bound"),
        pytest.param(daves(role="kubeflow-edit"), set(), id="the role's long name"),
        pytest.param(
            daves("kubeflow-edit", f"user:{DAVE}", f"user:{ALICE}"),
            about_dave("binding-subject-count"),
            id="two subjects",
        ),
        pytest.param(
            daves("kubeflow-edit", f"user:{DAVE}", f"user:{DAVE}"),
            about_dave("binding-subject-count"),
            id="the same subject twice",
        ),
        pytest.param(daves(), set(), id="as the dashboard makes it"),
    ],
)
def test_annotations_agree_with_what_the_binding_grants(changed: RoleBinding, expected: Summary) -> None:
    """KFAM lists by the annotations, answers with the one subject, and fails at any other number of them."""
    assert expected == summary(world(changed, contributor(DAVE)[1]))


def test_the_owners_annotation_is_held_against_the_owner() -> None:
    """One finding says so, not two."""
    changed = binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", user=NORA, role="admin")

    assert {("owner-differs", "Profile/team-a")} == summary(world(changed))


def test_an_annotated_binding_without_subjects_fails_the_dashboards_lists_too() -> None:
    """It grants nothing to anybody, and breaks the lists all the same."""
    empty = binding("empty", "kubeflow-edit", user=DAVE, role="edit")

    assert {("binding-subject-count", "RoleBinding/empty")} == summary(world(empty))
    assert set() == summary(world(binding("empty", "kubeflow-edit")))


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        pytest.param({}, about_dave("contributor-invisible"), id="none"),
        pytest.param({"user": DAVE}, about_dave("contributor-invisible"), id="the user alone"),
        pytest.param({"role": "edit"}, about_dave("contributor-invisible"), id="the role alone"),
        pytest.param({"user": DAVE, "role": "edit"}, set(), id="both"),
    ],
)
def test_a_contributor_without_both_annotations_is_invisible(
    annotations: dict[str, str], expected: Summary
) -> None:
    """The dashboard knows only bindings that have both."""
    changed = binding(DAVES, "kubeflow-edit", f"user:{DAVE}", **annotations)

    assert expected == summary(world(changed, contributor(DAVE)[1]))


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(
            binding("b", "edit", f"user:{DAVE}"),
            {("foreign-role", "RoleBinding/b")},
            id="Kubernetes' own edit",
        ),
        pytest.param(binding("b", "edit", "group:ml"), {("foreign-role", "RoleBinding/b")}, id="to a group"),
        pytest.param(
            binding("b", "Role/reads-models", f"user:{DAVE}"),
            {("foreign-role", "RoleBinding/b")},
            id="a Role",
        ),
        pytest.param(binding("b", "kubeflow-kserve-edit", f"user:{DAVE}"), set(), id="a part of Kubeflow's"),
        pytest.param(binding("b", "viewer-of-ours", f"user:{DAVE}"), set(), id="what is labelled as a part"),
        pytest.param(
            binding("b", "Role/kubeflow-edit", f"user:{DAVE}"),
            {("foreign-role", "RoleBinding/b")},
            id="a Role with the name of one of Kubeflow's",
        ),
        pytest.param(
            binding("b", "Role/reads-models", "sa:default-editor"), set(), id="an account of the profile"
        ),
        pytest.param(
            replace(binding("b", "edit"), subjects=(Subject("user", DAVE),)),
            set(),
            id="a kind that means nobody",
        ),
    ],
)
def test_people_with_a_role_that_is_not_kubeflows_are_found(changed: RoleBinding, expected: Summary) -> None:
    """The dashboard could not show it; an account of the profile's own may have what it needs."""
    part = {"rbac.authorization.kubeflow.org/aggregate-to-kubeflow-view": "true"}
    roles = (
        cluster_role("edit"),
        cluster_role("kubeflow-kserve-edit"),
        cluster_role("viewer-of-ours", labels=part),
    )

    assert expected == summary(world(changed, READER, role("team-a/kubeflow-edit"), *roles))


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(binding("b", "gone", f"user:{DAVE}")),
            {("role-missing", "RoleBinding/b")},
            id="a ClusterRole",
        ),
        pytest.param(
            world(binding("b", "Role/gone", "sa:default-editor")),
            {("role-missing", "RoleBinding/b")},
            id="a Role",
        ),
        pytest.param(
            world(binding("b", "Role/kubeflow-edit", "sa:default-editor")),
            {("role-missing", "RoleBinding/b")},
            id="a ClusterRole that is referred to as a Role",
        ),
        pytest.param(
            world(binding("b", "Role/reads-models", "sa:default-editor"), READER), set(), id="it is there"
        ),
        pytest.param(world(binding("b", "gone")), set(), id="a binding of nobody"),
        pytest.param(
            world(binding("b", "gone", "sa:default-editor"), gaps=[gap("clusterroles")]),
            set(),
            id="ClusterRoles are unread",
        ),
        pytest.param(
            world(binding("b", "Role/gone", "sa:default-editor"), gaps=[gap("roles", "team-a")]),
            set(),
            id="Roles are unread",
        ),
        pytest.param(
            world(binding("b", "gone", "sa:default-editor"), platform=PLATFORM[3:]),
            set(),
            id="files that hold no roles at all",
        ),
    ],
)
def test_a_role_is_missing_where_roles_were_read(known: Snapshot, expected: Summary) -> None:
    """A binding to it grants nothing."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param("sa:team-b/default-editor", {"foreign-account"}, id="another tenant's account"),
        pytest.param(
            "user:system:serviceaccount:team-b:default-editor", {"foreign-account"}, id="spelled as a user"
        ),
        pytest.param(
            "group:system:serviceaccounts:team-b", {"foreign-account"}, id="all accounts of another tenant"
        ),
        pytest.param("group:system:serviceaccounts", {"foreign-account"}, id="all accounts of the cluster"),
        pytest.param("group:system:authenticated", {"group-contributor"}, id="everybody who is logged in"),
        pytest.param(
            "user:system:anonymous",
            {"contributor-invisible", "binding-without-policy"},
            id="everybody who is not logged in",
        ),
        pytest.param("group:ml-team", {"group-contributor"}, id="a group"),
        pytest.param("sa:default-editor", set(), id="the profile's own account"),
        pytest.param("sa:kube-system/controller", set(), id="Kubernetes' own account"),
        pytest.param("group:system:serviceaccounts:kubeflow", set(), id="all accounts of the platform"),
    ],
)
def test_others_than_users_are_found(who: str, expected: set[str]) -> None:
    """Accounts of elsewhere have people behind them whom nobody here knows; groups have kubectl alone."""
    known = world(binding("b", "kubeflow-edit", who))

    assert {(finding_id, "RoleBinding/b") for finding_id in expected} == summary(known)
