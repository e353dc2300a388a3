"""The closest misses of a denied request: each differs from a "yes" in exactly one thing."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kubectl_kfaccess.environment import Environment
from kubectl_kfaccess.rbac.evaluator import Evaluator, Verdict
from kubectl_kfaccess.rbac.known_subjects import KnownSubject, Plane, identified
from kubectl_kfaccess.rbac.model import (
    ClusterRole,
    ClusterRoleBinding,
    KubernetesObject,
    ObjectMeta,
    PolicyRule,
    RoleBinding,
    RoleRef,
    Subject,
)
from kubectl_kfaccess.rbac.near_misses import MOST, Miss, NearMiss, near_misses
from kubectl_kfaccess.rbac.rules import Request
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import Identity, displayed, principal
from kubectl_kfaccess.sources.files.files import demo
from kubectl_kfaccess.sources.source import Wanted
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    expression,
    gap,
    request,
    role,
    role_binding,
    rule,
    snapshot,
    subject,
    urls,
)
from tests.rbac.test_laws import World
from tests.robustness.steps import steps

NOTEBOOKS = "notebooks.kubeflow.org"
SERVICES = "inferenceservices.serving.kserve.io"
RUNS = "runs.pipelines.kubeflow.org"
CREATE = request("create", NOTEBOOKS, "team-a")
EDITOR = cluster_role("editor", rule("create", NOTEBOOKS))
EDIT = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-edit"
VIEW = "rbac.authorization.kubeflow.org/aggregate-to-kubeflow-view"


def misses(
    known: Snapshot,
    who: str | KnownSubject,
    denied: Request = CREATE,
    *groups: str,
    via: Plane = Plane.KUBECTL,
) -> tuple[NearMiss, ...]:
    """Return the closest misses of *denied* by a subject that is known to be in *groups*."""
    known_subject = identified(subject(who), groups) if isinstance(who, str) else who
    return near_misses(Evaluator(known), known_subject, via, denied)


def kinds(closest: tuple[NearMiss, ...]) -> list[str]:
    """Return the kinds of *closest*, as machine formats spell them."""
    return [near_miss.miss.value for near_miss in closest]


def of_kind(kind: Miss, closest: tuple[NearMiss, ...]) -> list[NearMiss]:
    """Return the near misses of one kind."""
    return [near_miss for near_miss in closest if near_miss.miss is kind]


def only(closest: tuple[NearMiss, ...]) -> NearMiss:
    """Return the only near miss."""
    (near_miss,) = closest
    return near_miss


def granted_to(*subjects: str, where: str = "team-a") -> Snapshot:
    """Return a cluster in which *subjects* can create notebooks, in *where* or ("") in all namespaces."""
    if not where:
        return snapshot(EDITOR, cluster_role_binding("editors", "editor", *subjects))
    return snapshot(EDITOR, role_binding(where, "editors", "editor", *subjects))


def holding(*rules: PolicyRule) -> Snapshot:
    """Return a cluster in which alice has these rules in team-a."""
    return snapshot(cluster_role("some", *rules), role_binding("team-a", "hers", "some", "user:alice"))


# --- roles that do not exist ---


@pytest.mark.parametrize("ref", ["editor", "Role/editor"])
def test_a_binding_without_its_role_is_a_near_miss(ref: str) -> None:
    """It names the subject, but without its role it grants nothing."""
    near_miss = only(misses(snapshot(role_binding("team-a", "hers", ref, "user:alice")), "user:alice"))

    assert (Miss.DANGLING_ROLE, "hers", None) == (
        near_miss.miss,
        near_miss.binding and near_miss.binding.name,
        near_miss.role,
    )
    assert ("editor", subject("user:alice")) == (near_miss.wanted, near_miss.subject)


def test_a_cluster_wide_binding_without_its_role_is_a_near_miss() -> None:
    """It would count in every namespace, and for requests without a namespace."""
    known = snapshot(cluster_role_binding("hers", "editor", "user:alice"))

    assert ["danglingRole"] == kinds(misses(known, "user:alice"))
    assert ["danglingRole"] == kinds(misses(known, "user:alice", request("get", "nodes")))


@pytest.mark.parametrize(
    ("ref", "hidden"),
    [
        pytest.param("editor", gap("clusterroles"), id="unread ClusterRoles"),
        pytest.param("Role/editor", gap("roles", "team-a"), id="unread Roles of the namespace"),
    ],
)
def test_a_role_that_could_not_be_read_is_not_reported_as_missing(ref: str, hidden: object) -> None:
    """Nobody knows if it exists."""
    known = snapshot(role_binding("team-a", "hers", ref, "user:alice"), gaps=[hidden])  # type: ignore[list-item]  # a gap

    assert [] == kinds(misses(known, "user:alice"))


@pytest.mark.parametrize(
    "binding",
    [
        pytest.param(role_binding("team-a", "his", "editor", "user:bob"), id="a binding of another user"),
        pytest.param(
            role_binding("team-b", "hers", "editor", "user:alice"), id="a binding of another namespace"
        ),
    ],
)
def test_other_bindings_without_their_role_are_not_reported(binding: RoleBinding) -> None:
    """They would not have granted the request."""
    assert [] == kinds(misses(snapshot(binding), "user:alice"))


def test_the_binding_of_a_group_counts_for_its_members_only_with_kubectl() -> None:
    """Kubeflow asks without groups, so there the binding does not count for alice."""
    known = snapshot(role_binding("team-a", "theirs", "gone", "group:dev"))

    assert ["danglingRole"] == kinds(misses(known, "user:alice", CREATE, "dev"))
    assert [] == kinds(misses(known, "user:alice", CREATE, "dev", via=Plane.KUBEFLOW))


def test_a_role_binding_is_no_near_miss_for_a_url() -> None:
    """A RoleBinding grants no URL, even if the request gives a namespace with the path."""
    known = snapshot(role_binding("team-a", "hers", "gone", "user:alice"))

    assert [] == kinds(misses(known, "user:alice", Request("get", namespace="team-a", path="/metrics")))


def test_a_nameless_user_in_a_binding_does_not_match_a_group() -> None:
    """A question about a group has no user, and a subject without a name is not taken for that."""
    assert [] == kinds(misses(snapshot(role_binding("team-a", "odd", "gone", "user:")), "group:dev"))


# --- groups ---


@pytest.mark.parametrize("where", ["team-a", ""])
def test_a_group_that_has_the_grant_is_a_near_miss(where: str) -> None:
    """Everybody who is in it would be allowed."""
    near_miss = only(misses(granted_to("group:dev", where=where), "user:alice"))

    assert (Miss.GROUP, subject("group:dev"), "dev") == (near_miss.miss, near_miss.subject, near_miss.wanted)
    assert EDITOR == near_miss.role


@pytest.mark.parametrize(
    ("group", "who"),
    [
        pytest.param("system:masters", "user:alice", id="system:masters"),
        pytest.param("system:nodes", "user:alice", id="system:nodes"),
        pytest.param("system:unauthenticated", "user:alice", id="anonymous users"),
        pytest.param("system:serviceaccounts", "user:alice", id="all accounts"),
        pytest.param("system:serviceaccounts:team-a", "user:alice", id="accounts of a namespace"),
        pytest.param("dev", "sa:team-a/robot", id="a group of people, for an account"),
        pytest.param("system:serviceaccounts:team-b", "sa:team-a/robot", id="other accounts, for an account"),
    ],
)
def test_a_group_that_the_subject_cannot_be_in_is_not_reported(group: str, who: str) -> None:
    """Nobody is added to these groups, and an account is only in the groups of accounts."""
    assert [] == kinds(misses(granted_to(f"group:{group}"), who))


def test_a_group_with_a_grant_in_another_namespace_is_not_reported() -> None:
    """Its grant does not count in the namespace of the request."""
    assert [] == kinds(misses(granted_to("group:dev", where="team-b"), "user:alice"))


def test_the_accounts_of_a_namespace_are_in_the_group_of_all_accounts() -> None:
    """A question about them reports a grant to the group of all accounts."""
    known = granted_to("group:system:serviceaccounts")

    assert ["group"] == kinds(misses(known, "group:system:serviceaccounts:team-a"))
    assert [] == kinds(misses(known, "group:dev"))


def test_a_group_with_several_bindings_is_reported_once() -> None:
    """The near miss has the binding of the namespace, not the cluster-wide one."""
    known = snapshot(
        EDITOR,
        cluster_role_binding("all", "editor", "group:dev"),
        role_binding("team-a", "some", "editor", "group:dev"),
    )

    near_miss = only(misses(known, "user:alice"))

    assert ("some", 0) == (near_miss.binding and near_miss.binding.name, near_miss.more)


def test_a_group_does_not_count_in_kubeflow() -> None:
    """The subject is in the group, but the pipelines API asks only about the user name."""
    near_miss = only(misses(granted_to("group:dev"), "user:alice", CREATE, "dev", via=Plane.KUBEFLOW))

    assert (Miss.GROUP_DOES_NOT_COUNT, subject("group:dev")) == (near_miss.miss, near_miss.subject)


@pytest.mark.parametrize("who", ["sa:team-a/robot", "group:system:serviceaccounts:team-a"])
def test_the_groups_of_accounts_do_not_count_in_kubeflow(who: str) -> None:
    """They are implied with kubectl, and nowhere else."""
    known = granted_to("group:system:serviceaccounts:team-a")

    assert ["groupDoesNotCount"] == kinds(misses(known, who, via=Plane.KUBEFLOW))


def test_an_unknown_group_is_not_reported_for_kubeflow() -> None:
    """To be in it would not help there."""
    assert [] == kinds(misses(granted_to("group:dev"), "user:alice", via=Plane.KUBEFLOW))


# --- names ---


@pytest.mark.parametrize(
    ("who", "bound"),
    [
        pytest.param("user:grace@example.com", "user:Grace@Example.com", id="upper and lower case"),
        pytest.param("user:alice", "user:ALICE", id="upper and lower case of a short name"),
        pytest.param("user:alice", "user: alice ", id="spaces"),
        pytest.param("user:alice@example.com", "user:oidc:alice@example.com", id="a prefix in the binding"),
        pytest.param(
            "user:accounts.google.com:alice@x.org", "user:alice@x.org", id="a prefix in the question"
        ),
        pytest.param("user:alice", "user:https://issuer.example.com#alice", id="an issuer before a hash"),
        pytest.param(
            "user:catherine@example.com", "user:catherina@example.com", id="a letter of the local part"
        ),
        pytest.param("user:alice@example.com", "user:alice@exmaple.com", id="a letter of the domain"),
        pytest.param("user:alice@example.com", "user:alice@example.org", id="another ending"),
        pytest.param("user:al\u200bice", "user:alice", id="an invisible letter"),
        pytest.param("sa:team-a/pipeline-runner", "sa:team-a/pipelines-runner", id="a similar account name"),
        pytest.param("sa:team-a/robot", "user:system:serviceaccount:team-a:Robot", id="an account as a user"),
        pytest.param("group:ml-team", "group:ML-Team", id="a group"),
    ],
)
def test_a_name_that_is_almost_the_same_is_a_near_miss(who: str, bound: str) -> None:
    """Names are compared as exact text, so the binding does not match the subject."""
    near_miss = misses(granted_to(bound), who)[0]

    assert (Miss.OTHER_NAME, "name", subject(bound)) == (near_miss.miss, near_miss.differs, near_miss.subject)
    assert subject(who).name == near_miss.wanted


@pytest.mark.parametrize(
    ("who", "bound"),
    [
        pytest.param("user:bob@example.com", "user:rob@example.com", id="people in the same domain"),
        pytest.param("user:alice@example.com", "user:alina@example.com", id="people with similar names"),
        pytest.param("user:alice@team-a.io", "user:alice@team-b.io", id="domains that differ by a word"),
        pytest.param("user:catherine@example.com", "user:catherina@acme.org", id="other domains"),
        pytest.param("user:user1@example.com", "user:user2@example.com", id="addresses with numbers"),
        pytest.param("user:developer1", "user:developer2", id="names with numbers"),
        pytest.param("user:alice@example.com", "user:alice", id="a name and an address"),
        pytest.param("user:ann", "user:joann", id="the end of a longer word"),
        pytest.param("user:scheduler", "user:system:scheduler", id="a name that Kubernetes itself uses"),
        pytest.param("sa:team-a/team-a-robot", "sa:team-a/team-b-robot", id="accounts of two teams"),
        pytest.param("sa:team-a/default-editor", "sa:team-a/default-viewer", id="accounts of two kinds"),
        pytest.param("user:default-editor-of-all", "user:default", id="the beginning of a longer name"),
    ],
)
def test_a_name_that_clearly_belongs_to_somebody_else_is_not_reported(who: str, bound: str) -> None:
    """Similar names alone are not enough for people, teams and numbers."""
    assert [] == kinds(misses(granted_to(bound), who))


def test_a_similar_name_in_another_namespace_is_not_reported() -> None:
    """The right spelling would not be allowed in the namespace of the request either."""
    assert [] == kinds(misses(granted_to("user:Alice", where="team-b"), "user:alice"))


def test_the_name_that_differs_least_comes_first() -> None:
    """A difference in case comes first, then a prefix, then other letters."""
    names = ("user:catherina", "user:oidc:catherine", "user:Catherine")

    closest = misses(granted_to(*names), "user:catherine")

    assert [subject(name) for name in reversed(names)] == [near_miss.subject for near_miss in closest]


def test_a_group_of_the_user_can_be_misspelt() -> None:
    """The binding names a group that is almost one of the user's groups."""
    closest = misses(granted_to("group:ML-team"), "user:alice", CREATE, "ml-team")

    assert [("otherName", "ml-team", "ML-team")] == [(n.miss.value, n.wanted, n.actual) for n in closest]


