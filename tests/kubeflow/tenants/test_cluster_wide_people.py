"""People with rights in every profile, from ClusterRoleBindings whose roles grant rights in namespaces."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.kubeflow.catalogue.services import SERVICES
from kubectl_kfaccess.kubeflow.tenants.cluster_wide_people import bound_people, with_rights
from kubectl_kfaccess.kubeflow.tenants.service_counts import cluster_wide_counts
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


def counts_by_person(known: Snapshot) -> dict[str, tuple[bool | None, bool | None]]:
    """Return, for each person with rights everywhere, whether they count with kubectl and for a page."""
    grants = with_rights(bound_people(known), known, TYPES)
    return {
        spelled(grant.subject): (grant.kubectl, cluster_wide_counts(SERVICES, grant)["katib-ui"])
        for grant in grants
    }


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param("user:audrey@example.com", {"user:audrey@example.com": (True, True)}, id="a user"),
        pytest.param(
            "group:admins", {"group:admins": (True, False)}, id="a group, which counts only with kubectl"
        ),
        pytest.param(
            "group:system:authenticated",
            {"group:system:authenticated": (True, False)},
            id="all authenticated users",
        ),
        pytest.param(
            "group:system:unauthenticated",
            {"group:system:unauthenticated": (True, False)},
            id="all unauthenticated users",
        ),
        pytest.param(
            "user:system:anonymous", {"user:system:anonymous": (True, True)}, id="the anonymous user"
        ),
        pytest.param(
            "group:system:masters",
            {"group:system:masters": (True, False)},
            id="a group of Kubernetes, by a binding that no release ships",
        ),
        pytest.param(
            "user:system:kube-scheduler",
            {"user:system:kube-scheduler": (True, True)},
            id="a user of Kubernetes, by a binding that no release ships",
        ),
        pytest.param("sa:team-a/default-editor", {}, id="an account"),
        pytest.param("user:system:serviceaccount:team-a:default-editor", {}, id="an account as a user"),
        pytest.param("group:system:serviceaccounts", {}, id="all accounts"),
        pytest.param("group:system:serviceaccounts:team-a", {}, id="all accounts of a namespace"),
        pytest.param("user:", {}, id="a subject without a name"),
    ],
)
def test_people_are_users_and_groups_but_not_machines(
    who: str, expected: dict[str, tuple[bool, bool]]
) -> None:
    """The groups of all users count as people."""
    assert expected == counts_by_person(snapshot(PODS, cluster_role_binding("b", "reads-pods", who)))


@pytest.mark.parametrize(
    ("rules", "counts"),
    [
        pytest.param((rule("get", "pods"),), True, id="a namespaced resource"),
        pytest.param((rule("get", "pods/log"),), True, id="a subresource of a namespaced resource"),
        pytest.param((rule("get", "pods", names=["web"]),), True, id="a resource with one name"),
        pytest.param((rule("get", "nodes"),), False, id="a cluster-scoped resource"),
        pytest.param((rule("get", "nodes/proxy"),), False, id="a subresource of a cluster-scoped resource"),
        pytest.param((rule("get", "nodes,pods"),), True, id="both in one rule"),
        pytest.param((rule("get", "nodes"), rule("get", "pods")), True, id="both in two rules"),
        pytest.param((rule("*", "*.*"),), True, id="everything"),
        pytest.param(
            (PolicyRule(("get",), ("scheduling.k8s.io",), ("*",)),),
            False,
            id="a group with only cluster-scoped resources",
        ),
        pytest.param((PolicyRule(("get",), ("storage.k8s.io",), ("*",)),), True, id="a group with both"),
        pytest.param(
            (PolicyRule(("get",), ("*",), ("nodes",)),), False, id="in any group, always cluster-scoped"
        ),
        pytest.param((PolicyRule(("get",), ("*",), ("pods",)),), True, id="in any group, once namespaced"),
        pytest.param((PolicyRule(("get",), ("*",), ("*/status",)),), True, id="a subresource of everything"),
        pytest.param(
            (rule("get", "nodes,priorityclasses.scheduling.k8s.io"),),
            False,
            id="two groups that share a rule",
        ),
        pytest.param(
            (PolicyRule(("get",), ("", "example.com"), ("nodes", "widgets")),),
            True,
            id="an unserved resource",
        ),
        pytest.param((PolicyRule(("get",), (), ("pods",)),), False, id="a rule without a group"),
        pytest.param((rule("create", "runs.pipelines.kubeflow.org"),), True, id="what no API serves"),
        pytest.param(
            (rule("create", "selfsubjectreviews.authentication.k8s.io"),), False, id="what every user can do"
        ),
        pytest.param(
            (rule("create", "localsubjectaccessreviews.authorization.k8s.io"),),
            True,
            id="reviews in a namespace",
        ),
        pytest.param((rule("impersonate", "users,groups"),), False, id="people to impersonate"),
        pytest.param((rule("impersonate", "users,serviceaccounts"),), True, id="accounts to impersonate"),
        pytest.param((rule("approve", "signers.certificates.k8s.io"),), False, id="signers"),
        pytest.param((rule("impersonate-on:user-info:get", "pods"),), False, id="what is done as another"),
        pytest.param(
            (rule("impersonate-on:user-info:get,get", "pods"),), True, id="also what one does oneself"
        ),
        pytest.param((urls("get", "/metrics"),), False, id="no resource"),
        pytest.param((PolicyRule((), ("",), ("pods",)),), False, id="a rule without a verb"),
        pytest.param((), False, id="no rule"),
    ],
)
def test_a_role_counts_if_it_grants_rights_in_namespaces(rules: tuple[PolicyRule, ...], counts: bool) -> None:
    """It counts unless everything that its rules name is known to be cluster-scoped."""
    known = snapshot(cluster_role("r", *rules), cluster_role_binding("b", "r", "user:nora"))

    assert counts == ("user:nora" in counts_by_person(known))


@pytest.mark.parametrize(
    ("name", "who"),
    [
        pytest.param("cluster-admin", "group:system:masters", id="a group"),
        pytest.param("system:kube-scheduler", "user:system:kube-scheduler", id="a user"),
    ],
)
def test_what_kubernetes_itself_binds_is_no_person(name: str, who: str) -> None:
    """Kubernetes creates these bindings when it starts."""
    known = snapshot(cluster_role(name, rule("*", "*")), cluster_role_binding(name, name, who))

    assert {} == counts_by_person(known)


def test_rules_from_aggregation_count() -> None:
    """The API server uses them like any other rule."""
    known = snapshot(
        cluster_role("whole", aggregate={"to": "whole"}),
        cluster_role("part", rule("get", "pods"), labels={"to": "whole"}),
        cluster_role_binding("b", "whole", "user:nora"),
    )

    assert {"user:nora": (True, True)} == counts_by_person(known)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param(snapshot(cluster_role_binding("b", "gone", "user:nora")), {}, id="a missing role"),
        pytest.param(
            snapshot(cluster_role_binding("b", "gone", "user:nora", "group:ml"), gaps=[gap("clusterroles")]),
            {"group:ml": (None, False), "user:nora": (None, None)},
            id="an unread role",
        ),
        pytest.param(
            snapshot(
                role("team-a/r", rule("get", "pods")),
                cluster_role_binding("b", "Role/r", "user:nora"),
                gaps=[gap("clusterroles"), gap("roles")],
            ),
            {},
            id="a role that is not a ClusterRole",
        ),
        pytest.param(
            snapshot(
                cluster_role("a", rule("get", "pods"), labels={"to-b": "yes"}, aggregate={"to-a": "yes"}),
                cluster_role("b", labels={"to-a": "yes"}, aggregate={"to-b": "yes"}),
                cluster_role_binding("b", "a", "user:nora"),
            ),
            {"user:nora": (None, None)},
            id="a cycle with uncertain rules",
        ),
        pytest.param(
            snapshot(PODS, role_binding("team-a", "b", "reads-pods", "user:nora")),
            {},
            id="a binding in one namespace",
        ),
    ],
)
def test_rights_from_an_unknown_role_are_uncertain(
    known: Snapshot, expected: dict[str, tuple[bool | None, bool | None]]
) -> None:
    """A missing role grants nothing."""
    assert expected == counts_by_person(known)


def test_each_binding_is_listed_once_per_person() -> None:
    """A person with two bindings is listed twice, in the order of names."""
    known = snapshot(
        PODS,
        cluster_role_binding("two", "reads-pods", "user:nora", "user:nora"),
        cluster_role_binding("one", "reads-pods", "user:nora", "user:bob", "group:zoo"),
    )

    grants = with_rights(bound_people(known), known, TYPES)

    assert [("zoo", "one"), ("bob", "one"), ("nora", "one"), ("nora", "two")] == [
        (grant.subject.name, grant.binding.name) for grant in grants
    ]
