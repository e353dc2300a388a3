"""Findings about the ways into tenants: whose they are, where they lead, and what is none."""

from __future__ import annotations

import pytest

from kubectl_kfaccess.rbac.people import people_of
from tests.findings.isolation.worlds import (
    cluster_role_binding,
    findings,
    role_binding,
    summary,
    view,
)

SHARING = "isolation-sharing-not-expected"  # see the tests of the command, which reads the entries
WAYS = (
    "isolation-account-everywhere",
    "isolation-bound-elsewhere",
    "isolation-everybody",
    "isolation-group-members",
    "isolation-person-of-tenant",
    "isolation-platform-account",
    "isolation-possible-steps",
    "isolation-steps",
)


BY_STEPS = ("isolation-platform-account", "isolation-possible-steps", "isolation-steps")
BY_CROSSING = ("isolation-account-everywhere", *BY_STEPS)
EDITOR_B = "sa:team-b/default-editor"
EDITOR_C = "sa:team-c/default-editor"
ACCOUNTS_B = "group:system:serviceaccounts:team-b"
ERROR, WARNING = "error", "warning"


def test_the_demo_without_its_opening_has_a_group_alone() -> None:
    """Nobody knows who is in ml-team."""
    text = "`group:ml-team` can edit in `team-a`"

    assert [(WARNING, "isolation-group-members", "RoleBinding team-a/ml-team-edit", text)] == summary(
        view(), *WAYS
    )


@pytest.mark.parametrize(
    ("manifests", "expected"),
    [
        pytest.param(
            cluster_role_binding("ops", "kubeflow-view", EDITOR_B),
            (ERROR, "isolation-account-everywhere", "ClusterRoleBinding /ops",
             f"`{EDITOR_B}` can view in every namespace"),
            id="an account with rights in the whole cluster",
        ),
        pytest.param(
            cluster_role_binding("ops", "kubeflow-view", ACCOUNTS_B),
            (ERROR, "isolation-account-everywhere", "ClusterRoleBinding /ops",
             f"`{ACCOUNTS_B}` can view in every namespace"),
            id="all accounts of a tenant",
        ),
        pytest.param(
            role_binding("kubeflow", "helper", "kubeflow-view", "sa:team-b/default-viewer"),
            (WARNING, "isolation-bound-elsewhere", "RoleBinding kubeflow/helper",
             "`sa:team-b/default-viewer` can view in `kubeflow`"),
            id="an account bound beside the platform",
        ),
        pytest.param(
            role_binding("team-c", "open", "kubeflow-view", "group:system:authenticated"),
            (ERROR, "isolation-everybody", "RoleBinding team-c/open",
             "`group:system:authenticated` can view in `team-c`"),
            id="everybody in one profile",
        ),
        pytest.param(
            cluster_role_binding("open", "kubeflow-view", "group:system:serviceaccounts"),
            (ERROR, "isolation-everybody", "ClusterRoleBinding /open",
             "`group:system:serviceaccounts` can view in every namespace"),
            id="all accounts everywhere",
        ),
        pytest.param(
            role_binding("team-c", "visit", "kubeflow-edit", "user:bob@example.com"),
            (ERROR, "isolation-person-of-tenant", "RoleBinding team-c/visit",
             "`user:bob@example.com` can edit in `team-c`"),
            id="an owner without sharing",
        ),
    ],
)  # fmt: skip
def test_a_binding_that_lets_others_in_is_found(manifests: str, expected: tuple[str, ...]) -> None:
    """It is about the binding, and nothing is said twice."""
    before = summary(view(), *WAYS)
    new = [each for each in summary(view(manifests), *WAYS) if each not in before]

    assert [expected] == [each for each in new if each[1] not in BY_STEPS]


def test_steps_lead_on_from_what_a_binding_opens() -> None:
    """
    A viewer of `kubeflow` creates a Viewer there, which runs code as any account, those of controllers too.

    Argo's has rights in all namespaces. alice is a viewer of team-b, so she runs code there first.
    """
    manifests = role_binding("kubeflow", "helper", "kubeflow-view", "sa:team-b/default-viewer")
    everyone = "`sa:team-b/default-editor`, `sa:team-b/default-viewer`, `user:bob@example.com`"

    assert {
        f"{everyone} get into all tenants by 2 steps",
        "`user:alice@example.com` gets into all tenants by 4 steps",
    } == {message for _, _, _, message in summary(view(manifests), *BY_STEPS)}


def cluster_role(name: str, *rules: str) -> str:
    """Return a ClusterRole with *rules*, each a flow mapping without its braces."""
    listed = ", ".join(f"{{{rule}}}" for rule in rules)
    head = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole"
    return f"{head}\nmetadata: {{name: {name}}}\nrules: [{listed}]\n"


ZOE = "user:zoe@example.com"
MASTERS = 'verbs: [impersonate], apiGroups: [""], resources: [groups, users]'
AS_ZOE = "apiGroups: [authentication.k8s.io], resources: [users], resourceNames: [zoe@example.com]"
LIST_PODS = 'verbs: ["impersonate-on:user-info:list"], apiGroups: [""], resources: [pods]'
LIST_NODES = 'verbs: ["impersonate-on:user-info:list"], apiGroups: [""], resources: [nodes]'


