"""What to apply so that a denied request is allowed, and what else that changes."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from msgspec import convert
from msgspec.structs import replace

from kubectl_kfaccess.fixes.actions import (
    Action,
    AddContributor,
    AggregateRole,
    BindRole,
    CorrectName,
    Misspelled,
    alphabetical,
)
from kubectl_kfaccess.fixes.apply_permissions import Need
from kubectl_kfaccess.fixes.candidates import Fix, can_apply, fixes
from kubectl_kfaccess.output.fix_words import action_text, note_text
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, caller, identified
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Namespace,
    ObjectMeta,
    Role,
    RoleBinding,
)
from kubectl_kfaccess.rbac.permissions import Universe
from kubectl_kfaccess.rbac.reach import alone
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot
from kubectl_kfaccess.rbac.subjects import Principal
from tests.builders import (
    authorization_policy,
    cluster_role,
    cluster_role_binding,
    expression,
    gap,
    labelled,
    namespace,
    profile,
    request,
    role,
    role_binding,
    rule,
    snapshot,
    subject,
    urls,
)
from tests.truth.worlds import World

WORLDS = 100
RBAC = "rbac.authorization.k8s.io"
API = f"{RBAC}/v1"
KINDS = {kind.kind: kind for kind in (ClusterRole, ClusterRoleBinding, Role, RoleBinding)}
GET_PODS, LIST_PODS, GET_SECRETS = request("get", "pods"), request("list", "pods"), request("get", "secrets")
COUNTED = Universe((GET_PODS, LIST_PODS, GET_SECRETS), (request("get", "nodes"),), ("team-a", "team-b"))
PODS = request("get", "pods", "team-a")
READER = cluster_role("reader", rule("get", "pods"))
TO_EDIT = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"


@pytest.fixture
def dice() -> Iterator[random.Random]:
    """Yield a random generator, and print the seed that repeats it."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


def who(text: str, *groups: str) -> KnownSubject:
    """Return the subject of a question, with the groups that are known of it."""
    return identified(subject(text), groups)


def fixes_for(
    known: Snapshot, text: str = "user:alice", wanted: Request = PODS, via: Plane = Plane.KUBECTL
) -> tuple[Fix, ...]:
    """Return the fixes for *text*, the best one first."""
    return fixes(Evaluator(known), who(text), via, wanted, COUNTED)


def title(fix: Fix) -> str:
    """Return what the fix does, in words."""
    return action_text(fix.action)


def notes(fix: Fix) -> list[str]:
    """Return the notes of the fix, in words."""
    return [note_text(note) for note in fix.notes]


def titles(*args: Any, **kwargs: Any) -> list[str]:
    """Return the titles of the fixes."""
    return [title(fix) for fix in fixes_for(*args, **kwargs)]


def fix_titled(name: str, *args: Any, **kwargs: Any) -> Fix:
    """Return the only fix whose title begins with *name*."""
    (fix,) = (fix for fix in fixes_for(*args, **kwargs) if title(fix).startswith(name))
    return fix


def differences(fix: Fix) -> list[tuple[Principal, str, list[Request], list[Request]]]:
    """Who gains and who loses what by the fix, and where."""
    return [(change.who, change.namespace, [*change.gained], [*change.lost]) for change in fix.changes]


def kubeflow(*more: KubernetesObject) -> Snapshot:
    """Return the profile team-a with Kubeflow's three roles, where each includes the lesser ones."""
    roles = {
        "view": rule("get", "pods"),
        "edit": rule("get,list", "pods"),
        "admin": rule("*", "pods,secrets"),
    }
    return snapshot(
        *(cluster_role(f"kubeflow-{name}", granted) for name, granted in roles.items()),
        profile("team-a", "user:owner"),
        *more,
    )


# --- requests that need no fix, or have none ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("group:system:masters", id="the privileged group"),
        pytest.param("user:bound", id="a subject that is bound"),
    ],
)
def test_an_allowed_request_needs_no_fix(text: str) -> None:
    """There is nothing to fix."""
    assert () == fixes_for(snapshot(READER, role_binding("team-a", "b", "reader", "user:bound")), text)


def test_a_group_has_no_fix_on_kubeflows_plane() -> None:
    """A binding of a group does not count there."""
    assert () == fixes_for(snapshot(READER), "group:staff", via=Plane.KUBEFLOW)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("user:", id="a user without a name"),
        pytest.param("group:", id="a group without a name"),
        pytest.param("sa:team-a/", id="an account without a name"),
        pytest.param("sa:/builder", id="an account without a namespace"),
        pytest.param("sa:team-a/Builder", id="an account that cannot exist"),
        pytest.param("sa:team_a/builder", id="an account of a namespace that cannot exist"),
    ],
)
def test_a_subject_that_no_binding_can_name_has_no_fix(text: str) -> None:
    """The server would refuse the binding."""
    assert () == fixes_for(snapshot(READER), text)


@pytest.mark.parametrize("where", ["*", "Team-A", "team_a", "a" * 64, "-a"])
def test_a_namespace_that_cannot_exist_has_no_fix(where: str) -> None:
    """A namespace that could exist has fixes."""
    assert () == fixes_for(snapshot(READER), wanted=request("get", "pods", where))


def test_an_unknown_answer_has_fixes() -> None:
    """A new binding proves a "yes", whatever the gap hides."""
    known = snapshot(READER, gaps=[gap("rolebindings", "team-a")])

    assert "bind `alice` to ClusterRole `reader` in namespace `team-a`" in titles(known)


def test_a_namespace_that_does_not_exist_yet_has_fixes() -> None:
    """It can be created later, and RBAC does not check."""
    known = snapshot(READER, namespace("team-b"))

    assert "bind `alice` to ClusterRole `reader` in namespace `team-a`" in titles(known)


# --- a role that exists ---


