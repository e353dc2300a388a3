"""What a cluster has after `kubectl apply` and `kubectl delete`; `make worlds` compares a real one."""

from __future__ import annotations

import json
from dataclasses import replace as changed
from typing import Any

import pytest
from msgspec import convert, to_builtins
from msgspec.structs import replace

from kubectl_kfaccess.rbac.manifests import LAST_APPLIED, Manifest, manifest_of, rbac_manifest
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    KubernetesObject,
    LabelSelector,
    ObjectMeta,
    OwnerReference,
    Role,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.overlay import InvalidObject, RoleRefChange, merged, overlay
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    namespace,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
)

GET, LIST, WATCH = rule("get", "pods"), rule("list", "pods"), rule("watch", "pods")
EDIT = {"to": "edit"}


def applied(before: Snapshot, *objects: KubernetesObject) -> Snapshot:
    """Return *before* with *objects* applied."""
    return overlay(before, map(manifest_of, objects)).snapshot


def deleted(before: Snapshot, *keys: tuple[str, str, str]) -> Snapshot:
    """Return *before* without the objects of *keys*."""
    return overlay(before, without=keys).snapshot


def verbs(known: Snapshot, name: str) -> tuple[set[str], set[str]]:
    """Return the verbs of a ClusterRole's certain rules, and those of its uncertain rules."""
    rules = known.aggregation.rules(name), known.aggregation.uncertain_rules(name)
    certain, uncertain = ({verb for own_rule in part for verb in own_rule.verbs} for part in rules)
    return certain, uncertain


# --- merging ---


@pytest.mark.parametrize(
    ("live", "given", "last", "expected"),
    [
        pytest.param({"a": 1}, {"b": 2}, {}, {"a": 1, "b": 2}, id="other keys stay"),
        pytest.param({"a": 1}, {"a": 2}, {}, {"a": 2}, id="the new value counts"),
        pytest.param(
            {"a": 1, "b": 1},
            {"b": 1},
            {"a": 1},
            {"b": 1},
            id="a key that was applied before and is left out is removed",
        ),
        pytest.param({"a": 1}, {}, {"a": {"b": 1}}, {}, id="a map that is left out is removed as a whole"),
        pytest.param({"a": 1}, {"a": None}, {}, {}, id="null removes"),
        pytest.param({"a": [1, 2]}, {"a": [3]}, {"a": [1]}, {"a": [3]}, id="lists are replaced"),
        pytest.param({"a": [1]}, {"a": []}, {}, {"a": []}, id="an empty list replaces a list"),
        pytest.param({"a": {"b": 1}}, {"a": {"c": 2}}, {}, {"a": {"b": 1, "c": 2}}, id="maps are merged"),
        pytest.param(
            {"a": {"b": 1, "d": 4}},
            {"a": {"c": 2}},
            {"a": {"b": 1}},
            {"a": {"d": 4, "c": 2}},
            id="maps are merged at any depth",
        ),
        pytest.param(
            {"a": "text"}, {"a": {"b": None, "c": 1}}, {}, {"a": {"c": 1}}, id="a map replaces a text"
        ),
        pytest.param(
            {"a": {"b": 1}}, {"a": "text"}, {"a": {"b": 1}}, {"a": "text"}, id="a text replaces a map"
        ),
        pytest.param(
            {"a": {"b": 1}},
            {"a": {"c": 1}},
            {"a": "text"},
            {"a": {"b": 1, "c": 1}},
            id="a text in the last applied manifest",
        ),
    ],
)
def test_a_manifest_is_merged_as_kubectl_merges_it(
    live: Manifest, given: Manifest, last: Manifest, expected: Manifest
) -> None:
    """Three documents decide: the live object, the new manifest and the last applied manifest."""
    before = json.dumps(live)

    assert expected == merged(live, given, last)
    assert before == json.dumps(live), "the live object itself is not changed"


