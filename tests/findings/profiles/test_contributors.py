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
    daves_binding,
    summary,
)
from tests.kubeflow.tenants.profile_objects import PLATFORM, admitting, contributor, world


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(daves_binding()), about_dave("binding-without-policy"), id="a contributor without a policy"
        ),
        pytest.param(
            world(daves_binding(), admitting(f"team-a/{DAVES}", "eve@example.com")),
            {
                *about_dave("binding-without-policy"),
                ("policy-without-binding", f"AuthorizationPolicy/{DAVES}"),
            },
            id="a policy with the binding's name that admits another user",
        ),
        pytest.param(
            world(without=("owner's policy",)),
            {("binding-without-policy", "RoleBinding/namespaceAdmin")},
            id="the owner's policy is missing",
        ),
        pytest.param(
            world(
                daves_binding(),
                admitting(
                    "team-a/ns-owner-access-istio", ALICE, header="request.headers[x-email]", prefix="c:"
                ),
            ),
            about_dave("binding-without-policy"),
            id="another header with a prefix",
        ),
        pytest.param(
            world(
                *(
                    daves_binding(),
                    admitting("team-a/any", DAVE, header="request.headers[x-email]", prefix="c:"),
                ),
                admitting(
                    "team-a/ns-owner-access-istio", ALICE, header="request.headers[x-email]", prefix="c:"
                ),
            ),
            set(),
            id="admitted by that header",
        ),
        pytest.param(
            world(daves_binding(), admitting("team-a/by-hand", DAVE)),
            set(),
            id="admitted by a policy with another name",
        ),
        pytest.param(
            world(daves_binding(), authorization_policy("team-a/open", EVERYBODY)),
            set(),
            id="admitted by a policy for everyone",
        ),
        pytest.param(
            world(
                daves_binding(),
                authorization_policy(
                    "team-a/claims",
                    {"rules": [{"when": [{"key": "request.auth.claims[email]", "values": [DAVE]}]}]},
                ),
            ),
            set(),
            id="perhaps admitted by an unknown claim",
        ),
        pytest.param(
            world(
                *contributor(DAVE),
                authorization_policy("team-a/maintenance", {**EVERYBODY, "action": "DENY"}),
            ),
            set(),
            id="admitted by one policy and denied by another",
        ),
        pytest.param(
            world(daves_binding(), gaps=[gap("authorizationpolicies", "team-a")]), set(), id="unread policies"
        ),
        pytest.param(
            world(daves_binding(), gaps=[gap("authorizationpolicies", "istio-system")]),
            set(),
            id="unread policies of the whole mesh",
        ),
        pytest.param(
            world(daves_binding(), platform=PLATFORM[:3], without=("owner's policy",)), set(), id="no mesh"
        ),
    ],
)
def test_a_binding_needs_a_policy_that_admits_its_user(known: Snapshot, expected: Summary) -> None:
    """Without one, notebooks answer `RBAC: access denied`. A policy that perhaps admits them is enough."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(
            world(admitting("team-a/left", NORA)),
            {("policy-without-binding", "AuthorizationPolicy/left")},
            id="a user without a binding",
        ),
        pytest.param(
            world(
                admitting("team-a/left", NORA),
                binding("view", "kubeflow-kserve-view", f"user:{NORA}"),
                cluster_role("kubeflow-kserve-view"),
            ),
            set(),
            id="any binding is enough",
        ),
        pytest.param(
            world(admitting("team-a/left", NORA), gaps=[gap("rolebindings", "team-a")]),
            set(),
            id="unread bindings",
        ),
        pytest.param(
            world(authorization_policy("team-a/deny", {**BY_NAME, "action": "DENY"})),
            set(),
            id="a policy that denies",
        ),
        pytest.param(
            world(authorization_policy("team-a/plain", BY_NAME)),
            {("policy-without-binding", "AuthorizationPolicy/plain")},
            id="from any caller, as before Kubeflow 1.8",
        ),
        pytest.param(
            world(admitting("team-a/by-hand", ALICE), without=("owner's binding",)),
            {("owner-differs", "Profile/team-a")},
            id="an owner without a binding",
        ),
        pytest.param(
            world(admitting("team-a/ns-owner-access-istio", NORA)),
            {("owner-differs", "Profile/team-a"), ("binding-without-policy", "RoleBinding/namespaceAdmin")},
            id="the owner's policy is compared with the owner",
        ),
        pytest.param(
            world(
                SERVER,
                binding("b", "kubeflow-edit", "sa:server"),
                admitting("team-a/short", "server"),
                admitting("team-a/long", "system:serviceaccount:team-a:server"),
            ),
            set(),
            id="a service account by either of its names",
        ),
        pytest.param(
            world(admitting("team-a/some", "*@example.com", "nora@*", "*")),
            set(),
            id="patterns that name no single user",
        ),
    ],
)
def test_a_policy_needs_a_binding_for_its_user(known: Snapshot, expected: Summary) -> None:
    """Otherwise a user who is not listed as a contributor can reach the workloads."""
    assert expected == summary(known)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        pytest.param(daves_binding(user=NORA), about_dave("annotation-user-differs"), id="another user"),
        pytest.param(
            daves_binding(user="Dave@Example.com"),
            about_dave("annotation-user-differs"),
            id="other letter case",
        ),
        pytest.param(daves_binding(user=""), about_dave("annotation-user-differs"), id="an empty user"),
        pytest.param(daves_binding(role="view"), about_dave("annotation-role-differs"), id="another role"),
        pytest.param(
            daves_binding("kubeflow-admin"),
            about_dave("annotation-role-differs"),
            id="another role in the binding",
        ),
        pytest.param(daves_binding(role="kubeflow-edit"), set(), id="the role's long name"),
        pytest.param(
            daves_binding("kubeflow-edit", f"user:{DAVE}", f"user:{ALICE}"),
            about_dave("binding-subject-count"),
            id="two subjects",
        ),
        pytest.param(
            daves_binding("kubeflow-edit", f"user:{DAVE}", f"user:{DAVE}"),
            about_dave("binding-subject-count"),
            id="the same subject twice",
        ),
        pytest.param(daves_binding(), set(), id="as the dashboard writes it"),
    ],
)
def test_annotations_match_the_binding(changed: RoleBinding, expected: Summary) -> None:
    """KFAM lists by the annotations, answers with the only subject, and fails if there is not exactly one."""
    assert expected == summary(world(changed, contributor(DAVE)[1]))


def test_the_owners_annotation_is_compared_with_the_owner() -> None:
    """There is one finding about it, not two."""
    changed = binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", user=NORA, role="admin")

    assert {("owner-differs", "Profile/team-a")} == summary(world(changed))


def test_an_annotated_binding_without_subjects_breaks_lists() -> None:
    """It grants nothing, but the dashboard's lists still fail."""
    empty = binding("empty", "kubeflow-edit", user=DAVE, role="edit")

    assert {("binding-subject-count", "RoleBinding/empty")} == summary(world(empty))
    assert set() == summary(world(binding("empty", "kubeflow-edit")))


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        pytest.param({}, about_dave("contributor-invisible"), id="none"),
        pytest.param({"user": DAVE}, about_dave("contributor-invisible"), id="only the user"),
        pytest.param({"role": "edit"}, about_dave("contributor-invisible"), id="only the role"),
        pytest.param({"user": DAVE, "role": "edit"}, set(), id="both"),
    ],
)
def test_a_contributor_without_both_annotations_is_invisible(
    annotations: dict[str, str], expected: Summary
) -> None:
    """The dashboard reads only bindings that have both."""
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
        pytest.param(binding("b", "kubeflow-kserve-edit", f"user:{DAVE}"), set(), id="a component's role"),
        pytest.param(
            binding("b", "viewer-of-ours", f"user:{DAVE}"), set(), id="a role with a component's label"
        ),
        pytest.param(
            binding("b", "Role/kubeflow-edit", f"user:{DAVE}"),
            {("foreign-role", "RoleBinding/b")},
            id="a Role with the name of a Kubeflow role",
        ),
        pytest.param(
            binding("b", "Role/reads-models", "sa:default-editor"), set(), id="an account of the profile"
        ),
        pytest.param(
            replace(binding("b", "edit"), subjects=(Subject("user", DAVE),)),
            set(),
            id="a subject of an unknown kind",
        ),
    ],
)
def test_people_with_other_roles_are_found(changed: RoleBinding, expected: Summary) -> None:
    """The dashboard cannot show these roles. The profile's own accounts can have any role."""
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
            id="a ClusterRole that the binding calls a Role",
        ),
        pytest.param(
            world(binding("b", "Role/reads-models", "sa:default-editor"), READER),
            set(),
            id="an existing role",
        ),
        pytest.param(world(binding("b", "gone")), set(), id="a binding without subjects"),
        pytest.param(
            world(binding("b", "gone", "sa:default-editor"), gaps=[gap("clusterroles")]),
            set(),
            id="unread ClusterRoles",
        ),
        pytest.param(
            world(binding("b", "Role/gone", "sa:default-editor"), gaps=[gap("roles", "team-a")]),
            set(),
            id="unread Roles",
        ),
        pytest.param(
            world(binding("b", "gone", "sa:default-editor"), platform=PLATFORM[3:]),
            set(),
            id="files without roles",
        ),
    ],
)
def test_a_role_is_missing_only_if_roles_were_read(known: Snapshot, expected: Summary) -> None:
    """A binding to a missing role grants nothing."""
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
        pytest.param("group:system:serviceaccounts", {"foreign-account"}, id="all accounts on the cluster"),
        pytest.param("group:system:authenticated", {"group-contributor"}, id="all authenticated users"),
        pytest.param(
            "user:system:anonymous",
            {"contributor-invisible", "binding-without-policy"},
            id="all unauthenticated users",
        ),
        pytest.param("group:ml-team", {"group-contributor"}, id="a group"),
        pytest.param("sa:default-editor", set(), id="the profile's own account"),
        pytest.param("sa:kube-system/controller", set(), id="Kubernetes' own account"),
        pytest.param("group:system:serviceaccounts:kubeflow", set(), id="all accounts of the platform"),
    ],
)
def test_foreign_accounts_and_groups_are_found(who: str, expected: set[str]) -> None:
    """Unknown people can use accounts of other namespaces, and groups count only with kubectl."""
    known = world(binding("b", "kubeflow-edit", who))

    assert {(finding_id, "RoleBinding/b") for finding_id in expected} == summary(known)
