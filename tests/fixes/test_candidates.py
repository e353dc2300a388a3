"""What to apply so that a "no" becomes a "yes", and what else that changes."""

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
from kubectl_kfaccess.fixes.candidates import Fix, fixes, may_apply
from kubectl_kfaccess.output.fix_words import action_text, note_text
from kubectl_kfaccess.rbac.changes import alone
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import Via, Who, caller, identified
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
    """A source of chance that says how to repeat it."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


def who(text: str, *groups: str) -> Who:
    """A subject of a question, with the groups it is known to have."""
    return identified(subject(text), groups)


def found(
    known: Snapshot, text: str = "user:alice", asked: Request = PODS, via: Via = Via.KUBECTL
) -> tuple[Fix, ...]:
    """The fixes for *text*, the best one first."""
    return fixes(Evaluator(known), who(text), via, asked, COUNTED)


def title(fix: Fix) -> str:
    """What the fix does, in words."""
    return action_text(fix.action)


def notes(fix: Fix) -> list[str]:
    """What else is said of it."""
    return [note_text(note) for note in fix.notes]


def titles(*args: Any, **kwargs: Any) -> list[str]:
    """What the fixes are called."""
    return [title(fix) for fix in found(*args, **kwargs)]


def the_one(name: str, *args: Any, **kwargs: Any) -> Fix:
    """The fix whose title begins so."""
    (fix,) = (fix for fix in found(*args, **kwargs) if title(fix).startswith(name))
    return fix


def differences(fix: Fix) -> list[tuple[Principal, str, list[Request], list[Request]]]:
    """Who gains and who loses what by the fix, and where."""
    return [(change.who, change.namespace, [*change.gained], [*change.lost]) for change in fix.changes]


def kubeflow(*more: KubernetesObject) -> Snapshot:
    """The profile team-a of alice, with Kubeflow's three roles: each may do what the lesser may."""
    roles = {
        "view": rule("get", "pods"),
        "edit": rule("get,list", "pods"),
        "admin": rule("*", "pods,secrets"),
    }
    return snapshot(
        *(cluster_role(f"kubeflow-{name}", found) for name, found in roles.items()),
        profile("team-a", "user:owner"),
        *more,
    )


# --- when there is nothing to mend ---


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("group:system:masters", id="the privileged group"),
        pytest.param("user:bound", id="a subject that is bound"),
    ],
)
def test_what_is_allowed_needs_no_fix(text: str) -> None:
    """There is nothing to mend."""
    assert () == found(snapshot(READER, role_binding("team-a", "b", "reader", "user:bound")), text)


def test_a_group_has_no_fix_on_kubeflows_plane() -> None:
    """No binding of it would count there."""
    assert () == found(snapshot(READER), "group:staff", via=Via.KUBEFLOW)


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
def test_a_subject_that_no_binding_may_name_has_no_fix(text: str) -> None:
    """The server would refuse the binding."""
    assert () == found(snapshot(READER), text)


@pytest.mark.parametrize("where", ["*", "Team-A", "team_a", "a" * 64, "-a"])
def test_a_namespace_that_cannot_exist_has_no_fix(where: str) -> None:
    """One that merely does not exist has."""
    assert () == found(snapshot(READER), asked=request("get", "pods", where))


def test_what_is_not_known_may_be_mended() -> None:
    """A new binding proves what the gap leaves open."""
    known = snapshot(READER, gaps=[gap("rolebindings", "team-a")])

    assert "bind `alice` to ClusterRole `reader` in namespace `team-a`" in titles(known)


def test_a_namespace_that_does_not_exist_is_no_hindrance() -> None:
    """It may be made later, and RBAC does not care."""
    known = snapshot(READER, namespace("team-b"))

    assert "bind `alice` to ClusterRole `reader` in namespace `team-a`" in titles(known)


# --- a role that is there ---


def test_a_role_that_is_there_is_bound_in_the_namespace() -> None:
    """The whole manifest, complete; nothing new has to be maintained."""
    fix = found(snapshot(READER), "user:alice@example.com")[0]

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
                (request("bind", f"clusterroles.{RBAC}", "team-a", "reader"),),
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
def test_a_subject_is_written_as_the_server_wants_it(text: str, expected: dict[str, str]) -> None:
    """An account has a namespace and no group of an API."""
    fix = found(snapshot(READER), text)[0]

    assert ([expected], f"bind `{text}` to ClusterRole `reader` in namespace `team-a`") == (
        fix.objects[0]["subjects"],
        title(fix),
    )


