"""What the evaluator decides: which bindings count, with which evidence, and when the answer is unknown."""

from __future__ import annotations

from functools import partial

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
from tests.robustness.steps import steps

ALLOWED, DENIED, UNKNOWN = Verdict.ALLOWED, Verdict.DENIED, Verdict.UNKNOWN
GET_PODS = request("get", "pods", "team-a")
READER = cluster_role("reader", rule("get", "pods"), urls("get", "/metrics"))


# --- which bindings count ---


@pytest.mark.parametrize("where", ["", "team-a", "no-such-namespace"])
def test_a_cluster_role_binding_counts_everywhere(where: str) -> None:
    """It counts in every namespace, even in one that does not exist, and for requests without a namespace."""
    known = snapshot(READER, cluster_role_binding("all", "reader", "user:alice"))

    assert ALLOWED is verdict(known, "alice", request("get", "pods", where))


def test_a_cluster_role_binding_grants_urls() -> None:
    """Non-resource URLs are in no namespace, so only a ClusterRoleBinding can grant them."""
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
def test_a_role_binding_counts_only_in_its_own_namespace(where: str, expected: Verdict) -> None:
    """The rules of a ClusterRole that it names are granted only there, too."""
    known = snapshot(READER, role_binding("team-a", "pods", "reader", "user:alice"))

    assert expected is verdict(known, "alice", request("get", "pods", where))


def test_a_role_binding_without_a_namespace_grants_nothing() -> None:
    """Its file leaves the namespace to `kubectl apply -n`, which does not make it cluster-wide."""
    known = snapshot(READER, role_binding("", "pods", "reader", "user:alice"))

    assert DENIED is verdict(known, "alice", request("get", "pods"))
    assert DENIED is verdict(known, "alice", request("get", "pods", "team-a"))


def test_a_role_binding_grants_no_urls() -> None:
    """It grants no URL even if the request gives a namespace together with the path."""
    known = snapshot(READER, role_binding("team-a", "pods", "reader", "user:alice"))
    get_metrics = request("get", "/metrics")

    assert DENIED is verdict(known, "alice", get_metrics)
    assert DENIED is verdict(known, "alice", type(get_metrics)("get", namespace="team-a", path="/metrics"))


def test_a_role_binding_grants_the_role_of_its_own_namespace() -> None:
    """A Role with the same name in another namespace is a different role."""
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


def test_a_binding_finds_only_the_kind_of_role_that_it_names() -> None:
    """A binding to a Role never grants a ClusterRole with that name, and the other way round."""
    known = snapshot(
        READER,
        role_binding("team-a", "pods", "Role/reader", "user:alice"),
        role("team-b/local", rule("get", "pods")),
        role_binding("team-b", "pods", "ClusterRole/local", "user:alice"),
    )

    assert DENIED is verdict(known, "alice", GET_PODS)
    assert DENIED is verdict(known, "alice", request("get", "pods", "team-b"))


def test_rules_of_several_roles_add_up_but_do_not_mix() -> None:
    """One rule must match as a whole: the verb of one rule and the resource of another grant nothing."""
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
        pytest.param(identity("dev"), DENIED, id="a user with the group's name"),
        pytest.param(identity("bob", "alice"), DENIED, id="a member of a group with the user's name"),
        pytest.param(identity("sa:team-a/robot"), DENIED, id="an account with the name of another one"),
        pytest.param(identity("sa:team-b/local"), DENIED, id="an account of another binding's namespace"),
        pytest.param(identity("", "dev"), ALLOWED, id="groups alone"),
        pytest.param(identity(), DENIED, id="nobody"),
    ],
)
def test_a_binding_counts_for_each_of_its_subjects(who: Identity, expected: Verdict) -> None:
    """The order of the subjects does not matter: an account after a group counts as well."""
    known = snapshot(
        READER,
        role_binding("team-a", "pods", "reader", "group:dev", "user:alice", "sa:team-b/robot", "sa:local"),
    )

    assert expected is verdict(known, who, GET_PODS)