def labelled(labels: dict[str, str], annotations: dict[str, str]) -> Snapshot:
    """Return a snapshot of a server's ClusterRole with these labels and annotations."""
    metadata = ObjectMeta("part", labels=labels, annotations=annotations, resource_version="7")
    return snapshot(ClusterRole(metadata, (GET,)))


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        pytest.param({}, {"old": "x", "new": "y"}, id="an object that was not applied before"),
        pytest.param(
            {LAST_APPLIED: '{"metadata": {"labels": {"old": "x"}}}'},
            {"new": "y"},
            id="an object that was applied before",
        ),
        pytest.param(
            {LAST_APPLIED: "no json"}, {"old": "x", "new": "y"}, id="an annotation that is not JSON"
        ),
        pytest.param({LAST_APPLIED: "[1]"}, {"old": "x", "new": "y"}, id="an annotation that is a list"),
        pytest.param(
            {LAST_APPLIED: "[" * 5000}, {"old": "x", "new": "y"}, id="an annotation that is nested too deeply"
        ),
    ],
)
def test_labels_are_merged(annotations: dict[str, str], expected: dict[str, str]) -> None:
    """A label that the last applied manifest has and the new one lacks is removed."""
    manifest = rbac_manifest("ClusterRole", "part", "", labels={"new": "y"})

    part = overlay(labelled({"old": "x"}, annotations), [manifest]).snapshot.cluster_roles["", "part"]

    assert expected == part.metadata.labels
    assert (GET,) == part.rules, "rules that the manifest does not have stay"
    assert "7" == part.metadata.resource_version
    assert manifest == json.loads(part.metadata.annotations[LAST_APPLIED])


def test_an_object_from_a_file_counts_as_applied() -> None:
    """Everything that the new manifest lacks is removed from it."""
    known = snapshot(cluster_role("part", GET, labels={"old": "x"}))

    part = overlay(known, [rbac_manifest("ClusterRole", "part", "")]).snapshot.cluster_roles["", "part"]

    assert ({}, ()) == (part.metadata.labels, part.rules)


def test_subjects_are_replaced_as_a_list() -> None:
    """No subject of the old list stays."""
    known = snapshot(role_binding("team-a", "one", "edit", "user:alice", "user:bob"))

    binding = applied(known, role_binding("team-a", "one", "edit", "group:staff")).role_bindings[
        "team-a", "one"
    ]

    assert (Subject("Group", "staff"),) == binding.subjects


def test_a_later_manifest_of_the_same_object_counts() -> None:
    """Manifests are applied in their order."""
    after = applied(snapshot(), role("team-a/one", GET), role("team-a/one", LIST))

    assert (LIST,) == after.roles["team-a", "one"].rules


