"""What a change changes for each subject, compared with deciding every request before and after it."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Iterator
from itertools import product

import pytest
from msgspec import convert
from msgspec.structs import replace

from kubectl_kfaccess.rbac.changes import Change, Effects, changes, concerned, roles_losing_rules
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.manifests import manifest_of
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    Role,
    RoleBinding,
    RoleRef,
)
from kubectl_kfaccess.rbac.overlay import ObjectKey, overlay
from kubectl_kfaccess.rbac.permissions import Universe, universe
from kubectl_kfaccess.rbac.reach import alone
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Principal
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    identity,
    labelled,
    request,
    role,
    role_binding,
    rule,
    snapshot,
)
from tests.truth.worlds import GROUPS, NAMES, VERBS, World

WORLDS = 60
KINDS = (ClusterRole, ClusterRoleBinding, Role, RoleBinding)
ALICE = Principal("User", "alice")
STAFF = Principal("Group", "staff")
GET_PODS, LIST_PODS, GET_NODES = request("get", "pods"), request("list", "pods"), request("get", "nodes")
SMALL = Universe((GET_PODS, LIST_PODS), (GET_NODES,), ("team-a", "team-b"))
READER = cluster_role("reader", rule("get,list", "pods,nodes"))

Difference = tuple[Principal, str, list[Request], list[Request]]


@pytest.fixture
def dice() -> Iterator[random.Random]:
    """Yield random numbers, and print the seed that repeats them."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


def applied(objects: Iterable[KubernetesObject], before: Snapshot) -> Snapshot:
    """Return *before* with *objects* applied."""
    return overlay(before, map(manifest_of, objects)).snapshot


def deleted(keys: Iterable[ObjectKey], before: Snapshot) -> Snapshot:
    """Return *before* without the objects of *keys*."""
    return overlay(before, without=keys).snapshot


def differences(before: Snapshot, after: Snapshot, counted: Universe = SMALL) -> list[Difference]:
    """Return what each principal gains and loses, and where."""
    return [as_difference(change) for change in changes(before, after, counted, concerned(before, after))]


def as_difference(change: Change) -> Difference:
    """Return a change as plain data."""
    return change.who, change.namespace, [*change.gained], [*change.lost]


def gains(before: Snapshot, *objects: KubernetesObject, counted: Universe = SMALL) -> list[Difference]:
    """Return what each principal gains and loses when *objects* are applied."""
    return differences(before, applied(objects, before), counted)


# --- the universe ---


def test_a_type_has_its_verbs_and_those_of_its_subresources() -> None:
    """An unknown subresource gets the verbs that any subresource can have."""
    pods = ResourceType("", "pods", verbs=("get", "list"), subresources=("log", "exec", "x"))

    expected = [
        *(("get", ""), ("list", "")),
        ("get", "log"),
        *(("get", "exec"), ("create", "exec")),
        *(("get", "x"), ("update", "x"), ("patch", "x"), ("create", "x")),
    ]
    counted = universe([pods], [])
    assert expected == [(p.verb, p.subresource) for p in counted.permissions]
    assert () == counted.cluster


def test_cluster_scoped_types_are_counted_apart() -> None:
    """They are in no namespace."""
    types = [
        ResourceType("", "nodes", namespaced=False, verbs=("get",)),
        ResourceType("", "pods", verbs=("get",)),
    ]

    counted = universe(types, ["team-a"])

    assert Universe((request("get", "pods"),), (request("get", "nodes"),), ("team-a",)) == counted


def test_extra_verbs_are_given_by_type_and_by_subresource() -> None:
    """Discovery does not list verbs such as `impersonate`."""
    accounts = ResourceType("", "serviceaccounts", verbs=("get",), subresources=("token",))
    more = {("", "serviceaccounts"): ("impersonate", "get"), ("", "serviceaccounts/token"): ("use",)}

    expected = [("get", ""), ("impersonate", ""), ("create", "token"), ("use", "token")]
    counted = universe([accounts], [], more)
    assert expected == [(p.verb, p.subresource) for p in counted.permissions]


