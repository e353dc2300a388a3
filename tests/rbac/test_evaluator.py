"""The decision: by which bindings, with which evidence, and when it cannot be known."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.evaluator import AggregationCycle, Decision, Evaluator, Verdict, gap_text, reason
from kubectl_kfaccess.rbac.model import ClusterRoleBinding, RoleBinding
from kubectl_kfaccess.rbac.snapshot import Gap, Namespaces, Snapshot
from kubectl_kfaccess.rbac.subjects import Identity
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    decide,
    gap,
    identity,
    labelled,
    request,
    role,
    role_binding,
    rule,
    snapshot,
    urls,
    verdict,
)

ALLOWED, DENIED, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN
GET_PODS = request("get", "pods", "team-a")
READER = cluster_role("reader", rule("get", "pods"), urls("get", "/metrics"))


# --- which bindings count ---


@pytest.mark.parametrize("where", ["", "team-a", "no-such-namespace"])
def test_a_cluster_role_binding_counts_everywhere(where: str) -> None:
    """In every namespace, one that does not exist included, and outside of any."""
    known = snapshot(READER, cluster_role_binding("all", "reader", "user:alice"))

    assert ALLOWED is verdict(known, "alice", request("get", "pods", where))


def test_a_cluster_role_binding_grants_urls() -> None:
    """Non-resource URLs belong to no namespace."""
    known = snapshot(READER, cluster_role_binding("all", "reader", "user:alice"))

    assert ALLOWED is verdict(known, "alice", request("get", "/metrics"))


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        pytest.param("team-a", ALLOWED, id="its own namespace"),
        pytest.param("team-b", DENIED, id="another namespace"),
        pytest.param("", DENIED, id="no namespace"),
        pytest.param("*", DENIED, id="a namespace called star"),
    ],
)
def test_a_role_binding_counts_in_its_own_namespace(where: str, expected: Verdict) -> None:
    """A ClusterRole's rules hold there only, too."""
    known = snapshot(READER, role_binding("team-a", "pods", "reader", "user:alice"))

    assert expected is verdict(known, "alice", request("get", "pods", where))


def test_a_role_binding_without_a_namespace_is_not_cluster_wide() -> None:
    """A file that leaves the namespace to `kubectl apply -n` grants nothing in the whole cluster."""
    known = snapshot(READER, role_binding("", "pods", "reader", "user:alice"))

    assert DENIED is verdict(known, "alice", request("get", "pods"))
    assert DENIED is verdict(known, "alice", request("get", "pods", "team-a"))


def test_a_role_binding_grants_no_urls() -> None:
    """Not even when a namespace is said with the path."""
    known = snapshot(READER, role_binding("team-a", "pods", "reader", "user:alice"))
    asked = request("get", "/metrics")

    assert DENIED is verdict(known, "alice", asked)
    assert DENIED is verdict(known, "alice", type(asked)("get", namespace="team-a", path="/metrics"))


def test_a_role_counts_where_it_is_bound() -> None:
    """The Role of the same name in another namespace is not what this binding grants."""
    known = snapshot(
        role("team-a/reader", rule("get", "pods")),
        role("team-b/reader", rule("get", "secrets")),
        role_binding("team-a", "pods", "Role/reader", "user:alice"),
        role_binding("team-b", "pods", "Role/reader", "user:alice"),
    )

    assert ALLOWED is verdict(known, "alice", request("get", "pods", "team-a"))
    assert DENIED is verdict(known, "alice", request("get", "pods", "team-b"))
    assert ALLOWED is verdict(known, "alice", request("get", "secrets", "team-b"))
    assert DENIED is verdict(known, "alice", request("get", "secrets", "team-a"))


def test_a_binding_to_a_role_does_not_fall_back_to_the_cluster_role() -> None:
    """Nor does one to a ClusterRole find the Role."""
    known = snapshot(
        READER,
        role_binding("team-a", "pods", "Role/reader", "user:alice"),
        role("team-b/local", rule("get", "pods")),
        role_binding("team-b", "pods", "ClusterRole/local", "user:alice"),
    )

    assert DENIED is verdict(known, "alice", GET_PODS)
    assert DENIED is verdict(known, "alice", request("get", "pods", "team-b"))