# --- kinds ---


@pytest.mark.parametrize(
    ("who", "bound", "texts"),
    [
        pytest.param("user:alice", "group:alice", ("User", "Group"), id="a group with the user's name"),
        pytest.param("group:dev", "user:dev", ("Group", "User"), id="a user with the group's name"),
        pytest.param(
            "user:robot", "sa:team-b/robot", ("User", "ServiceAccount"), id="an account with the user's name"
        ),
        pytest.param(
            "sa:team-a/robot", "user:robot", ("ServiceAccount", "User"), id="a user with the account's name"
        ),
        pytest.param("sa:team-a/robot", "user:team-a/robot", ("ServiceAccount", "User"), id="with a slash"),
        pytest.param("sa:team-a/robot", "user:team-a:robot", ("ServiceAccount", "User"), id="with a colon"),
        pytest.param(
            "sa:team-a/robot", "group:system:serviceaccount:team-a:robot", ("ServiceAccount", "Group"),
            id="a group with the account's user name",
        ),
        pytest.param(
            "sa:team-a/robot", "user:system:serviceaccounts:team-a:robot", ("ServiceAccount", "User"),
            id="the prefix of groups of accounts",
        ),
    ],
)  # fmt: skip
def test_the_same_name_with_another_kind_is_a_near_miss(who: str, bound: str, texts: tuple[str, str]) -> None:
    """A subject in a binding matches only its own kind."""
    near_miss = only(misses(granted_to(bound), who))

    assert (Miss.OTHER_KIND, "kind", *texts) == (
        near_miss.miss,
        near_miss.differs,
        near_miss.wanted,
        near_miss.actual,
    )
    assert subject(bound) == near_miss.subject