def test_an_existing_role_is_bound_in_the_namespace() -> None:
    """The manifest is complete, and there is no new role to maintain."""
    fix = fixes_for(snapshot(READER), "user:alice@example.com")[0]

    assert [(Principal("User", "alice@example.com"), "team-a", [GET_PODS], [])] == differences(fix)
    assert fix == Fix(
        action=BindRole(subject("user:alice@example.com"), "ClusterRole", "reader", "team-a"),
        objects=(
            {
                "apiVersion": API,
                "kind": "RoleBinding",
                "metadata": {"name": "alice-example-com-reader", "namespace": "team-a"},
                "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "reader"},
                "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "alice@example.com"}],
            },
        ),
        changes=fix.changes,
        further=0,
        namespaces=1,
        ships=True,
        needs=(
            Need(request("get", f"rolebindings.{RBAC}", "team-a", "alice-example-com-reader")),
            Need(
                request("create", f"rolebindings.{RBAC}", "team-a"),
                request("bind", f"clusterroles.{RBAC}", "team-a", "reader"),
                (rule("get", "pods"),),
            ),
        ),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("group:staff", {"kind": "Group", "apiGroup": RBAC, "name": "staff"}, id="a group"),
        pytest.param(
            "sa:team-b/builder",
            {"kind": "ServiceAccount", "name": "builder", "namespace": "team-b"},
            id="an account",
        ),
    ],
)
def test_a_subject_is_written_as_the_server_accepts_it(text: str, expected: dict[str, str]) -> None:
    """An account has a namespace and no API group."""
    fix = fixes_for(snapshot(READER), text)[0]

    assert ([expected], f"bind `{text}` to ClusterRole `reader` in namespace `team-a`") == (
        fix.objects[0]["subjects"],
        title(fix),
    )


def test_an_account_is_bound_as_an_account_on_kubeflows_plane() -> None:
    """Reviews ask about the account's user name, and the binding means that user."""
    fix = fixes_for(snapshot(READER), "sa:team-b/builder", via=Plane.KUBEFLOW)[0]

    assert "ServiceAccount" == fix.objects[0]["subjects"][0]["kind"]


def test_a_group_that_counts_only_with_kubectl_does_not_hide_the_fix() -> None:
    """The user is bound by name."""
    known = snapshot(READER, role_binding("team-a", "b", "reader", "group:staff"))

    fix = fixes(Evaluator(known), who("user:alice", "staff"), Plane.KUBEFLOW, PODS, COUNTED)[0]

    assert "alice" == fix.objects[0]["subjects"][0]["name"]


def test_a_role_of_the_namespace_is_bound() -> None:
    """A Role of another namespace cannot be bound here."""
    known = snapshot(role("team-a/own", rule("get", "pods")), role("team-b/other", rule("get", "pods")))

    assert [
        "bind `alice` to Role `own` in namespace `team-a`",
        "bind `alice` to a new Role `get-pods` in namespace `team-a`",
    ] == titles(known)


def test_the_role_that_grants_least_comes_first() -> None:
    """At most three existing roles, each with the number of other permissions that it grants."""
    known = snapshot(
        cluster_role("everything", rule("*", "*")),
        cluster_role("b-three", rule("get,list", "pods"), rule("get", "secrets")),
        cluster_role("c-two", rule("get,list", "pods")),
        cluster_role("d-one", rule("get", "pods")),
        cluster_role("e-other", rule("list", "pods")),
    )

    expected = [("d-one", 0), ("get-pods", 0), ("c-two", 1), ("b-three", 2)]
    assert expected == [(fix.objects[-1]["roleRef"]["name"], fix.further) for fix in fixes_for(known)]


def test_fixes_that_grant_equally_much_are_sorted_by_their_words() -> None:
    """A longer name comes before its own prefix, because a quote ends the prefix in words."""
    bob, binding = subject("user:bob"), role_binding("team-a", "x", "view", "user:Bob")
    actions: list[Action] = [
        BindRole(bob, "Role", "a", "team-a", new=True),
        BindRole(bob, "Role", "a", "team-a"),
        *(BindRole(bob, "ClusterRole", name, "team-a") for name in ("edit", "edit-more", "admin")),
        *(AggregateRole(name, name.rpartition("-")[2]) for name in ("get-view", "get-view-2")),
        AddContributor("bob", "team-a", "edit"),
        *(CorrectName("Bob", "bob", binding, misspelled) for misspelled in Misspelled),
        CorrectName("BOB", "bob", binding, Misspelled.SUBJECT),
        CorrectName("Bob", "bob", replace(binding, metadata=ObjectMeta("x-y", "team-a")), Misspelled.SUBJECT),
    ]

    assert sorted(actions, key=action_text) == sorted(actions, key=alphabetical)


def test_permissions_that_the_subject_already_has_do_not_count_against_a_role() -> None:
    """The role that adds less is the smaller fix."""
    known = snapshot(
        cluster_role("big", rule("list", "pods"), rule("get", "secrets")),
        cluster_role("a-list", rule("get,list", "pods")),
        cluster_role("b-nodes", rule("get", "pods,nodes"), rule("get", "secrets")),
        role_binding("team-a", "b", "big", "user:alice"),
    )

    assert [0, 0, 0] == [fix.further for fix in fixes_for(known)]


@pytest.mark.parametrize("name", ["system:reader", ".", "..", "a/b", "a%b"])
def test_some_roles_are_never_bound(name: str) -> None:
    """Kubernetes' own roles, and roles with a name that the server would refuse."""
    known = snapshot(cluster_role(name, rule("get", "pods")))

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