def test_no_group_is_implied() -> None:
    """The caller of the evaluator adds the groups that authentication would have added."""
    known = snapshot(READER, cluster_role_binding("all", "reader", "group:system:authenticated"))

    assert DENIED is verdict(known, "alice", GET_PODS)
    assert ALLOWED is verdict(known, identity("alice", "system:authenticated"), GET_PODS)


def test_members_of_system_masters_are_always_allowed() -> None:
    """They need no binding, no gap matters to them, and the decision has no grant."""
    empty = snapshot(gaps=[gap("clusterrolebindings")])

    assert Decision(ALLOWED) == decide(empty, identity("alice", "dev", "system:masters"), GET_PODS)


def test_a_user_called_system_masters_is_an_ordinary_user() -> None:
    """Only the group with that name is privileged."""
    assert DENIED is verdict(snapshot(), "system:masters", GET_PODS)


# --- evidence ---


def test_a_decision_names_the_first_grant() -> None:
    """Cluster-wide bindings come first, and then the bindings of the namespace by name."""
    known = snapshot(
        READER,
        role_binding("team-a", "a", "reader", "user:alice"),
        cluster_role_binding("z", "reader", "user:alice"),
    )

    grant = decide(known, "alice", GET_PODS).grant

    assert grant
    assert ("ClusterRoleBinding", "z", "reader") == (grant.binding.kind, grant.binding.name, grant.role.name)
    assert rule("get", "pods") == grant.rule


def test_rules_of_other_groups_are_read_once() -> None:
    """A second question about an API group costs the same, however many rules other groups have."""
    counts = []
    for size in (10, 1000):
        others = [rule("get", f"things.group-{number}") for number in range(size)]
        known = snapshot(
            cluster_role("reader", *others, rule("get", "pods"), rule("list", "secrets")),
            cluster_role_binding("all", "reader", "user:alice"),
        )
        evaluator = Evaluator(known)
        assert ALLOWED is evaluator.decide(identity("alice"), GET_PODS).verdict
        second = request("list", "secrets", "team-a")
        counts.append(steps(partial(evaluator.decide, identity("alice"), second)))
        assert ALLOWED is evaluator.decide(identity("alice"), second).verdict

    assert counts[0] == counts[1]


def test_grants_of_all_subjects_are_returned() -> None:
    """There is one grant for each subject, binding and rule that allows the request."""
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
    ] == _summaries(known, ("team-a",))
    assert 6 == len(_summaries(known, None))
    assert [] == _summaries(known, ())


def _summaries(known: Snapshot, namespaces: Namespaces) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the subject, the namespace and the rule's resources of each grant, sorted."""
    grants = Evaluator(known).grants(request("get", "pods"), namespaces)
    return sorted((grant.who.name, grant.binding.namespace, grant.rule.resources) for grant in grants)


def test_roles_are_remembered_by_namespace() -> None:
    """An evaluator does not confuse Roles with the same name in two namespaces."""
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


def test_an_evaluator_does_not_confuse_requests() -> None:
    """Requests differ if their verb, group, resource, subresource, name or path differs."""
    known = snapshot(
        cluster_role("r", rule("get", "pods", names=["a"]), urls("get", "/x")),
        cluster_role_binding("r", "r", "user:alice"),
    )
    evaluator = Evaluator(known)
    expected_verdicts = [
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

    verdicts = [evaluator.decide(identity("alice"), query).verdict for query, _ in expected_verdicts]

    assert [expected for _, expected in expected_verdicts] == verdicts


def test_any_name_marks_rules_for_named_objects() -> None:
    """They prove less than the question needs, and without *any_name* they are left out."""
    known = snapshot(
        cluster_role("r", rule("get", "secrets", names=["a"]), rule("get", "secrets")),
        cluster_role_binding("r", "r", "user:alice"),
    )
    evaluator = Evaluator(known)

    with_any_name = list(evaluator.grants(request("get", "secrets"), (), any_name=True))
    without = list(evaluator.grants(request("get", "secrets"), ()))

    assert [(("a",), True), ((), False)] == [
        (grant.rule.resource_names, grant.named) for grant in with_any_name
    ]
    assert [((), False)] == [(grant.rule.resource_names, grant.named) for grant in without]


def test_any_name_does_not_matter_to_a_path() -> None:
    """A path has no name, so no rule can restrict it to names."""
    known = snapshot(READER, cluster_role_binding("r", "reader", "user:alice"))

    grants = list(Evaluator(known).grants(request("get", "/metrics"), (), any_name=True))

    assert [False] == [grant.named for grant in grants]


# --- three values ---


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([], DENIED, id="everything was read"),
        pytest.param([gap("clusterrolebindings")], UNKNOWN, id="unread ClusterRoleBindings"),
        pytest.param([gap("rolebindings")], UNKNOWN, id="unread RoleBindings"),
        pytest.param([gap("rolebindings", "team-a")], UNKNOWN, id="unread RoleBindings of the namespace"),
        pytest.param([gap("rolebindings", "team-b")], DENIED, id="unread RoleBindings of another namespace"),
        pytest.param([gap("clusterroles")], DENIED, id="unread ClusterRoles, of which none is bound"),
        pytest.param([gap("roles")], DENIED, id="unread Roles, of which none is bound"),
        pytest.param(
            [gap("namespaces"), gap("serviceaccounts")],
            DENIED,
            id="unread lists that do not matter to access",
        ),
    ],
)
def test_a_no_needs_all_bindings_that_could_count(gaps: list[Gap], expected: Verdict) -> None:
    """A gap that could hide a grant makes the answer unknown. Other gaps do not matter."""
    assert expected is verdict(snapshot(gaps=gaps), "alice", GET_PODS)