def test_a_type_without_verbs_has_the_usual_verbs() -> None:
    """A CustomResourceDefinition in a file does not list verbs."""
    counted = universe([ResourceType("kf.io", "runs")], [])

    usual = {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}
    assert usual == {permission.verb for permission in counted.permissions}


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        pytest.param(request("get", "pods", "team-a"), SMALL, id="known"),
        pytest.param(request("get", "nodes"), SMALL, id="known, cluster-scoped"),
        pytest.param(request("get", "pods"), SMALL, id="known, without a namespace"),
        pytest.param(
            request("get", "pods", "team-a", "web"),
            replace(SMALL, permissions=(GET_PODS, LIST_PODS, request("get", "pods", "", "web"))),
            id="with a name",
        ),
        pytest.param(
            request("get", "/metrics"),
            replace(SMALL, cluster=(GET_NODES, request("get", "/metrics"))),
            id="a url",
        ),
        pytest.param(
            request("get", "nodes", "team-a"),
            replace(SMALL, permissions=(GET_PODS, LIST_PODS, GET_NODES), cluster=()),
            id="cluster-scoped, in a namespace",
        ),
    ],
)
def test_a_request_is_added_to_the_universe(added: Request, expected: Universe) -> None:
    """It is added once, without its namespace, to the part that its scope belongs to."""
    assert expected == SMALL.including(added)


# --- who gains what ---


def test_a_role_binding_counts_in_its_namespace() -> None:
    """It does not grant anything on cluster-scoped resources, even if the role has rules for them."""
    expected = [(ALICE, "team-a", [GET_PODS, LIST_PODS], [])]

    assert expected == gains(snapshot(READER), role_binding("team-a", "new", "reader", "user:alice"))


def test_a_cluster_role_binding_counts_once() -> None:
    """A permission that is gained cluster-wide is not counted again in each namespace."""
    expected = [(ALICE, "", [GET_PODS, LIST_PODS, GET_NODES], [])]

    assert expected == gains(snapshot(READER), cluster_role_binding("new", "reader", "user:alice"))


def test_a_permission_that_a_subject_already_has_is_not_gained() -> None:
    """It does not matter if they have it from a binding of the namespace or from a cluster-wide one."""
    known = snapshot(
        READER,
        cluster_role("get-pods", rule("get", "pods")),
        cluster_role("list-pods", rule("list", "pods")),
        role_binding("team-a", "one", "get-pods", "user:alice"),
        cluster_role_binding("all", "list-pods", "user:alice", "group:staff"),
    )

    changed = gains(known, role_binding("team-a", "new", "reader", "user:alice", "group:staff"))

    assert [(STAFF, "team-a", [GET_PODS], [])] == changed


def test_a_new_role_counts_for_the_subjects_it_is_already_bound_to() -> None:
    """A binding can exist before its role."""
    known = snapshot(role_binding("team-a", "waiting", "Role/late", "group:staff"))

    expected = [(STAFF, "team-a", [GET_PODS], [])]
    assert expected == gains(known, role("team-a/late", rule("get", "pods")))


def test_a_binding_that_is_replaced_counts_for_its_new_subjects() -> None:
    """Subjects that the binding had before gain nothing."""
    known = snapshot(READER, role_binding("team-a", "one", "reader", "user:alice"))

    changed = gains(known, role_binding("team-a", "one", "reader", "user:alice", "group:staff"))

    assert [(STAFF, "team-a", [GET_PODS, LIST_PODS], [])] == changed


def test_the_privileged_group_gains_nothing() -> None:
    """The group is allowed everything before RBAC is asked."""
    binding = cluster_role_binding("new", "reader", "group:system:masters")

    assert [] == gains(snapshot(READER), binding)


def test_a_set_of_permissions_has_each_permission_once() -> None:
    """It can be counted, listed and searched, and two sets with the same permissions are equal."""
    verbs = [f"v{number}" for number in range(20)]
    counted = Universe(tuple(Request(verb, "", "pods") for verb in verbs))
    known = snapshot(cluster_role("all", rule("*", "pods")))
    after = applied([role_binding("team-a", "new", "all", "user:alice", "user:bob")], known)

    alices, bobs = changes(known, after, counted, concerned(known, after))

    assert (20, 0) == (len(alices.gained), len(alices.lost))
    assert counted.permissions == tuple(alices.gained)
    assert counted.permissions[7] in alices.gained
    assert GET_PODS not in alices.gained
    assert alices.gained == bobs.gained != alices.lost