def test_rules_of_several_roles_add_up_but_do_not_mix() -> None:
    """Each rule stands alone: a verb of one and a resource of another make no grant."""
    known = snapshot(
        cluster_role("pods", rule("get", "pods")),
        cluster_role("secrets", rule("list", "secrets")),
        role_binding("team-a", "one", "pods", "user:alice"),
        cluster_role_binding("two", "secrets", "user:alice"),
    )

    assert ALLOWED is verdict(known, "alice", GET_PODS)
    assert ALLOWED is verdict(known, "alice", request("list", "secrets", "team-a"))
    assert DENIED is verdict(known, "alice", request("list", "pods", "team-a"))
    assert DENIED is verdict(known, "alice", request("get", "secrets", "team-a"))


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(identity("alice"), ALLOWED, id="the user"),
        pytest.param(identity("bob", "dev"), ALLOWED, id="a member of the group"),
        pytest.param(identity("sa:team-b/robot"), ALLOWED, id="an account of another namespace"),
        pytest.param(identity("sa:team-a/local"), ALLOWED, id="an account of the binding's namespace"),
        pytest.param(identity("dev"), DENIED, id="a user named like the group"),
        pytest.param(identity("bob", "alice"), DENIED, id="a member of a group named like the user"),
        pytest.param(identity("sa:team-a/robot"), DENIED, id="an account named like the other"),
        pytest.param(identity("sa:team-b/local"), DENIED, id="an account of another binding's namespace"),
        pytest.param(identity("", "dev"), ALLOWED, id="groups alone"),
        pytest.param(identity(), DENIED, id="nobody"),
    ],
)
def test_a_binding_counts_for_each_of_its_subjects(who: Identity, expected: Verdict) -> None:
    """A group that stands before an account does not hide it."""
    known = snapshot(
        READER,
        role_binding("team-a", "pods", "reader", "group:dev", "user:alice", "sa:team-b/robot", "sa:local"),
    )

    assert expected is verdict(known, who, GET_PODS)


def test_no_group_is_implied() -> None:
    """Whoever asks adds the groups that authentication would have added."""
    known = snapshot(READER, cluster_role_binding("all", "reader", "group:system:authenticated"))

    assert DENIED is verdict(known, "alice", GET_PODS)
    assert ALLOWED is verdict(known, identity("alice", "system:authenticated"), GET_PODS)


def test_members_of_system_masters_are_always_allowed() -> None:
    """No binding is needed, no gap matters, and there is no grant to show."""
    empty = snapshot(gaps=[gap("clusterrolebindings")])

    assert Decision(ALLOWED) == decide(empty, identity("alice", "dev", "system:masters"), GET_PODS)


def test_a_user_called_system_masters_is_an_ordinary_one() -> None:
    """Only the group is privileged."""
    assert DENIED is verdict(snapshot(), "system:masters", GET_PODS)


# --- evidence ---


def test_a_decision_names_the_first_grant() -> None:
    """Cluster-wide bindings come first, then the namespace's by name."""
    known = snapshot(
        READER,
        role_binding("team-a", "a", "reader", "user:alice"),
        cluster_role_binding("z", "reader", "user:alice"),
    )

    found = decide(known, "alice", GET_PODS).grant

    assert found
    assert ("ClusterRoleBinding", "z", "reader") == (found.binding.kind, found.binding.name, found.role.name)
    assert rule("get", "pods") == found.rule


def test_grants_are_found_for_everybody() -> None:
    """One for each subject, binding and rule that allows the request."""
    known = snapshot(
        cluster_role("reader", rule("get", "pods"), rule("*", "*.*"), rule("list", "pods")),
        role_binding("team-a", "pods", "reader", "user:alice", "group:dev"),
        role_binding("team-b", "pods", "reader", "user:bob"),
    )

    assert [
        ("alice", "team-a", ("*",)),
        ("alice", "team-a", ("pods",)),
        ("dev", "team-a", ("*",)),
        ("dev", "team-a", ("pods",)),
    ] == _found(known, ("team-a",))
    assert 6 == len(_found(known, None))
    assert [] == _found(known, ())


def _found(known: Snapshot, namespaces: Namespaces) -> list[tuple[str, str, tuple[str, ...]]]:
    grants = Evaluator(known).grants(request("get", "pods"), namespaces)
    return sorted((grant.who.name, grant.binding.namespace, grant.rule.resources) for grant in grants)