@pytest.mark.parametrize(
    ("ref", "gaps", "expected"),
    [
        pytest.param("gone", [], DENIED, id="a ClusterRole that does not exist"),
        pytest.param("gone", [gap("clusterroles")], UNKNOWN, id="a ClusterRole that could not be read"),
        pytest.param("gone", [gap("roles")], DENIED, id="a ClusterRole, while Roles could not be read"),
        pytest.param("Role/gone", [], DENIED, id="a Role that does not exist"),
        pytest.param("Role/gone", [gap("roles")], UNKNOWN, id="a Role that could not be read"),
        pytest.param(
            "Role/gone",
            [gap("roles", "team-a")],
            UNKNOWN,
            id="a Role, while the Roles of its namespace could not be read",
        ),
        pytest.param(
            "Role/gone",
            [gap("roles", "team-b")],
            DENIED,
            id="a Role, while the Roles of another namespace could not be read",
        ),
        pytest.param(
            "Role/gone", [gap("clusterroles")], DENIED, id="a Role, while ClusterRoles could not be read"
        ),
        pytest.param(
            "reader", [gap("clusterroles")], DENIED, id="a role that exists although the list has a gap"
        ),
    ],
)
def test_a_no_needs_all_roles_that_are_bound(ref: str, gaps: list[Gap], expected: Verdict) -> None:
    """A missing role grants nothing only if it would have been read if it existed."""
    known = snapshot(READER, role_binding("team-a", "x", ref, "user:alice"), gaps=gaps)

    assert expected is verdict(known, "alice", request("delete", "pods", "team-a"))


def test_a_hidden_role_matters_only_to_subjects_that_it_is_bound_to() -> None:
    """Bob has no binding to the hidden role, so the answer for bob is "no"."""
    known = snapshot(role_binding("team-a", "x", "hidden", "user:alice"), gaps=[gap("clusterroles")])

    assert DENIED is verdict(known, "bob", GET_PODS)


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        pytest.param([gap("rolebindings")], DENIED, id="unread RoleBindings do not matter"),
        pytest.param([gap("clusterrolebindings")], UNKNOWN, id="unread ClusterRoleBindings matter"),
    ],
)
@pytest.mark.parametrize(
    "query", [request("get", "nodes"), request("get", "/metrics")], ids=["a cluster-scoped kind", "a path"]
)
def test_requests_without_a_namespace_need_only_cluster_wide_bindings(
    query: object, gaps: list[Gap], expected: Verdict
) -> None:
    """No RoleBinding could grant such requests."""
    assert expected is verdict(snapshot(gaps=gaps), "alice", query)  # type: ignore[arg-type]  # a Request


