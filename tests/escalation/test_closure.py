"""What is reached over several steps, and who reaches somebody who is allowed a request."""

from __future__ import annotations

from dataclasses import replace

from kubectl_kfaccess.escalation.closure import Escalation
from kubectl_kfaccess.escalation.facts import Facts
from kubectl_kfaccess.escalation.nodes import principal_node
from kubectl_kfaccess.rbac.evaluator import Evaluator
from kubectl_kfaccess.rbac.known_subjects import Plane
from kubectl_kfaccess.rbac.snapshot import Gap
from kubectl_kfaccess.rbac.subjects import AUTHENTICATED, Identity, Principal
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    labelled,
    namespace,
    profile,
    request,
    role,
    role_binding,
    rule,
    service_account,
    snapshot,
)
from tests.escalation.worlds import ALICE, escalation, reach, words

CHAIN = (
    cluster_role("pods", rule("create", "pods")),
    cluster_role("tokens", rule("create", "serviceaccounts/token", names=["robot"])),
    cluster_role("secrets", rule("list", "secrets")),
    service_account("team-a/editor"),
    service_account("team-b/robot"),
    role_binding("team-a", "alice", "pods", "user:alice"),
    role_binding("team-b", "editor", "tokens", "sa:team-a/editor"),
    cluster_role_binding("robot", "secrets", "sa:team-b/robot"),
)


def test_a_chain_is_followed_to_its_end() -> None:
    """Alice runs code as an account that can request a token of another, which can list all Secrets."""
    proved = [text for text in reach(escalation(*CHAIN)) if not text.startswith("?")]

    assert ["code in team-a", "sa:team-a/default", "sa:team-a/editor", "sa:team-b/robot"] == proved


def test_the_best_way_to_do_something_has_each_request_and_grant() -> None:
    """The steps begin at the identity, and each has what it needs."""
    steps = escalation(*CHAIN).ways(ALICE, request("list", "secrets"))

    assert steps is not None
    assert ["run-pod", "use-account", "mint-token"] == [step.id for step in steps]
    assert [(request("create", "pods", "team-a"),), (), (_robot_token(),)] == [step.needs for step in steps]
    assert ["alice", "editor"] == [grant.binding.name for step in steps for grant in step.grants]


def test_there_is_no_way_without_the_account() -> None:
    """A token can only be requested of a service account that exists."""
    engine = escalation(*(value for value in CHAIN if value.kind != "ServiceAccount"))

    assert engine.ways(ALICE, request("list", "secrets")) is None


def test_holders_are_those_who_reach_somebody_who_is_allowed() -> None:
    """Not those who are allowed it directly."""
    engine = escalation(*CHAIN)
    holders = [*engine.holders(request("list", "secrets"), None)]

    assert [("alice", "", 3), ("system:serviceaccount:team-a:editor", "", 1)] == [
        (holder.who.name, holder.namespace, len(engine.steps(holder))) for holder in holders
    ]
    assert all(holder.is_proved for holder in holders)
    assert Principal("User", "system:serviceaccount:team-b:robot") not in {holder.who for holder in holders}


def test_a_holder_can_hold_what_a_pod_mounts() -> None:
    """Those who run code in a namespace can mount a Secret of it, if they know its name."""
    engine = escalation(
        cluster_role("pods", rule("create", "pods")), role_binding("team-a", "alice", "pods", "user:alice")
    )
    (holder,) = engine.holders(request("get", "secrets", name="key"), None)

    assert ("alice", "team-a", False) == (holder.who.name, holder.namespace, holder.is_proved)
    assert ["run-pod", "mount-secret"] == [step.id for step in engine.steps(holder)]


def test_a_holder_can_hold_the_reviews_of_a_scheduler() -> None:
    """KServe lets the account of a scheduler ask about everybody, in no namespace."""
    kind = ("serving.kserve.io", "llminferenceservices")
    engine = escalation(
        cluster_role("llm", rule("create", "llminferenceservices.serving.kserve.io")),
        role_binding("team-a", "alice", "llm", "user:alice"),
        served=frozenset((kind,)),
    )
    holders = engine.holders(request("create", "subjectaccessreviews.authorization.k8s.io"), None)

    assert [("alice", "", True)] == [(each.who.name, each.namespace, each.is_proved) for each in holders]


