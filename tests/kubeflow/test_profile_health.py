"""The findings about profiles: each is made where it should be, and what Kubeflow makes has none."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.findings.finding import Finding, Severity
from kubectl_kfaccess.findings.profiles.view import TYPES, Health
from kubectl_kfaccess.kubeflow.tenants.profiles import Profiles
from kubectl_kfaccess.rbac.model import RoleBinding, Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    authorization_policy,
    cluster_role,
    cluster_role_binding,
    gap,
    namespace,
    profile,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
)
from tests.kubeflow.profile_objects import PLATFORM, admitting, annotated, contributor, made, world

Told = set[tuple[str, str]]

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


def findings(known: Snapshot, name: str = "team-a") -> tuple[Finding, ...]:
    """The findings about one profile."""
    profiles = Profiles(known)
    return Health(profiles).findings(profiles.tenant(name))


def told(known: Snapshot, name: str = "team-a") -> Told:
    """Each finding's id, without what all of them begin with, and what it is about."""
    return {(one.type.id.removeprefix("profile-"), f"{one.kind}/{one.name}") for one in findings(known, name)}


def binding(name: str, ref: str, *subjects: str, **annotations: str) -> RoleBinding:
    """A RoleBinding of the profile, annotated or not."""
    return annotated(role_binding("team-a", name, ref, *subjects), annotations)


def daves(ref: str = "kubeflow-edit", *subjects: str, user: str = DAVE, role: str = "edit") -> RoleBinding:
    """The binding that the dashboard makes of dave, or what became of it."""
    return binding(DAVES, ref, *(subjects or (f"user:{DAVE}",)), user=user, role=role)


def about_dave(*ids: str) -> Told:
    """Findings about dave's binding."""
    return {(one, f"RoleBinding/{DAVES}") for one in ids}


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(world(), id="the owner alone"),
        pytest.param(world(*contributor(DAVE)), id="a contributor"),
        pytest.param(world(*contributor(DAVE, "admin")), id="a contributor who is an admin"),
        pytest.param(world(*contributor(DAVE), *contributor(DAVE, "view")), id="a contributor of two roles"),
        pytest.param(world(service_account("team-a/ci"), owner="sa:ci"), id="an account as the owner"),
        pytest.param(world(owner="sa:ops/ci"), id="an account of another namespace as the owner"),
        pytest.param(world(owner="user:CgcyMzQyNzQ5"), id="an owner whose name is an id with capitals"),
        pytest.param(
            world(binding("models", "Role/reads-models", "sa:team-a/server"), READER, SERVER),
            id="an account of the profile with a role of its own",
        ),
        pytest.param(
            world(binding("all", "kubeflow-view", "group:system:serviceaccounts:team-a")),
            id="the group of the profile's own accounts",
        ),
        pytest.param(
            world(binding("pipelines", "kubeflow-edit", "sa:kubeflow/ml-pipeline")),
            id="an account of the platform",
        ),
        pytest.param(
            world(
                binding("operator", "kubeflow-edit", "sa:tools/spark-operator-controller"),
                cluster_role_binding("operator", "kubeflow-view", "sa:tools/spark-operator-controller"),
            ),
            id="a well-known controller that is installed elsewhere",
        ),
    ],
)
def test_what_kubeflow_and_its_tenants_make_has_no_finding(known: Snapshot) -> None:
    """The ordinary is left alone."""
    assert set() == told(known)


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
            id="perhaps let in by something that is not known of him",
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
def test_a_binding_wants_a_policy_that_lets_its_user_in(known: Snapshot, expected: Told) -> None:
    """Without one, notebooks answer `RBAC: access denied`; what might let him in counts as letting him in."""
    assert expected == told(known)


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
def test_a_policy_wants_a_binding_of_the_user_whom_it_lets_in(known: Snapshot, expected: Told) -> None:
    """Else somebody reaches the workloads whom nobody sees among the contributors."""
    assert expected == told(known)


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
def test_annotations_tell_the_dashboard_what_the_binding_grants(changed: RoleBinding, expected: Told) -> None:
    """KFAM lists by the annotations, answers with the one subject, and fails at any other number of them."""
    assert expected == told(world(changed, contributor(DAVE)[1]))


def test_the_owners_annotation_is_held_against_the_owner() -> None:
    """One finding says so, not two."""
    changed = binding("namespaceAdmin", "kubeflow-admin", f"user:{ALICE}", user=NORA, role="admin")

    assert {("owner-differs", "Profile/team-a")} == told(world(changed))