def assumed(*names: str) -> Snapshot:
    """Return a snapshot with ClusterRoles of these names that are only assumed."""
    known = snapshot(*(cluster_role(name, rule("get", "pods")) for name in names))
    return Snapshot(
        cluster_roles=known.cluster_roles, assumed={("ClusterRole", "", name): None for name in names}
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("view", True, id="Kubernetes' view"),
        pytest.param("edit", True, id="Kubernetes' edit"),
        pytest.param("other", False, id="another"),
    ],
)
def test_only_well_known_assumed_roles_are_bound(name: str, expected: bool) -> None:
    """Other default roles can be different in this cluster, or missing."""
    assert expected == any(fix.ships for fix in fixes_for(assumed(name)))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([READER], ["reader"], id="another role is enough"),
        pytest.param([], ["cluster-admin"], id="no other role is enough"),
    ],
)
def test_cluster_admin_is_the_last_resort(others: list[ClusterRole], expected: list[str]) -> None:
    """It is not proposed if another existing role is enough."""
    known = snapshot(cluster_role("cluster-admin", rule("*", "*")), *others)

    assert expected == [fix.objects[0]["roleRef"]["name"] for fix in fixes_for(known) if fix.ships]


def test_cluster_admin_is_not_proposed_beside_a_contributor() -> None:
    """Kubeflow's own roles are enough."""
    known = kubeflow(cluster_role("cluster-admin", rule("*", "*")))

    assert not [text for text in titles(known) if "cluster-admin" in text]


def test_a_role_is_not_bound_for_uncertain_rules() -> None:
    """The controller can drop hand-written rules in a cycle of aggregated roles."""
    known = snapshot(
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
    )

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


# --- a contributor of a profile ---


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(PODS, "view", id="reading"),
        pytest.param(request("list", "pods", "team-a"), "edit", id="more"),
        pytest.param(request("get", "secrets", "team-a"), "admin", id="everything"),
    ],
)
def test_a_user_becomes_a_contributor_with_the_least_role(wanted: Request, expected: str) -> None:
    """Both objects are KFAM's, binding first."""
    fix = fix_titled("add", kubeflow(), wanted=wanted)

    assert f"add `alice` to profile `team-a` as contributor with role `{expected}`" == title(fix)
    assert [("RoleBinding", expected), ("AuthorizationPolicy", expected)] == [
        (manifest["kind"], manifest["metadata"]["annotations"]["role"]) for manifest in fix.objects
    ]


def test_adding_a_contributor_needs_permission_to_create_a_policy() -> None:
    """No tenant's role grants that."""
    fix = fix_titled("add", kubeflow())

    policy = Need(request("create", "authorizationpolicies.security.istio.io", "team-a"))
    assert policy in fix.needs


def test_a_labelled_namespace_is_a_profile() -> None:
    """The caller may be unable to read Profiles."""
    labels = {"app.kubernetes.io/part-of": "kubeflow-profile"}
    known = snapshot(cluster_role("kubeflow-view", rule("get", "pods")), namespace("team-a", **labels))

    assert "add `alice` to profile `team-a` as contributor with role `view`" in titles(known)


def test_a_contributor_is_not_also_bound_by_hand() -> None:
    """A plain binding of the same role would be missing in the mesh and on the dashboard."""
    bound = [
        manifest["roleRef"]["name"]
        for fix in fixes_for(kubeflow())
        for manifest in fix.objects
        if "roleRef" in manifest
    ]

    assert ["get-pods", "kubeflow-view"] == sorted(bound)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("user:alice", snapshot(READER), id="no profile"),
        pytest.param("group:staff", kubeflow(), id="a group"),
        pytest.param("sa:team-a/builder", kubeflow(), id="an account"),
        pytest.param("user:*alice", kubeflow(), id="a name that the mesh reads as a pattern"),
        pytest.param("user:al*", kubeflow(), id="another name that the mesh reads as a pattern"),
        pytest.param("user:" + "a" * 240, kubeflow(), id="a name that makes the policy's name too long"),
        pytest.param(
            "user:alice",
            kubeflow(role_binding("team-a", "user-alice-clusterrole-view", "reader")),
            id="a binding has the name",
        ),
        pytest.param(
            "user:alice",
            kubeflow(authorization_policy("team-a/user-alice-clusterrole-view", {"rules": []})),
            id="another policy has the name",
        ),
        pytest.param("user:alice", snapshot(READER, profile("team-a", "user:owner")), id="no such roles"),
    ],
)
def test_some_cannot_become_contributors(text: str, known: Snapshot) -> None:
    """KFAM would fail, or add somebody else."""
    assert [] == [name for name in titles(known, text) if name.startswith("add")]


def test_a_policy_that_is_already_right_is_not_written_again() -> None:
    """It remains when somebody deletes only the binding."""
    policy = fix_titled("add", kubeflow()).objects[1]
    known = kubeflow(authorization_policy(f"team-a/{policy['metadata']['name']}", policy["spec"]))

    assert ["RoleBinding"] == [manifest["kind"] for manifest in fix_titled("add", known).objects]


# --- a name in another spelling ---

MISSPELLED = (
    cluster_role("kubeflow-admin", rule("*", "pods,secrets")),
    Namespace(
        metadata=ObjectMeta(
            "team-a", labels={"istio-injection": "enabled"}, annotations={"owner": "Bob@x.com"}
        )
    ),
    profile("team-a", "user:Bob@x.com"),
    role_binding("team-a", "namespaceAdmin", "kubeflow-admin", "user:Bob@x.com"),
)


def test_correcting_the_owners_spelling_comes_before_new_grants() -> None:
    """It comes first although it grants the most."""
    first, *others = fixes_for(snapshot(*MISSPELLED), "user:bob@x.com")

    assert "correct the owner of profile `team-a` from `Bob@x.com` to `bob@x.com`" == title(first)
    assert (subject("user:Bob@x.com"), "profile-owner-spelling") == (first.loses, first.finding)
    everything = [GET_PODS, LIST_PODS, GET_SECRETS]
    assert [
        (Principal("User", "Bob@x.com"), "team-a", [], everything),
        (Principal("User", "bob@x.com"), "team-a", everything, []),
    ] == differences(first)
    assert 2 == first.further
    assert ["bind `bob@x.com` to a new Role `get-pods` in namespace `team-a`"] == [
        title(fix) for fix in others if not fix.further
    ]
    assert [(None, "")] * len(others) == [(fix.loses, fix.finding) for fix in others]


