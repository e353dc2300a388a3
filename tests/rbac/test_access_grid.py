"""What one subject can do, as cells: each verb of each resource is in one of three lists."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.access_grid import CLUSTER, Cell, GridQuestion, GridResource, access, settled
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane, caller, identified
from kubectl_kfaccess.rbac.model import Subject
from kubectl_kfaccess.rbac.snapshot import Snapshot
from tests.builders import cluster_role, cluster_role_binding, gap, role, role_binding, rule, snapshot

ALICE = identified(Subject("User", "alice"))
PODS = GridResource("", "pods", ("get", "list", "create"))
RUNS = GridResource("pipelines.kubeflow.org", "runs", ("list", "archive"), Plane.KUBEFLOW)
NODES = GridResource("", "nodes", ("get",), namespaced=False)
READER = cluster_role("reader", rule("get,list", "pods,nodes"), rule("list", "runs.pipelines.kubeflow.org"))


def cells(
    known: Snapshot, *resources: GridResource, places: tuple[str, ...] = ("a",), who: object = ALICE
) -> list[Cell]:
    """Return the cells of a subject in *places*, all in one list."""
    rows = access(Evaluator(known), who, resources, places)  # type: ignore[arg-type]  # a KnownSubject
    return [cell for row in rows for cell in row]


def test_a_grant_in_a_namespace_counts_only_there() -> None:
    """The verbs of the role are allowed in the binding's namespace, and denied in another."""
    known = snapshot(READER, role_binding("a", "b", "reader", "user:alice"))

    own_cell, other_cell = cells(known, PODS, places=("a", "other"))

    assert (("get", "list"), ("create",), ()) == (own_cell.allowed, own_cell.denied, own_cell.unknown)
    assert ((), ("get", "list", "create")) == (other_cell.allowed, other_cell.denied)


def test_a_cluster_wide_grant_counts_everywhere() -> None:
    """A ClusterRoleBinding counts in the cell of the whole cluster and in the cell of each namespace."""
    known = snapshot(READER, cluster_role_binding("b", "reader", "user:alice"))

    assert [("get", "list")] * 2 == [cell.allowed for cell in cells(known, PODS, places=(CLUSTER, "a"))]


def test_cluster_scoped_resources_have_cells_only_for_the_whole_cluster() -> None:
    """A namespace has no cell for them, because a RoleBinding cannot grant them."""
    known = snapshot(READER, role_binding("a", "b", "reader", "user:alice"))

    (cell,) = cells(known, NODES, places=(CLUSTER, "a"))

    assert ("", ("get",)) == (cell.namespace, cell.denied)


@pytest.mark.parametrize(
    ("namespaces", "different"), [(("a", "b"), False), (("a", "c"), True)], ids=["same role", "another role"]
)
def test_namespaces_with_the_same_roles_get_the_same_verdicts(
    namespaces: tuple[str, ...], different: bool
) -> None:
    """The same ClusterRole grants the same everywhere. Roles with one name in two namespaces can differ."""
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


def test_roles_with_the_same_name_in_two_namespaces_are_two_roles() -> None:
    """A Role is looked up in the namespace of the binding that names it."""
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
    """A group is denied everything that Kubeflow's services check, even if nothing could be read."""
    known = snapshot(READER, gaps=[gap("rolebindings")])

    (runs,) = cells(known, RUNS, who=identified(Subject("Group", "team")))

    assert ("list", "archive") == runs.denied


def test_grants_for_named_objects_are_kept_apart() -> None:
    """A rule with names allows no request without a name, and the cell lists the names for each verb."""
    known = snapshot(
        role("a/named", rule("get,create", "pods", names=["web"])),
        role_binding("a", "b", "Role/named", "user:alice"),
    )

    (cell,) = cells(known, PODS)

    assert ((), (("get", ("web",)),)) == (cell.allowed, cell.names)


def test_a_verb_that_a_gap_may_hide_is_unknown_but_a_granted_one_is_allowed() -> None:
    """Rules only add, so a grant is enough, however little could be read."""
    known = snapshot(
        READER, role_binding("a", "b", "reader", "user:alice"), gaps=[gap("clusterrolebindings")]
    )

    (cell,) = cells(known, PODS)

    assert (("get", "list"), (), ("create",)) == (cell.allowed, cell.denied, cell.unknown)


def test_a_gap_in_one_namespace_does_not_count_in_another() -> None:
    """Two namespaces get the same verdicts only if they also have the same gaps."""
    known = snapshot(READER, gaps=[gap("rolebindings", "b")])

    read_cell, unread_cell = cells(known, PODS, places=("a", "b"))

    assert ((), PODS.verbs) == (read_cell.unknown, unread_cell.unknown)


def test_answers_settle_only_unknown_verbs() -> None:
    """A "yes" makes a verb allowed, a "no" makes it denied, and without an answer it stays unknown."""
    resource = GridResource("", "pods", ("get", "list", "watch", "create"))
    cell = Cell("a", resource, ("get",), (), ("list", "watch", "create"))
    answers = {
        GridQuestion("a", resource, "list"): True,
        GridQuestion("a", resource, "watch"): False,
        GridQuestion("a", resource, "get"): False,
    }

    settled_cell = settled(cell, answers)

    assert (("get", "list"), ("watch",), ("create",)) == (
        settled_cell.allowed,
        settled_cell.denied,
        settled_cell.unknown,
    )


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
    """The groups that every such subject has are added, and they are listed apart as implied."""
    who = identified(subject, ("extra",))

    assert (user, implied) == (who.user, who.implied)
    assert "extra" in who.groups
    assert set(implied) <= set(who.groups)


def test_the_caller_has_exactly_the_groups_that_the_server_reports() -> None:
    """No group is implied, because the server has reported all of them."""
    who = caller("system:serviceaccount:a:bot", ("x",))

    assert (Subject("ServiceAccount", "bot", "a"), ("x",), (), True) == (
        who.subject, who.groups, who.implied, who.is_caller,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("via", "names", "unsent"),
    [
        pytest.param(Plane.KUBEFLOW, {"get": ("web",), "create": ("web",)}, {"list": ("web",)}, id="reviews"),
        pytest.param(Plane.KUBECTL, {"get": ("web",), "list": ("web",)}, {"list": ("web",)}, id="kubectl"),
    ],
)
def test_names_count_for_reviews_that_have_a_name(
    via: Plane, names: dict[str, tuple[str, ...]], unsent: dict[str, tuple[str, ...]]
) -> None:
    """A service may send the name of a new object, and none of a list; kubectl does the opposite."""
    known = snapshot(
        role("a/named", rule("get,list,create", "pods", names=["web"])),
        role_binding("a", "b", "Role/named", "user:alice"),
    )
    pods = GridResource(
        "",
        "pods",
        ("get", "list", "create"),
        via,
        named_reviews=("get", "create"),
        nameless_reviews=("list",),
    )
    (cell,) = cells(known, pods)

    assert (names, unsent) == (dict(cell.names), dict(cell.unsent))
    assert pods.verbs == cell.denied