# --- who loses what ---


def test_a_binding_that_is_deleted_takes_its_permissions_away() -> None:
    """Permissions that another binding grants stay."""
    known = snapshot(
        READER,
        cluster_role("get-pods", rule("get", "pods")),
        role_binding("team-a", "all", "reader", "user:alice", "group:staff"),
        role_binding("team-a", "some", "get-pods", "user:alice"),
    )

    after = deleted([("RoleBinding", "team-a", "all")], known)

    expected = [(STAFF, "team-a", [], [GET_PODS, LIST_PODS]), (ALICE, "team-a", [], [LIST_PODS])]
    assert expected == differences(known, after)


def test_a_role_that_is_deleted_takes_its_permissions_away_everywhere() -> None:
    """A cluster-wide binding is counted once, and a binding of a namespace in that namespace."""
    known = snapshot(
        READER,
        cluster_role_binding("all", "reader", "group:staff"),
        role_binding("team-a", "some", "reader", "user:alice"),
    )

    after = deleted([("ClusterRole", "", "reader")], known)

    expected = [
        (STAFF, "", [], [GET_PODS, LIST_PODS, GET_NODES]),
        (ALICE, "team-a", [], [GET_PODS, LIST_PODS]),
    ]
    assert expected == differences(known, after)


def test_a_binding_that_is_replaced_takes_permissions_from_its_old_subjects() -> None:
    """The list of subjects is replaced as a whole."""
    known = snapshot(READER, role_binding("team-a", "one", "reader", "user:alice"))

    expected = [(STAFF, "team-a", [GET_PODS, LIST_PODS], []), (ALICE, "team-a", [], [GET_PODS, LIST_PODS])]
    assert expected == gains(known, role_binding("team-a", "one", "reader", "group:staff"))


def test_deleting_a_selected_role_takes_its_permissions_from_bound_subjects() -> None:
    """The controller writes the rules of the aggregated role again."""
    known = snapshot(
        cluster_role(
            "edit", rule("get", "pods"), rule("list", "pods"), aggregate={"to": "edit"}, stored=True
        ),
        cluster_role("part", rule("get", "pods"), labels={"to": "edit"}, stored=True),
        cluster_role("more", rule("list", "pods"), labels={"to": "edit"}, stored=True),
        role_binding("team-a", "editors", "edit", "user:alice"),
    )

    after = deleted([("ClusterRole", "", "more")], known)

    assert [(ALICE, "team-a", [], [LIST_PODS])] == differences(known, after)
    (change,) = Effects(known, SMALL).role_changes(after)[:1]
    assert ("ClusterRole", "", "edit") == (change.kind, change.namespace, change.name)
    assert ([], [LIST_PODS]) == ([*change.gained], [*change.lost])


def test_roles_change_by_name() -> None:
    """A new role gains permissions and a deleted role loses them. A role that allows the same is left out."""
    known = snapshot(
        READER, role("team-a/old", rule("get", "pods")), cluster_role("same", rule("get", "pods"))
    )
    change = [cluster_role("new", rule("list", "pods")), cluster_role("same", rule("get", "pods"))]
    after = deleted([("Role", "team-a", "old")], applied(change, known))

    changed = Effects(known, SMALL).role_changes(after)

    expected = [("ClusterRole", "", "new", [LIST_PODS], []), ("Role", "team-a", "old", [], [GET_PODS])]
    assert expected == [(c.kind, c.namespace, c.name, [*c.gained], [*c.lost]) for c in changed]


# --- many namespaces ---