def test_an_account_is_bound_as_an_account_on_kubeflows_plane() -> None:
    """Its user name is what the reviews ask about, and the binding means it."""
    fix = found(snapshot(READER), "sa:team-b/builder", via=Via.KUBEFLOW)[0]

    assert "ServiceAccount" == fix.objects[0]["subjects"][0]["kind"]


def test_a_group_that_counts_for_kubectl_alone_does_not_hide_the_fix() -> None:
    """The user is bound by name."""
    known = snapshot(READER, role_binding("team-a", "b", "reader", "group:staff"))

    fix = fixes(Evaluator(known), who("user:alice", "staff"), Via.KUBEFLOW, PODS, COUNTED)[0]

    assert "alice" == fix.objects[0]["subjects"][0]["name"]


def test_a_role_of_the_namespace_is_bound() -> None:
    """One of another namespace cannot be."""
    known = snapshot(role("team-a/own", rule("get", "pods")), role("team-b/other", rule("get", "pods")))

    assert [
        "bind `alice` to Role `own` in namespace `team-a`",
        "bind `alice` to a new Role `get-pods` in namespace `team-a`",
    ] == titles(known)


def test_the_role_that_hands_out_least_comes_first() -> None:
    """Three at most, and each says how much further it goes."""
    known = snapshot(
        cluster_role("everything", rule("*", "*")),
        cluster_role("b-three", rule("get,list", "pods"), rule("get", "secrets")),
        cluster_role("c-two", rule("get,list", "pods")),
        cluster_role("d-one", rule("get", "pods")),
        cluster_role("e-other", rule("list", "pods")),
    )

    expected = [("d-one", 0), ("get-pods", 0), ("c-two", 1), ("b-three", 2)]
    assert expected == [(fix.objects[-1]["roleRef"]["name"], fix.further) for fix in found(known)]


def test_fixes_that_hand_out_as_much_stand_in_the_order_of_their_words() -> None:
    """A name that goes on stands before the one that it begins with: in words a quote ends that."""
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


def test_what_the_subject_has_already_does_not_count_against_a_role() -> None:
    """Of two roles the one that adds less is the smaller fix."""
    known = snapshot(
        cluster_role("big", rule("list", "pods"), rule("get", "secrets")),
        cluster_role("a-list", rule("get,list", "pods")),
        cluster_role("b-nodes", rule("get", "pods,nodes"), rule("get", "secrets")),
        role_binding("team-a", "b", "big", "user:alice"),
    )

    assert [0, 0, 0] == [fix.further for fix in found(known)]


@pytest.mark.parametrize("name", ["system:reader", ".", "..", "a/b", "a%b"])
def test_some_roles_are_never_bound(name: str) -> None:
    """Kubernetes' own, and those whose name the server would refuse."""
    known = snapshot(cluster_role(name, rule("get", "pods")))

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


def assumed(*names: str) -> Snapshot:
    """ClusterRoles of these names that nothing but Kubernetes' defaults speaks for."""
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
def test_only_roles_that_everybody_knows_are_assumed(name: str, expected: bool) -> None:
    """The others may be different in this cluster, or missing."""
    assert expected == any(fix.ships for fix in found(assumed(name)))


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        pytest.param([READER], ["reader"], id="another role will do"),
        pytest.param([], ["cluster-admin"], id="no other role will do"),
    ],
)
def test_cluster_admin_is_the_last_resort(others: list[ClusterRole], expected: list[str]) -> None:
    """It is never proposed beside another role that is there."""
    known = snapshot(cluster_role("cluster-admin", rule("*", "*")), *others)

    assert expected == [fix.objects[0]["roleRef"]["name"] for fix in found(known) if fix.ships]


def test_cluster_admin_is_not_proposed_beside_a_contributor() -> None:
    """Kubeflow's own roles will do."""
    known = kubeflow(cluster_role("cluster-admin", rule("*", "*")))

    assert not [text for text in titles(known) if "cluster-admin" in text]


def test_rules_that_are_not_certain_are_no_reason_to_bind_a_role() -> None:
    """Hand-written rules in a cycle of aggregated roles may be gone tomorrow."""
    known = snapshot(
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
    )

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