def test_correcting_an_owner_needs_permission_to_patch() -> None:
    """`kubectl apply` patches. A new subject in the binding needs the permission to bind its role."""
    fix = fixes_for(snapshot(*MISSPELLED), "user:bob@x.com")[0]

    bindings, profiles = f"rolebindings.{RBAC}", "profiles.kubeflow.org"
    assert (
        Need(request("get", "namespaces", "team-a", "team-a")),
        Need(request("patch", "namespaces", "team-a", "team-a")),
        Need(request("get", profiles, "", "team-a")),
        Need(request("patch", profiles, "", "team-a")),
        Need(request("get", bindings, "team-a", "namespaceAdmin")),
        Need(
            request("patch", bindings, "team-a", "namespaceAdmin"),
            request("bind", f"clusterroles.{RBAC}", "team-a", "kubeflow-admin"),
            (rule("*", "pods,secrets"),),
        ),
    ) == fix.needs


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param(
            "user:bob@x.com", request("get", "nodes"), id="what the other spelling cannot do either"
        ),
        pytest.param("group:bob@x.com", PODS, id="a group"),
        pytest.param("user:bobby@x.com", PODS, id="another name"),
    ],
)
def test_a_name_is_corrected_only_if_that_helps(text: str, wanted: Request) -> None:
    """Otherwise the spelling is not the reason for the "no"."""
    assert {None} == {fix.loses for fix in fixes_for(snapshot(*MISSPELLED), text, wanted)}


@pytest.mark.parametrize(("proven", "expected"), [(True, 1), (False, 0)])
def test_a_login_proves_a_name_with_capitals(proven: bool, expected: int) -> None:
    """Without a login, the question can be the wrong one."""
    known = snapshot(READER, role_binding("team-a", "b", "reader", "user:bob@x.com"))

    asker = who("user:Bob@x.com")
    proposed = fixes(Evaluator(known), asker, Plane.KUBECTL, PODS, COUNTED, proven=proven)

    assert expected == len([fix for fix in proposed if fix.loses])


# --- the mesh ---

NOTEBOOKS = request("list", "notebooks.kubeflow.org", "team-a")
OWNERS_POLICY = authorization_policy(
    "team-a/ns-owner-access-istio",
    {"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": ["owner"]}]}]},
)
NOTEBOOKS_ROLES = (
    cluster_role("kubeflow-view", rule("list", "notebooks.kubeflow.org,trainjobs.trainer.kubeflow.org")),
    profile("team-a", "user:owner"),
)
REFUSES = "the mesh still refuses `alice` the notebooks and other servers in `team-a`"


def refused(
    *objects: KubernetesObject, text: str = "user:alice", wanted: Request = NOTEBOOKS
) -> dict[str, bool]:
    """Return by the first word of each title whether the mesh still refuses the subject."""
    proposed = fixes_for(snapshot(*NOTEBOOKS_ROLES, *objects), text, wanted)
    return {title(fix).split(" ", 1)[0]: REFUSES in notes(fix) for fix in proposed}


def test_a_binding_alone_does_not_open_the_mesh() -> None:
    """A contributor's policy does. The note helps to choose between the two."""
    assert {"bind": True, "add": False} == refused(OWNERS_POLICY)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="no mesh"),
        pytest.param(
            (OWNERS_POLICY, authorization_policy("istio-system/everybody", {"rules": [{}]})), id="everybody"
        ),
    ],
)
def test_a_mesh_that_refuses_nobody_is_not_mentioned(more: tuple[KubernetesObject, ...]) -> None:
    """There is no mesh, or it already lets the subject in."""
    assert {"bind": False, "add": False} == refused(*more)


def test_a_mesh_that_refuses_everybody_is_mentioned_with_every_fix() -> None:
    """A policy that denies wins over a contributor's policy."""
    nobody = authorization_policy("istio-system/nobody", {"action": "DENY", "rules": [{}]})

    assert {"bind": True, "add": True} == refused(OWNERS_POLICY, nobody)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        pytest.param("sa:ci/robot", NOTEBOOKS, id="an account, which uses no pages"),
        pytest.param("group:staff", NOTEBOOKS, id="a group, which the mesh does not know"),
        pytest.param(
            "user:alice",
            request("list", "trainjobs.trainer.kubeflow.org", "team-a"),
            id="a request that no page makes",
        ),
        pytest.param("user:alice", replace(NOTEBOOKS, namespace="team-b"), id="no profile's namespace"),
        pytest.param("user:alice", replace(NOTEBOOKS, namespace=""), id="no namespace"),
    ],
)
def test_the_mesh_is_mentioned_only_for_requests_of_pages(text: str, wanted: Request) -> None:
    """For other requests the mesh does not matter."""
    proposed = fixes_for(snapshot(*NOTEBOOKS_ROLES, OWNERS_POLICY), text, wanted)

    assert proposed
    assert not [note for fix in proposed for note in fix.notes]


def test_a_corrected_policy_opens_the_mesh() -> None:
    """It is the owner's policy, which had the wrong spelling."""
    misspelt = replace(
        OWNERS_POLICY,
        spec={"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": ["Bob@x.com"]}]}]},
    )
    admin = cluster_role("kubeflow-admin", rule("*", "notebooks.kubeflow.org"))

    proposed = fixes_for(snapshot(admin, *MISSPELLED[1:], misspelt), "user:bob@x.com", NOTEBOOKS)

    still = "the mesh still refuses `bob@x.com` the notebooks and other servers in `team-a`"
    assert [False, True] == [still in notes(fix) for fix in proposed if fix.loses or "new Role" in title(fix)]