def test_a_labelled_role_counts_in_every_namespace_that_binds_its_parent() -> None:
    """The role that selects it is bound two thousand times, each time to an account of the namespace."""
    places = [f"team-{number:04}" for number in range(2000)]
    known = snapshot(
        cluster_role("edit", rule("get", "pods"), aggregate={"to": "edit"}, stored=True),
        cluster_role("part", rule("get", "pods"), labels={"to": "edit"}, stored=True),
        *(role_binding(where, "editors", "edit", f"sa:{where}/editor") for where in places),
    )

    changed = gains(known, cluster_role("new", rule("list", "pods"), labels={"to": "edit"}))

    expected = [
        (Principal("User", f"system:serviceaccount:{where}:editor"), where, [LIST_PODS], [])
        for where in places
    ]
    assert expected == changed


# --- what the controller does ---


def verbs_after(known: Snapshot, *objects: KubernetesObject) -> dict[str, set[str]]:
    """Return the verbs that each ClusterRole has once *objects* are applied."""
    after = applied(objects, known)
    return {
        name: {verb for own_rule in after.aggregation.rules(name) for verb in own_rule.verbs}
        for _, name in after.cluster_roles
    }


@pytest.mark.parametrize("stored", [True, False], ids=["on a server", "in files"])
def test_a_new_role_adds_its_rules_to_every_role_above_it(stored: bool) -> None:
    """They reach the roles that select it, and the roles that select those."""
    known = snapshot(
        cluster_role("top", rule("get", "pods"), aggregate={"to": "top"}, stored=stored),
        cluster_role(
            "middle", rule("get", "pods"), labels={"to": "top"}, aggregate={"to": "middle"}, stored=stored
        ),
        cluster_role("part", rule("get", "pods"), labels={"to": "middle"}, stored=stored),
        cluster_role("other", rule("get", "pods"), aggregate={"to": "other"}, stored=stored),
    )

    role_verbs = verbs_after(known, cluster_role("new", rule("list", "pods"), labels={"to": "middle"}))

    expected = {
        "top": {"get", "list"},
        "middle": {"get", "list"},
        "part": {"get"},
        "other": {"get"},
        "new": {"list"},
    }
    assert expected == role_verbs


def test_a_role_that_selects_everything_selects_a_new_role() -> None:
    """The empty selector needs no label."""
    known = snapshot(cluster_role("all", aggregate=labelled(), stored=True))

    assert {"get"} == verbs_after(known, cluster_role("new", rule("get", "pods")))["all"]


@pytest.mark.parametrize("stored", [True, False], ids=["on a server", "in files"])
def test_hand_written_rules_of_an_aggregated_role_are_overwritten(stored: bool) -> None:
    """They stay only as long as the selected roles have no rules."""
    known = snapshot(cluster_role("edit", rule("get", "pods"), aggregate={"to": "edit"}, stored=stored))

    after = applied([cluster_role("new", rule("list", "pods"), labels={"to": "edit"})], known)

    assert ("edit",) == roles_losing_rules(known, after)


@pytest.mark.parametrize("stored", [True, False], ids=["on a server", "in files"])
def test_rules_that_selected_roles_have_too_are_not_lost(stored: bool) -> None:
    """The controller writes them again."""
    known = snapshot(
        cluster_role("edit", rule("get", "pods"), aggregate={"to": "edit"}, stored=stored),
        cluster_role("part", rule("get", "pods"), labels={"to": "edit"}, stored=stored),
    )

    after = applied([cluster_role("new", rule("list", "pods"), labels={"to": "edit"})], known)

    assert () == roles_losing_rules(known, after)


# --- random worlds ---


def objects_of(world: World) -> list[KubernetesObject]:
    """Return the objects of *world* as structs."""
    kinds = {kind.kind: kind for kind in KINDS}
    return [convert(manifest, kinds[manifest["kind"]]) for manifest in world.objects()]


def small_universe() -> Universe:
    """Return requests that the rules of the worlds can match, and some that they almost match."""
    resources = (("pods", ""), ("pods", "log"), ("things", ""), ("things", "status"), ("pods", "a/b"))
    groups = [group for group in GROUPS if group != "*"]
    named = [Request("get", "", "pods", "", name) for name in NAMES]
    plain = [Request(verb, group, *what) for verb, group, what in product(VERBS[:3], groups, resources)]
    paths = [Request(verb, path=path) for verb in ("get", "use") for path in ("/a", "/a/b", "/b/c", "/x")]
    return Universe((*plain, *named), (Request("get", "", "nodes"), *paths))