def test_a_kind_in_lower_case_is_another_kind() -> None:
    """Kinds are compared as exact text, as names are."""
    known = granted_to()
    editors = RoleBinding(
        metadata=ObjectMeta("editors", "team-a"),
        role_ref=RoleRef("ClusterRole", "editor"),
        subjects=(Subject("user", "alice"),),
    )

    near_miss = only(misses(snapshot(*known.cluster_roles.values(), editors), "user:alice"))

    assert (Miss.OTHER_KIND, "User", "user") == (near_miss.miss, near_miss.wanted, near_miss.actual)


@pytest.mark.parametrize(
    ("who", "bound"),
    [
        pytest.param("sa:team-a/robot", "user:team-b/robot", id="a user with the name of another account"),
        pytest.param("user:alice", "sa:team-a/bob", id="an account with another name"),
    ],
)
def test_a_subject_with_another_kind_and_another_name_is_not_reported(who: str, bound: str) -> None:
    """Two things differ."""
    assert [] == kinds(misses(granted_to(bound), who))


# --- accounts of other namespaces ---


@pytest.mark.parametrize(
    "bound", ["sa:team-b/default-editor", "user:system:serviceaccount:team-b:default-editor"]
)
def test_an_account_with_that_name_in_another_namespace_is_a_near_miss(bound: str) -> None:
    """The binding has the right name, but the wrong namespace."""
    near_miss = only(misses(granted_to(bound), "sa:team-a/default-editor"))

    assert (Miss.OTHER_ACCOUNT_NAMESPACE, "team-a", "team-b") == (
        near_miss.miss,
        near_miss.wanted,
        near_miss.actual,
    )
    assert subject(bound) == near_miss.subject


def test_an_account_without_a_namespace_in_a_cluster_wide_binding_is_a_near_miss() -> None:
    """It matches no account, because a ClusterRoleBinding has no namespace."""
    near_miss = only(misses(granted_to("sa:robot", where=""), "sa:team-a/robot"))

    assert (Miss.OTHER_ACCOUNT_NAMESPACE, "team-a", "") == (
        near_miss.miss,
        near_miss.wanted,
        near_miss.actual,
    )


@pytest.mark.parametrize("bound", ["sa:team-b/default-viewer", "sa:team-b/Default-Editor"])
def test_another_account_in_another_namespace_is_not_reported(bound: str) -> None:
    """Two things differ."""
    assert [] == kinds(misses(granted_to(bound), "sa:team-a/default-editor"))


# --- named objects only ---


@pytest.mark.parametrize("name", ["", "other"])
def test_a_rule_for_named_objects_is_a_near_miss(name: str) -> None:
    """The request has no name, or a name that the rule does not list."""
    known = holding(rule("get", "secrets", names=("token", "key")), rule("get", "secrets", names=("cert",)))

    near_miss = only(misses(known, "user:alice", request("get", "secrets", "team-a", name)))

    assert (Miss.NAMED_ONLY, "name", name) == (near_miss.miss, near_miss.differs, near_miss.wanted)
    assert "token, key, cert" == near_miss.actual


def test_a_rule_for_named_objects_with_another_verb_is_not_reported() -> None:
    """Two things differ."""
    known = holding(rule("get", "secrets", names=("token",)))

    assert [] == kinds(misses(known, "user:alice", request("list", "secrets", "team-a")))