# --- a new role ---


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        pytest.param(
            request("get", "pods/log", "team-a"),
            {"verbs": ["get"], "apiGroups": [""], "resources": ["pods/log"]},
            id="a subresource",
        ),
        pytest.param(
            request("get", "runs.kf.io", "team-a", "one"),
            {"verbs": ["get"], "apiGroups": ["kf.io"], "resources": ["runs"], "resourceNames": ["one"]},
            id="a name",
        ),
        pytest.param(
            request("create", "pods", "team-a", "one"),
            {"verbs": ["create"], "apiGroups": [""], "resources": ["pods"]},
            id="a name that does not exist yet",
        ),
        pytest.param(
            request("create", "pods/exec", "team-a", "one"),
            {"verbs": ["create"], "apiGroups": [""], "resources": ["pods/exec"], "resourceNames": ["one"]},
            id="a subresource of a named object",
        ),
        pytest.param(
            request("list", "pods", "team-a", "one"),
            {"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]},
            id="a list",
        ),
        pytest.param(
            request("get", "nodes"),
            {"verbs": ["get"], "apiGroups": [""], "resources": ["nodes"]},
            id="in the whole cluster",
        ),
        pytest.param(
            request("get", "/metrics"), {"verbs": ["get"], "nonResourceURLs": ["/metrics"]}, id="a url"
        ),
    ],
)
def test_a_new_role_has_the_rule_that_is_missing(wanted: Request, expected: dict[str, Any]) -> None:
    """It has no other rule."""
    (fix,) = fixes_for(snapshot(), wanted=wanted)

    assert [expected] == fix.objects[0]["rules"]


def test_a_new_role_comes_before_its_binding() -> None:
    """It grants exactly what was asked for."""
    (fix,) = fixes_for(snapshot())

    assert "bind `alice` to a new Role `get-pods` in namespace `team-a`" == title(fix)
    assert (0, 1, False) == (fix.further, fix.namespaces, fix.ships)
    assert [
        {
            "apiVersion": API,
            "kind": "Role",
            "metadata": {"name": "get-pods", "namespace": "team-a"},
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
        },
        {
            "apiVersion": API,
            "kind": "RoleBinding",
            "metadata": {"name": "alice-get-pods", "namespace": "team-a"},
            "roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "get-pods"},
            "subjects": [{"kind": "User", "apiGroup": RBAC, "name": "alice"}],
        },
    ] == list(fix.objects)


def test_creating_a_role_needs_its_rules_or_escalate() -> None:
    """Binding it needs `bind`. Both are checked in the namespace."""
    (fix,) = fixes_for(snapshot())

    rules = (rule("get", "pods"),)
    assert (
        Need(request("get", f"roles.{RBAC}", "team-a", "get-pods")),
        Need(
            request("create", f"roles.{RBAC}", "team-a"),
            request("escalate", f"roles.{RBAC}", "team-a"),
            rules,
        ),
        Need(request("get", f"rolebindings.{RBAC}", "team-a", "alice-get-pods")),
        Need(
            request("create", f"rolebindings.{RBAC}", "team-a"),
            request("bind", f"roles.{RBAC}", "team-a", "get-pods"),
            rules,
        ),
    ) == fix.needs


def test_a_grant_for_the_named_object_alone_counts_as_nothing_further() -> None:
    """A grant for any name is one further permission."""
    known = snapshot(cluster_role("reader", rule("get", "pods")))

    assert [("get-pods-web", 0), ("reader", 1)] == [
        (fix.objects[-1]["roleRef"]["name"], fix.further)
        for fix in fixes_for(known, wanted=request("get", "pods", "team-a", "web"))
    ]


# --- names ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("user:Alice.B@Example.com", "alice-b-example-com-reader", id="an address"),
        pytest.param("sa:team-b/default-editor", "default-editor-reader", id="an account"),
        pytest.param("user:日本", "reader", id="no Latin letter"),
        pytest.param("user:--", "reader", id="dashes"),
        pytest.param("user:" + "a" * 100, "a" * 63, id="very long"),
        pytest.param("user:" + "a" * 62 + "@", "a" * 62, id="cut at a dash"),
    ],
)
def test_names_are_made_of_subject_and_role(text: str, expected: str) -> None:
    """The name is readable and valid as a label."""
    assert expected == fixes_for(snapshot(READER), text)[0].objects[0]["metadata"]["name"]


def test_a_name_that_is_taken_is_numbered() -> None:
    """A binding's role cannot be changed, and other bindings must not change."""
    taken = [role_binding("team-a", name, "other") for name in ("alice-reader", "alice-reader-2")]
    elsewhere = role_binding("team-b", "alice-reader-3", "other")

    fix = fixes_for(snapshot(READER, *taken, elsewhere))[0]

    assert "alice-reader-3" == fix.objects[0]["metadata"]["name"]


def test_a_long_name_keeps_its_number() -> None:
    """The end of the name is cut off for it."""
    known = snapshot(READER, role_binding("team-a", "a" * 63, "other"))

    assert "a" * 61 + "-2" == fixes_for(known, "user:" + "a" * 100)[0].objects[0]["metadata"]["name"]


def test_a_missing_role_that_a_binding_refers_to_is_not_created() -> None:
    """That would grant the new rule to all subjects of that binding."""
    known = snapshot(role_binding("team-a", "waiting", "Role/get-pods", "group:staff"))

    assert "get-pods-2" == fixes_for(known)[0].objects[0]["metadata"]["name"]


def test_a_missing_cluster_role_that_a_binding_refers_to_is_not_created() -> None:
    """The binding can be in any namespace."""
    known = snapshot(role_binding("team-b", "waiting", "get-nodes", "group:staff"))

    assert "get-nodes-2" == fixes_for(known, wanted=request("get", "nodes"))[0].objects[0]["metadata"]["name"]