# --- a contributor of a profile ---


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param(PODS, "view", id="reading"),
        pytest.param(request("list", "pods", "team-a"), "edit", id="more"),
        pytest.param(request("get", "secrets", "team-a"), "admin", id="everything"),
    ],
)
def test_a_user_becomes_a_contributor_with_the_least_role(asked: Request, expected: str) -> None:
    """Both objects are KFAM's, binding first."""
    fix = the_one("add", kubeflow(), asked=asked)

    assert f"add `alice` to profile `team-a` as contributor with role `{expected}`" == title(fix)
    assert [("RoleBinding", expected), ("AuthorizationPolicy", expected)] == [
        (one["kind"], one["metadata"]["annotations"]["role"]) for one in fix.objects
    ]


def test_whoever_adds_a_contributor_writes_a_policy_too() -> None:
    """Which no tenant's role allows."""
    fix = the_one("add", kubeflow())

    policy = Need(request("create", "authorizationpolicies.security.istio.io", "team-a"))
    assert policy in fix.needs


def test_the_label_of_a_namespace_makes_it_a_profiles() -> None:
    """Profiles may not be readable."""
    labels = {"app.kubernetes.io/part-of": "kubeflow-profile"}
    known = snapshot(cluster_role("kubeflow-view", rule("get", "pods")), namespace("team-a", **labels))

    assert "add `alice` to profile `team-a` as contributor with role `view`" in titles(known)


def test_a_contributor_is_not_also_bound_by_hand() -> None:
    """A plain binding of the same role would leave the mesh and the dashboard out."""
    bound = [one["roleRef"]["name"] for fix in found(kubeflow()) for one in fix.objects if "roleRef" in one]

    assert ["get-pods", "kubeflow-view"] == sorted(bound)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        pytest.param("user:alice", snapshot(READER), id="no profile"),
        pytest.param("group:staff", kubeflow(), id="a group"),
        pytest.param("sa:team-a/builder", kubeflow(), id="an account"),
        pytest.param("user:*alice", kubeflow(), id="a name that the mesh takes for a pattern"),
        pytest.param("user:al*", kubeflow(), id="another name that it takes for a pattern"),
        pytest.param("user:" + "a" * 240, kubeflow(), id="a name that makes the policy's too long"),
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
    """KFAM would fail, or let in somebody else."""
    assert [] == [name for name in titles(known, text) if name.startswith("add")]


def test_a_policy_that_is_already_right_is_left_alone() -> None:
    """It stays behind when somebody deletes the binding alone."""
    policy = the_one("add", kubeflow()).objects[1]
    known = kubeflow(authorization_policy(f"team-a/{policy['metadata']['name']}", policy["spec"]))

    assert ["RoleBinding"] == [one["kind"] for one in the_one("add", known).objects]


# --- a name in another spelling ---

MISSPELLED = (
    cluster_role("kubeflow-admin", rule("*", "pods,secrets")),
    Namespace(metadata=ObjectMeta("team-a", annotations={"owner": "Bob@x.com"})),
    profile("team-a", "user:Bob@x.com"),
    role_binding("team-a", "namespaceAdmin", "kubeflow-admin", "user:Bob@x.com"),
)


def test_an_owner_in_another_spelling_is_corrected_before_anything_is_handed_out() -> None:
    """It comes first, though it is the one that hands out most."""
    first, *others = found(snapshot(*MISSPELLED), "user:bob@x.com")

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


def test_who_corrects_an_owner_changes_what_is_there() -> None:
    """`kubectl apply` patches; a binding's subjects are new, so its role is handed on."""
    fix = found(snapshot(*MISSPELLED), "user:bob@x.com")[0]

    bindings, profiles = f"rolebindings.{RBAC}", "profiles.kubeflow.org"
    assert (
        Need(request("get", "namespaces", "team-a", "team-a")),
        Need(request("patch", "namespaces", "team-a", "team-a")),
        Need(request("get", profiles, "", "team-a")),
        Need(request("patch", profiles, "", "team-a")),
        Need(request("get", bindings, "team-a", "namespaceAdmin")),
        Need(
            request("patch", bindings, "team-a", "namespaceAdmin"),
            (request("bind", f"clusterroles.{RBAC}", "team-a", "kubeflow-admin"),),
            (rule("*", "pods,secrets"),),
        ),
    ) == fix.needs


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("user:bob@x.com", request("get", "nodes"), id="what the other spelling has not either"),
        pytest.param("group:bob@x.com", PODS, id="a group"),
        pytest.param("user:bobby@x.com", PODS, id="another name"),
    ],
)
def test_a_name_is_corrected_only_where_that_helps(text: str, asked: Request) -> None:
    """Otherwise it is not what keeps the subject out."""
    assert {None} == {fix.loses for fix in found(snapshot(*MISSPELLED), text, asked)}