def test_a_rule_for_named_objects_is_no_near_miss_for_a_url() -> None:
    """This is so even for a rule about every resource of every group."""
    known = snapshot(
        cluster_role("all", rule("*", "*.*", names=("one",))),
        cluster_role_binding("hers", "all", "user:alice"),
    )

    assert [] == kinds(misses(known, "user:alice", request("get", "/metrics")))


# --- other rules ---


def test_other_verbs_of_the_same_resource_are_a_near_miss() -> None:
    """All verbs of the role are listed in Kubernetes' order, with the rule that has the most."""
    several = rule("watch,list,use", NOTEBOOKS)
    known = holding(rule("get", NOTEBOOKS), several, rule("delete", "pods"))

    near_miss = only(misses(known, "user:alice"))

    assert (Miss.OTHER_RULE, "verb", "create") == (near_miss.miss, near_miss.differs, near_miss.wanted)
    assert ("get, list, watch, use", several) == (near_miss.actual, near_miss.rule)


def test_other_verbs_of_the_same_url_are_a_near_miss() -> None:
    """Rules about non-resource URLs have verbs, too."""
    known = snapshot(
        cluster_role("scraper", urls("get", "/metrics*")), cluster_role_binding("b", "scraper", "user:alice")
    )

    near_miss = only(misses(known, "user:alice", request("post", "/metrics/cadvisor")))

    assert ("verb", "post", "get") == (near_miss.differs, near_miss.wanted, near_miss.actual)


@pytest.mark.parametrize(
    ("resource", "held", "expected"),
    [
        pytest.param("pods/log", "pods", ("subresource", "pods/log", "pods"), id="only the parent"),
        pytest.param("pods/log", "pods/*", ("subresource", "pods/log", "pods/*"), id="a star as plain text"),
        pytest.param("pods/log", "*/*", ("subresource", "pods/log", "*/*"), id="two stars as plain text"),
        pytest.param(
            "experiments.pipelines.kubeflow.org", "experiments.kubeflow.org",
            ("group", "pipelines.kubeflow.org", "kubeflow.org"), id="the same word in another group",
        ),
        pytest.param("events.events.k8s.io", "events", ("group", "events.k8s.io", '""'), id="the core group"),
        pytest.param("pod", "pods", ("resource", "pod", "pods"), id="the singular"),
        pytest.param("Pods", "pods", ("resource", "Pods", "pods"), id="upper and lower case"),
        pytest.param(
            "networkpolicies.n", "networkpolicy.n", ("resource", "networkpolicies", "networkpolicy"),
            id="the plural of policy",
        ),
        pytest.param(
            "llminferenceserviceconfigs.k", "lllminferenceserviceconfigs.k",
            ("resource", "llminferenceserviceconfigs", "lllminferenceserviceconfigs"), id="a letter too many",
        ),
        pytest.param("pod/log", "pods/log", ("resource", "pod/log", "pods/log"), id="with a subresource"),
    ],
)  # fmt: skip
def test_a_rule_that_differs_in_one_thing_is_a_near_miss(
    resource: str, held: str, expected: tuple[str, str, str]
) -> None:
    """The near miss has only the part of the rule that differs."""
    near_miss = only(misses(holding(rule("get", held)), "user:alice", request("get", resource, "team-a")))

    assert (Miss.OTHER_RULE, *expected) == (
        near_miss.miss,
        near_miss.differs,
        near_miss.wanted,
        near_miss.actual,
    )


def test_another_resource_is_reported_with_the_subresource_of_the_request() -> None:
    """Other subresources of the resource differ in two things."""
    known = holding(rule("get", "pod/exec,pod/log"))

    assert "pod/log" == only(misses(known, "user:alice", request("get", "pods/log", "team-a"))).actual


@pytest.mark.parametrize(
    ("resource", "held"),
    [
        pytest.param("secrets", rule("get,list", "pods,configmaps,services"), id="other resources"),
        pytest.param("pods", rule("get", "pods/log"), id="only a subresource"),
        pytest.param("pods/log", rule("get", "pods/exec"), id="another subresource"),
        pytest.param("pods/log", rule("list", "pods"), id="the parent and another verb"),
        pytest.param("pods", rule("list", "pod"), id="another verb of a misspelt resource"),
        pytest.param("jobs.batch", rule("list", "jobs.kubeflow.org"), id="another verb of another group"),
        pytest.param("jobs.batch", rule("get", "*.kubeflow.org"), id="everything of another group"),
        pytest.param("persistentvolumes", rule("get", "persistentvolumeclaims"), id="a longer word"),
        pytest.param("rolebindings.r", rule("get", "clusterrolebindings.r"), id="a word before it"),
        pytest.param("pods", rule("list", "pods", names=("web",)), id="another verb of a named object"),
        pytest.param("pods", PolicyRule(), id="an empty rule"),
        pytest.param("pods", urls("get", "/pods"), id="a URL"),
    ],
)
def test_a_rule_that_differs_in_more_is_not_reported(resource: str, held: PolicyRule) -> None:
    """A rule with a clearly different meaning is not reported either."""
    assert [] == kinds(misses(holding(held), "user:alice", request("get", resource, "team-a")))


def test_a_role_is_reported_once_with_its_closest_rule() -> None:
    """Another verb is closer than another group, and another group is closer than another word."""
    known = holding(
        rule("get", "run.pipelines.kubeflow.org"), rule("get", "runs.kubeflow.org"), rule("list", RUNS)
    )

    near_miss = only(misses(known, "user:alice", request("get", RUNS, "team-a")))

    assert ("verb", "list") == (near_miss.differs, near_miss.actual)


def test_another_rule_in_another_namespace_is_not_reported() -> None:
    """The namespace and the verb both differ."""
    known = snapshot(
        role("team-b/reader", rule("get", NOTEBOOKS)),
        role_binding("team-b", "hers", "Role/reader", "user:alice"),
    )

    assert [] == kinds(misses(known, "user:alice"))


# --- namespaces ---