def test_the_same_role_is_remembered_by_namespace() -> None:
    """An evaluator that has seen a Role does not take another namespace's for it."""
    known = snapshot(
        role("team-a/x", rule("get", "pods")),
        role("team-b/x", rule("get", "secrets")),
        role_binding("team-a", "x", "Role/x", "user:alice"),
        role_binding("team-b", "x", "Role/x", "user:alice"),
    )
    evaluator = Evaluator(known)

    assert ALLOWED is evaluator.decide(identity("alice"), request("get", "pods", "team-a")).verdict
    assert DENIED is evaluator.decide(identity("alice"), request("get", "pods", "team-b")).verdict
    assert ALLOWED is evaluator.decide(identity("alice"), request("get", "secrets", "team-b")).verdict


def test_an_evaluator_remembers_nothing_of_another_request() -> None:
    """Verb, group, resource, subresource, name and path all make it another one."""
    known = snapshot(
        cluster_role("r", rule("get", "pods", names=["a"]), urls("get", "/x")),
        cluster_role_binding("r", "r", "user:alice"),
    )
    evaluator = Evaluator(known)
    asked = [
        (request("get", "pods", "team-a", "a"), ALLOWED),
        (request("get", "pods", "team-b", "a"), ALLOWED),
        (request("get", "pods", "team-a", "b"), DENIED),
        (request("get", "pods", "team-a"), DENIED),
        (request("list", "pods", "team-a", "a"), DENIED),
        (request("get", "pods.apps", "team-a", "a"), DENIED),
        (request("get", "pods/log", "team-a", "a"), DENIED),
        (request("get", "secrets", "team-a", "a"), DENIED),
        (request("get", "/x"), ALLOWED),
        (request("get", "/y"), DENIED),
    ]

    verdicts = [evaluator.decide(identity("alice"), one).verdict for one, _ in asked]

    assert [expected for _, expected in asked] == verdicts


def test_any_name_marks_rules_for_certain_names() -> None:
    """They prove less than was asked, and are left out otherwise."""
    known = snapshot(
        cluster_role("r", rule("get", "secrets", names=["a"]), rule("get", "secrets")),
        cluster_role_binding("r", "r", "user:alice"),
    )
    evaluator = Evaluator(known)

    every = list(evaluator.grants(request("get", "secrets"), (), any_name=True))
    plain = list(evaluator.grants(request("get", "secrets"), ()))

    assert [(("a",), True), ((), False)] == [(grant.rule.resource_names, grant.named) for grant in every]
    assert [((), False)] == [(grant.rule.resource_names, grant.named) for grant in plain]


def test_any_name_does_not_matter_to_a_path() -> None:
    """A path has no name that a rule could be restricted to."""
    known = snapshot(READER, cluster_role_binding("r", "reader", "user:alice"))

    found = list(Evaluator(known).grants(request("get", "/metrics"), (), any_name=True))

    assert [False] == [grant.named for grant in found]


# --- three values ---


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], DENIED, id="everything was read"),
        pytest.param([gap("clusterrolebindings")], UNKNOWN, id="no ClusterRoleBindings"),
        pytest.param([gap("rolebindings")], UNKNOWN, id="no RoleBindings"),
        pytest.param([gap("rolebindings", "team-a")], UNKNOWN, id="no RoleBindings of the namespace"),
        pytest.param([gap("rolebindings", "team-b")], DENIED, id="no RoleBindings of another namespace"),
        pytest.param([gap("clusterroles")], DENIED, id="no ClusterRoles, and none is bound"),
        pytest.param([gap("roles")], DENIED, id="no Roles, and none is bound"),
        pytest.param([gap("namespaces"), gap("serviceaccounts")], DENIED, id="what access does not need"),
    ],
)
def test_denied_needs_the_bindings_that_could_count(gaps: list[Gap], expected: Verdict) -> None:
    """A gap that could hide a grant makes the answer unknown, others do not."""
    assert expected is verdict(snapshot(gaps=gaps), "alice", GET_PODS)