def test_a_grant_is_a_proof_however_little_could_be_read() -> None:
    """Rules only add, so nothing that could not be read can take the grant away."""
    everything = [gap("clusterrolebindings"), gap("rolebindings"), gap("clusterroles"), gap("roles")]
    known = snapshot(READER, role_binding("team-a", "x", "reader", "user:alice"), gaps=everything)

    assert ALLOWED is verdict(known, "alice", GET_PODS)


def test_doubts_say_what_could_not_be_read() -> None:
    """Each gap is a doubt once, with its namespace if it is only in one namespace."""
    known = snapshot(
        role_binding("team-a", "x", "hidden", "user:alice"),
        role_binding("team-a", "y", "hidden-too", "user:alice"),
        gaps=[gap("rolebindings", "team-a"), gap("clusterroles"), gap("rolebindings", "team-b")],
    )

    expected = (gap("rolebindings", "team-a"), gap("clusterroles"))
    assert expected == decide(known, "alice", GET_PODS).doubts


def test_a_gap_is_described_with_its_namespace_and_reason() -> None:
    """The text of a cluster-wide gap names no namespace."""
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
        pytest.param("get", ALLOWED, id="a rule from outside the cycle"),
        pytest.param("list", UNKNOWN, id="a hand-written rule of the cycle"),
        pytest.param("delete", DENIED, id="no rule at all"),
    ],
)
def test_hand_written_rules_in_a_cycle_prove_nothing(verb: str, expected: Verdict) -> None:
    """Such a rule does not prove a "yes", and while it may exist there is no proof of a "no"."""
    assert expected is verdict(snapshot(*CYCLE), "alice", request(verb, "pods", "team-a"))


def test_an_uncertain_rule_is_a_doubt() -> None:
    """The doubt names the role that has the rule, and its text names the cycle as the cause."""
    (doubt,) = decide(snapshot(*CYCLE), "alice", request("list", "pods", "team-a")).doubts

    assert AggregationCycle(("b",)) == doubt
    assert "aggregation cycle" in gap_text(doubt)


def test_a_certain_grant_after_an_uncertain_one_is_enough() -> None:
    """The evaluator does not stop at a grant that proves nothing."""
    known = snapshot(
        *CYCLE,
        cluster_role("lister", rule("list", "pods")),
        cluster_role_binding("z", "lister", "user:alice"),
    )

    assert ALLOWED is verdict(known, "alice", request("list", "pods", "team-a"))


def test_uncertain_grants_are_marked() -> None:
    """A list of grants can keep certain and uncertain ones apart."""
    grants = Evaluator(snapshot(*CYCLE)).grants(request("list", "pods"), ())

    assert [("alice", False)] == [(grant.who.name, grant.certain) for grant in grants]


# --- missing roles ---


def test_a_missing_role_does_not_hide_later_bindings() -> None:
    """A binding after the dangling one still counts."""
    known = snapshot(
        READER,
        role_binding("team-a", "a", "gone", "user:alice"),
        role_binding("team-a", "b", "reader", "user:alice"),
    )

    decision = decide(known, "alice", GET_PODS)

    assert ALLOWED is decision.verdict
    assert () == decision.missing


def test_missing_roles_are_named_when_the_answer_is_no() -> None:
    """The decision has only the dangling bindings that name the subject and count for the request."""
    known = snapshot(
        cluster_role_binding("c", "gone", "user:alice"),
        role_binding("team-a", "r", "Role/gone", "user:alice"),
        role_binding("team-b", "r", "Role/gone", "user:alice"),
        role_binding("team-a", "bobs", "gone", "user:bob"),
    )

    decision = decide(known, "alice", GET_PODS)

    assert ["c", "r"] == [binding.name for binding in decision.missing]
    assert DENIED is decision.verdict