@pytest.mark.parametrize(
    "denied",
    [
        pytest.param(request("create", NOTEBOOKS), id="without a namespace"),
        pytest.param(request("create", "/notebooks"), id="a URL"),
    ],
)
def test_a_role_binding_with_the_right_rule_is_a_near_miss_cluster_wide(denied: Request) -> None:
    """The rule is right, but a RoleBinding grants it only in its own namespace."""
    known = snapshot(
        cluster_role("editor", rule("create", NOTEBOOKS), urls("create", "/notebooks")),
        role_binding("team-a", "hers", "editor", "user:alice"),
        role_binding("team-b", "his", "editor", "user:bob"),
    )

    near_miss = only(misses(known, "user:alice", denied))

    assert (Miss.CLUSTER_SCOPED, "", "team-a") == (near_miss.miss, near_miss.wanted, near_miss.actual)
    assert ("hers", subject("user:alice")) == (
        near_miss.binding and near_miss.binding.name,
        near_miss.subject,
    )


def test_another_rule_in_a_namespace_is_no_near_miss_cluster_wide() -> None:
    """Two things differ."""
    known = snapshot(EDITOR, role_binding("team-a", "hers", "editor", "user:alice"))

    assert [] == kinds(misses(known, "user:alice", request("list", NOTEBOOKS)))


def test_the_first_three_namespaces_with_the_grant_are_reported() -> None:
    """They are in order, and the last one has the number of those that are left out."""
    known = snapshot(EDITOR, *(role_binding(f"ns-{n}", "b", "editor", "user:alice") for n in (5, 3, 1, 4, 2)))

    closest = misses(known, "user:alice")

    assert ["otherNamespace"] * 3 == kinds(closest)
    assert [("team-a", "ns-1", 0), ("team-a", "ns-2", 0), ("team-a", "ns-3", 2)] == [
        (near_miss.wanted, near_miss.actual, near_miss.more) for near_miss in closest
    ]


def test_namespaces_with_a_grant_to_others_are_not_reported() -> None:
    """For Kubeflow, a grant to the subject's group is a grant to others."""
    known = granted_to("user:bob", "group:dev", where="team-b")

    assert [] == kinds(misses(known, "user:alice"))
    assert ["otherNamespace"] == kinds(misses(known, "user:alice", CREATE, "dev"))
    assert [] == kinds(misses(known, "user:alice", CREATE, "dev", via=Plane.KUBEFLOW))


def test_uncertain_rules_in_other_namespaces_are_not_reported() -> None:
    """A cycle of aggregated roles may drop them, so the grant is not certain."""
    known = snapshot(
        cluster_role("one", rule("create", NOTEBOOKS), labels={"x": "one"}, aggregate={"x": "two"}),
        cluster_role("two", labels={"x": "two"}, aggregate={"x": "one"}),
        role_binding("team-b", "hers", "two", "user:alice"),
        role_binding("team-a", "theirs", "two", "group:dev"),
    )

    assert [] == kinds(misses(known, "user:alice"))


# --- aggregation ---


def tree(*more: KubernetesObject, stored: bool = False, bound: str = "kubeflow-edit") -> Snapshot:
    """Return a cluster in which alice has the role *bound*, and kubeflow-edit selects kubeflow-view."""
    return snapshot(
        cluster_role("kubeflow-edit", aggregate={EDIT: "true"}, stored=stored),
        cluster_role("kubeflow-view", labels={EDIT: "true"}, aggregate={VIEW: "true"}, stored=stored),
        role_binding("team-a", "hers", bound, "user:alice"),
        *more,
    )


def part(name: str, **labels: str) -> ClusterRole:
    """Return a role that allows CREATE; *labels* are keyed by the last part of the label."""
    prefix = EDIT.rpartition("/")[0]
    return cluster_role(
        name, rule("create", NOTEBOOKS), labels={f"{prefix}/{k}": v for k, v in labels.items()}
    )


@pytest.mark.parametrize(
    ("lacking", "texts"),
    [
        pytest.param(
            part("notebooks", **{"aggregate-to-kubeflow-edit": "True"}),
            (f"{EDIT}=true", f"{EDIT}=True"), id="another value",
        ),
        pytest.param(
            part("notebooks", **{"agregate-to-kubeflow-edit": "true"}),
            (f"{EDIT}=true", f"{EDIT.replace('agg', 'ag')}=true"), id="a misspelt key",
        ),
        pytest.param(
            part("kubeflow-notebooks-edit"), (f"{EDIT}=true", ""), id="no label, with a name of that family"
        ),
        pytest.param(
            part("notebooks", **{"aggregate-to-kubeflow-view": "yes"}),
            (f"{VIEW}=true", f"{VIEW}=yes"), id="another value, for a role farther down",
        ),
    ],
)  # fmt: skip
def test_a_role_that_lacks_the_label_is_a_near_miss(lacking: ClusterRole, texts: tuple[str, str]) -> None:
    """It has the rule, and its labels or its name say that it belongs to an aggregated role."""
    near_miss = only(misses(tree(lacking), "user:alice"))

    assert (Miss.MISSING_LABEL, "label", *texts) == (
        near_miss.miss,
        near_miss.differs,
        near_miss.wanted,
        near_miss.actual,
    )
    assert (lacking, lacking.rules[0], "hers") == (
        near_miss.role,
        near_miss.rule,
        near_miss.binding and near_miss.binding.name,
    )


@pytest.mark.parametrize(
    "lacking",
    [
        pytest.param(part("notebooks", **{"aggregate-to-kubeflow-edit": "True"}), id="another value"),
        pytest.param(part("notebooks", **{"agregate-to-kubeflow-edit": "true"}), id="a misspelt key"),
        pytest.param(part("kubeflow-notebooks-edit"), id="no label"),
    ],
)
def test_adding_the_wanted_label_makes_the_answer_a_yes(lacking: ClusterRole) -> None:
    """No other change is needed."""
    (near_miss,) = misses(tree(lacking), "user:alice")
    key, _, value = near_miss.wanted.partition("=")
    labels = {**lacking.metadata.labels, key: value}
    labelled_role = replace(lacking, metadata=replace(lacking.metadata, labels=labels))

    decision = Evaluator(tree(labelled_role)).decide(Identity("alice"), CREATE)

    assert Verdict.ALLOWED is decision.verdict


def test_the_path_leads_from_the_bound_role_to_the_role_without_the_label() -> None:
    """It passes through the role that would select the unlabelled one."""
    known = tree(part("notebooks", **{"aggregate-to-kubeflow-view": "yes"}))

    assert ("kubeflow-edit", "kubeflow-view", "notebooks") == only(misses(known, "user:alice")).path