@pytest.mark.parametrize(("proven", "expected"), [(True, 1), (False, 0)])
def test_a_login_proves_a_name_with_capitals(proven: bool, expected: int) -> None:
    """Without one it may as well be the question that is wrong."""
    known = snapshot(READER, role_binding("team-a", "b", "reader", "user:bob@x.com"))

    asker = who("user:Bob@x.com")
    told = fixes(Evaluator(known), asker, Via.KUBECTL, PODS, COUNTED, proven=proven)

    assert expected == len([fix for fix in told if fix.loses])


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
    *objects: KubernetesObject, text: str = "user:alice", asked: Request = NOTEBOOKS
) -> dict[str, bool]:
    """What each fix begins with, and whether the mesh goes on to refuse the subject."""
    told = found(snapshot(*NOTEBOOKS_ROLES, *objects), text, asked)
    return {title(fix).split(" ", 1)[0]: REFUSES in notes(fix) for fix in told}


def test_a_binding_alone_does_not_open_the_mesh() -> None:
    """A contributor's policy does; whoever chooses between them has to know."""
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
def test_a_mesh_that_refuses_nobody_is_not_spoken_of(more: tuple[KubernetesObject, ...]) -> None:
    """There is none, or it lets the subject in already."""
    assert {"bind": False, "add": False} == refused(*more)


def test_a_mesh_that_refuses_everybody_is_spoken_of_with_every_fix() -> None:
    """No contributor's policy is stronger than one that denies."""
    nobody = authorization_policy("istio-system/nobody", {"action": "DENY", "rules": [{}]})

    assert {"bind": True, "add": True} == refused(OWNERS_POLICY, nobody)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        pytest.param("sa:ci/robot", NOTEBOOKS, id="an account, which uses no pages"),
        pytest.param("group:staff", NOTEBOOKS, id="a group, which the mesh does not know"),
        pytest.param(
            "user:alice",
            request("list", "trainjobs.trainer.kubeflow.org", "team-a"),
            id="no page's question",
        ),
        pytest.param("user:alice", replace(NOTEBOOKS, namespace="team-b"), id="no profile's namespace"),
        pytest.param("user:alice", replace(NOTEBOOKS, namespace=""), id="no namespace"),
    ],
)
def test_the_mesh_is_spoken_of_only_where_a_page_leads_there(text: str, asked: Request) -> None:
    """Elsewhere its word is not what somebody waits for."""
    told = found(snapshot(*NOTEBOOKS_ROLES, OWNERS_POLICY), text, asked)

    assert told
    assert not [note for fix in told for note in fix.notes]


def test_a_corrected_policy_opens_the_mesh() -> None:
    """It is the same one that has let nobody in."""
    misspelt = replace(
        OWNERS_POLICY,
        spec={"rules": [{"when": [{"key": "request.headers[kubeflow-userid]", "values": ["Bob@x.com"]}]}]},
    )
    admin = cluster_role("kubeflow-admin", rule("*", "notebooks.kubeflow.org"))

    told = found(snapshot(admin, *MISSPELLED[1:], misspelt), "user:bob@x.com", NOTEBOOKS)

    still = "the mesh still refuses `bob@x.com` the notebooks and other servers in `team-a`"
    assert [False, True] == [still in notes(fix) for fix in told if fix.loses or "new Role" in title(fix)]


# --- a new role ---