def decided_one_by_one(
    before: Snapshot, after: Snapshot, counted: Universe, who: Principal, namespaces: tuple[str, ...]
) -> dict[tuple[Principal, str], tuple[set[Request], set[Request]]]:
    """Return what *who* gains and loses, by deciding every permission in every namespace."""
    old, new = Evaluator(before), Evaluator(after)

    def changes_of(permission: Request, namespace: str) -> tuple[bool, bool]:
        placed = replace(permission, namespace=namespace)
        was, is_now = (known.decide(alone(who), placed).verdict is Verdict.ALLOWED for known in (old, new))
        return is_now and not was, was and not is_now

    everything = (*counted.permissions, *counted.cluster)
    gained, lost = ({p for p in everything if changes_of(p, "")[part]} for part in (0, 1))
    results = {(who, ""): (gained, lost)}
    for namespace in namespaces:
        results_there = [(p, *changes_of(p, namespace)) for p in counted.permissions]
        results[(who, namespace)] = (
            {permission for permission, is_gained, _ in results_there if is_gained} - gained,
            {permission for permission, _, is_lost in results_there if is_lost} - lost,
        )
    return results


def test_changes_are_the_same_as_deciding_each_permission(dice: random.Random) -> None:
    """Random worlds, in which objects are replaced and deleted, give the same changes for every principal."""
    counted, compared, lost = small_universe(), 0, 0
    for number in range(WORLDS):
        world = World(dice.randrange(10**9), number, solo=number % 2 == 0)
        objects = objects_of(world)
        dice.shuffle(objects)
        before = snapshot(*objects[::2])
        gone = [(value.kind, *value.key) for value in objects[:3]]
        after = deleted(gone, applied(objects[1::2], before))
        principals = sorted(
            {who for known in (before, after) for index in known.bound.values() for who in index}
        )
        namespaces = (f"w{number}-a", f"w{number}-b", "nowhere")
        expected = {}
        for who in principals:
            expected |= decided_one_by_one(before, after, counted, who, namespaces)

        differing = changes(before, after, counted, concerned(before, after))

        assert {key: both for key, both in expected.items() if any(both)} == {
            (change.who, change.namespace): (set(change.gained), set(change.lost)) for change in differing
        }
        compared += len(differing)
        lost += sum(len(change.lost) for change in differing)
    assert compared > WORLDS // 4
    assert lost > 0


def test_a_binding_grants_as_many_permissions_as_predicted(dice: random.Random) -> None:
    """`granted` predicts the number of permissions that are gained when the binding is applied."""
    counted = small_universe()
    for number in range(WORLDS):
        world = World(dice.randrange(10**9), number)
        before = snapshot(*objects_of(world))
        effects = Effects(before, counted)
        where = dice.choice(("", f"w{number}-a"))
        for name in [bound_role.name for bound_role in before.cluster_roles.values()]:
            binding = (
                role_binding(where, "new", name, "user:w0-u0")
                if where
                else cluster_role_binding("new", name, "user:w0-u0")
            )
            after = applied([binding], before)

            predicted = effects.granted(Principal("User", "w0-u0"), RoleRef("ClusterRole", name), where)

            differing = effects.changes(after, concerned(before, after))
            assert predicted == sum(len(change.gained) for change in differing)


def test_effects_allow_what_the_evaluator_allows(dice: random.Random) -> None:
    """This holds even for an identity with groups, for which no changes are counted."""
    counted = small_universe()
    for number in range(WORLDS):
        objects = objects_of(World(dice.randrange(10**9), number))
        before, after = snapshot(*objects[::2]), applied(objects[1::2], snapshot(*objects[::2]))
        effects, evaluator = Effects(before, counted), Evaluator(after)
        who = identity(f"w{number}-u0", f"w{number}-g0", dice.choice(("x", "system:masters")))
        for permission in (*counted.permissions, *counted.cluster):
            query = replace(permission, namespace="" if permission.path is not None else f"w{number}-a")

            expected = evaluator.decide(who, query).verdict is Verdict.ALLOWED

            assert expected == effects.allows(after, who, query)