@pytest.mark.parametrize(
    ("rules", "into"),
    [
        pytest.param((MASTERS,), [""], id="everybody's rights"),
        pytest.param(
            (f'verbs: ["impersonate:user-info"], {AS_ZOE}', LIST_PODS), ["team-b"], id="some of them"
        ),
        pytest.param((f'verbs: ["impersonate:user-info"], {AS_ZOE}', LIST_NODES), [], id="none in a tenant"),
        pytest.param((LIST_PODS,), [], id="nobody to impersonate"),
    ],
)
def test_impersonation_is_a_step_and_no_right_in_namespaces(rules: tuple[str, ...], into: list[str]) -> None:
    """The API server asks for users and groups in no namespace."""
    shared = role_binding("team-b", "zoe", "kubeflow-view", ZOE)
    manifests = cluster_role("acts", *rules) + cluster_role_binding("acts", "acts", EDITOR_C) + shared

    new = [each for each in findings(view(manifests)) if each.type.id in BY_CROSSING]
    assert {("isolation-steps", place) for place in into} == {(each.type.id, each.tenant) for each in new}


def test_an_owner_of_two_profiles_is_at_home_in_both() -> None:
    """Whether or not the dashboard's annotations are on the owner's binding."""
    shared = "metadata: {name: second}\nspec: {owner: {kind: User, name: bob@example.com}}\n"
    profile = f"---\napiVersion: kubeflow.org/v1\nkind: Profile\n{shared}"

    assert summary(view(), *WAYS) == summary(view(profile), *WAYS)


def test_an_account_beside_the_platform_is_said_once() -> None:
    """Others who can act as it get nowhere that its binding does not say."""
    reads = cluster_role("reads", 'verbs: [get], apiGroups: [""], resources: [configmaps]')
    manifests = reads + role_binding("kubeflow", "helper", "reads", EDITOR_B)

    assert [(WARNING, "isolation-bound-elsewhere")] == [
        each[:2] for each in summary(view(manifests), *WAYS) if each not in summary(view(), *WAYS)
    ]


BOB = "user:bob@example.com"
ANNOTATED = "metadata: {{annotations: {{user: {}, role: admin}}, name: "


@pytest.mark.parametrize(
    ("name", "shown", "crosses"),
    [
        ("visit", "bob@example.com", False),
        ("visit", "Bob@Example.com", False),
        ("visit", "helper@example.com", True),
        ("namespaceAdmin", "bob@example.com", True),
    ],
)
def test_a_share_names_the_person_and_is_not_the_owners_binding(name: str, shown: str, crosses: bool) -> None:
    """The annotations of another name, or a former owner's binding, are nothing that the owner has shared."""
    manifests = role_binding("team-c", name, "kubeflow-admin", BOB)
    manifests = manifests.replace("metadata: {name: ", ANNOTATED.format(shown))

    new = summary(view(manifests), "isolation-person-of-tenant")
    assert crosses == bool(new)


@pytest.mark.parametrize(
    "manifests",
    [
        pytest.param(
            cluster_role_binding("auditors-2", "kubeflow-view", "user:bob@example.com"), id="a person"
        ),
        pytest.param(cluster_role_binding("auditors-2", "kubeflow-view", "group:auditors"), id="a group"),
        pytest.param(
            cluster_role_binding("nodes", "system:node-bootstrapper", EDITOR_B),
            id="rights that are in no namespace",
        ),
        pytest.param(role_binding("team-b", "own", "kubeflow-edit", "sa:team-b/x"), id="at home"),
    ],
)
def test_what_crosses_nowhere_is_no_finding(manifests: str) -> None:
    """Rights of people in the whole cluster are shown elsewhere, and change no verdict."""
    assert summary(view(), *WAYS) == summary(view(manifests), *WAYS)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('verbs: [get], apiGroups: [""], resources: [nodes/proxy]', {("isolation-steps", "")}),
        ('verbs: [get], apiGroups: [""], resources: [nodes]', set()),
    ],
)
def test_rights_on_kubelets_lead_into_every_tenant(rule: str, expected: set[tuple[str, str]]) -> None:
    """Pods of all tenants run on the nodes. What only privileged pods get at counts for no tenant."""
    manifests = cluster_role("nodes", rule) + cluster_role_binding("nodes", "nodes", EDITOR_C)

    new = [each for each in findings(view(manifests)) if each.type.id in BY_CROSSING]
    assert expected == {(each.type.id, each.tenant) for each in new}


def test_a_member_of_a_group_can_be_at_home_in_another_tenant() -> None:
    """An export of the identity provider knows it: then it is a way, and the group is no doubt."""
    people = people_of("people.yaml", (), (("ml-team", "bob@example.com"),))
    cluster = view(people=people)
    text = "`user:bob@example.com` can edit in `team-a`"

    assert [(ERROR, "isolation-person-of-tenant", "RoleBinding team-a/ml-team-edit", text)] == summary(
        cluster, *WAYS
    )


def test_what_everybody_reaches_by_steps_is_said_once() -> None:
    """Not again for each tenant, whose people and accounts are a part of everybody."""
    manifests = (
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: lab}\n"
        "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot, namespace: lab}\n"
        + role_binding("lab", "guests", "edit", "group:system:authenticated")
        + role_binding("team-a", "robot", "kubeflow-edit", "sa:lab/robot")
    )
    cluster = view(manifests)

    assert [""] == [
        way.from_tenant
        for way in cluster.crossings.indirect
        if way.crosses and way.is_proved and way.into == "team-a"
    ]