# --- an aggregated role ---


def aggregated(*more: KubernetesObject, stored: bool = True) -> Snapshot:
    """Return kubeflow-edit bound in two namespaces, and a role that aggregates it bound in a third."""
    return snapshot(
        cluster_role(
            "kubeflow-edit",
            rule("list", "pods"),
            labels={"to": "top"},
            aggregate={TO_EDIT: "true"},
            stored=stored,
        ),
        cluster_role("part", rule("list", "pods"), labels={TO_EDIT: "true"}, stored=stored),
        cluster_role("top", rule("list", "pods"), aggregate={"to": "top"}, stored=stored),
        role_binding("team-a", "b", "kubeflow-edit", "user:alice", "user:bob"),
        role_binding("team-b", "b", "kubeflow-edit", "user:bob"),
        role_binding("team-c", "b", "top", "group:staff"),
        *more,
    )


@pytest.mark.parametrize("stored", [True, False], ids=["of a server", "in files"])
def test_a_new_role_is_aggregated_into_the_one_that_is_bound(stored: bool) -> None:
    """The aggregated role itself is not changed, because its controller would overwrite it."""
    fix = fix_titled("aggregate", aggregated(stored=stored))

    assert "aggregate a new ClusterRole `kubeflow-edit-get-pods` into ClusterRole `kubeflow-edit`" == title(
        fix
    )
    assert [
        {
            "apiVersion": API,
            "kind": "ClusterRole",
            "metadata": {"name": "kubeflow-edit-get-pods", "labels": {TO_EDIT: "true"}},
            "rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}],
        }
    ] == list(fix.objects)


@pytest.mark.parametrize("stored", [True, False], ids=["of a server", "in files"])
def test_every_subject_of_the_role_or_of_one_above_gains(stored: bool) -> None:
    """They gain in every namespace where they are bound."""
    fix = fix_titled("aggregate", aggregated(stored=stored))

    places = [
        (Principal("Group", "staff"), "team-c"),
        (Principal("User", "alice"), "team-a"),
        (Principal("User", "bob"), "team-a"),
        (Principal("User", "bob"), "team-b"),
    ]
    assert [(*place, [GET_PODS], []) for place in places] == differences(fix)
    assert (3, 3, False) == (fix.further, fix.namespaces, fix.ships)


def test_creating_a_cluster_role_needs_its_rules_in_the_whole_cluster() -> None:
    """Or the permission to escalate."""
    fix = fix_titled("aggregate", aggregated())

    kind = f"clusterroles.{RBAC}"
    assert (
        Need(request("get", kind, "", "kubeflow-edit-get-pods")),
        Need(request("create", kind), request("escalate", kind), (rule("get", "pods"),)),
    ) == fix.needs


def labels_of_new_role(known: Snapshot) -> dict[str, str]:
    """Return the labels of the new ClusterRole that is aggregated."""
    return dict(fix_titled("aggregate", known).objects[0]["metadata"]["labels"])


def test_a_role_bound_through_a_group_is_aggregated_into() -> None:
    """It does not matter how the subject is bound."""
    known = snapshot(
        cluster_role("staff", aggregate={"to": "staff"}, stored=True),
        role_binding("team-a", "b", "staff", "group:system:authenticated"),
    )

    assert {"to": "staff"} == labels_of_new_role(known)


def test_the_nearest_selecting_role_with_plain_labels_is_used() -> None:
    """An expression does not say which label to set."""
    known = snapshot(
        cluster_role("top", aggregate=[expression("x", "Exists")], stored=True),
        cluster_role("deep", labels={"m": ""}, aggregate={"to": "deep"}, stored=True),
        cluster_role("middle", labels={"x": ""}, aggregate=[labelled(), labelled(m="")], stored=True),
        role_binding("team-a", "b", "top", "user:alice"),
    )

    assert {"m": ""} == labels_of_new_role(known)


@pytest.mark.parametrize(
    "bound",
    [
        pytest.param(cluster_role("edit", stored=True), id="a role that is not aggregated"),
        pytest.param(
            cluster_role("edit", aggregate=[expression("x", "Exists")], stored=True), id="an expression alone"
        ),
        pytest.param(
            cluster_role("edit", aggregate=[labelled(a="b"), expression("x", "In")], stored=True),
            id="an ill-formed selector",
        ),
        pytest.param(
            cluster_role("edit", rule("list", "pods"), aggregate={"to": "edit"}, stored=True),
            id="hand-written rules that would be overwritten",
        ),
    ],
)
def test_some_roles_cannot_be_aggregated_into(bound: ClusterRole) -> None:
    """No label would bring a rule into them, or somebody would lose a rule."""
    known = snapshot(bound, role_binding("team-a", "b", "edit", "user:alice"))

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


# --- the whole cluster ---


@pytest.mark.parametrize(
    ("wanted", "grants"),
    [
        pytest.param(request("get", "nodes"), rule("get", "nodes"), id="a cluster-scoped type"),
        pytest.param(request("get", "pods"), rule("get", "pods"), id="a type, over all namespaces"),
        pytest.param(request("get", "/metrics"), urls("get", "/metrics"), id="a url"),
    ],
)
def test_a_request_without_a_namespace_is_bound_in_the_whole_cluster(wanted: Request, grants: Any) -> None:
    """A ClusterRoleBinding binds an existing role or a new one. Nothing changes in a namespace."""
    known = snapshot(cluster_role("reader", grants), profile("team-a", "user:owner"))

    existing, new = fixes_for(known, wanted=wanted)

    assert "bind `alice` to ClusterRole `reader` in the whole cluster" == title(existing)
    assert ["ClusterRoleBinding"] == [manifest["kind"] for manifest in existing.objects]
    assert ["ClusterRole", "ClusterRoleBinding"] == [manifest["kind"] for manifest in new.objects]
    assert [(0, 0), (0, 0)] == [(fix.further, fix.namespaces) for fix in (existing, new)]
    assert [""] == [change.namespace for change in existing.changes]