def test_the_shortest_path_comes_first() -> None:
    """The role that is closest to the bound role is the first to look at."""
    far = part("notebooks", **{"aggregate-to-kubeflow-view": "yes"})
    near = part("zoo", **{"aggregate-to-kubeflow-edit": "yes"})

    closest = misses(tree(far, near), "user:alice")

    assert ["zoo", "notebooks"] == [near_miss.path[-1] for near_miss in closest]


def test_a_role_is_reported_with_its_first_rule_and_the_closest_binding() -> None:
    """It is reported once, however many bindings and rules there are."""
    broad = PolicyRule(("*",), ("*",), ("*",))
    lacking = cluster_role("kubeflow-notebooks-edit", rule("create", NOTEBOOKS), broad)
    known = tree(lacking, cluster_role_binding("all", "kubeflow-edit", "user:alice"))

    near_miss = only(misses(known, "user:alice"))

    assert ("hers", lacking.rules[0]) == (near_miss.binding and near_miss.binding.name, near_miss.rule)


def test_a_label_value_that_another_role_selects_is_no_mistake() -> None:
    """The role is labelled for that other role."""
    known = snapshot(
        cluster_role("golden", aggregate={"tier": "gold"}),
        cluster_role("silver", aggregate={"tier": "silver"}),
        cluster_role("small", rule("create", NOTEBOOKS), labels={"tier": "silver"}),
        role_binding("team-a", "hers", "golden", "user:alice"),
    )

    assert [] == kinds(misses(known, "user:alice"))


def test_a_role_that_would_need_two_labels_is_not_reported() -> None:
    """One label is not enough, and neither is the label for a role farther down."""
    known = snapshot(
        cluster_role("kubeflow-edit", aggregate={EDIT: "true", "tier": "gold"}),
        cluster_role("kubeflow-view", labels={EDIT: "true", "tier": "gold"}, aggregate={VIEW: "true"}),
        part("kubeflow-notebooks-edit"),
        role_binding("team-a", "hers", "kubeflow-edit", "user:alice"),
    )

    assert [] == kinds(misses(known, "user:alice"))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(part("kubeflow-notebooks-view"), id="a name of that family with another ending"),
        pytest.param(part("notebooks-edit"), id="a name with only the ending"),
        pytest.param(
            part("kubeflow-notebooks-edit", **{"aggregate-to-elsewhere": "true"}), id="another label"
        ),
        pytest.param(
            part("notebooks", **{"aggregate-to-kubeflow-admin": "true"}), id="the label of another role"
        ),
        pytest.param(cluster_role("kubeflow-pods-edit", rule("get", "pods")), id="a role without the rule"),
        pytest.param(
            cluster_role("plain", rule("create", NOTEBOOKS), labels={"app": "x"}), id="an unrelated role"
        ),
    ],
)
def test_a_role_that_belongs_elsewhere_is_not_reported(other: ClusterRole) -> None:
    """The label of another aggregated role is not a misspelling of this role's label."""
    admin = cluster_role("kubeflow-admin", aggregate={EDIT.replace("-edit", "-admin"): "true"})

    assert [] == kinds(misses(tree(admin, other), "user:alice"))


def test_a_role_for_editors_is_not_reported_to_viewers() -> None:
    """Two similar label keys are different if roles select by both of them."""
    known = tree(part("notebooks", **{"aggregate-to-kubeflow-edit": "true"}), bound="kubeflow-view")

    assert [] == kinds(misses(known, "user:alice"))


def test_a_label_for_an_expression_can_be_missing_too() -> None:
    """The near miss has the first value that the expression lists."""
    known = snapshot(
        cluster_role("big", aggregate=expression("tier", "In", "gold", "silver")),
        cluster_role("small", rule("create", NOTEBOOKS), labels={"tier": "bronze"}),
        role_binding("team-a", "hers", "big", "user:alice"),
    )

    assert ("tier=gold", "tier=bronze") == (
        only(misses(known, "user:alice")).wanted,
        only(misses(known, "user:alice")).actual,
    )


def test_missing_labels_are_not_reported_if_roles_could_not_be_read() -> None:
    """A role that could not be read may select the role without the label."""
    known = tree(part("kubeflow-notebooks-edit"))
    hidden = snapshot(
        *known.cluster_roles.values(), *known.role_bindings.values(), gaps=[gap("clusterroles")]
    )

    assert [] == kinds(misses(hidden, "user:alice"))


def test_a_rule_that_the_bound_role_does_not_have_yet_is_stale() -> None:
    """The labels are right, but the stored rules of the bound role lack the rule."""
    new = part("notebooks", **{"aggregate-to-kubeflow-view": "true"})

    near_miss = only(misses(tree(new, stored=True), "user:alice"))

    assert (Miss.STALE_AGGREGATION, new) == (near_miss.miss, near_miss.role)
    assert ("kubeflow-edit", "kubeflow-view", "notebooks") == near_miss.path


def test_the_path_of_a_stale_rule_ends_with_the_first_role_that_has_it() -> None:
    """The roles below that role have the rule as well."""
    known = tree(stored=True)
    view = replace(known.cluster_roles["", "kubeflow-view"], rules=(rule("create", NOTEBOOKS),))
    new = part("notebooks", **{"aggregate-to-kubeflow-view": "true"})

    near_miss = only(misses(tree(view, new, stored=True), "user:alice"))

    assert ("kubeflow-edit", "kubeflow-view") == near_miss.path


def test_computed_rules_are_never_stale() -> None:
    """In files, every rule is aggregated, so the answer is "yes" and there is no near miss."""
    known = tree(part("notebooks", **{"aggregate-to-kubeflow-edit": "true"}))

    assert [] == of_kind(Miss.STALE_AGGREGATION, misses(known, "user:alice"))


def test_a_selector_that_cannot_be_converted_selects_nothing() -> None:
    """The controller gives up on the role, so no label would help and no rule is stale."""
    broken = [expression(EDIT, "In", "true"), expression("x", "Exists", "ill-formed")]
    known = snapshot(
        cluster_role("kubeflow-edit", aggregate=broken, stored=True),
        part("notebooks", **{"aggregate-to-kubeflow-edit": "true"}),
        part("kubeflow-notebooks-edit"),
        role_binding("team-a", "hers", "kubeflow-edit", "user:alice"),
    )

    assert [] == kinds(misses(known, "user:alice"))


