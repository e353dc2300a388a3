"""Who has rights in every profile: the people of ClusterRoleBindings whose roles reach into namespaces."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import bound_people, with_rights
from kubectl_kfaccess.rbac.model import PolicyRule
from kubectl_kfaccess.rbac.resources import ResourceType
from kubectl_kfaccess.rbac.snapshot import Snapshot
from kubectl_kfaccess.rbac.subjects import spelled
from tests.builders import (
    cluster_role,
    cluster_role_binding,
    gap,
    role,
    role_binding,
    rule,
    snapshot,
    urls,
)

# As discovery lists them
TYPES = (
    ResourceType("", "pods", subresources=("log",)),
    ResourceType("", "nodes", namespaced=False, subresources=("proxy",)),
    ResourceType("", "namespaces", namespaced=False),
    ResourceType("metrics.k8s.io", "nodes", namespaced=False),
    ResourceType("storage.k8s.io", "storageclasses", namespaced=False),
    ResourceType("storage.k8s.io", "csistoragecapacities"),
    ResourceType("scheduling.k8s.io", "priorityclasses", namespaced=False),
    ResourceType("authentication.k8s.io", "selfsubjectreviews", namespaced=False),
    ResourceType("authorization.k8s.io", "localsubjectaccessreviews"),
)
PODS = cluster_role("reads-pods", rule("get", "pods"))


def holders(known: Snapshot) -> dict[str, tuple[bool | None, bool | None]]:
    """Whom the snapshot gives rights everywhere, and where these count: kubectl, and Kubeflow's services."""
    found = with_rights(bound_people(known), known, TYPES)
    return {spelled(one.subject): (one.kubectl, one.kubeflow) for one in found}


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param("user:audrey@example.com", {"user:audrey@example.com": (True, True)}, id="a user"),
        pytest.param("group:admins", {"group:admins": (True, False)}, id="a group, which has kubectl alone"),
        pytest.param(
            "group:system:authenticated", {"group:system:authenticated": (True, False)}, id="all logged in"
        ),
        pytest.param(
            "group:system:unauthenticated", {"group:system:unauthenticated": (True, False)}, id="all others"
        ),
        pytest.param(
            "user:system:anonymous", {"user:system:anonymous": (True, True)}, id="the nameless user"
        ),
        pytest.param("group:system:masters", {}, id="a group of Kubernetes"),
        pytest.param("user:system:kube-scheduler", {}, id="a user of Kubernetes"),
        pytest.param("sa:team-a/default-editor", {}, id="an account"),
        pytest.param("user:system:serviceaccount:team-a:default-editor", {}, id="an account as a user"),
        pytest.param("group:system:serviceaccounts", {}, id="all accounts"),
        pytest.param("group:system:serviceaccounts:team-a", {}, id="all accounts of a namespace"),
        pytest.param("user:", {}, id="a subject without a name"),
    ],
)
def test_people_are_users_and_groups_that_are_nobodys_machines(
    who: str, expected: dict[str, tuple[bool, bool]]
) -> None:
    """Everybody is one of them: who gives all of those rights wants to know."""
    assert expected == holders(snapshot(PODS, cluster_role_binding("b", "reads-pods", who)))