@pytest.mark.parametrize(
    ("asked", "expected"),
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
            id="something of a named object",
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
def test_a_new_role_has_the_rule_that_is_missing(asked: Request, expected: dict[str, Any]) -> None:
    """And no other."""
    (fix,) = found(snapshot(), asked=asked)

    assert [expected] == fix.objects[0]["rules"]


def test_a_new_role_comes_before_its_binding() -> None:
    """It hands out what was asked for, and nothing further."""
    (fix,) = found(snapshot())

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


def test_who_writes_a_role_must_hold_its_rule_or_be_allowed_to_escalate() -> None:
    """And bind it; both are asked for in the namespace."""
    (fix,) = found(snapshot())

    rules = (rule("get", "pods"),)
    assert (
        Need(request("get", f"roles.{RBAC}", "team-a", "get-pods")),
        Need(
            request("create", f"roles.{RBAC}", "team-a"),
            (request("escalate", f"roles.{RBAC}", "team-a"),),
            rules,
        ),
        Need(request("get", f"rolebindings.{RBAC}", "team-a", "alice-get-pods")),
        Need(
            request("create", f"rolebindings.{RBAC}", "team-a"),
            (request("bind", f"roles.{RBAC}", "team-a", "get-pods"),),
            rules,
        ),
    ) == fix.needs


def test_a_named_object_alone_counts_as_the_one_that_was_asked() -> None:
    """Where any name is granted, that is one further."""
    known = snapshot(cluster_role("reader", rule("get", "pods")))

    assert [("get-pods-web", 0), ("reader", 1)] == [
        (fix.objects[-1]["roleRef"]["name"], fix.further)
        for fix in found(known, asked=request("get", "pods", "team-a", "web"))
    ]


# --- names ---


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("user:Alice.B@Example.com", "alice-b-example-com-reader", id="an address"),
        pytest.param("sa:team-b/default-editor", "default-editor-reader", id="an account"),
        pytest.param("user:日本", "reader", id="no letter of ours"),
        pytest.param("user:--", "reader", id="dashes"),
        pytest.param("user:" + "a" * 100, "a" * 63, id="very long"),
        pytest.param("user:" + "a" * 62 + "@", "a" * 62, id="cut at a dash"),
    ],
)
def test_names_are_made_of_subject_and_role(text: str, expected: str) -> None:
    """Readable, and fit for a label."""
    assert expected == found(snapshot(READER), text)[0].objects[0]["metadata"]["name"]


def test_a_name_that_is_taken_is_numbered() -> None:
    """A binding's role cannot be changed, and nobody else's binding is to be."""
    taken = [role_binding("team-a", name, "other") for name in ("alice-reader", "alice-reader-2")]
    elsewhere = role_binding("team-b", "alice-reader-3", "other")

    fix = found(snapshot(READER, *taken, elsewhere))[0]

    assert "alice-reader-3" == fix.objects[0]["metadata"]["name"]


def test_a_long_name_keeps_its_number() -> None:
    """The end of the name makes room."""
    known = snapshot(READER, role_binding("team-a", "a" * 63, "other"))

    assert "a" * 61 + "-2" == found(known, "user:" + "a" * 100)[0].objects[0]["metadata"]["name"]


def test_a_role_that_a_binding_waits_for_is_not_brought_to_life() -> None:
    """It would grant the new rule to whoever is in that binding."""
    known = snapshot(role_binding("team-a", "waiting", "Role/get-pods", "group:staff"))

    assert "get-pods-2" == found(known)[0].objects[0]["metadata"]["name"]


def test_a_cluster_role_that_a_binding_waits_for_is_not_brought_to_life() -> None:
    """Wherever that binding is."""
    known = snapshot(role_binding("team-b", "waiting", "get-nodes", "group:staff"))

    assert "get-nodes-2" == found(known, asked=request("get", "nodes"))[0].objects[0]["metadata"]["name"]


# --- an aggregated role ---


def aggregated(*more: KubernetesObject, stored: bool = True) -> Snapshot:
    """kubeflow-edit as it is bound in two namespaces, and a role above it that is bound in a third."""
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
    """The aggregated role itself is left alone: its controller would overwrite it."""
    fix = the_one("aggregate", aggregated(stored=stored))

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
def test_everybody_who_is_bound_to_it_or_above_it_gains(stored: bool) -> None:
    """In every namespace."""
    fix = the_one("aggregate", aggregated(stored=stored))

    places = [
        (Principal("Group", "staff"), "team-c"),
        (Principal("User", "alice"), "team-a"),
        (Principal("User", "bob"), "team-a"),
        (Principal("User", "bob"), "team-b"),
    ]
    assert [(*place, [GET_PODS], []) for place in places] == differences(fix)
    assert (3, 3, False) == (fix.further, fix.namespaces, fix.ships)


def test_who_writes_a_cluster_role_needs_its_rule_in_the_whole_cluster() -> None:
    """Or the right to escalate."""
    fix = the_one("aggregate", aggregated())

    kind = f"clusterroles.{RBAC}"
    assert (
        Need(request("get", kind, "", "kubeflow-edit-get-pods")),
        Need(request("create", kind), (request("escalate", kind),), (rule("get", "pods"),)),
    ) == fix.needs


def labels_of_new_role(known: Snapshot) -> dict[str, str]:
    """The labels of the ClusterRole that is to be aggregated."""
    return dict(the_one("aggregate", known).objects[0]["metadata"]["labels"])