# --- order and number ---


def test_the_closest_kind_comes_first_and_each_kind_has_at_most_three() -> None:
    """The last of a kind has the number of those that are left out, and there are at most MOST."""
    groups = [f"group:dev-{letter}" for letter in "abcde"]
    known = snapshot(
        EDITOR,
        cluster_role("reader", rule("get", NOTEBOOKS)),
        role_binding("team-a", "a-groups", "editor", *groups, "user:Alice", "sa:team-b/alice"),
        role_binding("team-a", "b-gone", "gone", "user:alice"),
        *(role_binding("team-a", f"reader-{n}", "reader", "user:alice") for n in range(5)),
        *(role_binding(f"ns-{n}", "b", "editor", "user:alice") for n in range(5)),
    )

    closest = misses(known, "user:alice")

    assert [
        *("danglingRole", "otherName", "otherKind"),
        *("group", "group", "group", "otherRule", "otherRule", "otherRule"),
        *("otherNamespace", "otherNamespace", "otherNamespace"),
    ] == kinds(closest)
    assert [0, 0, 0, 0, 0, 2, 0, 0, 2, 0, 0, 2] == [near_miss.more for near_miss in closest]
    assert len(closest) == MOST


def test_if_there_are_too_many_each_kind_keeps_some() -> None:
    """The third of each kind is left out before the second of any, and is counted."""
    known = snapshot(
        EDITOR,
        cluster_role("reader", rule("get", NOTEBOOKS), rule("create", NOTEBOOKS, names=("one",))),
        role_binding("team-a", "a", "editor", "group:dev-a", "group:dev-b", "group:dev-c"),
        role_binding("team-a", "b", "editor", "user:Alice", "user:aLice", "user:alIce"),
        role_binding("team-a", "c", "editor", "sa:x/alice", "sa:y/alice", "group:alice"),
        *(role_binding("team-a", f"gone-{n}", "gone", "user:alice") for n in range(3)),
        *(role_binding("team-a", f"reader-{n}", "reader", "user:alice") for n in range(3)),
        *(role_binding(f"ns-{n}", "b", "editor", "user:alice") for n in range(3)),
    )

    closest = misses(known, "user:alice")

    assert MOST == len(closest)
    assert {
        "danglingRole",
        "otherName",
        "otherKind",
        "namedOnly",
        "group",
        "otherRule",
        "otherNamespace",
    } == set(kinds(closest))
    assert 21 == len(closest) + sum(near_miss.more for near_miss in closest)


def test_an_empty_cluster_has_no_near_misses() -> None:
    """No binding and no role comes close to the request."""
    assert () == misses(snapshot(), "user:alice")


# --- any cluster ---


@pytest.fixture
def dice() -> Iterator[random.Random]:
    """Yield random numbers, and print the seed that repeats them."""
    seed = int(os.environ.get("KFACCESS_SEED") or random.randrange(10**9))
    print(f"KFACCESS_SEED={seed}")
    yield random.Random(seed)


SUBJECTS = ("user:u", "user:U", "user:a/u", "sa:b/u", "sa:a/u", "group:g", "user:g", "group:v", "user:x")


def test_every_near_miss_in_a_random_world_is_true(dice: random.Random) -> None:
    """The evaluator allows the request once the difference is removed. Every kind occurs in some world."""
    kinds_seen = set()
    for _ in range(300):
        world = World(dice)
        evaluator = Evaluator(world.snapshot())
        for _ in range(12):
            who = identified(subject(dice.choice(SUBJECTS)), dice.choice(((), ("g",))))
            via, denied = dice.choice(tuple(Plane)), world.request()
            if evaluator.decide(who.seen(via), denied).verdict is Verdict.DENIED:
                for near_miss in near_misses(evaluator, who, via, denied):
                    assert is_true(near_miss, evaluator, who, via, denied), (near_miss, who, via, denied)
                    kinds_seen.add(near_miss.miss)

    assert set(Miss) - {Miss.MISSING_LABEL, Miss.STALE_AGGREGATION} <= kinds_seen


def is_true(
    near_miss: NearMiss, evaluator: Evaluator, who: KnownSubject, via: Plane, denied: Request
) -> bool:
    """Whether the request would be allowed without the difference that *near_miss* reports."""
    identity = who.seen(via)
    assert near_miss.binding
    if near_miss.miss is Miss.DANGLING_ROLE:
        return evaluator.snapshot.role(near_miss.binding.role_ref, near_miss.binding.namespace) is None
    if near_miss.miss in (Miss.GROUP, Miss.GROUP_DOES_NOT_COUNT):
        assert near_miss.subject
        return allowed(evaluator, Identity(identity.user, (*identity.groups, near_miss.subject.name)), denied)
    if near_miss.miss in (Miss.OTHER_NAME, Miss.OTHER_KIND, Miss.OTHER_ACCOUNT_NAMESPACE):
        assert near_miss.subject
        named = principal(near_miss.subject, near_miss.binding.namespace)
        return named is None or allowed(evaluator, identified(displayed(named)).seen(Plane.KUBECTL), denied)
    if near_miss.miss in (Miss.MISSING_LABEL, Miss.STALE_AGGREGATION):
        return near_miss.role is not None and near_miss.role.name == near_miss.path[-1]
    if near_miss.miss is Miss.CLUSTER_SCOPED and denied.path is not None:
        return not isinstance(near_miss.binding, ClusterRoleBinding)
    return any(allowed(evaluator, identity, other) for other in corrected(near_miss, denied))


def corrected(near_miss: NearMiss, denied: Request) -> Iterator[Request]:
    """Yield *denied* without the difference that *near_miss* reports."""
    assert near_miss.rule
    if near_miss.miss in (Miss.CLUSTER_SCOPED, Miss.OTHER_NAMESPACE):
        yield replace(denied, namespace=near_miss.actual)
    elif near_miss.differs == "name":
        yield from (replace(denied, name=name) for name in near_miss.rule.resource_names)
    elif near_miss.differs == "verb":
        yield from (replace(denied, verb=verb) for verb in near_miss.actual.split(", "))
    elif near_miss.differs == "group":
        yield from (replace(denied, group=group) for group in near_miss.rule.api_groups)
    else:
        resource, _, subresource = near_miss.actual.partition("/")
        yield replace(denied, resource=resource, subresource=subresource)