def test_a_role_with_an_empty_selector_is_counted() -> None:
    """An empty selector selects every ClusterRole."""
    known = snapshot(
        cluster_role("all", aggregate=labelled(), stored=True),
        cluster_role_binding("b", "all", "group:staff"),
    )

    (fix,) = fixes_for(known, wanted=request("get", "nodes"))

    assert (1, {Principal("Group", "staff"), Principal("User", "alice")}) == (
        fix.further,
        {change.who for change in fix.changes},
    )


def test_there_are_at_most_six_fixes() -> None:
    """Eight roles could be aggregated into, and a ninth fix is a new role."""
    names = [f"role-{number}" for number in range(8)]
    known = snapshot(
        *(cluster_role(name, aggregate={"to": name}, stored=True) for name in names),
        *(role_binding("team-a", name, name, "user:alice") for name in names),
    )

    assert 6 == len(fixes_for(known))


# --- who can apply a fix ---

BIND = f"clusterroles.{RBAC}"
WRITE = cluster_role("writer", rule("get,create", f"rolebindings.{RBAC}"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], Verdict.DENIED, id="neither has the rules nor can bind"),
        pytest.param([cluster_role("x", rule("get", "pods"))], Verdict.ALLOWED, id="has the rules"),
        pytest.param(
            [cluster_role("x", rule("get", "pods", names=["a"]))],
            Verdict.DENIED,
            id="has a part of the rules",
        ),
        pytest.param([cluster_role("x", rule("bind", BIND))], Verdict.ALLOWED, id="can bind"),
        pytest.param(
            [cluster_role("x", rule("bind", BIND, names=["reader"]))],
            Verdict.ALLOWED,
            id="can bind this role",
        ),
        pytest.param(
            [cluster_role("x", rule("bind", BIND, names=["other"]))],
            Verdict.DENIED,
            id="can bind another role",
        ),
    ],
)
def test_granting_permissions_needs_these_permissions(more: list[ClusterRole], expected: Verdict) -> None:
    """Or the permission to bind the role."""
    known = snapshot(
        READER,
        WRITE,
        *more,
        role_binding("team-a", "w", "writer", "user:owner"),
        role_binding("team-a", "x", "x", "user:owner"),
    )
    (fix,) = (fix for fix in fixes_for(known) if "`reader`" in title(fix))

    assert expected is can_apply(fix, Evaluator(known), caller("owner", ()))


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [("get,create", Verdict.ALLOWED), ("get", Verdict.DENIED), ("create", Verdict.DENIED)],
)
def test_applying_needs_permission_on_the_object_itself(verbs: str, expected: Verdict) -> None:
    """`kubectl apply` gets the object before it creates it."""
    known = snapshot(
        READER,
        cluster_role("writer", rule(verbs, f"rolebindings.{RBAC}")),
        *(role_binding("team-a", name, name, "user:owner") for name in ("writer", "reader")),
    )
    (fix,) = (fix for fix in fixes_for(known) if "`reader`" in title(fix))

    assert expected is can_apply(fix, Evaluator(known), caller("owner", ()))


def test_the_privileged_group_can_apply_anything() -> None:
    """It also passes the escalation check."""
    known = snapshot(READER)

    verdicts = {
        can_apply(fix, Evaluator(known), caller("root", ("system:masters",))) for fix in fixes_for(known)
    }

    assert {Verdict.ALLOWED} == verdicts


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(gap("rolebindings", "team-a"), id="bindings"),
        pytest.param(gap("clusterrolebindings"), id="cluster-wide bindings"),
    ],
)
def test_with_gaps_it_is_unknown_who_can_apply(missing: Gap) -> None:
    """A "no" needs complete data."""
    known = snapshot(READER, gaps=[missing])
    fix = fixes_for(known)[0]

    assert Verdict.UNKNOWN is can_apply(fix, Evaluator(known), caller("owner", ()))


def test_a_proven_no_beats_an_unknown() -> None:
    """One need that is certainly denied is enough."""
    known = snapshot(READER, gaps=[gap("rolebindings", "team-a")])
    hidden, forbidden = Need(PODS), Need(request("get", "pods", "team-b"))
    fix = replace(fixes_for(known)[0], needs=(hidden, forbidden))

    assert Verdict.DENIED is can_apply(fix, Evaluator(known), caller("owner", ()))


def test_with_uncertain_rules_it_is_unknown_who_can_apply() -> None:
    """The controller can keep or drop these rules."""
    known = snapshot(
        READER,
        WRITE,
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        *(role_binding("team-a", name, name, "user:owner") for name in ("writer", "a")),
    )
    (fix,) = (fix for fix in fixes_for(known) if "`reader`" in title(fix))

    assert Verdict.UNKNOWN is can_apply(fix, Evaluator(known), caller("owner", ()))


# --- random worlds ---

Decisions = set[tuple[Principal, str, Request]]


def objects_of(manifests: Any) -> list[KubernetesObject]:
    """Return those of *manifests* that RBAC reads, as values."""
    return [convert(manifest, KINDS[manifest["kind"]]) for manifest in manifests if manifest["kind"] in KINDS]


def plain(some_role: KubernetesObject) -> KubernetesObject:
    """Return the role; its selectors that have labels lose their expressions, so that labels are enough."""
    if not isinstance(some_role, ClusterRole) or not some_role.aggregation_rule:
        return some_role
    selectors = tuple(
        replace(selector, match_expressions=()) if selector.match_labels else selector
        for selector in some_role.selectors
    )
    return replace(
        some_role, aggregation_rule=replace(some_role.aggregation_rule, cluster_role_selectors=selectors)
    )