def test_a_role_bound_through_a_group_is_aggregated_into() -> None:
    """Whatever the subject is bound by."""
    known = snapshot(
        cluster_role("staff", aggregate={"to": "staff"}, stored=True),
        role_binding("team-a", "b", "staff", "group:system:authenticated"),
    )

    assert {"to": "staff"} == labels_of_new_role(known)


def test_the_nearest_role_below_with_plain_labels_is_taken() -> None:
    """An expression does not say which label to give."""
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
    """No label would bring a rule there, or it would cost somebody another one."""
    known = snapshot(bound, role_binding("team-a", "b", "edit", "user:alice"))

    assert ["bind `alice` to a new Role `get-pods` in namespace `team-a`"] == titles(known)


# --- the whole cluster ---


@pytest.mark.parametrize(
    ("asked", "grants"),
    [
        pytest.param(request("get", "nodes"), rule("get", "nodes"), id="a cluster-scoped type"),
        pytest.param(request("get", "pods"), rule("get", "pods"), id="a type, over all namespaces"),
        pytest.param(request("get", "/metrics"), urls("get", "/metrics"), id="a url"),
    ],
)
def test_what_belongs_to_no_namespace_is_bound_in_the_whole_cluster(asked: Request, grants: Any) -> None:
    """By a ClusterRoleBinding, to a role that is there or to a new one; nothing happens in a namespace."""
    known = snapshot(cluster_role("reader", grants), profile("team-a", "user:owner"))

    there, new = found(known, asked=asked)

    assert "bind `alice` to ClusterRole `reader` in the whole cluster" == title(there)
    assert ["ClusterRoleBinding"] == [one["kind"] for one in there.objects]
    assert ["ClusterRole", "ClusterRoleBinding"] == [one["kind"] for one in new.objects]
    assert [(0, 0), (0, 0)] == [(fix.further, fix.namespaces) for fix in (there, new)]
    assert [""] == [change.namespace for change in there.changes]


def test_a_cluster_role_that_a_free_selector_would_take_is_counted() -> None:
    """Some roles select whatever there is."""
    known = snapshot(
        cluster_role("all", aggregate=labelled(), stored=True),
        cluster_role_binding("b", "all", "group:staff"),
    )

    (fix,) = found(known, asked=request("get", "nodes"))

    assert (1, {Principal("Group", "staff"), Principal("User", "alice")}) == (
        fix.further,
        {change.who for change in fix.changes},
    )


def test_at_most_six_are_told() -> None:
    """Eight roles could be aggregated into, and a ninth fix is a new role."""
    names = [f"role-{number}" for number in range(8)]
    known = snapshot(
        *(cluster_role(name, aggregate={"to": name}, stored=True) for name in names),
        *(role_binding("team-a", name, name, "user:alice") for name in names),
    )

    assert 6 == len(found(known))


# --- who may apply it ---

BIND = f"clusterroles.{RBAC}"
WRITE = cluster_role("writer", rule("get,create", f"rolebindings.{RBAC}"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        pytest.param([], Verdict.DENIED, id="neither holds the rules nor may bind"),
        pytest.param([cluster_role("x", rule("get", "pods"))], Verdict.ALLOWED, id="holds the rules"),
        pytest.param(
            [cluster_role("x", rule("get", "pods", names=["a"]))], Verdict.DENIED, id="holds a part"
        ),
        pytest.param([cluster_role("x", rule("bind", BIND))], Verdict.ALLOWED, id="may bind"),
        pytest.param(
            [cluster_role("x", rule("bind", BIND, names=["reader"]))],
            Verdict.ALLOWED,
            id="may bind this role",
        ),
        pytest.param(
            [cluster_role("x", rule("bind", BIND, names=["other"]))], Verdict.DENIED, id="may bind another"
        ),
    ],
)
def test_who_hands_on_rights_has_to_have_them(more: list[ClusterRole], expected: Verdict) -> None:
    """Or may bind the role."""
    known = snapshot(
        READER,
        WRITE,
        *more,
        role_binding("team-a", "w", "writer", "user:owner"),
        role_binding("team-a", "x", "x", "user:owner"),
    )
    (fix,) = (fix for fix in found(known) if "`reader`" in title(fix))

    assert expected is may_apply(fix, Evaluator(known), caller("owner", ()))