def test_an_annotated_binding_without_subjects_fails_the_dashboards_lists_too() -> None:
    """It grants nothing to anybody, and breaks the lists all the same."""
    empty = binding("empty", "kubeflow-edit", user=DAVE, role="edit")

    assert {("binding-subject-count", "RoleBinding/empty")} == told(world(empty))
    assert set() == told(world(binding("empty", "kubeflow-edit")))


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
    annotations: dict[str, str], expected: Told
) -> None:
    """The dashboard knows only bindings that have both."""
    changed = binding(DAVES, "kubeflow-edit", f"user:{DAVE}", **annotations)

    assert expected == told(world(changed, contributor(DAVE)[1]))


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
def test_people_with_a_role_that_is_not_kubeflows_are_told_of(changed: RoleBinding, expected: Told) -> None:
    """The dashboard could not show it; an account of the profile's own may have what it needs."""
    part = {"rbac.authorization.kubeflow.org/aggregate-to-kubeflow-view": "true"}
    roles = (
        cluster_role("edit"),
        cluster_role("kubeflow-kserve-edit"),
        cluster_role("viewer-of-ours", labels=part),
    )

    assert expected == told(world(changed, READER, role("team-a/kubeflow-edit"), *roles))


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
def test_a_role_is_missing_where_roles_were_read(known: Snapshot, expected: Told) -> None:
    """A binding to it grants nothing."""
    assert expected == told(known)


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
def test_others_than_users_are_told_of(who: str, expected: set[str]) -> None:
    """Accounts of elsewhere have people behind them whom nobody here knows; groups have kubectl alone."""
    known = world(binding("b", "kubeflow-edit", who))

    assert {(one, "RoleBinding/b") for one in expected} == told(known)


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
            id="a binding that somebody has named otherwise",
        ),
    ],
)
def test_users_collide_whose_bindings_would_have_one_name(known: Snapshot, expected: Told) -> None:
    """KFAM leaves out what separates the words of a name; it refused `dave-d@…` beside `dave.d@…`."""
    assert expected == told(known)


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
            id="the owner in another case: the one with capitals",
        ),
        pytest.param(
            world(profile("team-b", "user:ALICEID"), owner="user:AliceId"),
            {("owner-spelling", "Profile/team-a")},
            id="an id in another case",
        ),
        pytest.param(
            world(*contributor("DaveId"), profile("team-b", "user:daveid")),
            {("owner-spelling", "RoleBinding/user-daveid-clusterrole-edit")},
            id="a contributor's id in another case",
        ),
        pytest.param(
            world(
                annotated(daves("kubeflow-edit", "user:Dave@Example.com"), user=DAVE, role="edit"),
                admitting(f"team-a/{DAVES}", "Dave@Example.com"),
            ),
            about_dave("annotation-user-differs"),
            id="said already, by the annotation",
        ),
    ],
)
def test_a_spelling_with_capitals_is_another_user(known: Snapshot, expected: Told) -> None:
    """Names are compared letter by letter: KFAM refused `bob@…` the profile of `Bob@Example.com`."""
    assert expected == told(known)


def test_a_group_that_owns_a_profile_has_it_with_kubectl_alone() -> None:
    """That is the one finding about it: what the controller makes agrees with itself."""
    assert {("group-owner", "Profile/team-a")} == told(world(owner="group:ml-team"))


OTHERS = f"RoleBinding `namespaceAdmin` is annotated with `{ALICE}`, AuthorizationPolicy"
OTHERS = (
    f"RoleBinding `namespaceAdmin` binds `user:{ALICE}`, {OTHERS} `ns-owner-access-istio` lets `{ALICE}` in"
)
LABELLED = namespace("team-a", **{"app.kubernetes.io/part-of": "kubeflow-profile"})


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
    (found,) = (one for one in findings(known) if one.type.id == "profile-owner-differs")

    assert message == found.message


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
    assert set() == told(known)


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
def test_a_profile_wants_a_namespace(known: Snapshot, expected: Told) -> None:
    """Without one there is nothing else to say of it."""
    assert expected == told(known)


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
    found = [one.message for one in findings(known) if one.type.id == "profile-account-missing"]

    assert messages == found


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
    assert expected == {what for one, what in told(known) if one == "dangling-account"}


@pytest.mark.parametrize(
    ("known", "told_of"),
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
def test_who_may_create_pods_has_the_cloud_identities_of_all_accounts(known: Snapshot, told_of: str) -> None:
    """Whoever makes a pod chooses the account that it runs as."""
    found = [one.message for one in findings(known) if one.type.id == "profile-cloud-identity"]

    identity = "`arn:aws:iam::1:role/team-a` (AWS)"
    assert ([f"{told_of} may run code as it, and so as {identity}"] if told_of else []) == found


def test_many_people_are_counted() -> None:
    """Two of them are named."""
    people = [one for n in range(1, 6) for one in contributor(f"u{n}@example.com")]

    (found,) = (one for one in findings(world(EDITOR, *people)) if one.kind == "ServiceAccount")

    assert found.message.startswith("`user:u1@example.com`, `user:u2@example.com` and 3 more may run code")


def test_errors_come_first_and_findings_are_about_their_own_profile() -> None:
    """Another profile's objects are not its matter."""
    both = (*made("team-b", "user:bea@example.com").values(), daves("gone"), contributor(DAVE)[1])
    known = world(*both, admitting("team-a/left", NORA))

    assert ["error", "error", "warning"] == [one.type.severity.value for one in findings(known)]
    assert set() == told(known, "team-b")


def test_every_type_is_told_in_whole_sentences_under_a_name_of_its_own() -> None:
    """The ids begin alike, none stands twice, and each has texts that end as sentences do."""
    ids = [one.id for one in TYPES]
    texts = [text for one in TYPES for text in (one.what, one.why, one.mend)]

    assert sorted(set(ids)) == sorted(ids)
    assert [] == [one for one in ids if not one.startswith("profile-")]
    assert [] == [text for text in texts if not text.endswith(".") or "  " in text]
    assert {Severity.ERROR, Severity.WARNING} == {one.severity for one in TYPES}
