"""What one subject may do, as cells: each verb of each resource in one of three lists."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridQuestion, GridResource, access, settled
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Via, caller, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import cluster_role, cluster_role_binding, gap, role, role_binding, rule, snapshot

ALICE = identified(Subject("User", "alice"))
PODS = GridResource("", "pods", ("get", "list", "create"))
RUNS = GridResource("pipelines.kubeflow.org", "runs", ("list", "archive"), Via.KUBEFLOW)
NODES = GridResource("", "nodes", ("get",), namespaced=False)
READER = cluster_role("reader", rule("get,list", "pods,nodes"), rule("list", "runs.pipelines.kubeflow.org"))


def cells(
    known: Snapshot, *resources: GridResource, places: tuple[str, ...] = ("a",), who: object = ALICE
) -> list[Cell]:
    """The cells of a subject, all in one list."""
    found = access(Evaluator(known), who, resources, places)  # type: ignore[arg-type]  # a Who
    return [cell for row in found for cell in row]


def test_a_grant_in_a_namespace_counts_there_alone() -> None:
    """The verbs of the role are allowed in the binding's namespace, and denied in another."""
    known = snapshot(READER, role_binding("a", "b", "reader", "user:alice"))

    here, there = cells(known, PODS, places=("a", "other"))

    assert (("get", "list"), ("create",), ()) == (here.allowed, here.denied, here.unknown)
    assert ((), ("get", "list", "create")) == (there.allowed, there.denied)


def test_a_cluster_wide_grant_counts_everywhere() -> None:
    """It is a cell of the whole cluster, and of each namespace as well."""
    known = snapshot(READER, cluster_role_binding("b", "reader", "user:alice"))

    assert [("get", "list")] * 2 == [cell.allowed for cell in cells(known, PODS, places=(CLUSTER, "a"))]


def test_cluster_scoped_resources_stand_in_the_cluster_alone() -> None:
    """A RoleBinding does not reach them, so a namespace has no cell for them."""
    known = snapshot(READER, role_binding("a", "b", "reader", "user:alice"))

    (found,) = cells(known, NODES, places=(CLUSTER, "a"))

    assert ("", ("get",)) == (found.namespace, found.denied)


@pytest.mark.parametrize(
    ("namespaces", "different"), [(("a", "b"), False), (("a", "c"), True)], ids=["same role", "another role"]
)
def test_namespaces_with_the_same_roles_are_judged_alike(
    namespaces: tuple[str, ...], different: bool
) -> None:
    """The same ClusterRole means the same; a Role of the same name in each namespace may not."""
    known = snapshot(
        READER,
        role("a/own", rule("create", "pods")),
        role("c/own", rule("get", "pods")),
        role_binding("a", "one", "reader", "user:alice"),
        role_binding("b", "two", "reader", "user:alice"),
        role_binding("c", "three", "Role/own", "user:alice"),
    )

    first, second = cells(known, PODS, places=namespaces)

    assert different == (first.allowed != second.allowed)
    assert namespaces == (first.namespace, second.namespace)


def test_roles_of_one_name_in_two_namespaces_are_two_roles() -> None:
    """What a Role grants is looked up in the binding's own namespace."""
    known = snapshot(
        role("a/own", rule("create", "pods")),
        role("c/own", rule("get", "pods")),
        role_binding("a", "own", "Role/own", "user:alice"),
        role_binding("c", "own", "Role/own", "user:alice"),
    )

    assert [("create",), ("get",)] == [cell.allowed for cell in cells(known, PODS, places=("a", "c"))]


def test_groups_count_for_kubectl_and_not_for_kubeflow() -> None:
    """The plane of the resource decides which identity is asked about."""
    known = snapshot(READER, role_binding("a", "b", "reader", "group:team"))
    member = identified(Subject("User", "alice"), ("team",))

    pods, runs = cells(known, PODS, RUNS, who=member)

    assert (("get", "list"), ()) == (pods.allowed, runs.allowed)
    assert ("list", "archive") == runs.denied


def test_kubeflow_never_asks_about_a_group() -> None:
    """A group's own cells of Kubeflow's plane are denied, even where nothing could be read."""
    known = snapshot(READER, gaps=[gap("rolebindings")])

    (runs,) = cells(known, RUNS, who=identified(Subject("Group", "team")))

    assert ("list", "archive") == runs.denied


def test_objects_of_certain_names_are_told_apart() -> None:
    """A rule with names allows no request without one; the names are kept with the verb."""
    known = snapshot(
        role("a/named", rule("get,create", "pods", names=["web"])),
        role_binding("a", "b", "Role/named", "user:alice"),
    )

    (found,) = cells(known, PODS)

    assert ((), (("get", ("web",)),)) == (found.allowed, found.names)


def test_what_a_gap_may_hide_is_unknown_and_what_is_granted_is_not() -> None:
    """Rules only add: a grant stands however little could be read."""
    known = snapshot(
        READER, role_binding("a", "b", "reader", "user:alice"), gaps=[gap("clusterrolebindings")]
    )

    (found,) = cells(known, PODS)

    assert (("get", "list"), (), ("create",)) == (found.allowed, found.denied, found.unknown)


def test_a_gap_in_one_namespace_is_not_that_of_another() -> None:
    """Namespaces are judged alike only when as much of them could be read."""
    known = snapshot(READER, gaps=[gap("rolebindings", "b")])

    read, unread = cells(known, PODS, places=("a", "b"))

    assert ((), PODS.verbs) == (read.unknown, unread.unknown)


def test_answers_settle_what_is_unknown_and_nothing_else() -> None:
    """A yes goes to the allowed verbs, a no to the denied ones, and silence leaves a verb open."""
    resource = GridResource("", "pods", ("get", "list", "watch", "create"))
    cell = Cell("a", resource, ("get",), (), ("list", "watch", "create"))
    answers = {
        GridQuestion("a", resource, "list"): True,
        GridQuestion("a", resource, "watch"): False,
        GridQuestion("a", resource, "get"): False,
    }

    found = settled(cell, answers)

    assert (("get", "list"), ("watch",), ("create",)) == (found.allowed, found.denied, found.unknown)


@pytest.mark.parametrize(
    ("subject", "user", "implied"),
    [
        (Subject("User", "alice"), "alice", ("system:authenticated",)),
        (Subject("User", "system:anonymous"), "system:anonymous", ("system:unauthenticated",)),
        (
            Subject("ServiceAccount", "bot", "ci"),
            "system:serviceaccount:ci:bot",
            ("system:serviceaccounts", "system:serviceaccounts:ci", "system:authenticated"),
        ),
        (Subject("Group", "team"), "", ()),
    ],
    ids=["user", "anonymous", "service account", "group"],
)
def test_an_identity_has_the_groups_that_the_server_gives_it(
    subject: Subject, user: str, implied: tuple[str, ...]
) -> None:
    """They are known without being told, and told apart from those that are."""
    found = identified(subject, ("extra",))

    assert (user, implied) == (found.user, found.implied)
    assert "extra" in found.groups
    assert set(implied) <= set(found.groups)


def test_the_caller_has_the_groups_that_the_server_says() -> None:
    """None is implied: the server has told them all."""
    found = caller("system:serviceaccount:a:bot", ("x",))

    assert (Subject("ServiceAccount", "bot", "a"), ("x",), (), True) == (
        found.subject, found.groups, found.implied, found.myself,
    )  # fmt: skip