@pytest.mark.parametrize(
    ("ref", "gaps", "expected"),
    [
        pytest.param("gone", [], DENIED, id="a ClusterRole that is not there"),
        pytest.param("gone", [gap("clusterroles")], UNKNOWN, id="a ClusterRole that could not be read"),
        pytest.param("gone", [gap("roles")], DENIED, id="Roles are no ClusterRoles"),
        pytest.param("Role/gone", [], DENIED, id="a Role that is not there"),
        pytest.param("Role/gone", [gap("roles")], UNKNOWN, id="a Role that could not be read"),
        pytest.param("Role/gone", [gap("roles", "team-a")], UNKNOWN, id="a Role of this namespace"),
        pytest.param("Role/gone", [gap("roles", "team-b")], DENIED, id="another namespace's Roles"),
        pytest.param("Role/gone", [gap("clusterroles")], DENIED, id="ClusterRoles are no Roles"),
        pytest.param("reader", [gap("clusterroles")], DENIED, id="a role that was read all the same"),
    ],
)
def test_denied_needs_the_roles_that_are_bound(ref: str, gaps: list[Gap], expected: Verdict) -> None:
    """Of a missing role the question is whether it could have been seen."""
    known = snapshot(READER, role_binding("team-a", "x", ref, "user:alice"), gaps=gaps)

    assert expected is verdict(known, "alice", request("delete", "pods", "team-a"))


def test_a_hidden_role_matters_only_to_those_it_is_bound_to() -> None:
    """Bob is bound to nothing, so nothing is hidden from the question about him."""
    known = snapshot(role_binding("team-a", "x", "hidden", "user:alice"), gaps=[gap("clusterroles")])

    assert DENIED is verdict(known, "bob", GET_PODS)


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([gap("rolebindings")], DENIED, id="RoleBindings do not matter"),
        pytest.param([gap("clusterrolebindings")], UNKNOWN, id="ClusterRoleBindings do"),
    ],
)
@pytest.mark.parametrize(
    "asked", [request("get", "nodes"), request("get", "/metrics")], ids=["a cluster-scoped kind", "a path"]
)
def test_outside_of_any_namespace_only_cluster_wide_bindings_are_needed(
    asked: object, gaps: list[Gap], expected: Verdict
) -> None:
    """No RoleBinding could grant what is asked."""
    assert expected is verdict(snapshot(gaps=gaps), "alice", asked)  # type: ignore[arg-type]  # a Request


def test_a_grant_is_a_proof_however_little_could_be_read() -> None:
    """Rules only add."""
    everything = [gap("clusterrolebindings"), gap("rolebindings"), gap("clusterroles"), gap("roles")]
    known = snapshot(READER, role_binding("team-a", "x", "reader", "user:alice"), gaps=everything)

    assert ALLOWED is verdict(known, "alice", GET_PODS)


def test_doubts_say_what_could_not_be_read() -> None:
    """Each gap once, with the namespace where it is in one."""
    known = snapshot(
        role_binding("team-a", "x", "hidden", "user:alice"),
        role_binding("team-a", "y", "hidden-too", "user:alice"),
        gaps=[gap("rolebindings", "team-a"), gap("clusterroles"), gap("rolebindings", "team-b")],
    )

    expected = (gap("rolebindings", "team-a"), gap("clusterroles"))
    assert expected == decide(known, "alice", GET_PODS).doubts


def test_a_gap_is_described_with_its_place_and_reason() -> None:
    """A gap everywhere names no namespace."""
    assert "cannot list roles: forbidden" == gap_text(gap("roles"))
    assert "cannot list roles in namespace `team-a`: forbidden" == gap_text(gap("roles", "team-a"))


# --- uncertain aggregation ---

CYCLE = (
    cluster_role("a", rule("list", "pods"), labels={"to-b": "y"}, aggregate=labelled(**{"to-a": "y"})),
    cluster_role("b", labels={"to-a": "y"}, aggregate=labelled(**{"to-b": "y"})),
    cluster_role("part", rule("get", "pods"), labels={"to-a": "y"}),
    cluster_role_binding("x", "b", "user:alice"),
)


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        pytest.param("get", ALLOWED, id="a rule that comes from outside"),
        pytest.param("list", UNKNOWN, id="a hand-written rule of the cycle"),
        pytest.param("delete", DENIED, id="no rule at all"),
    ],
)
def test_hand_written_rules_in_a_cycle_decide_nothing(verb: str, expected: Verdict) -> None:
    """They are neither a proof nor can they be left out of a proof of the contrary."""
    assert expected is verdict(snapshot(*CYCLE), "alice", request(verb, "pods", "team-a"))


def test_an_uncertain_rule_is_a_doubt_that_is_said() -> None:
    """It names the role that has the rule; the text speaks of the cycle."""
    (doubt,) = decide(snapshot(*CYCLE), "alice", request("list", "pods", "team-a")).doubts

    assert AggregationCycle(("b",)) == doubt
    assert "aggregation cycle" in gap_text(doubt)