def test_objects_of_all_kinds_in_a_snapshot_are_applied() -> None:
    """Objects of other kinds change nothing."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "team-a"}}
    profile: Manifest = {
        "apiVersion": "kubeflow.org/v1", "kind": "Profile",
        "metadata": {"name": "team-a", "namespace": "ignored"},
        "spec": {"owner": {"kind": "User", "name": "a"}},
    }  # fmt: skip

    after = overlay(snapshot(service_account("team-a/one")), [pod, profile]).snapshot

    assert [("", "team-a")] == [*after.profiles]
    assert [("team-a", "one")] == [*after.service_accounts]


def test_an_empty_change_changes_nothing() -> None:
    """The same snapshot is returned, not a copy."""
    known = snapshot(cluster_role("part", GET))

    assert overlay(known).snapshot is known
    assert known.cluster_roles["", "part"] is overlay(known, [], ()).snapshot.cluster_roles["", "part"]


@pytest.mark.parametrize("change", ["apply", "delete"])
def test_an_applied_or_deleted_object_is_no_longer_assumed(change: str) -> None:
    """The manifest now describes it, or it no longer exists."""
    known = with_assumed_roles(snapshot(cluster_role("view", GET), cluster_role("edit", GET)))

    if change == "apply":
        after = applied(known, cluster_role("view", LIST))
    else:
        after = deleted(known, ("ClusterRole", "", "view"))

    assert {("ClusterRole", "", "edit"): None} == after.assumed


def with_assumed_roles(known: Snapshot) -> Snapshot:
    """Return *known* with all of its ClusterRoles assumed."""
    return changed(known, assumed={("ClusterRole", *key): None for key in known.cluster_roles})


# --- what the server refuses ---


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
def test_a_role_ref_cannot_be_changed(kind: str) -> None:
    """The binding stays as it is, and the overlay lists the manifest as refused."""
    if kind == "RoleBinding":
        old, new = (role_binding("team-a", "one", name, "user:alice") for name in ("view", "edit"))
    else:
        old, new = (cluster_role_binding("one", name, "user:alice") for name in ("view", "edit"))
    known = snapshot(old)

    result = overlay(known, [manifest_of(new)])

    key = (kind, old.namespace, "one")
    assert (
        RoleRefChange(key, RoleRef("ClusterRole", "view"), RoleRef("ClusterRole", "edit")),
    ) == result.refused
    assert known.bound == result.snapshot.bound


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        pytest.param(
            rbac_manifest("ClusterRole", "part", "", rules=[{"verbs": ["get"], "resources": ["pods"]}]),
            "rules[0].apiGroups",
            id="a rule without API groups",
        ),
        pytest.param(
            rbac_manifest("ClusterRole", "part", "", aggregationRule={"clusterRoleSelectors": []}),
            "aggregationRule.clusterRoleSelectors",
            id="an aggregation without selectors",
        ),
    ],
)
def test_an_invalid_object_changes_nothing(manifest: Manifest, path: str) -> None:
    """What is stored stays, and the overlay says which field the server refuses."""
    known = snapshot(cluster_role("part", GET, labels=EDIT, stored=True), edit(GET, stored=True))

    result = overlay(known, [manifest])

    (refusal,) = result.refused
    assert isinstance(refusal, InvalidObject)
    assert (("ClusterRole", "", "part"), [path]) == (
        refusal.key,
        [problem.path for problem in refusal.problems],
    )
    assert known.cluster_roles == result.snapshot.cluster_roles


def test_a_binding_that_the_change_creates_keeps_its_role_too() -> None:
    """The second manifest with the same name is refused, the first is not."""
    result = overlay(
        snapshot(),
        [manifest_of(role_binding("team-a", "one", name, "user:alice")) for name in ("view", "edit")],
    )

    assert ["edit"] == [
        refusal.wanted.name for refusal in result.refused if isinstance(refusal, RoleRefChange)
    ]
    assert "view" == result.snapshot.role_bindings["team-a", "one"].role_ref.name


def test_a_binding_that_was_deleted_can_have_another_role() -> None:
    """The second of two overlays creates it again."""
    known = snapshot(role_binding("team-a", "one", "view", "user:alice"))

    gone = deleted(known, ("RoleBinding", "team-a", "one"))

    assert () == overlay(gone, [manifest_of(role_binding("team-a", "one", "edit", "user:alice"))]).refused


# --- deleting ---


def test_deleting_a_namespace_deletes_the_objects_in_it() -> None:
    """Objects in other namespaces and cluster-scoped objects stay."""
    known = snapshot(
        namespace("team-a"),
        namespace("team-b"),
        role("team-a/one", GET),
        role("team-b/one", GET),
        cluster_role("team-a", GET),
        role_binding("team-a", "one", "view", "user:alice"),
        service_account("team-a/one"),
    )

    after = deleted(known, ("Namespace", "", "team-a"))

    assert [("", "team-b")] == [*after.namespaces]
    assert [("team-b", "one")] == [*after.roles]
    assert [("", "team-a")] == [*after.cluster_roles]
    assert ({}, {}) == (after.role_bindings, after.service_accounts)


def test_deleting_an_object_that_does_not_exist_changes_nothing() -> None:
    """This is what `kubectl delete --ignore-not-found` does."""
    known = snapshot(cluster_role("part", GET))

    assert known.cluster_roles == deleted(known, ("ClusterRole", "", "none")).cluster_roles


# --- the aggregation controller ---

STORED = pytest.mark.parametrize("stored", [True, False], ids=["on a server", "in files"])


def edit(*rules: Any, stored: bool, name: str = "edit", labels: dict[str, str] | None = None) -> ClusterRole:
    """Return the role *name*, which selects the roles that are labelled for it."""
    return cluster_role(name, *rules, labels=labels, aggregate={"to": name}, stored=stored)


def part(name: str, *rules: Any, stored: bool = True, to: str = "edit") -> ClusterRole:
    """Return a role that the role *to* selects."""
    return cluster_role(name, *rules, labels={"to": to}, stored=stored)


@STORED
def test_a_deleted_role_takes_its_rules_out_of_all_roles_above_it(stored: bool) -> None:
    """The role that selects it loses them, and so does the role above that one."""
    known = snapshot(
        edit(GET, LIST, stored=stored, name="top"),
        edit(GET, LIST, stored=stored, labels={"to": "top"}),
        part("get", GET, stored=stored),
        part("list", LIST, stored=stored),
    )

    after = deleted(known, ("ClusterRole", "", "list"))

    assert ({"get"}, set()) == verbs(after, "edit") == verbs(after, "top")


@STORED
def test_a_role_that_loses_its_label_takes_its_rules_along(stored: bool) -> None:
    """Its label goes if the last applied manifest had it and the new one does not."""
    known = snapshot(
        edit(GET, LIST, stored=stored), part("get", GET, stored=stored), part("list", LIST, stored=False)
    )

    after = applied(known, cluster_role("list", LIST))

    assert ({"get"}, set()) == verbs(after, "edit")


@STORED
def test_a_change_reaches_every_role_above(stored: bool) -> None:
    """Four roles, each of which selects the one before."""
    chain = [
        edit(*((GET,) if stored else ()), stored=stored, name=f"level{n}", labels={"to": f"level{n + 1}"})
        for n in range(1, 5)
    ]
    known = snapshot(*chain, part("get", GET, stored=stored, to="level1"))

    after = applied(known, part("list", LIST, to="level1"))

    assert [({"get", "list"}, set())] * 4 == [verbs(after, f"level{n}") for n in range(1, 5)]


@STORED
def test_the_last_selected_role_takes_the_rules_that_the_controller_wrote(stored: bool) -> None:
    """The aggregated role then has no rules, because an empty selection applies none."""
    own = (GET,) if stored else ()
    known = snapshot(edit(*own, stored=stored), part("get", GET, stored=stored))

    assert (set(), set()) == verbs(deleted(known, ("ClusterRole", "", "get")), "edit")


@pytest.mark.parametrize(
    ("managers", "expected"),
    [
        pytest.param(("clusterrole-aggregation-controller",), (set(), set()), id="the controller's"),
        pytest.param(("kubectl-create",), (set(), {"get"}), id="somebody's"),
        pytest.param(
            ("clusterrole-aggregation-controller", "helm"),
            (set(), {"get"}),
            id="the controller's and somebody's",
        ),
    ],
)
def test_field_managers_say_whose_the_rules_are(
    managers: tuple[str, ...], expected: tuple[set[str], set[str]]
) -> None:
    """The controller writes nothing if the rules are as they should be, so somebody else may own them."""
    fields = [{"manager": name, "fieldsV1": {"f:rules": {}}} for name in managers]
    labels = {"manager": "kubectl-label", "fieldsV1": {"f:metadata": {"f:labels": {}}}}
    data = to_builtins(edit(GET, stored=True))
    data["metadata"]["managedFields"] = [*fields, labels]
    known = snapshot(convert(data, ClusterRole), part("get", GET))

    assert expected == verbs(deleted(known, ("ClusterRole", "", "get")), "edit")


def test_rules_of_a_file_that_its_selection_has_too_may_stay() -> None:
    """Perhaps the controller found them as they should be, and never wrote them."""
    known = snapshot(edit(GET, stored=False), part("get", GET, stored=False))

    assert (set(), {"get"}) == verbs(deleted(known, ("ClusterRole", "", "get")), "edit")


def test_hand_written_rules_of_a_file_do_not_come_back() -> None:
    """The controller replaced them when it first found a selected role."""
    known = snapshot(edit(LIST, stored=False), part("get", GET, stored=False))

    assert ({"get"}, set()) == verbs(known, "edit")
    assert (set(), set()) == verbs(deleted(known, ("ClusterRole", "", "get")), "edit")


@STORED
def test_hand_written_rules_stay_while_selected_roles_have_no_rules(stored: bool) -> None:
    """Neither a change elsewhere nor a new role without rules overwrites them."""
    known = snapshot(
        edit(LIST, stored=stored), part("none", stored=stored), cluster_role("x", GET, stored=stored)
    )

    assert ({"list"}, set()) == verbs(deleted(known, ("ClusterRole", "", "none")), "edit")
    assert ({"list"}, set()) == verbs(applied(known, part("also-none")), "edit")


@STORED
def test_new_rules_in_a_role_that_selects_nothing_are_its_own(stored: bool) -> None:
    """They replace the rules that it had, whether those were hand-written or aggregated."""
    known = snapshot(edit(LIST, stored=stored))

    assert ({"watch"}, set()) == verbs(applied(known, edit(WATCH, stored=False)), "edit")


@STORED
def test_new_rules_in_a_role_that_selects_rules_are_overwritten(stored: bool) -> None:
    """The controller writes the selected rules again at once."""
    known = snapshot(edit(GET, stored=stored), part("get", GET, stored=stored))

    assert ({"get"}, set()) == verbs(applied(known, edit(WATCH, stored=False)), "edit")


def test_rules_that_are_written_while_the_selection_empties_are_uncertain() -> None:
    """Whether they stay depends on what the controller sees first."""
    known = snapshot(edit(GET, stored=True), part("get", GET, stored=False))

    after = applied(known, edit(WATCH, stored=False), cluster_role("get", GET))

    assert (set(), {"watch"}) == verbs(after, "edit")


def test_rules_that_the_applied_manifest_has_are_uncertain() -> None:
    """The controller never wrote them if the manifest already had the rules of the selected role."""
    role = edit(GET, stored=True)
    written = json.dumps({"rules": [{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}]})
    metadata = replace(role.metadata, annotations={LAST_APPLIED: written})
    known = snapshot(replace(role, metadata=metadata), part("get", GET))

    assert (set(), {"get"}) == verbs(deleted(known, ("ClusterRole", "", "get")), "edit")


@STORED
def test_a_new_selector_brings_the_rules_of_other_roles(stored: bool) -> None:
    """If it selects none, the rules of the manifest stay."""
    known = snapshot(edit(GET, stored=stored), part("get", GET, stored=stored), part("list", LIST, to="view"))

    after = applied(known, cluster_role("edit", WATCH, aggregate={"to": "view"}))
    none = applied(known, cluster_role("edit", WATCH, aggregate={"to": "nothing"}))

    assert ({"list"}, set()) == verbs(after, "edit")
    assert ({"watch"}, set()) == verbs(none, "edit")


@STORED
def test_a_role_without_its_aggregation_rule_is_not_aggregated(stored: bool) -> None:
    """A manifest with a null aggregation rule removes the selectors."""
    known = snapshot(edit(GET, stored=False), part("get", GET, stored=stored))
    manifest = rbac_manifest("ClusterRole", "edit", "", aggregationRule=None)

    after = overlay(known, [manifest, manifest_of(cluster_role("more", LIST, labels=EDIT))]).snapshot

    assert not after.cluster_roles["", "edit"].selectors


def ring(*rules: Any, stored: bool = True) -> list[ClusterRole]:
    """Return two roles that select each other, both with *rules*."""
    return [
        cluster_role("a", *rules, labels={"in": "b"}, aggregate={"in": "a"}, stored=stored),
        cluster_role("b", *rules, labels={"in": "a"}, aggregate={"in": "b"}, stored=stored),
    ]


def test_a_rule_in_a_cycle_stays_when_its_role_is_deleted() -> None:
    """Each role of the cycle brings the rule to the other."""
    known = snapshot(*ring(GET, LIST), cluster_role("list", LIST, labels={"in": "a"}, stored=True))

    after = deleted(known, ("ClusterRole", "", "list"))

    assert ({"get", "list"}, set()) == verbs(after, "a") == verbs(after, "b")


def test_a_rule_that_only_one_role_of_a_cycle_has_is_uncertain() -> None:
    """Whether it stays depends on which role the controller looks at first."""
    a, b = ring(GET)
    known = snapshot(replace(a, rules=(GET, WATCH)), b)

    after = applied(known, cluster_role("list", LIST, labels={"in": "a"}))

    assert ({"get", "list"}, {"watch"}) == verbs(after, "a") == verbs(after, "b")


def test_a_cycle_that_ends_loses_the_rules_that_no_role_outside_has() -> None:
    """Only the rule of the role outside the cycle stays."""
    known = snapshot(*ring(GET, LIST), cluster_role("list", LIST, labels={"in": "a"}, stored=True))

    after = deleted(known, ("ClusterRole", "", "b"))

    assert ({"list"}, set()) == verbs(after, "a")


def test_a_rule_that_is_replaced_may_stay_in_a_cycle() -> None:
    """A selected role can bring its old rules for a moment, before its new manifest counts."""
    known = snapshot(*ring(GET), cluster_role("new", LIST, labels={"in": "c"}, stored=True))
    both = [LabelSelector({"in": "a"}), LabelSelector({"in": "c"})]
    selecting = cluster_role("a", labels={"in": "b"}, aggregate=both)

    after = applied(known, selecting, cluster_role("new", WATCH, labels={"in": "c"}))

    assert ({"get", "watch"}, {"list"}) == verbs(after, "a") == verbs(after, "b")


def test_overlays_can_follow_one_another() -> None:
    """The second overlay starts with the result of the first."""
    known = snapshot(edit(GET, stored=True), part("get", GET))

    first = applied(known, part("list", LIST))
    second = deleted(first, ("ClusterRole", "", "get"))
    third = deleted(second, ("ClusterRole", "", "list"))

    assert [{"get", "list"}, {"list"}, set()] == [verbs(s, "edit")[0] for s in (first, second, third)]
    assert {"edit": ()} == third.settled


def test_a_role_that_the_change_does_not_concern_stays_as_it_was_read() -> None:
    """Its stored rules count, even if the controller has not updated them."""
    stale = edit(WATCH, stored=True, name="stale")
    known = snapshot(stale, part("get", GET, to="stale"), edit(stored=True))

    after = applied(known, part("list", LIST))

    assert stale is after.cluster_roles["", "stale"]
    assert ({"list"}, set()) == verbs(after, "edit")


def test_a_manifest_leaves_owners_out() -> None:
    """The server would refuse an owner without its uid, which nobody reads."""
    owner = OwnerReference("kubeflow.org/v1", "Profile", "team", controller=True)
    owned = Role(metadata=ObjectMeta("r", "team", resource_version="1", owner_references=(owner,)))

    assert "ownerReferences" not in manifest_of(owned)["metadata"]
    live = snapshot(owned)
    assert overlay(live, [manifest_of(owned)]).snapshot.roles["team", "r"].metadata.controller == owner