def test_a_binding_is_dangling_only_if_its_role_certainly_does_not_exist() -> None:
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
        pytest.param(("team-b",), ["clusterroles"], id="the namespace with a hidden role"),
        pytest.param(("team-c",), [], id="another namespace"),
        pytest.param((), [], id="outside of namespaces"),
    ],
)
def test_roles_that_no_binding_needs_hide_nothing(namespaces: Namespaces, expected: list[str]) -> None:
    """If all bindings are known, unread roles are a gap only if a binding needs one, and then only once."""
    known = snapshot(
        role_binding("team-b", "x", "hidden", "user:alice"),
        role_binding("team-b", "y", "hidden", "user:alice"),
        gaps=[gap("clusterroles"), gap("roles")],
    )

    assert expected == [unread.resource for unread in Evaluator(known).gaps(namespaces)]


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(None, [*CLUSTER_WIDE, "rolebindings", "roles"], id="all namespaces"),
        pytest.param(("team-a",), [*CLUSTER_WIDE, "rolebindings", "roles"], id="the namespace with the gap"),
        pytest.param(("team-b",), [*CLUSTER_WIDE, "roles"], id="the namespace with a hidden role"),
        pytest.param(("team-c",), [*CLUSTER_WIDE, "roles"], id="another namespace"),
        pytest.param((), CLUSTER_WIDE, id="outside of namespaces"),
    ],
)
def test_gaps_that_could_hide_a_grant_are_listed(namespaces: Namespaces, expected: list[str]) -> None:
    """If bindings could not be read, unread roles count too, because somebody may be bound to them."""
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

    assert expected == [unread.resource for unread in Evaluator(known).gaps(namespaces)]


@pytest.mark.parametrize(
    ("namespaces", "expected"),
    [
        pytest.param(None, 1, id="all namespaces"),
        pytest.param(("team-a",), 1, id="one namespace"),
        pytest.param((), 0, id="outside of namespaces"),
    ],
)
def test_a_gap_in_all_rolebindings_counts_in_every_namespace(namespaces: Namespaces, expected: int) -> None:
    """It does not count for requests without a namespace."""
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
            id="an account without a namespace",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "user:system:serviceaccount:team-b:robot"),
            identity("sa:team-b/robot"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" '
            'to User "system:serviceaccount:team-b:robot"',
            id="an account that is bound by its user name",
        ),
        pytest.param(
            role_binding("team-a", "pods", "reader", "user:bob", "group:ops", "group:dev", "user:alice"),
            identity("alice", "dev", "ops"),
            'RBAC: allowed by RoleBinding "pods/team-a" of ClusterRole "reader" to Group "ops"',
            id="the binding's first subject that matches",
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
            id="an account before its user name",
        ),
    ],
)
def test_a_yes_is_explained_in_the_servers_words(
    binding: RoleBinding | ClusterRoleBinding, who: Identity, expected: str
) -> None:
    """The name comes before the namespace, for bindings and for accounts."""
    known = snapshot(READER, role("team-a/local", rule("get", "pods")), binding)

    assert expected == reason(decide(known, who, GET_PODS), who)


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        pytest.param([], "", id="no missing role"),
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
            id="two roles",
        ),
        pytest.param(
            ["gone", "gone"],
            'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
            id="the same role twice",
        ),
        pytest.param(["Robot/x"], 'RBAC: unsupported role reference kind: "Robot"', id="an unknown kind"),
    ],
)
def test_a_no_names_missing_roles_in_the_servers_words(refs: list[str], expected: str) -> None:
    """Several errors are put in brackets, each only once."""
    bindings = [role_binding("team-a", f"b{n}", ref, "user:alice") for n, ref in enumerate(refs)]

    assert expected == reason(decide(snapshot(*bindings), "alice", GET_PODS), identity("alice"))


def test_a_plain_no_and_system_masters_have_no_reason() -> None:
    """The server gives no reason in these two cases either."""
    assert "" == reason(decide(snapshot(READER), "alice", GET_PODS), identity("alice"))
    master = identity("alice", "system:masters")
    assert "" == reason(decide(snapshot(), master, GET_PODS), master)


def test_an_account_and_its_group_in_one_binding_are_two_grants() -> None:
    """The account is granted the request by its own name and by its group."""
    known = snapshot(
        READER,
        role_binding("team-a", "x", "reader", "sa:team-a/robot", "group:system:serviceaccounts"),
    )

    grants = Evaluator(known).grants(GET_PODS, ("team-a",))

    expected = [
        ("User", "system:serviceaccount:team-a:robot"),
        ("Group", "system:serviceaccounts"),
    ]
    assert expected == [(grant.who.kind, grant.who.name) for grant in grants]