@pytest.mark.parametrize(
    ("verbs", "expected"),
    [("get,create", Verdict.ALLOWED), ("get", Verdict.DENIED), ("create", Verdict.DENIED)],
)
def test_the_object_itself_has_to_be_written(verbs: str, expected: Verdict) -> None:
    """`kubectl apply` gets it first."""
    known = snapshot(
        READER,
        cluster_role("writer", rule(verbs, f"rolebindings.{RBAC}")),
        *(role_binding("team-a", name, name, "user:owner") for name in ("writer", "reader")),
    )
    (fix,) = (fix for fix in found(known) if "`reader`" in title(fix))

    assert expected is may_apply(fix, Evaluator(known), caller("owner", ()))


def test_the_privileged_group_may_apply_anything() -> None:
    """The escalation check lets it pass, too."""
    known = snapshot(READER)

    verdicts = {may_apply(fix, Evaluator(known), caller("root", ("system:masters",))) for fix in found(known)}

    assert {Verdict.ALLOWED} == verdicts


@pytest.mark.parametrize(
    "missing",
    [
        pytest.param(gap("rolebindings", "team-a"), id="bindings"),
        pytest.param(gap("clusterrolebindings"), id="cluster-wide bindings"),
    ],
)
def test_who_may_apply_is_not_known_with_gaps(missing: Gap) -> None:
    """A "no" needs complete data."""
    known = snapshot(READER, gaps=[missing])
    fix = found(known)[0]

    assert Verdict.UNKNOWN is may_apply(fix, Evaluator(known), caller("owner", ()))


def test_a_proven_no_beats_what_is_not_known() -> None:
    """One thing that is certainly forbidden is enough."""
    known = snapshot(READER, gaps=[gap("rolebindings", "team-a")])
    hidden, forbidden = Need(PODS), Need(request("get", "pods", "team-b"))
    fix = replace(found(known)[0], needs=(hidden, forbidden))

    assert Verdict.DENIED is may_apply(fix, Evaluator(known), caller("owner", ()))