def allowed(evaluator: Evaluator, identity: Identity, query: Request) -> bool:
    """Whether the evaluator allows *query*."""
    return evaluator.decide(identity, query).verdict is Verdict.ALLOWED


ODD = ("", " ", "*", "/", ":", "#", "@", "a@", "@a", "-", "a/b/", "system:", "\x00", "é" * 300)


@pytest.mark.parametrize("via", list(Plane), ids=lambda via: via.value)
def test_odd_objects_cause_no_error(via: Plane) -> None:
    """For any kinds and names there is an answer, and it is the same each time."""
    subjects = tuple(
        Subject(kind, n, n or None) for kind in ("User", "Group", "ServiceAccount", "user", "") for n in ODD
    )
    rules = (
        PolicyRule(ODD, ODD, ODD),
        PolicyRule(ODD, ODD, ODD, ODD),
        PolicyRule(ODD, non_resource_urls=ODD),
    )
    objects: list[KubernetesObject] = []
    for number, name in enumerate(ODD):
        labels = dict.fromkeys(ODD, name)
        objects.append(
            cluster_role(name, *rules, labels=labels, aggregate={name: name}, stored=number % 2 == 0)
        )
        for kind in ("ClusterRole", "Role", ""):
            ref, meta = RoleRef(kind, name), ObjectMeta(f"{kind}{number}", name or None, {}, {})
            objects.append(RoleBinding(metadata=meta, role_ref=ref, subjects=subjects))
            objects.append(ClusterRoleBinding(metadata=meta, role_ref=ref, subjects=subjects))
    known = snapshot(*objects)
    known_subjects = [KnownSubject(s, s.name, ODD) for s in subjects[::13]]
    known_subjects += [KnownSubject(s, "") for s in subjects[::29]]
    targets = [Request("x", "g", "r", "s", "n", where) for where in ODD] + [
        Request("x", path=path) for path in ODD
    ]

    for who in known_subjects:
        for target in targets:
            closest = near_misses(Evaluator(known), who, via, target)
            assert MOST >= len(closest)
            assert closest == near_misses(Evaluator(known), who, via, target)


def big_cluster(namespaces: int) -> Snapshot:
    """Return a cluster with ten RoleBindings in each namespace, and a ClusterRoleBinding to many people."""
    return snapshot(
        EDITOR,
        cluster_role("kubeflow-edit", aggregate={EDIT: "true"}),
        *(part(f"part-{n}", **{"aggregate-to-kubeflow-admin": "true"}) for n in range(20)),
        *(
            role_binding(f"ns-{n}", f"b-{m}", "editor", f"user:user-{n}-{m}", "user:alice", "group:dev")
            for n in range(namespaces)
            for m in range(10)
        ),
        role_binding("team-a", "hers", "kubeflow-edit", "user:alice"),
        cluster_role_binding("many", "editor", *(f"user:person-{n}@example.com" for n in range(namespaces))),
    )


def test_a_big_cluster_takes_no_more_than_its_share() -> None:
    """Ten times the namespaces take at most eleven times the function calls, indexing included."""
    small, big = big_cluster(40), big_cluster(400)
    closest: list[NearMiss] = []

    calls_of_small = steps(lambda: misses(small, "user:alice"))
    calls_of_big = steps(lambda: closest.extend(misses(big, "user:alice")))

    assert ("otherNamespace", 397) == (closest[-1].miss.value, closest[-1].more)
    assert calls_of_big <= 11 * calls_of_small


# --- the demo cluster ---


@pytest.fixture(scope="module")
def demo_cluster() -> Snapshot:
    """Return the demo cluster, with the roles that Kubernetes itself makes."""
    env = Environment(io.BytesIO(), io.StringIO(), io.StringIO(), {}, Path("/"))
    return demo(env).read(Wanted(("clusterroles", "clusterrolebindings", "roles", "rolebindings")))


def test_the_demo_spells_grace_in_another_way(demo_cluster: Snapshot) -> None:
    """Her binding has capital letters."""
    near_miss = misses(demo_cluster, "user:grace@example.com", request("create", SERVICES, "team-b"))[0]

    assert (Miss.OTHER_NAME, "Grace@Example.com") == (near_miss.miss, near_miss.actual)
    assert (
        demo_cluster.role_bindings["team-b", "user-grace-example-com-clusterrole-edit"] == near_miss.binding
    )


def test_heidis_role_does_not_exist_in_the_demo(demo_cluster: Snapshot) -> None:
    """The role was deleted together with the tool that brought it."""
    near_miss = misses(demo_cluster, "user:heidi@example.com", request("list", NOTEBOOKS, "team-c"))[0]

    assert (Miss.DANGLING_ROLE, "labeling-tool-edit") == (near_miss.miss, near_miss.wanted)
    assert demo_cluster.role_bindings["team-c", "heidi-labeling"] == near_miss.binding


def test_ivans_group_does_not_count_for_the_demos_pipelines(demo_cluster: Snapshot) -> None:
    """With kubectl, the near miss is that the user is not in that group."""
    list_runs = request("list", RUNS, "team-a")

    as_member = misses(demo_cluster, "user:ivan@example.com", list_runs, "ml-team", via=Plane.KUBEFLOW)
    groups = of_kind(Miss.GROUP, misses(demo_cluster, "user:ivan@example.com", list_runs))

    assert ("groupDoesNotCount", subject("group:ml-team")) == (
        only(as_member).miss.value,
        only(as_member).subject,
    )
    assert "ml-team-edit" == (groups[0].binding and groups[0].binding.name)


def test_the_demos_pipeline_runner_has_no_near_misses(demo_cluster: Snapshot) -> None:
    """None of its rules is about KServe, and no account with its name elsewhere has such a rule."""
    assert () == misses(demo_cluster, "sa:kubeflow/pipeline-runner", request("create", SERVICES, "kubeflow"))


def test_the_demos_viewer_has_other_verbs(demo_cluster: Snapshot) -> None:
    """It can read InferenceServices, but it cannot create them."""
    near_miss = only(misses(demo_cluster, "sa:team-a/default-viewer", request("create", SERVICES, "team-a")))

    assert (Miss.OTHER_RULE, "verb", "get, list, watch") == (
        near_miss.miss,
        near_miss.differs,
        near_miss.actual,
    )