def test_a_certain_grant_after_an_uncertain_one_allows() -> None:
    """The walk goes on past what proves nothing."""
    known = snapshot(
        *CYCLE,
        cluster_role("lister", rule("list", "pods")),
        cluster_role_binding("z", "lister", "user:alice"),
    )

    assert ALLOWED is verdict(known, "alice", request("list", "pods", "team-a"))


def test_uncertain_grants_are_marked() -> None:
    """Whoever lists grants can tell them apart."""
    found = Evaluator(snapshot(*CYCLE)).grants(request("list", "pods"), ())

    assert [("alice", False)] == [(grant.who.name, grant.certain) for grant in found]


# --- missing roles ---


def test_a_missing_role_grants_nothing_and_the_walk_goes_on() -> None:
    """A binding after the dangling one still counts."""
    known = snapshot(
        READER,
        role_binding("team-a", "a", "gone", "user:alice"),
        role_binding("team-a", "b", "reader", "user:alice"),
    )

    found = decide(known, "alice", GET_PODS)

    assert ALLOWED is found.verdict
    assert () == found.missing


def test_missing_roles_are_named_when_the_answer_is_no() -> None:
    """They are the bindings of the one who asks."""
    known = snapshot(
        cluster_role_binding("c", "gone", "user:alice"),
        role_binding("team-a", "r", "Role/gone", "user:alice"),
        role_binding("team-b", "r", "Role/gone", "user:alice"),
        role_binding("team-a", "bobs", "gone", "user:bob"),
    )

    found = decide(known, "alice", GET_PODS)

    assert ["c", "r"] == [binding.name for binding in found.missing]
    assert DENIED is found.verdict


def test_dangling_bindings_are_those_whose_role_certainly_does_not_exist() -> None:
    """A role that could not be read may exist."""
    known = snapshot(
        READER,
        cluster_role_binding("ok", "reader", "user:alice"),
        cluster_role_binding("hidden", "unread", "user:alice"),
        role_binding("team-a", "gone", "Role/gone", "user:alice"),
        role_binding("team-b", "elsewhere", "Role/gone", "user:alice"),
        gaps=[gap("clusterroles")],
    )

    assert ["gone"] == [binding.name for binding in Evaluator(known).dangling(("team-a",))]
    assert ["gone", "elsewhere"] == [binding.name for binding in Evaluator(known).dangling(None)]


CLUSTER_WIDE = ["clusterrolebindings", "clusterroles"]


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(None, ["clusterroles"], id="all namespaces"),
        pytest.param(("team-b",), ["clusterroles"], id="the one with a hidden role"),
        pytest.param(("team-c",), [], id="another one"),
        pytest.param((), [], id="outside of any"),
    ],
)
def test_roles_that_no_binding_needs_hide_nothing(namespaces: Namespaces, expected: list[str]) -> None:
    """Where all bindings are known, a gap in roles counts when a binding needs one of them, and then once."""
    known = snapshot(
        role_binding("team-b", "x", "hidden", "user:alice"),
        role_binding("team-b", "y", "hidden", "user:alice"),
        gaps=[gap("clusterroles"), gap("roles")],
    )

    assert expected == [found.resource for found in Evaluator(known).gaps(namespaces)]


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(None, [*CLUSTER_WIDE, "rolebindings", "roles"], id="all namespaces"),
        pytest.param(("team-a",), [*CLUSTER_WIDE, "rolebindings", "roles"], id="the one with the gap"),
        pytest.param(("team-b",), [*CLUSTER_WIDE, "roles"], id="the one with a hidden role"),
        pytest.param(("team-c",), [*CLUSTER_WIDE, "roles"], id="another one"),
        pytest.param((), CLUSTER_WIDE, id="outside of any"),
    ],
)
def test_gaps_that_could_hide_a_grant_are_listed(namespaces: Namespaces, expected: list[str]) -> None:
    """Where bindings could not be read, roles that were not count, too: somebody may be bound to them."""
    known = snapshot(
        role_binding("team-b", "x", "hidden", "user:alice"),
        role_binding("team-b", "y", "hidden", "user:alice"),
        gaps=[
            gap("clusterrolebindings"),
            gap("clusterroles"),
            gap("roles"),
            gap("rolebindings", "team-a"),
        ],
    )

    assert expected == [found.resource for found in Evaluator(known).gaps(namespaces)]


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(None, 1, id="all namespaces"),
        pytest.param(("team-a",), 1, id="one namespace"),
        pytest.param((), 0, id="outside of any"),
    ],
)
def test_a_gap_in_all_rolebindings_matters_in_every_namespace(namespaces: Namespaces, expected: int) -> None:
    """And nowhere else."""
    known = snapshot(gaps=[gap("rolebindings")])

    assert expected == len(Evaluator(known).gaps(namespaces))