def test_a_holder_is_listed_in_each_namespace() -> None:
    """Only those who can do it in the whole cluster are not repeated for each of its namespaces."""
    engine = escalation(
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        cluster_role("secrets", rule("list", "secrets")),
        *(service_account(f"{place}/robot") for place in ("team-a", "team-b")),
        *(
            role_binding(place, name, name, subject)
            for place in ("team-a", "team-b")
            for name, subject in (("tokens", "user:alice"), ("secrets", f"sa:{place}/robot"))
        ),
    )
    holders = engine.holders(request("list", "secrets"), None)

    assert [("alice", "team-a"), ("alice", "team-b")] == [(each.who.name, each.namespace) for each in holders]


def test_who_binds_a_role_by_the_rights_of_all_accounts_gets_it_themself() -> None:
    """The group is granted `bind`; the account is who gets the role, with all that it had before."""
    engine = escalation(
        cluster_role("binder", rule("create", "rolebindings.rbac.authorization.k8s.io"), _BIND),
        cluster_role("pods", rule("create", "pods")),
        role_binding("team-a", "binder", "binder", "group:system:serviceaccounts"),
        service_account("team-b/robot"),
    )
    robot = principal_node(Principal("User", "system:serviceaccount:team-b:robot")).identity

    assert "sa:team-b/robot with pods in team-a" in reach(engine, robot)
    assert not [text for text in reach(engine, robot) if text.startswith("group:")]


_BIND = rule("bind", "clusterroles.rbac.authorization.k8s.io", names=["pods"])


def test_holders_are_given_for_each_namespace() -> None:
    """Who can do it by steps in one namespace can do it in another as well."""
    engine = escalation(
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        cluster_role("secrets", rule("list", "secrets")),
        service_account("team-a/robot"),
        *(role_binding(team, "robot", "secrets", "sa:team-a/robot") for team in ("team-b", "team-c")),
        role_binding("team-a", "alice", "tokens", "user:alice"),
    )
    holders = engine.holders(request("list", "secrets"), ("team-b", "team-c"))

    assert [("alice", "team-b"), ("alice", "team-c")] == [(each.who.name, each.namespace) for each in holders]


def test_a_name_in_a_rule_is_no_namespace_by_itself() -> None:
    """Profiles and namespaces are granted by name; a profile that does not exist cannot be taken."""
    names = ("team-a", "nowhere")
    engine = escalation(
        cluster_role("kubeflow-admin", rule("create", "pods")),
        cluster_role(
            "owner",
            rule("patch", "profiles.kubeflow.org", names=names),
            rule("patch", "namespaces", names=names),
        ),
        cluster_role_binding("alice", "owner", "user:alice"),
        namespace("team-a"),
        served=frozenset((("kubeflow.org", "profiles"),)),
    )

    assert "alice with kubeflow-admin in team-a" in reach(engine)
    assert not [text for text in reach(engine) if "nowhere" in text]


def test_a_role_has_to_exist_to_be_changed() -> None:
    """Without `create`, those who may write and bind every Role of a namespace need one that is there."""
    rights = (
        cluster_role(
            "x", rule("patch,escalate,bind", "roles" + _RBAC), rule("create", "rolebindings" + _RBAC)
        ),
        role_binding("team-a", "alice", "x", "user:alice"),
    )

    assert [] == reach(escalation(*rights))
    assert "alice with any rules in team-a" in reach(escalation(*rights, role("team-a/some")))


def test_who_was_given_a_role_can_write_its_rules() -> None:
    """Alice joins the binding of a Role that lets its subjects write that Role."""
    engine = escalation(
        cluster_role(
            "x", rule("bind", "roles" + _RBAC, names=["own"]), rule("patch", "rolebindings" + _RBAC)
        ),
        role("team-a/own", rule("patch,escalate", "roles" + _RBAC)),
        role_binding("team-a", "alice", "x", "user:alice"),
        role_binding("team-a", "bob", "Role/own", "user:bob"),
    )
    (goal,) = [each for each in engine.reached(ALICE) if words(each) == "alice with any rules in team-a"]

    assert ["bind-role", "escalate-role"] == [step.id for step in engine.steps(goal)]


_RBAC = ".rbac.authorization.k8s.io"