@pytest.mark.parametrize(
    ("rules", "counts"),
    [
        pytest.param((rule("get", "pods"),), True, id="a resource in namespaces"),
        pytest.param((rule("get", "pods/log"),), True, id="a subresource of one"),
        pytest.param((rule("get", "pods", names=["web"]),), True, id="of one name alone"),
        pytest.param((rule("get", "nodes"),), False, id="a resource outside of them"),
        pytest.param((rule("get", "nodes/proxy"),), False, id="a subresource of such a one"),
        pytest.param((rule("get", "nodes,pods"),), True, id="one of each"),
        pytest.param((rule("get", "nodes"), rule("get", "pods")), True, id="one of each in two rules"),
        pytest.param((rule("*", "*.*"),), True, id="everything"),
        pytest.param(
            (PolicyRule(("get",), ("scheduling.k8s.io",), ("*",)),), False, id="a whole group outside"
        ),
        pytest.param((PolicyRule(("get",), ("storage.k8s.io",), ("*",)),), True, id="a group that has both"),
        pytest.param((PolicyRule(("get",), ("*",), ("nodes",)),), False, id="of any group, outside in all"),
        pytest.param((PolicyRule(("get",), ("*",), ("pods",)),), True, id="of any group, inside in one"),
        pytest.param((PolicyRule(("get",), ("*",), ("*/status",)),), True, id="a subresource of everything"),
        pytest.param(
            (rule("get", "nodes,priorityclasses.scheduling.k8s.io"),),
            False,
            id="two groups that share a rule",
        ),
        pytest.param(
            (PolicyRule(("get",), ("", "example.com"), ("nodes", "widgets")),),
            True,
            id="one that is not served",
        ),
        pytest.param((PolicyRule(("get",), (), ("pods",)),), False, id="a rule without a group"),
        pytest.param((rule("create", "runs.pipelines.kubeflow.org"),), True, id="what no API serves"),
        pytest.param(
            (rule("create", "selfsubjectreviews.authentication.k8s.io"),), False, id="what everybody may"
        ),
        pytest.param(
            (rule("create", "localsubjectaccessreviews.authorization.k8s.io"),),
            True,
            id="reviews in a namespace",
        ),
        pytest.param((urls("get", "/metrics"),), False, id="no resource at all"),
        pytest.param((PolicyRule((), ("",), ("pods",)),), False, id="a rule without a verb"),
        pytest.param((), False, id="no rule"),
    ],
)
def test_a_role_counts_that_reaches_into_namespaces(rules: tuple[PolicyRule, ...], counts: bool) -> None:
    """Unless all that its rules name is known to be outside."""
    known = snapshot(cluster_role("r", *rules), cluster_role_binding("b", "r", "user:nora"))

    assert counts == ("user:nora" in holders(known))


def test_rules_that_aggregation_brings_count() -> None:
    """As they do for the server."""
    known = snapshot(
        cluster_role("whole", aggregate={"to": "whole"}),
        cluster_role("part", rule("get", "pods"), labels={"to": "whole"}),
        cluster_role_binding("b", "whole", "user:nora"),
    )

    assert {"user:nora": (True, True)} == holders(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(snapshot(cluster_role_binding("b", "gone", "user:nora")), {}, id="it does not exist"),
        pytest.param(
            snapshot(cluster_role_binding("b", "gone", "user:nora", "group:ml"), gaps=[gap("clusterroles")]),
            {"group:ml": (None, False), "user:nora": (None, None)},
            id="it could not be read",
        ),
        pytest.param(
            snapshot(
                role("team-a/r", rule("get", "pods")),
                cluster_role_binding("b", "Role/r", "user:nora"),
                gaps=[gap("clusterroles"), gap("roles")],
            ),
            {},
            id="it is no ClusterRole",
        ),
        pytest.param(
            snapshot(
                cluster_role("a", rule("get", "pods"), labels={"to-b": "yes"}, aggregate={"to-a": "yes"}),
                cluster_role("b", labels={"to-a": "yes"}, aggregate={"to-b": "yes"}),
                cluster_role_binding("b", "a", "user:nora"),
            ),
            {"user:nora": (None, None)},
            id="a cycle keeps its rules or not",
        ),
        pytest.param(
            snapshot(PODS, role_binding("team-a", "b", "reads-pods", "user:nora")),
            {},
            id="one namespace alone",
        ),
    ],
)
def test_what_a_role_that_is_not_known_gives_is_not_known(
    known: Snapshot, expected: dict[str, tuple[bool | None, bool | None]]
) -> None:
    """One that is not there gives nothing."""
    assert expected == holders(known)


def test_each_binding_is_told_of_in_the_order_of_names() -> None:
    """Whoever is bound twice is there twice, and whoever a binding names twice is there once."""
    known = snapshot(
        PODS,
        cluster_role_binding("two", "reads-pods", "user:nora", "user:nora"),
        cluster_role_binding("one", "reads-pods", "user:nora", "user:bob", "group:zoo"),
    )

    found = with_rights(bound_people(known), known, TYPES)

    assert [("zoo", "one"), ("bob", "one"), ("nora", "one"), ("nora", "two")] == [
        (holder.subject.name, holder.binding.name) for holder in found
    ]