def test_uncertain_rules_leave_it_open() -> None:
    """They may be held tomorrow, or not."""
    known = snapshot(
        READER,
        WRITE,
        cluster_role("a", rule("get", "pods"), labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        cluster_role("b", labels={"x": ""}, aggregate=[expression("x", "Exists")]),
        *(role_binding("team-a", name, name, "user:owner") for name in ("writer", "a")),
    )
    (fix,) = (fix for fix in found(known) if "`reader`" in title(fix))

    assert Verdict.UNKNOWN is may_apply(fix, Evaluator(known), caller("owner", ()))


# --- random worlds ---

Decisions = set[tuple[Principal, str, Request]]


def objects_of(manifests: Any) -> list[KubernetesObject]:
    """The objects that RBAC reads, as values."""
    return [convert(one, KINDS[one["kind"]]) for one in manifests if one["kind"] in KINDS]


def plain(one: KubernetesObject) -> KubernetesObject:
    """The role with selectors of plain labels, where they have any: these can be aggregated into."""
    if not isinstance(one, ClusterRole) or not one.aggregation_rule:
        return one
    selectors = tuple(
        replace(found, match_expressions=()) if found.match_labels else found for found in one.selectors
    )
    return replace(one, aggregation_rule=replace(one.aggregation_rule, cluster_role_selectors=selectors))


def settled(known: Snapshot) -> Snapshot:
    """The same cluster as a server hands it out: the controller has stored the rules."""
    stored = {
        key: replace(
            one,
            rules=known.aggregation.rules(one.name),
            metadata=ObjectMeta(one.name, labels=one.metadata.labels, resource_version="1"),
        )
        for key, one in known.cluster_roles.items()
    }
    return Snapshot(
        cluster_roles=stored,
        cluster_role_bindings=known.cluster_role_bindings,
        roles=known.roles,
        role_bindings=known.role_bindings,
        profiles=known.profiles,
    )


def question(spec: dict[str, Any], dice: random.Random) -> tuple[Who, Request]:
    """Whom a review is about, and what it asks."""
    groups = tuple(spec.get("groups", ()))
    text = f"user:{spec['user']}" if "user" in spec else f"group:{groups[0]}"
    subject_of = caller(spec["user"], ()).subject if "user" in spec else subject(text)
    if "nonResourceAttributes" in spec:
        asked = Request(
            spec["nonResourceAttributes"]["verb"], path=spec["nonResourceAttributes"].get("path", "")
        )
    else:
        asked = convert(spec["resourceAttributes"], Request)
    return identified(subject_of, groups if dice.random() < 0.5 else ()), asked


def allowed(known: Snapshot, principals: list[Principal], places: list[str], counted: Universe) -> Decisions:
    """Everything that is allowed, each question asked of the evaluator."""
    evaluator = Evaluator(known)
    return {
        (who, where, one)
        for who, where in product(principals, places)
        for one in (counted.permissions if where else (*counted.permissions, *counted.cluster))
        if evaluator.decide(alone(who), replace(one, namespace=where)).verdict is Verdict.ALLOWED
    }


def counted_with(asked: Request) -> Universe:
    """A few permissions that come near the worlds' rules, and the one that is asked for."""
    kinds = (("", "pods", ""), ("", "pods", "log"), ("kf.io", "things", ""), ("apps", "things", "status"))
    known = [Request(verb, *kind) for verb in ("get", "create", "use") for kind in kinds]
    outside = [Request("get", path="/a/b"), Request("get", "", "nodes")]
    own = replace(asked, namespace="")
    within = asked.path is None and asked.namespace
    return Universe(
        tuple(dict.fromkeys((*known, own) if within else known)),
        tuple(dict.fromkeys(outside if within or own in known else (*outside, own))),
    )


def check(fix: Fix, before: Snapshot, after: Snapshot, asker: Who, via: Via, asked: Request) -> None:
    """Hold one fix against brute force: it helps, it tells all that changes, it overwrites nothing."""
    counted = counted_with(asked)
    principals = sorted({one for index in after.bound.values() for one in index})
    places = list(dict.fromkeys(("", *after.role_bindings_by_namespace, asked.namespace or "nowhere")))
    old, new = (allowed(known, principals, places, counted) for known in (before, after))
    everywhere = {(one, what) for one, where, what in new - old if not where}
    gained = Counter(
        (one, where) for one, where, what in new - old if not where or (one, what) not in everywhere
    )

    assert Verdict.ALLOWED is Evaluator(after).decide(asker.seen(via), asked).verdict
    assert set() == old - new
    assert gained == {(change.who, change.namespace): len(change.gained) for change in fix.changes}
    assert all(not change.lost for change in fix.changes)
    assert gained.total() - 1 == fix.further
    assert len({where for _, where in gained if where}) == fix.namespaces
    assert keys(before).isdisjoint((one.kind, *one.key) for one in objects_of(fix.objects))


def keys(known: Snapshot) -> set[tuple[str, str, str]]:
    """Kind, namespace and name of everything that RBAC reads."""
    maps = (known.cluster_roles, known.cluster_role_bindings, known.roles, known.role_bindings)
    return {(one.kind, *one.key) for objects in maps for one in objects.values()}


def kubeflow_in(objects: list[KubernetesObject], place: str) -> list[KubernetesObject]:
    """The objects with a profile of that name, and with some of their roles under Kubeflow's names too."""
    names = ("kubeflow-view", "kubeflow-edit", "kubeflow-admin")
    roles = zip(names, (one for one in objects if isinstance(one, ClusterRole)), strict=False)
    shipped = [replace(one, metadata=replace(one.metadata, name=name)) for name, one in roles]
    return [*objects, *shipped, profile(place, "user:owner")]


def test_every_fix_does_what_it_says(dice: random.Random) -> None:
    """In random clusters, from files and as a server hands them out, for all sorts of questions."""
    told: set[tuple[str, int, bool]] = set()
    for number in range(WORLDS):
        world = World(dice.randrange(10**9), number, solo=True)
        manifests = world.objects()
        objects = kubeflow_in([plain(one) for one in objects_of(manifests)], f"w{number}-a")
        files = snapshot(*objects)
        uncertain = any(files.aggregation.uncertain_rules(name) for _, name in files.cluster_roles)
        stored = not uncertain and dice.random() < 0.6
        before = settled(files) if stored else files
        for spec in world.questions(6, manifests):
            asker, asked = question(spec, dice)
            via = dice.choice((Via.KUBECTL, Via.KUBEFLOW))

            for fix in fixes(Evaluator(before), asker, via, asked, counted_with(asked)):
                # a server's controller ends where the computation from files does
                after = snapshot(*objects, *objects_of(fix.objects))
                check(fix, before, settled(after) if stored else after, asker, via, asked)
                told.add((title(fix).split()[0], len(fix.objects), stored))

    kinds = [("add", 2), ("bind", 1), ("bind", 2), ("aggregate", 1)]
    assert told == {(*kind, stored) for kind in kinds for stored in (True, False)}