def test_a_cycle_ends() -> None:
    """Two accounts that can request each other's tokens reach each other, and nothing for ever."""
    engine = escalation(
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        service_account("team-a/x"),
        service_account("team-b/y"),
        role_binding("team-a", "y", "tokens", "sa:team-b/y"),
        role_binding("team-b", "x", "tokens", "sa:team-a/x", "user:alice"),
    )

    assert ["sa:team-a/default", "sa:team-a/x", "sa:team-b/default", "sa:team-b/y"] == reach(engine)


def test_proved_ways_come_before_possible_ones_then_the_shortest() -> None:
    """A possible way of one step does not count where a proved one of two leads."""
    engine = escalation(
        cluster_role("exec", rule("create", "pods/exec")),
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        cluster_role("pods", rule("create", "pods")),
        service_account("team-a/first"),
        service_account("team-b/goal"),
        role_binding("team-b", "short", "exec", "user:alice"),
        role_binding("team-a", "long", "tokens", "user:alice"),
        role_binding("team-b", "goal", "pods", "sa:team-a/first"),
    )
    goal = next(each for each in engine.reached(ALICE) if words(each) == "sa:team-b/goal")

    assert ["mint-token", "run-pod", "use-account"] == [step.id for step in engine.steps(goal)]
    assert "?sa:team-b/goal" not in reach(engine)


def test_of_equal_ways_the_first_by_name_counts() -> None:
    """Alice can become a or b, and both reach the goal."""
    objects = (
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        *(service_account(f"{key}") for key in ("team-a/a", "team-a/b", "team-b/goal")),
        role_binding("team-a", "alice", "tokens", "user:alice"),
        role_binding("team-b", "goal", "tokens", "sa:team-a/b", "sa:team-a/a"),
    )
    engine = escalation(*objects)
    goal = next(each for each in engine.reached(ALICE) if words(each) == "sa:team-b/goal")
    holder = next(engine.holders(request("create", "serviceaccounts/token", name="x"), ("team-b",)))

    assert ["a", "goal"] == [step.name or step.target.subject.name for step in engine.steps(goal)]  # type: ignore[union-attr]
    assert "alice" == holder.who.name
    assert ["a"] == [step.target.subject.name for step in engine.steps(holder)]  # type: ignore[union-attr]


def test_a_group_takes_no_step_at_a_service_that_asks_for_the_name() -> None:
    """The pipelines API asks about the user alone; the API server about the groups as well."""
    objects = (
        cluster_role("runs", rule("create", "runs.pipelines.kubeflow.org")),
        role_binding("team-a", "group", "runs", "group:staff"),
        role_binding("team-b", "user", "runs", "user:alice"),
    )
    engine = escalation(*objects, release="2.5.0")
    member = Identity("alice", ("staff", AUTHENTICATED))

    assert "code in team-b" in reach(engine, member)
    assert "code in team-a" not in reach(engine, member)
    assert [] == reach(engine, Identity("", ("staff",)))


def test_an_identity_that_is_only_impersonated_is_unknown_to_services() -> None:
    """The impersonated account could create runs, but the pipelines API sees no impersonation."""
    objects = (
        cluster_role("runs", rule("create", "runs.pipelines.kubeflow.org")),
        cluster_role("as", rule("impersonate", "serviceaccounts")),
        service_account("team-a/robot"),
        role_binding("team-a", "robot", "runs", "sa:team-a/robot"),
        role_binding("team-a", "alice", "as", "user:alice"),
    )
    engine = escalation(*objects, release="2.5.0")
    run = request("create", "runs.pipelines.kubeflow.org", "team-a")

    assert engine.ways(ALICE, run, Plane.KUBEFLOW) is None
    assert engine.ways(ALICE, run) is not None
    assert "code in team-a" not in reach(engine)


def test_an_impersonated_identity_does_not_impersonate_in_turn() -> None:
    """A request has one identity to impersonate."""
    objects = (
        cluster_role("as", rule("impersonate", "serviceaccounts")),
        service_account("team-a/one"),
        service_account("team-b/two"),
        role_binding("team-a", "alice", "as", "user:alice"),
        role_binding("team-b", "one", "as", "sa:team-a/one"),
    )

    assert ["sa:team-a/default by requests", "sa:team-a/one by requests"] == reach(escalation(*objects))