def settled(known: Snapshot) -> Snapshot:
    """Return the same cluster as a server returns it: the controller has stored the rules."""
    stored = {
        key: replace(
            stored_role,
            rules=known.aggregation.rules(stored_role.name),
            metadata=ObjectMeta(stored_role.name, labels=stored_role.metadata.labels, resource_version="1"),
        )
        for key, stored_role in known.cluster_roles.items()
    }
    return Snapshot(
        cluster_roles=stored,
        cluster_role_bindings=known.cluster_role_bindings,
        roles=known.roles,
        role_bindings=known.role_bindings,
        profiles=known.profiles,
    )


def question(spec: dict[str, Any], dice: random.Random) -> tuple[KnownSubject, Request]:
    """Return the subject that a review is about, and the request."""
    groups = tuple(spec.get("groups", ()))
    text = f"user:{spec['user']}" if "user" in spec else f"group:{groups[0]}"
    subject_of = caller(spec["user"], ()).subject if "user" in spec else subject(text)
    if "nonResourceAttributes" in spec:
        wanted = Request(
            spec["nonResourceAttributes"]["verb"], path=spec["nonResourceAttributes"].get("path", "")
        )
    else:
        wanted = convert(spec["resourceAttributes"], Request)
    return identified(subject_of, groups if dice.random() < 0.5 else ()), wanted


def allowed(known: Snapshot, principals: list[Principal], places: list[str], counted: Universe) -> Decisions:
    """Return everything that the evaluator allows, asked one by one."""
    evaluator = Evaluator(known)
    return {
        (who, where, permission)
        for who, where in product(principals, places)
        for permission in (counted.permissions if where else (*counted.permissions, *counted.cluster))
        if evaluator.decide(alone(who), replace(permission, namespace=where)).verdict is Verdict.ALLOWED
    }


def counted_with(wanted: Request) -> Universe:
    """Return a few permissions similar to the worlds' rules, and the requested one."""
    kinds = (("", "pods", ""), ("", "pods", "log"), ("kf.io", "things", ""), ("apps", "things", "status"))
    known = [Request(verb, *kind) for verb in ("get", "create", "use") for kind in kinds]
    outside = [Request("get", path="/a/b"), Request("get", "", "nodes")]
    own = replace(wanted, namespace="")
    within = wanted.path is None and wanted.namespace
    return Universe(
        tuple(dict.fromkeys((*known, own) if within else known)),
        tuple(dict.fromkeys(outside if within or own in known else (*outside, own))),
    )


def check(
    fix: Fix, before: Snapshot, after: Snapshot, asker: KnownSubject, via: Plane, wanted: Request
) -> None:
    """Compare one fix with brute force: it helps, lists every change, and overwrites nothing."""
    counted = counted_with(wanted)
    principals = sorted({principal for index in after.bound.values() for principal in index})
    places = list(dict.fromkeys(("", *after.role_bindings_by_namespace, wanted.namespace or "nowhere")))
    old, new = (allowed(known, principals, places, counted) for known in (before, after))
    everywhere = {(principal, what) for principal, where, what in new - old if not where}
    gained = Counter(
        (principal, where)
        for principal, where, what in new - old
        if not where or (principal, what) not in everywhere
    )

    assert Verdict.ALLOWED is Evaluator(after).decide(asker.seen(via), wanted).verdict
    assert set() == old - new
    assert gained == {(change.who, change.namespace): len(change.gained) for change in fix.changes}
    assert all(not change.lost for change in fix.changes)
    assert gained.total() - 1 == fix.further
    assert len({where for _, where in gained if where}) == fix.namespaces
    assert keys(before).isdisjoint((applied.kind, *applied.key) for applied in objects_of(fix.objects))


def keys(known: Snapshot) -> set[tuple[str, str, str]]:
    """Return kind, namespace and name of every object that RBAC reads."""
    maps = (known.cluster_roles, known.cluster_role_bindings, known.roles, known.role_bindings)
    return {(each.kind, *each.key) for objects in maps for each in objects.values()}


def kubeflow_in(objects: list[KubernetesObject], place: str) -> list[KubernetesObject]:
    """Return the objects, a profile of that name, and some of their roles under Kubeflow's names as well."""
    names = ("kubeflow-view", "kubeflow-edit", "kubeflow-admin")
    roles = zip(names, (each for each in objects if isinstance(each, ClusterRole)), strict=False)
    shipped = [replace(each, metadata=replace(each.metadata, name=name)) for name, each in roles]
    return [*objects, *shipped, profile(place, "user:owner")]


def test_every_fix_does_what_it_says(dice: random.Random) -> None:
    """In random clusters, read from files and from a server, for many kinds of questions."""
    checked: set[tuple[str, int, bool]] = set()
    for number in range(WORLDS):
        world = World(dice.randrange(10**9), number, solo=True)
        manifests = world.objects()
        objects = kubeflow_in([plain(manifest) for manifest in objects_of(manifests)], f"w{number}-a")
        files = snapshot(*objects)
        uncertain = any(files.aggregation.uncertain_rules(name) for _, name in files.cluster_roles)
        stored = not uncertain and dice.random() < 0.6
        before = settled(files) if stored else files
        for spec in world.questions(6, manifests):
            asker, wanted = question(spec, dice)
            via = dice.choice((Plane.KUBECTL, Plane.KUBEFLOW))

            for fix in fixes(Evaluator(before), asker, via, wanted, counted_with(wanted)):
                # a server's controller ends where the computation from files does
                after = snapshot(*objects, *objects_of(fix.objects))
                check(fix, before, settled(after) if stored else after, asker, via, wanted)
                checked.add((title(fix).split()[0], len(fix.objects), stored))

    kinds = [("add", 2), ("bind", 1), ("bind", 2), ("aggregate", 1)]
    assert checked == {(*kind, stored) for kind in kinds for stored in (True, False)}