# --- the server's own words ---


@pytest.mark.parametrize(
    ("binding", "who", "expected"),
    [
        pytest.param(
            cluster_role_binding("all", "reader", "user:alice"),
            identity("alice"),
            'RBAC: allowed by ClusterRoleBinding "all" of ClusterRole "reader" to User "alice"',
            id="cluster-wide",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "group:dev"),
            identity("alice", "dev"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" to Group "dev"',
            id="a group, in a namespace",
        ),
        pytest.param(
            role_binding("team-a", "pods", "Role/local", "sa:team-b/robot"),
            identity("sa:team-b/robot"),
            'RBAC: allowed by RoleBinding "pods/team-a" of Role "local" to ServiceAccount "robot/team-b"',
            id="an account of another namespace",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "sa:robot"),
            identity("sa:team-a/robot"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" '
            'to ServiceAccount "robot/team-a"',
            id="an account without its namespace",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "user:system:serviceaccount:team-b:robot"),
            identity("sa:team-b/robot"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" '
            'to User "system:serviceaccount:team-b:robot"',
            id="an account that is bound as a user",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "user:bob", "group:ops", "group:dev", "user:alice"),
            identity("alice", "dev", "ops"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" to Group "ops"',
            id="the first subject that matches, in the order of the binding",
        ),
        pytest.param(
            role_binding(
                "team-a",
                "pods",
                "reader",
                "sa:robot",
                "user:system:serviceaccount:team-a:robot",
                "group:system:serviceaccounts",
            ),
            identity("sa:team-a/robot"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" '
            'to ServiceAccount "robot/team-a"',
            id="an account before the user that it is",
        ),
    ],
)
def test_a_yes_is_explained_in_the_servers_words(
    binding: RoleBinding | ClusterRoleBinding, who: Identity, expected: str
) -> None:
    """The name stands before the namespace, of bindings and of accounts."""
    known = snapshot(READER, role("team-a/local", rule("get", "pods")), binding)

    assert expected == reason(decide(known, who, GET_PODS), who)


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        pytest.param([], "", id="none"),
        pytest.param(
            ["gone"],
            'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
            id="one ClusterRole",
        ),
        pytest.param(["Role/gone"], 'RBAC: role.rbac.authorization.k8s.io "gone" not found', id="one Role"),
        pytest.param(
            ["gone", "Role/gone"],
            'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, '
            'role.rbac.authorization.k8s.io "gone" not found]',
            id="two",
        ),
        pytest.param(
            ["gone", "gone"],
            'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
            id="the same twice",
        ),
        pytest.param(
            ["Robot/x"], 'RBAC: unsupported role reference kind: "Robot"', id="a kind that is no role"
        ),
    ],
)
def test_a_no_names_missing_roles_in_the_servers_words(refs: list[str], expected: str) -> None:
    """Several errors stand in brackets, each once."""
    bindings = [role_binding("team-a", f"b{n}", ref, "user:alice") for n, ref in enumerate(refs)]

    assert expected == reason(decide(snapshot(*bindings), "alice", GET_PODS), identity("alice"))


def test_a_plain_no_and_masters_have_no_reason() -> None:
    """The server says nothing then either."""
    assert "" == reason(decide(snapshot(READER), "alice", GET_PODS), identity("alice"))
    master = identity("alice", "system:masters")
    assert "" == reason(decide(snapshot(), master, GET_PODS), master)


def test_an_account_that_is_bound_twice_over_has_two_grants() -> None:
    """By its own name and by its group."""
    known = snapshot(
        READER,
        role_binding("team-a", "x", "reader", "sa:team-a/robot", "group:system:serviceaccounts"),
    )

    found = Evaluator(known).grants(GET_PODS, ("team-a",))

    expected = [
        ("User", "system:serviceaccount:team-a:robot"),
        ("Group", "system:serviceaccounts"),
    ]
    assert expected == [(grant.who.kind, grant.who.name) for grant in found]