def test_everything_is_the_whole_cluster_and_needs_no_step() -> None:
    """Nothing else is looked at: there is nothing more to reach."""
    objects = (cluster_role("all", rule("*", "*.*")), cluster_role_binding("alice", "all", "user:alice"))
    engine = escalation(*objects, service_account("team-a/robot"))

    assert ["cluster"] == reach(engine)
    assert () == engine.ways(ALICE, request("get", "secrets", "team-a"), Plane.KUBEFLOW)
    assert ["cluster"] == reach(engine, Identity("eve", ("system:masters",)))


def test_the_groups_of_everybody_count_in_every_namespace() -> None:
    """What is granted to all authenticated users is granted to the accounts that are reached as well."""
    objects = (
        cluster_role("pods", rule("create", "pods")),
        cluster_role("tokens", rule("create", "serviceaccounts/token")),
        service_account("team-a/robot"),
        role_binding("team-a", "alice", "pods", "user:alice"),
        role_binding("team-b", "all", "tokens", f"group:{AUTHENTICATED}"),
        role_binding("team-c", "accounts", "tokens", "group:system:serviceaccounts"),
        role_binding("team-d", "team", "tokens", "group:system:serviceaccounts:team-a"),
    )
    proved = [text for text in reach(escalation(*objects)) if text.startswith("sa:")]

    assert [f"sa:{team}/default" for team in ("team-a", "team-b", "team-c", "team-d")] == proved[:1] + proved[
        2:
    ]
    assert "sa:team-a/robot" == proved[1]


def test_what_could_not_be_read_proves_nothing() -> None:
    """Accounts that could not be listed are possible, and the gap is a doubt."""
    world = snapshot(
        cluster_role("pods", rule("create", "pods")),
        role_binding("team-a", "alice", "pods", "user:alice"),
        role_binding("team-b", "robot", "pods", "sa:team-a/robot"),
    )
    gaps = (Gap("serviceaccounts", "", "forbidden"),)
    engine = Escalation(Facts(Evaluator(replace(world, gaps=gaps))))
    robot = next(each for each in engine.reached(ALICE) if words(each) == "?sa:team-a/robot")

    assert "sa:team-a/default" in reach(engine)
    assert ["", "if the service account exists, which could not be read"] == [
        step.note for step in engine.steps(robot)
    ]
    assert gaps == engine.doubts
    assert () == escalation(*CHAIN).doubts


def test_the_accounts_of_a_profile_exist() -> None:
    """The profile controller creates them, so files with a Profile need not have them."""
    engine = escalation(
        cluster_role("pods", rule("create", "pods")),
        role_binding("team-a", "alice", "pods", "user:alice"),
        profile("team-a", "user:alice"),
    )

    assert {"sa:team-a/default-editor", "sa:team-a/default-viewer"} <= set(reach(engine))


def test_a_namespace_that_is_gone_has_no_accounts() -> None:
    """Not even `default`, although bindings elsewhere name accounts of it."""
    objects = (
        cluster_role("pods", rule("create", "pods")),
        cluster_role_binding("alice", "pods", "user:alice"),
        role_binding("team-b", "lost", "pods", "sa:gone/robot"),
    )
    known, unknown = escalation(*objects, namespace("team-b")), escalation(*objects)

    assert not [text for text in reach(known) if "gone" in text]
    assert "sa:gone/default" in reach(unknown)


def test_a_role_that_could_not_be_read_gives_no_step() -> None:
    """It is said as a doubt."""
    world = snapshot(role_binding("team-a", "alice", "hidden", "user:alice"))
    engine = Escalation(Facts(Evaluator(replace(world, gaps=(Gap("clusterroles", "", "forbidden"),)))))

    assert [] == reach(engine)
    assert ["clusterroles"] == [doubt.resource for doubt in engine.doubts if isinstance(doubt, Gap)]


def test_rules_of_a_cycle_of_aggregation_prove_nothing() -> None:
    """The controller keeps or drops them by chance."""
    engine = escalation(
        cluster_role("a", rule("create", "pods"), labels={"to": "b"}, aggregate=labelled(to="a")),
        cluster_role("b", labels={"to": "a"}, aggregate=labelled(to="b")),
        role_binding("team-a", "alice", "b", "user:alice"),
    )

    assert [] == reach(engine)


def _robot_token() -> object:
    return request("create", "serviceaccounts/token", "team-b", "robot")
