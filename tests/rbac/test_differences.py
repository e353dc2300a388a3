"""What differs between two snapshots, surely or maybe."""

from __future__ import annotations

from dataclasses import replace as dataclass_replace

from msgspec.structs import replace

from kubectl_kfaccess.rbac.causes import Causes
from kubectl_kfaccess.rbac.differences import Difference, Differences
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    ObjectMeta,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.permissions import PermissionTable, Universe
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Gap, Snapshot, by_key
from kubectl_kfaccess.rbac.subjects import Principal

GET, LIST = (Request(verb, "", "pods") for verb in ("get", "list"))
TABLE = PermissionTable(Universe((GET, LIST)))
ANN = Principal("User", "ann")
NOT_READ = Gap("rolebindings", "ns", "forbidden")


def snapshot(*verbs: str, bound: bool = True) -> Snapshot:
    """Return a snapshot with a role of these verbs, and Ann bound to it in a namespace."""
    role = ClusterRole(metadata=ObjectMeta(name="r"), rules=(PolicyRule(verbs, ("",), ("pods",)),))
    binding = RoleBinding(
        metadata=ObjectMeta(name="b", namespace="ns"),
        role_ref=RoleRef("ClusterRole", "r"),
        subjects=(Subject("User", "ann"),),
    )
    return Snapshot(cluster_roles=by_key([role]), role_bindings=by_key([binding] if bound else []))


def difference(before: Snapshot, after: Snapshot) -> Difference:
    """Return what Ann gains and loses in the namespace."""
    (only,) = Differences(before, after, TABLE).of_principals([(ANN, "ns")])
    return only


def test_what_is_gained_and_lost_is_sure_if_everything_was_read() -> None:
    """What is on both sides is neither."""
    change = difference(snapshot("get"), snapshot("get", "list"))

    assert ({LIST}, set(), set(), set()) == tuple({*part} for part in change.parts)
    back = difference(snapshot("get", "list"), snapshot("get"))
    assert (set(), {LIST}, set(), set()) == tuple({*part} for part in back.parts)


def test_bindings_that_could_not_be_read_later_may_still_be_there() -> None:
    """And those that could not be read before may have been there."""
    hidden = dataclass_replace(snapshot(bound=False), gaps=(NOT_READ,))

    lost = difference(snapshot("get"), hidden)
    assert (set(), set(), set(), {GET}) == tuple({*part} for part in lost.parts)
    gained = difference(hidden, snapshot("get"))
    assert (set(), set(), {GET}, set()) == tuple({*part} for part in gained.parts)


def test_what_both_sides_leave_open_does_not_differ() -> None:
    """A list that nobody could read says nothing."""
    hidden = dataclass_replace(snapshot("get"), gaps=(NOT_READ,))

    assert () == Differences(hidden, hidden, TABLE).of_principals([(ANN, "ns")])


def test_a_gap_in_one_namespace_is_none_in_another() -> None:
    """What was read there is sure."""
    elsewhere = dataclass_replace(snapshot(bound=False), gaps=(Gap("rolebindings", "other", "forbidden"),))

    assert {GET} == {*difference(snapshot("get"), elsewhere).lost}


def test_what_changes_for_the_whole_cluster_is_not_repeated_for_a_namespace() -> None:
    """Ann has the role here and everywhere, and the role gains a verb."""

    def everywhere(verbs: tuple[str, ...]) -> Snapshot:
        binding = ClusterRoleBinding(
            metadata=ObjectMeta(name="all"),
            role_ref=RoleRef("ClusterRole", "r"),
            subjects=(Subject("User", "ann"),),
        )
        return dataclass_replace(snapshot(*verbs), cluster_role_bindings=by_key([binding]))

    differences = Differences(everywhere(("get",)), everywhere(("get", "list")), TABLE)
    (only,) = differences.of_principals([(ANN, ""), (ANN, "ns")])
    assert ("", {LIST}) == (only.namespace, {*only.gained})


def test_a_binding_that_names_a_subject_before_and_after_is_no_cause() -> None:
    """Its role is, which has other rules; for the subject that is added, the binding is the cause as well."""
    before, after = snapshot("get"), snapshot("get", "list")
    (key, binding), *_ = after.role_bindings.items()
    both = replace(binding, subjects=(*binding.subjects, Subject("User", "bob")))
    after = dataclass_replace(after, role_bindings={key: both})
    causes = Causes(before, after, TABLE)
    differences = Differences(before, after, TABLE)
    bob = Principal("User", "bob")

    events = {
        each.who.name: [(cause.event, cause.key[0]) for cause in causes.of_difference(each)]
        for each in differences.of_principals([(ANN, "ns"), (bob, "ns")])
    }
    rules, subjects = ("rules", "ClusterRole"), ("subjects", "RoleBinding")
    assert {"ann": [rules], "bob": [rules, subjects]} == events
